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


def test_stores_of_other_kinds_are_refused() -> None:
    with pytest.raises(UsageError, match="'s3://' stores are not supported"):
        Locator.parse("s3://bucket/prefix")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://github.com/acme/pypi", "github.com"),
        ("https://github.com/acme/pypi.git", "github.com"),
        ("https://www.GitHub.com/acme/pypi/", "github.com"),
        ("HTTPS://github.com./acme/pypi?tab=readme#top", "github.com"),
        ("https://code.example:8443/acme/pypi", "code.example:8443"),
        ("http://127.0.0.1:8080/acme/pypi", "127.0.0.1:8080"),
        ("https://ghe/acme/pypi", "ghe"),
        ("github.com/acme/pypi", "github.com"),
        ("api.acme.ghe.com/acme/pypi", "acme.ghe.com"),
        ("localhost/acme/pypi", "localhost"),
        ("[::1]:8080/acme/pypi", "[::1]:8080"),
        ("git@github.com:acme/pypi.git", "github.com"),
        ("acme@acme.ghe.com:acme/pypi.git", "acme.ghe.com"),
        ("code.example:acme/pypi", "code.example"),
        ("ssh://git@code.example/acme/pypi.git", "code.example"),
        ("ssh://git@ssh.github.com:443/acme/pypi.git", "github.com"),
        ("git+ssh://git@code.example/acme/pypi", "code.example"),
    ],
)
def test_a_repository_is_named_in_any_form_that_gh_takes(text: str, host: str) -> None:
    locator = Locator.parse(text)

    assert locator == Locator(kind="github", value="acme/pypi", host=host)
    assert Locator.parse(str(locator) if "." in host or ":" in host else text) == locator


@pytest.mark.parametrize(
    "text",
    [
        "https://ghp_opensesame@github.com/acme/pypi",
        "https://me:opensesame@github.com/acme/pypi.git",
        "https://opensesame@github.com/acme",
        "https://[opensesame@github.com/acme/pypi",
        "https://evil.example\\@opensesame/acme/pypi",
        "opensesame@github.com/acme/pypi",
        "ssh://git:opensesame@github.com/acme/pypi",
        "me:opensesame@github.com:acme/pypi",
    ],
)
def test_a_token_in_a_store_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="contains a user name, password or token") as caught:
        Locator.parse(text)

    assert "opensesame" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("https://github.com/acme/pypi/releases", "did you mean github.com/acme/pypi?"),
        ("https://github.com/acme", "a store is OWNER/REPO"),
        ("https://github.com/acme/..", "a store is OWNER/REPO"),
        ("https://ex ample/acme/pypi", "a store is OWNER/REPO"),
        ("https://xn--é.example/acme/pypi", "a store is OWNER/REPO"),
    ],
)
def test_the_url_of_something_else_is_refused(text: str, hint: str) -> None:
    with pytest.raises(UsageError, match="is not the URL of a repository") as caught:
        Locator.parse(text)

    assert caught.value.hint.startswith(hint)


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
def test_the_web_url_follows_from_the_api_unless_it_is_configured(
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
        ("https://api.github.com", "github.com"),
    ],
)
def test_what_is_no_address_is_refused(api: str, server: str) -> None:
    with pytest.raises(UsageError, match="is not a URL such as"):
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
    ("api", "server"),
    [
        ("https://me:opensesame@api.github.com", ""),
        ("https://opensesame@api.github.com", ""),
        ("https://[opensesame@api.github.com", ""),
        ("https://api.github.com", "https://opensesame@github.com"),
    ],
)
def test_a_token_in_an_address_is_refused_and_not_repeated(api: str, server: str) -> None:
    with pytest.raises(UsageError, match="contains a user name, password or token") as caught:
        Hosts.parse(api, server)

    assert "opensesame" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("host", "api", "server", "enterprise"),
    [
        ("github.com", "https://api.github.com", "https://github.com", False),
        ("WWW.github.com", "https://api.github.com", "https://github.com", False),
        ("https://github.com/", "https://api.github.com", "https://github.com", False),
        ("acme.ghe.com", "https://api.acme.ghe.com", "https://acme.ghe.com", False),
        ("api.acme.ghe.com", "https://api.acme.ghe.com", "https://acme.ghe.com", False),
        ("code.example", "https://code.example/api/v3", "https://code.example", True),
        ("ghe.com.evil.example", "https://ghe.com.evil.example/api/v3", "", True),
        ("notgithub.com", "https://notgithub.com/api/v3", "", True),
    ],
)
def test_the_api_follows_from_the_host(host: str, api: str, server: str, enterprise: bool) -> None:
    found = Hosts.of(host)

    assert found.api == api
    assert found.server == (server or f"https://{host}")
    assert found.is_enterprise_server == enterprise


@pytest.mark.parametrize("host", ["", "a b", "x/y", "me@github.com", "https://", "é.example"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="is not a host name such as"):
        Hosts.of(host)


def test_an_ssh_address_without_a_port_is_of_the_host_with_one() -> None:
    hosts = Hosts.parse("https://code.example:8443/api/v3")

    assert hosts.matches("code.example")
    assert hosts.matches("CODE.example:8443")
    assert not hosts.matches("code.example:8444")
    assert not hosts.matches("")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("s3:/bucket/team", "s3://bucket/team"),
        ("S3:bucket", "s3://bucket"),
        ("https:/github.com/acme/pypi", "https://github.com/acme/pypi"),
        ("file:/srv/index", "file:///srv/index"),
    ],
)
def test_a_url_with_too_few_slashes_is_not_a_host(text: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"^store '{text}' is not a URL$") as caught:
        Locator.parse(text, schemes={"s3"})

    assert caught.value.hint == f"did you mean {meant}?"
