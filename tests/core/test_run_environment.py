import pytest

from ghpypi.core.clients.run_environment import (
    default_port,
    is_pipenv,
    may_be_poetry,
    public_index,
    run_environment,
    without_pip,
    without_token,
)

ADDRESS = "http://127.0.0.1:1234/simple/"
URL = "http://me:secret@127.0.0.1:1234/simple/"


def test_every_installer_is_reported() -> None:
    made = run_environment({"PATH": "/bin"}, ADDRESS, "me", "secret")

    assert made["PATH"] == "/bin"
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIPENV_PYPI_MIRROR", "GHPYPI_RUN_INDEX_URL"):
        assert made[name] == URL
    assert made["PDM_PYPI_URL"] == "http://127.0.0.1:1234/simple"
    assert (made["PDM_PYPI_USERNAME"], made["PDM_PYPI_PASSWORD"]) == ("me", "secret")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("pipenv install", True),
        ("/opt/bin/pipenv sync", True),
        ("python3 -m pipenv lock", True),
        ("pip install pipenv", False),
        ("python -m pip install pipenv", False),
        ("sh -c pipenv", False),
    ],
)
def test_pipenv_is_recognized(command: str, *, found: bool) -> None:
    assert is_pipenv(command.split()) is found


def test_pipenv_is_not_given_what_it_would_write_into_a_new_pipfile() -> None:
    made = without_pip(run_environment({"PATH": "/bin"}, ADDRESS, "me", "secret"))

    assert [name for name in made if name.startswith("PIP_")] == []
    assert made["PIPENV_PYPI_MIRROR"] == URL


def test_other_indexes_are_removed_from_the_environment() -> None:
    before = dict.fromkeys(
        ["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "UV_FIND_LINKS"], "x"
    )

    assert not before.keys() & run_environment(before, ADDRESS, "me", "secret").keys()


def test_what_pips_file_says_of_other_indexes_does_not_count() -> None:
    made = run_environment({"PIP_EXTRA_INDEX_URL": "x"}, ADDRESS, "me", "secret")

    assert made["PIP_EXTRA_INDEX_URL"] == URL


def test_the_secrets_of_ghpypi_are_not_passed_on() -> None:
    ours = ["GHPYPI_TOKEN", "GHPYPI_RUN_TOKEN", "GHPYPI_ACCESS_GRANT_TOKEN"]
    ours += ["GHPYPI_SERVE_UPLOAD_PASSWORD", "GHPYPI_SERVE_SESSION_SECRET"]
    others = ["GHPYPI_RUN_TOKEN_FILE", "MY_GHPYPI_TOKEN"]
    of_gh = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
    before = dict.fromkeys([*ours, *others, *of_gh], "t")
    made = run_environment(before, ADDRESS, "me", "secret")
    asked_for = run_environment(before, ADDRESS, "me", "secret", keep_tokens=True)

    assert {key for key in made if made[key] == "t"} == set(others)
    assert {key for key in asked_for if asked_for[key] == "t"} == {*others, *of_gh}


def test_a_proxy_for_other_hosts_is_not_used_for_this_machine() -> None:
    made = run_environment({"NO_PROXY": ".corp"}, ADDRESS, "me", "secret")

    assert made["NO_PROXY"] == made["no_proxy"] == ".corp,127.0.0.1"


@pytest.mark.parametrize(
    ("environment", "index"),
    [
        ({}, "https://usual/"),
        ({"PIP_INDEX_URL": "https://a/simple"}, "https://a/simple/"),
        ({"UV_DEFAULT_INDEX": "https://b/simple/"}, "https://b/simple/"),
        ({"PIP_INDEX_URL": "https://me:secret@a/"}, "https://usual/"),
        ({"PIP_INDEX_URL": "file:///x"}, "https://usual/"),
    ],
)
def test_the_public_index_is_the_one_in_the_environment(
    environment: dict[str, str], index: str
) -> None:
    assert public_index(environment, "https://usual/") == index


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (("poetry", "install"), True),
        (("/usr/bin/python3", "-m", "poetry", "lock"), True),
        (("bash",), True),
        (("C:\\x\\pip.exe",), False),
        (("pip", "install", "x"), False),
    ],
)
def test_poetry_is_recognized_by_its_name(command: tuple[str, ...], *, answer: bool) -> None:
    assert may_be_poetry(command) is answer


def test_a_store_has_its_port_on_all_machines() -> None:
    assert default_port("acme/pypi") == default_port("Acme/PyPI") == 21749
    assert {default_port(f"acme/{number}") // 10_000 for number in range(999)} == {2}


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["run", "--token", "ghp_x", "--detach"], ["run", "--detach"]),
        (["run", "--token=ghp_x", "--detach"], ["run", "--detach"]),
        (["run", "--detach", "--token"], ["run", "--detach"]),
        (["run", "--token-file", "x", "--detach"], ["run", "--token-file", "x", "--detach"]),
    ],
)
def test_a_token_is_no_argument_of_what_stays(arguments: list[str], kept: list[str]) -> None:
    assert without_token(arguments) == kept
