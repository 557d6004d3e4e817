"""`ghpypi client`."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from ghpypi.cli.client_paths import default_path
from ghpypi.cli.stored_credentials import StoredCredentials
from tests.cli.conftest import Bench
from tests.support.packages import wheel, written

URL = "https://acme.github.io/pypi/simple/"
BOTS = "https://acme.github.io/pypi/pypi/"
PRIVATE = "https://packages.example.com/acme/pypi/simple/"
PYPROJECT = "# mine\n[project]\nname = 'x'  # this\nversion = '1'\n"


@pytest.fixture(autouse=True)
def beside(bench: Bench) -> None:
    """A configuration in the working directory, and a GitHub that does not answer."""
    (bench.folder / "ghpypi.toml").write_text(
        'store = "Acme/pypi"\n[index]\nurl = "https://acme.github.io/pypi/"\n'
    )
    bench.set(
        GHPYPI_CONFIG_DIR=str(bench.folder / "kept"),
        GHPYPI_CLIENT_MAX_WAIT="0",
        GITHUB_API_URL="http://127.0.0.1:9",
    )


@pytest.fixture
def pyproject(bench: Bench) -> Path:
    path = bench.folder / "pyproject.toml"
    path.write_text(PYPROJECT)
    return path


def servers(bench: Bench) -> dict[str, str]:
    return StoredCredentials(folder=bench.folder / "kept").servers()


def test_settings_and_the_next_steps_are_printed(bench: Bench) -> None:
    outcome = bench.run("client", "pip", "Acme_Lib", "zope.interface")

    assert outcome.out == "ghpypi run -s Acme/pypi -- pip install acme-lib zope-interface\n"
    assert "--extra-index-url" in outcome.err


def test_without_a_connection_the_address_is_the_one_that_pages_have(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").unlink()
    bench.set(GITHUB_SERVER_URL="https://github.com")
    outcome = bench.run("client", "uv", "acme-lib", "--store", "Acme/pypi")

    assert outcome.code == 0
    assert f'url = "{URL}"' in outcome.out
    assert "warning: cannot read ghpypi.toml of Acme/pypi (" in outcome.err
    assert "assuming the default URL of the index" in outcome.err
    (bench.folder / "pyproject.toml").write_text(PYPROJECT)
    assert bench.run("client", "uv", "acme-lib", "--store", "Acme/pypi", "--write").code == 7
    assert (bench.folder / "pyproject.toml").read_text() == PYPROJECT


@pytest.mark.parametrize(
    "tool", ["pip", "uv", "poetry", "pdm", "pipenv", "conda", "dependabot", "renovate"]
)
def test_every_tool_has_settings_that_name_the_index(bench: Bench, tool: str) -> None:
    outcome = bench.run("client", tool, "acme-lib", "--complete")

    assert outcome.code == 0
    assert (BOTS if tool == "renovate" else URL) in outcome.out
    document = json.loads(bench.run("client", tool, "acme-lib", "--complete", "--json").out)
    assert document["text"] == outcome.out
    assert document["index-url"] == URL
    assert document["packages"] == ["acme-lib"]


def test_an_index_by_name_has_an_address_and_a_name_of_its_own(bench: Bench) -> None:
    document = json.loads(bench.run("client", "uv", "--index", "cu128", "--json").out)

    assert document["index-url"] == "https://acme.github.io/pypi/cu128/simple/"
    assert document["name"] == "acme-cu128"
    assert bench.run("client", "uv", "--index", "main").out == bench.run("client", "uv").out
    assert bench.run("client", "uv", "--index", "../x").code == 2
    nested = json.loads(bench.run("client", "uv", "--index", "nightly/cu128", "--json").out)
    assert nested["index-url"].endswith("/nightly/cu128/simple/")
    assert nested["name"].endswith("-nightly-cu128")


def test_the_address_in_the_configuration_takes_precedence_over_pages(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text(
        'store = "Acme/pypi"\n[index]\nurl = "https://pypi.acme.example/"\n'
    )

    assert '"https://pypi.acme.example/simple/"' in bench.run("client", "uv").out


def test_the_url_of_an_index_in_the_configuration_is_reported(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text(
        'store = "Acme/pypi"\n[index]\nurl = "https://pypi.acme.example/simple/"\n'
    )
    outcome = bench.run("client", "uv", "--index", "cu128")

    assert outcome.code == 0
    assert (
        "warning: the URL of the index is https://pypi.acme.example/simple/simple/" in outcome.err
    )


def test_a_folder_has_no_address_until_it_is_configured(bench: Bench) -> None:
    outcome = bench.run("client", "pip", "--store", "./index")

    assert outcome.code == 2
    assert "--url" in outcome.err


@pytest.mark.parametrize("tool", ["uv", "poetry", "pdm", "pipenv", "dependabot", "renovate"])
def test_no_index_takes_the_name_of_the_public_one(bench: Bench, tool: str) -> None:
    url = "https://packages.example.com/pypi/simple/"
    document = json.loads(bench.run("client", tool, "acme-lib", "--url", url, "--json").out)
    chosen = bench.run("client", tool, "acme-lib", "--url", url, "--name", "PyPI")

    assert document["name"] == "pypi-index"
    assert (chosen.code, chosen.out) == (2, "")
    assert "--name: 'PyPI' is the public index" in chosen.err


def test_settings_are_put_in_place_once_and_the_rest_stays(bench: Bench, pyproject: Path) -> None:
    first = bench.run("client", "uv", "acme-lib", "--write")
    text = pyproject.read_text()
    second = bench.run("client", "uv", "acme-lib", "--write")

    assert first.out == "changed  pyproject.toml\n"
    assert second.out == "unchanged  pyproject.toml\n"
    assert text.startswith(PYPROJECT)
    assert pyproject.read_text() == text
    assert tomllib.loads(text)["tool"]["uv"]["sources"] == {"acme-lib": {"index": "acme"}}


def test_a_dry_run_shows_the_difference_and_changes_nothing(bench: Bench, pyproject: Path) -> None:
    outcome = bench.run("client", "pdm", "acme-*", "--dry-run")

    assert outcome.out.startswith("--- pyproject.toml\n+++ pyproject.toml\n@@ ")
    assert '+include_packages = ["acme-*"]\n' in outcome.out
    assert outcome.out.endswith("would change  pyproject.toml\n")
    assert pyproject.read_text() == PYPROJECT
    document = json.loads(bench.run("client", "pdm", "acme-*", "--dry-run", "--json").out)
    assert document["changed"]
    assert document["diff"] in outcome.out


@pytest.mark.parametrize("flag", ["--write", "--dry-run"])
def test_settings_of_the_user_are_reported_and_stay(
    bench: Bench, pyproject: Path, flag: str
) -> None:
    bench.run("client", "uv", "acme-lib", "--write")
    theirs = pyproject.read_text().replace(URL, "https://other.example/simple/")
    theirs = theirs.replace('.example/simple/"\n', '.example/simple/"\nexplicit = true\n')
    pyproject.write_text(theirs)
    outcome = bench.run("client", "uv", "acme-lib", flag)

    assert outcome.code == 1
    assert "url is 'https://other.example/simple/'" in outcome.err
    assert "explicit is True, not False" in outcome.err
    assert "--force" in outcome.err
    assert pyproject.read_text() == theirs


def test_with_force_it_is_changed(bench: Bench, pyproject: Path) -> None:
    bench.run("client", "uv", "acme-lib", "--write")
    text = pyproject.read_text()
    pyproject.write_text(text.replace(URL, "https://other.example/simple/"))

    assert bench.run("client", "uv", "acme-lib", "--write", "--force").code == 0
    assert pyproject.read_text() == text


def test_pips_file_is_the_users_unless_another_is_named(bench: Bench) -> None:
    bench.run("client", "pip", "--write", "--complete", "--file", "etc/pip.conf")

    assert (bench.folder / "etc/pip.conf").read_text() == f"[global]\nindex-url = {URL}\n"
    assert not (bench.folder.parent / ".config").exists()
    assert bench.run("client", "pip", "--write", "--complete").code == 0
    place = default_path("pip", {}, bench.folder)
    assert f"index-url = {URL}\n" in place.read_text()
    assert place.is_relative_to(bench.folder.parent)


def test_other_indexes_that_pip_would_mix_in_are_warned_of(bench: Bench) -> None:
    (bench.folder / "pip.conf").write_text("[global]\nextra-index-url = https://pypi.org/simple\n")
    outcome = bench.run("client", "pip", "--write", "--complete", "--file", "pip.conf")

    assert outcome.code == 0
    assert "pip installs the highest version of all indexes" in outcome.err


@pytest.mark.parametrize("flag", ["--write", "--dry-run"])
def test_pip_is_not_confined_to_an_index_without_public_packages(bench: Bench, flag: str) -> None:
    outcome = bench.run("client", "pip", flag, "--file", "pip.conf")

    assert outcome.code == 2
    assert "could not install packages from elsewhere" in outcome.err
    assert "'ghpypi run -s Acme/pypi -- pip install'" in outcome.err
    assert not (bench.folder / "pip.conf").exists()


def test_a_strategy_of_uv_that_mixes_indexes_is_warned_of(bench: Bench, pyproject: Path) -> None:
    pyproject.write_text(f'{PYPROJECT}[tool.uv]\nindex-strategy = "unsafe-best-match"\n')
    outcome = bench.run("client", "uv", "acme-lib", "--write")

    assert outcome.code == 0
    assert "index-strategy is unsafe-best-match" in outcome.err


@pytest.mark.parametrize("pages", ["true", "false"])
def test_tools_that_take_packages_by_name_get_all_that_have_to_come_from_the_index(
    bench: Bench, pyproject: Path, pages: str
) -> None:
    (bench.folder / "ghpypi.toml").write_text(
        f'store = "./index"\n[index]\nurl = "{URL}"\n[site]\npages = {pages}\n'
    )
    app = wheel("acme_app", "2.0", "Requires-Dist: acme-lib>=1; python_version > '3'")
    lib = wheel("acme_lib", "1.0", "Requires-Dist: requests\nRequires-Dist: acme-app")
    bench.run("upload", *map(str, written(bench.folder / "dist", app, lib)))
    url = ("--url", "http://127.0.0.1:8000/simple/", "--store", "./index")

    for more in ((), url):
        pdm = bench.run("client", "pdm", "acme-app", *more)
        pipenv = bench.run("client", "pipenv", "acme-app", *more)

        assert 'include_packages = ["acme-app", "acme-lib"]\n' in pdm.out
        assert ("acme-lib = {" in pipenv.out) == (pages == "true")
        assert "requests" not in pipenv.out
    bench.run("client", "pdm", "--write")
    assert 'include_packages = ["acme-app", "acme-lib"]\n' in pyproject.read_text()


@pytest.mark.parametrize("tool", ["pdm", "pipenv"])
def test_an_index_that_cannot_be_read_is_warned_of(bench: Bench, tool: str) -> None:
    outcome = bench.run("client", tool, "acme-lib")

    assert outcome.code == 0
    assert "list all packages that must come from it" in outcome.err
    assert "its URL does not contain the store" in (
        bench.run("client", tool, "acme-lib", "--url", "https://h.example/simple/").err
    )


@pytest.mark.parametrize("tool", ["uv", "poetry", "pdm"])
def test_a_project_that_is_not_there_is_not_made(bench: Bench, tool: str) -> None:
    outcome = bench.run("client", tool, "acme-lib", "--write")

    assert outcome.code == 5
    assert f"'{tool} init', or specify" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("pdm", "--write"), "needs a list of the packages"),
        (("renovate", "--write"), "needs a list of the packages"),
        (("uv", "acme-*"), "only pdm and renovate support patterns"),
        (("uv", "no name"), "invalid package name"),
        (("conda", "acme-lib", "--write"), "ghpypi cannot edit environment.yml"),
        (("uv", "--url", "https://packages.example.com/"), "use a URL that ends in /simple/"),
        (("uv", "--url", "http://packages.example.com/simple/"), "without encryption"),
        (("uv", "--url", "https://u:secret@h.example/simple/"), "a user name or password"),
        (("uv", "--url", "/simple/"), "is not a URL"),
    ],
)
def test_what_makes_no_sense_is_refused(
    bench: Bench, pyproject: Path, arguments: tuple[str, ...], reason: str
) -> None:
    outcome = bench.run("client", *arguments)

    assert outcome.code == 2
    assert reason in outcome.err
    assert "secret" not in outcome.err
    assert pyproject.read_text() == PYPROJECT
    assert servers(bench) == {}


def test_a_private_index_is_signed_in_to_by_the_keyring_and_its_server_noted(
    bench: Bench, pyproject: Path
) -> None:
    outcome = bench.run("client", "uv", "acme-lib", "--write", "--url", PRIVATE)
    uv = tomllib.loads(pyproject.read_text())["tool"]["uv"]

    assert outcome.code == 0
    assert uv["keyring-provider"] == "subprocess"
    assert uv["index"] == [{"name": "acme", "url": PRIVATE, "authenticate": "always"}]
    assert servers(bench) == {"https://packages.example.com": "http://127.0.0.1:9"}
    assert "sends your token of 127.0.0.1:9 to https://packages.example.com" in outcome.err
    again = bench.run("client", "uv", "acme-lib", "--write", "--url", PRIVATE)
    assert "gives" not in again.err


@pytest.mark.parametrize("flag", ["--dry-run", "--json"])
def test_a_server_is_not_noted_by_looking(bench: Bench, pyproject: Path, flag: str) -> None:
    assert bench.run("client", "uv", flag, "--url", PRIVATE).code == 0
    assert servers(bench) == {}


def test_packages_that_are_no_dependency_yet_are_reported(bench: Bench, pyproject: Path) -> None:
    outcome = bench.run("client", "poetry", "acme-lib", "--write")

    assert "then: poetry add --source acme acme-lib" in outcome.err


@pytest.mark.parametrize(
    ("tool", "note"),
    [
        ("poetry", "POETRY_HTTP_BASIC_ACME_PASSWORD"),
        ("pipenv", "PIPENV_KEYRING_PROVIDER=subprocess"),
        ("pip", "'keyring' is found on PATH"),
        ("dependabot", "the secret GHPYPI_TOKEN"),
    ],
)
def test_the_source_of_the_token_of_a_private_index_is_printed(
    bench: Bench, tool: str, note: str
) -> None:
    outcome = bench.run("client", tool, "acme-lib", "--url", PRIVATE)

    assert note in outcome.err
    assert "__token__@" not in outcome.out


def test_dependabot_is_given_the_ecosystem_of_the_project(bench: Bench) -> None:
    (bench.folder / "uv.lock").touch()
    bench.run("client", "dependabot", "--write")
    text = (bench.folder / ".github/dependabot.yml").read_text()

    assert "package-ecosystem: uv" in text


def test_a_file_of_renovate_elsewhere_is_the_one_changed(bench: Bench) -> None:
    place = bench.folder / ".github/renovate.json"
    place.parent.mkdir()
    place.write_text('{\n    "extends": []\n}\n')
    outcome = bench.run("client", "renovate", "acme-*", "--write")

    assert outcome.out == f"changed  {Path('.github/renovate.json')}\n"
    assert json.loads(place.read_text())["packageRules"][0]["registryUrls"] == [BOTS]
    assert '\n    "packageRules"' in place.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files mean little there")
def test_a_file_keeps_its_mode_and_a_link_stays_one(bench: Bench, pyproject: Path) -> None:
    pyproject.chmod(0o640)
    link = bench.folder / "link.toml"
    link.symlink_to(pyproject)
    bench.run("client", "uv", "--write", "--file", "link.toml")

    assert link.is_symlink()
    assert pyproject.stat().st_mode & 0o777 == 0o640
    assert "[[tool.uv.index]]" in pyproject.read_text()


def test_a_file_that_cannot_be_read_is_reported(bench: Bench) -> None:
    (bench.folder / "pyproject.toml").write_bytes(b"\xff\xfe")

    assert bench.run("client", "uv", "--write").code == 2
    (bench.folder / "pyproject.toml").write_text("a = [")
    assert "pyproject.toml: invalid TOML: " in bench.run("client", "uv", "--write").err


def test_a_file_that_cannot_be_written_is_reported(bench: Bench) -> None:
    (bench.folder / "here").touch()
    outcome = bench.run(
        "client", "pip", "--write", "--complete", "--url", PRIVATE, "--file", "here/pip.conf"
    )

    assert outcome.code == 2
    assert outcome.err.startswith(f"error: cannot write {Path('here/pip.conf')}: ")
    assert servers(bench) == {}


def test_line_ends_of_another_system_stay(bench: Bench, pyproject: Path) -> None:
    pyproject.write_bytes(PYPROJECT.replace("\n", "\r\n").encode())
    bench.run("client", "uv", "--write")

    assert b"\n" not in pyproject.read_bytes().replace(b"\r\n", b"")
