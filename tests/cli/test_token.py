"""Where the token comes from."""

import sys
from pathlib import Path

import pytest

from ghpypi.cli.token import VARIABLES, locate_token, unused_token
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, UsageError
from tests.cli.conftest import Bench

HOSTS = GITHUB = Hosts.of("github.com")
TENANT = Hosts.of("acme.ghe.com")
SERVER = Hosts.of("code.example")

needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="needs scripts on PATH")


def found(
    environment: dict[str, str] | None = None, *, given: str | None = None, file: Path | None = None
) -> Secret | None:
    return token_for(HOSTS, environment, given=given, file=file)


def token_for(
    hosts: Hosts,
    environment: dict[str, str] | None = None,
    *,
    given: str | None = None,
    file: Path | None = None,
    named: bool = True,
) -> Secret | None:
    found = locate_token(given, file, environment or {}, hosts, named=named)
    return found.secret if found else None


def gh(bench: Bench, script: str) -> None:
    """Put a `gh` on PATH that does this, and nothing else there."""
    folder = bench.folder / "bin"
    folder.mkdir()
    (folder / "gh").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "gh").chmod(0o755)
    bench.set(PATH=str(folder))


@needs_scripts
def test_the_token_is_looked_for_in_this_order(bench: Bench) -> None:
    assert found() is None

    gh(bench, 'IFS=,; echo "from-gh:$*"')
    assert found() == Secret("from-gh:auth,token,--hostname,github.com")

    environment = {"GITHUB_TOKEN": "from-workflow"}
    assert found(environment) == Secret("from-workflow")

    environment = {**environment, "GH_TOKEN": "as-gh-has-it"}
    assert found(environment) == Secret("as-gh-has-it")

    environment = {**environment, "GHPYPI_TOKEN": "our-own"}
    assert found(environment) == Secret("our-own")

    file = bench.folder / "token"
    file.write_text("from-file\n")
    assert found(environment, file=file) == Secret("from-file")
    assert found(environment, file=file, given=" given\n") == Secret("given")


@pytest.mark.parametrize("value", ["", "  \n"])
def test_a_variable_with_nothing_in_it_does_not_count(bench: Bench, value: str) -> None:
    assert found({"GHPYPI_TOKEN": value, "GITHUB_TOKEN": "real"}) == Secret("real")


@pytest.mark.parametrize("script", ["exit 1", "echo; exit 0", "echo token; exit 4"])
@needs_scripts
def test_a_gh_without_a_signed_in_user_does_not_count(bench: Bench, script: str) -> None:
    gh(bench, script)

    assert found() is None


@needs_scripts
def test_a_gh_that_cannot_be_started_does_not_count(bench: Bench) -> None:
    gh(bench, "")
    (bench.folder / "bin/gh").write_text("#!/no/such/shell\n")

    assert found() is None


@needs_scripts
def test_gh_is_asked_for_the_host_in_question(bench: Bench) -> None:
    gh(bench, 'echo "$4"')
    hosts = Hosts.parse("https://api.acme.ghe.com")

    assert token_for(hosts) == Secret("acme.ghe.com")


BAD = {
    "two words": "opensesame words",
    "line end": "open\nsesame",
    "carriage return": "opensesame\rX-Evil: 1",
    "quotes of Word": "“opensesame”",
    "not Latin": "ключopensesame",
    "escape": "\x1b[31mopensesame",
    "not UTF-8": "opensesame\udcff",
}


