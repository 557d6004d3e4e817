"""The backend of `keyring`: who is given a GitHub token, and who never is."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.errors import PasswordDeleteError, PasswordSetError

from ghpypi.cli.stored_credentials import StoredCredentials
from ghpypi.core.secret import Secret
from ghpypi.keyring_backend import GhpypiKeyring
from tests.support.keyrings import MemoryKeyring, system_keyring

API = "https://api.github.com"
HOST = "packages.example.com"
SIMPLE = f"https://{HOST}/simple/"
TOKEN = "ghp_kept"


@pytest.fixture
def ring() -> GhpypiKeyring:
    return GhpypiKeyring()  # type: ignore[no-untyped-call]  # keyring's


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoredCredentials]:
    """A user who trusts two servers and has signed in, on a machine without `gh`."""
    for name in [name for name in os.environ if name.startswith(("GH_", "GITHUB_", "GHPYPI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GHPYPI_CONFIG_DIR", str(tmp_path / "kept"))
    credentials = StoredCredentials(folder=tmp_path / "kept")
    with system_keyring(MemoryKeyring(Exception("no keyring here"))):
        credentials.store_token("github.com", Secret(TOKEN))
        credentials.trust(f"https://{HOST}", API)
        credentials.trust("http://127.0.0.1:8080", API)
        yield credentials


@pytest.mark.parametrize(
    "service",
    [
        f"https://{HOST}/acme/pypi/simple/",
        f"https://{HOST}:443/simple/",
        f"https://{HOST.upper()}/legacy/",
        f"https://alice@{HOST}/simple/",
        f"https://{HOST}",
        f"https://{HOST}./simple/",
        f"https://{HOST}:0443/simple/",
        f"HTTPS://__token__@{HOST}/simple/?x=%41#y",
        "http://127.0.0.1:8080/simple/",
        "127.0.0.1:8080",
    ],
)
@pytest.mark.parametrize("user", ["__token__", "ann", "", None])
def test_a_server_that_was_named_is_given_the_token_whatever_the_user(
    credentials: StoredCredentials, ring: GhpypiKeyring, service: str, user: str | None
) -> None:
    credential = ring.get_credential(service, user)

    assert ring.get_password(service, user) == TOKEN
    assert credential is not None
    assert (credential.username, credential.password) == (user or "__token__", TOKEN)


@pytest.mark.parametrize(
    "service",
    [
        "https://pypi.org/simple/",
        "pypi.org",
        "https://github.com/acme",
        "github.com",
        f"https://{HOST}.evil.example/",
        f"https://evil.example/{HOST}/",
        f"https://{HOST}@evil.example/",
        f"{HOST}@evil.example",
        f"https://evil.example?{HOST}",
        f"http://{HOST}/simple/",  # the same host, over an open line
        f"http://{HOST}:443/simple/",
        HOST,  # as pip asks for http://HOST/ too
        f"{HOST}:443",
        f"{HOST}:80",
        f"{HOST}/acme",
        f"{HOST}.",
        f"https://evil.example\\@{HOST}/",
        f"https://evil.example/\\@{HOST}/",
        f"https://evil.example#@{HOST}/",
        f"https://evil.example?@{HOST}/",
        f"https://me:secret@{HOST}/",
        f"https://a@b@{HOST}/",
        f"https://{HOST}\\.evil.example/",
        f"https://{HOST}\n.evil.example/",
        f"https://{HOST}\t/",
        f" https://{HOST}/",
        f"https:/{HOST}/",
        f"https:///{HOST}/",
        f"https://{HOST}../",
        f"https://{HOST}:/",
        f"https://{HOST}:443:443/",
        f"https://{HOST}:٤٤٣/",
        f"https://{HOST.replace('k', chr(0x212A))}/",  # the Kelvin sign, in lower case a k
        f"https://{HOST.replace('.', chr(0x3002))}/",  # the ideographic full stop
        "https://0x7f.0.0.1:8080/",
        f"https://{HOST}:8443/",
        f"ftp://{HOST}/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.1/",
        "https://127.0.0.1:8080/",
        "ghpypi",
        "",
        "://",
        "https://[",
        "https://x:99999999/",
        "poetry-repository-acme",
    ],
)
def test_no_one_else_is_given_anything(
    credentials: StoredCredentials, ring: GhpypiKeyring, service: str
) -> None:
    assert ring.get_password(service, "__token__") is None
    assert ring.get_credential(service, None) is None


def test_without_a_trusted_server_there_is_no_token(
    credentials: StoredCredentials, ring: GhpypiKeyring
) -> None:
    credentials.servers_file.unlink()

    for service in (f"https://{HOST}/", "127.0.0.1:8080", "localhost"):
        assert ring.get_password(service, "__token__") is None


def test_a_variable_takes_precedence_over_what_was_kept(
    credentials: StoredCredentials, ring: GhpypiKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "from-workflow")

    assert ring.get_password(SIMPLE, "x") == "from-workflow"


def test_a_token_of_one_github_is_not_given_to_the_server_of_another(
    credentials: StoredCredentials, ring: GhpypiKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials.trust("https://inner.example.com", "https://ghe.example.com/api/v3")
    monkeypatch.setenv("GITHUB_TOKEN", "of-github.com")

    assert ring.get_password("https://inner.example.com/simple/", "x") is None
    credentials.store_token("ghe.example.com", Secret("of-ghe"))
    assert ring.get_password("https://inner.example.com/simple/", "x") == "of-ghe"


@pytest.mark.parametrize("text", ["servers = [", "[servers]\n'https://packages.example.com' = 1\n"])
def test_an_invalid_setting_does_not_break_other_programs(
    credentials: StoredCredentials, ring: GhpypiKeyring, text: str
) -> None:
    credentials.servers_file.write_text(text)

    assert ring.get_password(SIMPLE, "x") is None


def test_in_a_chain_passwords_are_kept_by_the_next(
    credentials: StoredCredentials, ring: GhpypiKeyring
) -> None:
    with pytest.raises(NotImplementedError):
        ring.set_password("other", "user", "secret")
    with pytest.raises(NotImplementedError):
        ring.delete_password("other", "user")


def test_alone_it_says_that_it_keeps_nothing_as_keyring_has_it(ring: GhpypiKeyring) -> None:
    with pytest.raises(PasswordSetError):
        ring.set_password("other", "user", "secret")
    with pytest.raises(PasswordDeleteError):
        ring.delete_password("other", "user")


def test_keyring_finds_the_backend_by_its_entry_point() -> None:
    points = importlib.metadata.entry_points(group="keyring.backends", name="ghpypi")

    assert [point.value for point in points] == ["ghpypi.keyring_backend"]
    assert any(isinstance(each, GhpypiKeyring) for each in keyring.backend.get_all_keyring())


def test_the_backend_costs_other_programs_little() -> None:
    code = (
        "import keyring.backend, keyring.credentials, keyring.errors, sys\n"
        "before = set(sys.modules)\n"
        "import ghpypi.keyring_backend\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.split() == ["ghpypi", "ghpypi.keyring_backend"]
