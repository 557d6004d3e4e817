"""Which store, which configuration, which GitHub: the order in which they are looked for."""

import io
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.cli.settings import Settings
from ghpypi.cli.stored_credentials import StoredCredentials
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, UsageError
from ghpypi.report import TerminalReporter
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
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
        "error: the API URL 'nonsense' is not a URL such as https://api.github.com\n",
    )


def test_what_is_no_store_is_a_usage_error(bench: Bench) -> None:
    assert bench.run("list", "--store", "index") == Outcome(
        2,
        "",
        "error: store 'index' is neither OWNER/REPO, nor a path, nor in [stores] of ghpypi.toml\n"
        "hint: write ./index for a folder, or add [stores.index] with its 'store' to ghpypi.toml\n",
    )


def test_a_folder_is_store_and_site(bench: Bench) -> None:
    settings = replace(SETTINGS, given_store="./index")

    assert isinstance(settings.backend.store(), DirectoryStore)
    assert isinstance(settings.opened.source(), DirectoryStore)
    assert isinstance(settings.opened.site(), DirectorySite)
    assert settings.opened.site_settings().address == ""


def test_a_folder_may_be_under_the_home_of_its_user(bench: Bench) -> None:
    bench.set(HOME=str(bench.folder), USERPROFILE=str(bench.folder))

    assert replace(SETTINGS, given_store="~/index").backend.key == str(
        (bench.folder / "index").resolve()
    )


def test_a_store_that_is_a_file_is_refused(bench: Bench) -> None:
    (bench.folder / "index").touch()

    with pytest.raises(UsageError, match="index is not a folder"):
        replace(SETTINGS, given_store="./index").opened.site()