@pytest.mark.parametrize("source", ["option", "file", *VARIABLES])
@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_token_is_refused_at_once_and_not_repeated(
    tmp_path: Path, source: str, text: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(text.encode(errors="surrogateescape"))
    hosts = SERVER if "ENTERPRISE" in source else GITHUB
    with pytest.raises((NotAllowedError, UsageError)) as caught:
        token_for(
            hosts,
            {source: text},
            given=text if source == "option" else None,
            file=file if source == "file" else None,
        )

    assert caught.value.exit_code == (2 if "is not UTF-8" in str(caught.value) else 4)
    assert "sesame" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("text", ["token\n", "\n  token \r\n", "\ufefftoken\r\n"])
def test_white_space_around_a_token_is_left_out(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8", newline="")

    assert found(file=file) == Secret("token")
    assert found({"GH_TOKEN": text.lstrip("\ufeff")}) == Secret("token")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").touch()

    with pytest.raises(UsageError, match="is empty"):
        found(file=tmp_path / "token")


@needs_scripts
def test_what_gh_says_besides_a_token_does_not_count(bench: Bench) -> None:
    gh(bench, "echo two; echo lines")

    assert found() is None


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the token file .*: No such file"):
        found(file=tmp_path / "token")


KEYRING = """
from keyring.errors import KeyringError

def get_password(service, user):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "token"),
    [
        ("return f'{service}/{user}'", Secret("ghpypi/github.com")),
        ("return None", None),
        ("raise KeyringError('locked')", None),
    ],
    ids=["there", "not there", "locked"],
)
def test_the_system_keyring_comes_last(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, body: str, token: Secret | None
) -> None:
    package = bench.folder / "lib" / "keyring"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(KEYRING.format(body=body))
    (package / "errors.py").write_text("class KeyringError(Exception): ...\n")
    for name in ("keyring", "keyring.errors"):
        monkeypatch.setitem(sys.modules, name, sys)  # so that what is there now comes back
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(package.parent)

    assert found() == token


def test_without_a_keyring_there_is_none(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert found() is None


EVERYTHING = {
    "GH_TOKEN": "gh",
    "GITHUB_TOKEN": "github",
    "GH_ENTERPRISE_TOKEN": "gh-enterprise",
    "GITHUB_ENTERPRISE_TOKEN": "github-enterprise",
}


def without(*names: str) -> dict[str, str]:
    return {key: value for key, value in EVERYTHING.items() if key not in names}


@pytest.mark.parametrize(
    ("hosts", "environment", "token"),
    [
        (GITHUB, EVERYTHING, "gh"),
        (GITHUB, without("GH_TOKEN"), "github"),
        (GITHUB, without("GH_TOKEN", "GITHUB_TOKEN"), None),
        (TENANT, EVERYTHING, "gh"),
        (TENANT, without("GH_TOKEN", "GITHUB_TOKEN"), None),
        (SERVER, EVERYTHING, "gh-enterprise"),
        (SERVER, without("GH_ENTERPRISE_TOKEN"), "github-enterprise"),
        (SERVER, without("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"), None),
        (SERVER, {**EVERYTHING, "GHPYPI_TOKEN": "ours"}, "ours"),
    ],
)
def test_the_variables_of_gh_are_for_the_hosts_that_gh_sends_them_to(
    bench: Bench, hosts: Hosts, environment: dict[str, str], token: str | None
) -> None:
    assert token_for(hosts, environment) == (Secret(token) if token else None)


@pytest.mark.parametrize(
    ("server", "hosts", "token"),
    [
        ("https://code.example", SERVER, "job"),
        ("https://code.example", GITHUB, None),
        ("https://github.com", GITHUB, "job"),
        ("https://github.com", SERVER, None),
        ("https://github.com", TENANT, None),
    ],
)
def test_the_token_of_a_workflow_is_of_the_github_it_runs_on(
    bench: Bench, server: str, hosts: Hosts, token: str | None
) -> None:
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": Hosts.of(server).api,
        "GITHUB_SERVER_URL": server,
        "GITHUB_TOKEN": "job",
    }

    assert token_for(hosts, environment) == (Secret(token) if token else None)


@pytest.mark.parametrize("host", ["code.example", "https://code.example", "CODE.example"])
def test_our_variable_can_be_bound_to_a_host(bench: Bench, host: str) -> None:
    environment = {"GHPYPI_TOKEN": "ours", "GHPYPI_TOKEN_HOST": host}

    assert token_for(SERVER, environment) == Secret("ours")
    assert token_for(GITHUB, environment) is None
    assert token_for(SERVER, environment, named=False) == Secret("ours")


@pytest.mark.parametrize("name", ["GHPYPI_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"])
def test_a_host_that_only_a_file_names_is_sent_no_token_for_any_host(
    bench: Bench, name: str
) -> None:
    environment = {name: "secret"}

    assert token_for(SERVER, environment, named=False) is None
    assert token_for(SERVER, environment, named=False, given="given") == Secret("given")
    assert unused_token(SERVER, environment, named=False) == (
        f"{name} is not sent to 'code.example', which only a local file specifies; "
        "if the token is for that host, set GH_HOST=code.example"
    )


def test_a_token_that_is_not_used_is_explained() -> None:
    assert unused_token(GITHUB, {"GH_TOKEN": "x"}, named=True) == ""
    assert unused_token(SERVER, {"GH_TOKEN": "x"}, named=True) == (
        "GH_TOKEN is for another host and is not sent to 'code.example'; for that, set "
        "GHPYPI_TOKEN or GH_ENTERPRISE_TOKEN"
    )
    assert unused_token(GITHUB, {"GH_ENTERPRISE_TOKEN": "x"}, named=True).endswith(
        "or GH_TOKEN; if the store is on an Enterprise Server, write HOST/OWNER/REPO, or set "
        "GH_HOST"
    )


@needs_scripts
def test_gh_is_given_no_token_of_another_host(bench: Bench) -> None:
    gh(bench, 'echo "${GH_TOKEN}${GITHUB_TOKEN}${GH_ENTERPRISE_TOKEN}${GITHUB_ENTERPRISE_TOKEN}."')
    bench.set(**EVERYTHING)

    assert token_for(HOSTS) == Secret(".")
