"""Where a store is, and the addresses of its GitHub."""

import pytest

from ghpypi.core.locator import Hosts, Locator
from ghpypi.errors import UsageError

GITHUB = Hosts.parse("https://api.github.com")


@pytest.mark.parametrize("text", ["acme/pypi", "a/b", "Acme-2/x_y.z", "acme/.github", "acme/_"])
def test_owner_and_repository_mean_github(text: str) -> None:
    assert Locator.parse(text) == Locator(kind="github", value=text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("./index", "./index"),
        ("../index", "../index"),
        (".", "."),
        ("/srv/index", "/srv/index"),
        ("~/index", "~/index"),
        ("C:\\index", "C:\\index"),
        ("c:/index", "c:/index"),
        ("\\\\server\\share", "\\\\server\\share"),
        ("file:///srv/my%20index", "/srv/my index"),
        ("file://localhost/srv", "/srv"),
    ],
)
def test_a_path_means_a_folder(text: str, path: str) -> None:
    assert Locator.parse(text) == Locator(kind="directory", value=path)


@pytest.mark.parametrize("text", ["index", "a/b/c", "-a/b", "a-/b", "a_b/c", "acme/", "/", ""][:6])
def test_what_could_mean_anything_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is neither OWNER/REPO nor a path") as caught:
        Locator.parse(text)

    assert caught.value.hint.startswith("write a folder with a leading ./ : ./")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "scheme"), [("s3://bucket/prefix", "s3"), ("https://github.com/acme/pypi", "https")]
)
def test_stores_of_other_kinds_are_refused(text: str, scheme: str) -> None:
    with pytest.raises(UsageError, match=f"'{scheme}://' stores are not supported"):
        Locator.parse(text)


@pytest.mark.parametrize(
    ("api", "server", "hosts"),
    [
        ("https://api.github.com", "", ("https://api.github.com", "https://github.com")),
        ("https://api.github.com/", "", ("https://api.github.com", "https://github.com")),
        ("https://api.acme.ghe.com", "", ("https://api.acme.ghe.com", "https://acme.ghe.com")),
        (
            "https://ghes.acme.example/api/v3",
            "",
            ("https://ghes.acme.example/api/v3", "https://ghes.acme.example"),
        ),
        (
            "https://api.acme.example",
            "https://code.acme.example/",
            ("https://api.acme.example", "https://code.acme.example"),
        ),
        ("http://127.0.0.1:8080", "", ("http://127.0.0.1:8080", "http://127.0.0.1:8080")),
    ],
)
def test_the_web_side_follows_from_the_api_unless_it_is_said(
    api: str, server: str, hosts: tuple[str, str]
) -> None:
    found = Hosts.parse(api, server)

    assert (found.api, found.server) == hosts


@pytest.mark.parametrize(
    ("api", "server"),
    [
        ("api.github.com", ""),
        ("ftp://api.github.com", ""),
        ("https://", ""),
        ("https://me:secret@api.github.com", ""),
        ("https://api.github.com", "github.com"),
    ],
)
def test_what_is_no_address_is_refused(api: str, server: str) -> None:
    with pytest.raises(UsageError, match="is not an address such as"):
        Hosts.parse(api, server)


def test_a_host_is_named_as_gh_does() -> None:
    assert GITHUB.hostname == "github.com"
    assert Hosts.parse("http://127.0.0.1:8080").hostname == "127.0.0.1:8080"


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("acme/pypi", "https://acme.github.io/pypi/"),
        ("Acme/PyPI", "https://acme.github.io/PyPI/"),
        ("acme/acme.github.io", "https://acme.github.io/"),
        ("Acme/Acme.GitHub.io", "https://acme.github.io/"),
    ],
)
def test_pages_of_a_repository_have_a_known_address(repository: str, address: str) -> None:
    assert GITHUB.pages(repository) == address


def test_pages_of_another_github_are_not_guessed() -> None:
    assert Hosts.parse("https://ghes.acme.example/api/v3").pages("acme/pypi") == ""


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("https://github.com/acme/pypi.git", "acme/pypi"),
        ("https://github.com/acme/pypi", "acme/pypi"),
        ("https://github.com/acme/pypi/", "acme/pypi"),
        ("https://token@github.com/acme/pypi.git", "acme/pypi"),
        ("git@github.com:acme/pypi.git", "acme/pypi"),
        ("github.com:acme/pypi", "acme/pypi"),
        ("ssh://git@github.com/acme/pypi.git", "acme/pypi"),
        ("ssh://git@github.com:22/acme/pypi.git", "acme/pypi"),
        ("git@elsewhere.example:acme/pypi.git", ""),
        ("https://elsewhere.example/acme/pypi", ""),
        ("https://github.com/acme", ""),
        ("https://github.com/acme/pypi/tree/main", ""),
        ("../pypi.git", ""),
        ("/srv/git/pypi.git", ""),
        ("", ""),
    ],
)
def test_a_git_remote_means_a_repository_of_this_host_or_none(remote: str, repository: str) -> None:
    assert GITHUB.repository_of(remote) == repository