def test_the_site_of_a_repository_can_be_written_into_a_folder(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "acme/pypi"')
    settings = replace(SETTINGS, given_store="acme/pypi")
    site = settings.opened.site(Path("site"), writing=True)

    assert isinstance(site, DirectorySite)
    assert site.name == "site"


def test_writing_to_github_needs_a_token(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "acme/pypi"')

    with pytest.raises(NotAllowedError, match="a token is needed to upload"):
        replace(SETTINGS).backend.store()
    with pytest.raises(NotAllowedError, match="a token is needed to publish the index"):
        replace(SETTINGS).opened.site(writing=True)


def test_the_address_of_a_repository_is_that_of_its_pages(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "acme/pypi"')

    assert replace(SETTINGS).opened.site_settings().address == "https://acme.github.io/pypi/"


def test_an_address_that_is_configured_is_used(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text(
        'store = "acme/pypi"\n[index]\nurl = "https://pypi.acme.example"'
    )

    assert replace(SETTINGS).opened.site_settings().address == "https://pypi.acme.example/"


@pytest.mark.parametrize("folder", [".", "index"], ids=["in the current folder", "in the store"])
def test_a_configuration_that_was_changed_is_read_as_it_is_now(bench: Bench, folder: str) -> None:
    (bench.folder / folder).mkdir(exist_ok=True)
    (bench.folder / folder / "ghpypi.toml").write_text("[index]\ntitle = 'Old'")
    settings = replace(SETTINGS, given_store="./index")
    assert settings.config.index.title == "Old"

    edited = settings.edit_config(lambda text: text.replace("Old", "New"), "Change the title")

    assert edited.changed
    assert settings.config.index.title == "New"


def test_settings_do_not_show_their_token() -> None:
    assert "opensesame" not in repr(replace(SETTINGS, token="ghp_opensesame"))


@pytest.mark.parametrize(
    ("variables", "api"),
    [
        ({"GH_HOST": "code.example"}, "https://code.example/api/v3"),
        ({"GH_HOST": "acme.ghe.com"}, "https://api.acme.ghe.com"),
        (
            {"GH_HOST": "code.example", "GITHUB_API_URL": "https://api.github.com"},
            "https://code.example/api/v3",
        ),
        (
            {
                "GH_HOST": "web.code.example",
                "GITHUB_API_URL": "https://rest.code.example",
                "GITHUB_SERVER_URL": "https://web.code.example",
            },
            "https://rest.code.example",
        ),
    ],
)
def test_gh_host_names_the_usual_github(bench: Bench, variables: dict[str, str], api: str) -> None:
    bench.set(**variables)

    assert replace(SETTINGS).hosts.api == api
    assert replace(SETTINGS, given_store="acme/pypi").hosts.api == api
    given = replace(SETTINGS, given_store="github.com/acme/pypi")
    assert given.hosts.api == "https://api.github.com"
    assert replace(SETTINGS, api_url="https://api.b.ghe.com").hosts.hostname == "b.ghe.com"


def test_a_gh_host_that_is_none_is_a_usage_error(bench: Bench) -> None:
    bench.set(GH_HOST="no host")

    outcome = bench.run("list", "--store", "acme/pypi")

    assert outcome.code == 2
    assert outcome.err == "error: 'no host' is not a host name such as github.com\n"


@pytest.mark.parametrize("where", ["option", "variable", "configuration"])
def test_a_store_with_a_host_is_on_that_github(bench: Bench, where: str) -> None:
    store = "https://code.example/acme/pypi.git"
    if where == "variable":
        bench.set(GHPYPI_STORE=store)
    if where == "configuration":
        (bench.folder / "ghpypi.toml").write_text(f'store = "{store}"')
    settings = replace(SETTINGS, given_store=store if where == "option" else None)

    assert settings.locator.value == "acme/pypi"
    assert settings.hosts.api == "https://code.example/api/v3"


def test_the_addresses_of_a_workflow_are_for_its_own_github(bench: Bench) -> None:
    bench.set(
        GITHUB_ACTIONS="true",
        GITHUB_API_URL="https://rest.code.example",
        GITHUB_SERVER_URL="https://code.example",
        GITHUB_REPOSITORY="acme/workflow",
    )

    def api(store: str | None = None) -> str:
        return replace(SETTINGS, given_store=store).hosts.api

    assert api() == "https://rest.code.example"
    assert api("acme/pypi") == "https://rest.code.example"
    assert api("code.example/acme/pypi") == "https://rest.code.example"
    assert api("github.com/acme/pypi") == "https://api.github.com"
    bench.set(GH_HOST="github.com")
    assert api("acme/pypi") == "https://api.github.com"
    assert api() == "https://rest.code.example", "the repository of the workflow"
    assert str(replace(SETTINGS).locator) == "code.example/acme/workflow"


@pytest.mark.parametrize("store", ["github.com/acme/pypi", "git@github.com:acme/pypi.git"])
def test_a_store_on_another_host_than_the_api_is_a_usage_error(bench: Bench, store: str) -> None:
    outcome = bench.run("list", "--store", store, "--api-url", "https://code.example/api/v3")

    assert outcome == Outcome(
        2,
        "",
        "error: the store 'github.com/acme/pypi' is on 'github.com', but --api-url "
        "is that of 'code.example'\nhint: omit --api-url, or the host of the store\n",
    )


def test_a_token_in_a_store_or_address_is_not_repeated(bench: Bench) -> None:
    for arguments in (
        ("--store", "https://ghp_opensesame@github.com/acme/pypi"),
        ("--store", "acme/pypi", "--api-url", "https://ghp_opensesame@api.github.com"),
    ):
        outcome = bench.run("list", *arguments)

        assert outcome.code == 2
        assert "contains a user name, password or token" in outcome.err
        assert "opensesame" not in outcome.out + outcome.err


def test_a_remote_on_a_github_with_a_stored_token_counts(bench: Bench) -> None:
    clone_of("git@code.example:acme/pypi.git")
    StoredCredentials.of(os.environ).store_token("code.example", Secret("kept"))
    settings = replace(SETTINGS)

    assert str(settings.locator) == "code.example/acme/pypi"
    assert settings.hosts.api == "https://code.example/api/v3"
    assert settings.secret == Secret("kept")


def test_a_host_that_a_file_names_is_sent_stored_tokens_only(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "code.example/acme/pypi"')
    bench.set(GHPYPI_TOKEN="for-my-host")
    stream = io.StringIO()
    settings = replace(SETTINGS, reporter=TerminalReporter(stream, {}))

    assert settings.secret is None
    assert stream.getvalue() == (
        "warning: GHPYPI_TOKEN is not sent to 'code.example', which only a local file specifies; "
        "if the token is for that host, set GH_HOST=code.example\n"
    )
    assert settings.named_hosts.hostname == "github.com", "where 'ghpypi login' signs in"

    assert replace(SETTINGS, given_store="code.example/acme/pypi").secret == Secret("for-my-host")
    bench.set(GH_HOST="code.example")
    assert replace(SETTINGS).secret == Secret("for-my-host")


def test_a_login_is_to_the_host_that_the_user_names(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "github.com/acme/pypi"')
    clone_of("git@github.com:acme/pypi.git")

    def host(store: str | None = None, api_url: str | None = None) -> str:
        return replace(SETTINGS, given_store=store, api_url=api_url).named_hosts.hostname

    assert host() == "github.com"
    assert host(api_url="https://code.example/api/v3") == "code.example"
    assert host("code.example/acme/pypi") == "code.example"
    bench.set(GH_HOST="acme.ghe.com")
    assert host() == "acme.ghe.com"


def test_a_configuration_is_that_of_a_store_in_whatever_form_it_is_named(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "Acme/PyPI"\n[index]\ntitle = "Ours"')

    def title(store: str) -> bool:
        return replace(SETTINGS, given_store=store).local_config is not None

    assert title("acme/pypi")
    assert title("https://github.com/acme/pypi.git")
    assert not title("code.example/acme/pypi")
    bench.set(GH_HOST="code.example")
    assert title("code.example/acme/pypi")
    assert not title("github.com/acme/pypi")
