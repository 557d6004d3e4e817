"""Which store, which configuration, which GitHub: the order in which they are looked for."""

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.cli.settings import Settings
from ghpypi.errors import NotAllowedError, UsageError
from ghpypi.report import TerminalReporter
from ghpypi.stores.directory import DirectorySite, DirectoryStore
from tests.cli.conftest import Bench, Outcome

SETTINGS = Settings(
    given_store=None,
    given_config=None,
    token=None,
    token_file=None,
    api_url=None,
    max_wait=0,
    json=False,
    reporter=TerminalReporter(io.StringIO(), {}),
)


def store_of(settings: Settings | None = None) -> str:
    return replace(settings or SETTINGS).locator.value


def clone_of(remote: str) -> None:
    """Make this folder a checkout of a repository."""
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "remote", "add", "origin", remote], check=True)


def test_the_store_is_looked_for_in_this_order(bench: Bench) -> None:
    clone_of("https://github.com/acme/remote.git")
    assert store_of() == "acme/remote"

    bench.set(GITHUB_REPOSITORY="acme/workflow")
    assert store_of() == "acme/workflow"

    (bench.folder / "ghpypi.toml").write_text('store = "acme/configured"')
    assert store_of() == "acme/configured"

    bench.set(GHPYPI_STORE="acme/environment")
    assert store_of() == "acme/environment"

    assert store_of(replace(SETTINGS, given_store="acme/given")) == "acme/given"


def test_the_variable_of_a_command_comes_before_that_of_all(bench: Bench) -> None:
    bench.set(GHPYPI_STORE="./a", GHPYPI_LIST_STORE="./b")

    assert bench.run("list").err.startswith("error: b has no index yet")
    assert bench.run("list", "-s", "./c").err.startswith("error: c has no index yet")


def test_without_any_the_user_is_asked(bench: Bench) -> None:
    assert bench.run("list") == Outcome(
        2,
        "",
        "error: which store?\n"
        "hint: name it with --store OWNER/REPO or --store ./FOLDER, set GHPYPI_STORE, or put "
        "'store = \"OWNER/REPO\"' into ghpypi.toml\n",
    )


@pytest.mark.parametrize(
    ("remote", "api", "found"),
    [
        ("git@github.com:acme/pypi.git", None, "acme/pypi"),
        ("git@code.example:acme/pypi.git", "https://code.example/api/v3", "acme/pypi"),
        ("git@code.example:acme/pypi.git", None, ""),
        ("git@github.com:acme/pypi.git", "https://code.example/api/v3", ""),
    ],
)
def test_a_remote_counts_if_it_is_on_the_github_that_is_asked(
    bench: Bench, remote: str, api: str | None, found: str
) -> None:
    clone_of(remote)
    settings = replace(SETTINGS, api_url=api)
    if found:
        assert store_of(settings) == found
    else:
        with pytest.raises(UsageError, match="which store"):
            store_of(settings)


def test_a_machine_without_git_has_no_remote(bench: Bench) -> None:
    bench.set(PATH=str(bench.folder))

    with pytest.raises(UsageError, match="which store"):
        store_of()


def test_the_api_is_looked_for_in_this_order(bench: Bench) -> None:
    assert replace(SETTINGS).hosts.api == "https://api.github.com"
    assert replace(SETTINGS).hosts.server == "https://github.com"

    bench.set(GITHUB_API_URL="https://api.a.ghe.com", GITHUB_SERVER_URL="https://web.a.ghe.com")
    assert replace(SETTINGS).hosts.api == "https://api.a.ghe.com"
    assert replace(SETTINGS).hosts.server == "https://web.a.ghe.com"

    given = replace(SETTINGS, api_url="https://api.b.ghe.com")
    assert given.hosts.api == "https://api.b.ghe.com"
    assert given.hosts.server == "https://b.ghe.com"


def test_what_is_no_address_is_a_usage_error(bench: Bench) -> None:
    outcome = bench.run("list", "--store", "acme/pypi", "--api-url", "nonsense")

    assert outcome == Outcome(
        2,
        "",
        "error: the API URL 'nonsense' is not an address such as https://api.github.com\n",
    )


def test_what_is_no_store_is_a_usage_error(bench: Bench) -> None:
    assert bench.run("list", "--store", "index") == Outcome(
        2,
        "",
        "error: store 'index' is neither OWNER/REPO nor a path\n"
        "hint: write a folder with a leading ./ : ./index\n",
    )


def test_a_folder_is_store_and_site(bench: Bench) -> None:
    settings = replace(SETTINGS, given_store="./index")

    assert isinstance(settings.store(), DirectoryStore)
    assert isinstance(settings.source(), DirectoryStore)
    assert isinstance(settings.site(), DirectorySite)
    assert settings.look().address == ""


def test_a_folder_may_be_under_the_home_of_its_user(bench: Bench) -> None:
    bench.set(HOME=str(bench.folder), USERPROFILE=str(bench.folder))

    assert replace(SETTINGS, given_store="~/index").directory == bench.folder / "index"


def test_a_store_that_is_a_file_is_refused(bench: Bench) -> None:
    (bench.folder / "index").touch()

    with pytest.raises(UsageError, match="index is no folder"):
        replace(SETTINGS, given_store="./index").site()


def test_the_site_of_a_repository_can_be_written_into_a_folder(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "acme/pypi"')
    settings = replace(SETTINGS, given_store="acme/pypi")
    site = settings.site(Path("site"), writing=True)

    assert isinstance(site, DirectorySite)
    assert site.name == "site"


def test_writing_to_github_needs_a_token(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "acme/pypi"')

    with pytest.raises(NotAllowedError, match="a token is needed to upload"):
        replace(SETTINGS).store()
    with pytest.raises(NotAllowedError, match="a token is needed to publish the index"):
        replace(SETTINGS).site(writing=True)


def test_the_address_of_a_repository_is_that_of_its_pages(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "acme/pypi"')

    assert replace(SETTINGS).look().address == "https://acme.github.io/pypi/"


def test_an_address_that_is_configured_is_used(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text(
        'store = "acme/pypi"\n[index]\nurl = "https://pypi.acme.example"'
    )

    assert replace(SETTINGS).look().address == "https://pypi.acme.example/"


@pytest.mark.parametrize("folder", [".", "index"], ids=["beside us", "in the store"])
def test_a_configuration_that_was_changed_is_read_as_it_is_now(bench: Bench, folder: str) -> None:
    (bench.folder / folder).mkdir(exist_ok=True)
    (bench.folder / folder / "ghpypi.toml").write_text("[index]\ntitle = 'Old'")
    settings = replace(SETTINGS, given_store="./index")
    assert settings.config.index.title == "Old"

    assert settings.edit_config(lambda text: text.replace("Old", "New"), "Change the title")
    assert settings.config.index.title == "New"


def test_settings_do_not_show_their_token() -> None:
    assert "opensesame" not in repr(replace(SETTINGS, token="ghp_opensesame"))
