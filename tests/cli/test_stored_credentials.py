"""What ghpypi keeps for its user."""

import sys
from pathlib import Path

import pytest

from ghpypi.cli.client_paths import default_path
from ghpypi.cli.stored_credentials import StoredCredentials, server_of
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, UsageError
from tests.cli.conftest import Bench
from tests.support.keyrings import MemoryKeyring, system_keyring

posix = pytest.mark.skipif(sys.platform == "win32", reason="as other systems have it")


@posix
def test_the_folder_is_where_settings_of_programs_are(bench: Bench) -> None:
    home = bench.folder.parent

    assert StoredCredentials.of({}).folder == home / ".config" / "ghpypi"
    assert StoredCredentials.of({"XDG_CONFIG_HOME": "/x"}).folder == Path("/x/ghpypi")
    assert StoredCredentials.of(
        {"XDG_CONFIG_HOME": "/x", "GHPYPI_CONFIG_DIR": "/y"}
    ).folder == Path("/y")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://Packages.Example.com:443/acme/", "https://packages.example.com"),
        ("https://h:8443/simple/", "https://h:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost:8080/x", "http://localhost:8080"),
    ],
)
def test_a_server_is_scheme_host_and_port(url: str, server: str) -> None:
    assert server_of(url) == server
    assert server_of(server) == server


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a URL"):
        server_of("https:///simple/")


def test_what_is_kept_beside_stays(tmp_path: Path) -> None:
    credentials = StoredCredentials(folder=tmp_path)
    credentials.servers_file.write_text(
        '# mine\n[servers]\n"https://a" = "https://api.github.com"\n'
    )

    assert credentials.trust("https://b", "https://api.github.com")
    assert not credentials.trust("https://b", "https://api.github.com")
    assert credentials.distrust("https://a")
    assert not credentials.distrust("https://a")
    assert credentials.servers_file.read_text() == (
        '# mine\n[servers]\n"https://b" = "https://api.github.com"\n'
    )


def test_tokens_of_several_githubs_are_separate(tmp_path: Path) -> None:
    credentials = StoredCredentials(folder=tmp_path)
    with system_keyring(MemoryKeyring(Exception("none"))):
        for host in ("github.com", "ghe.example.com"):
            credentials.store_token(host, Secret(f"of {host}"))
        credentials.delete_token("github.com")

        assert credentials.token("github.com") is None
        assert credentials.token("ghe.example.com") == (
            Secret("of ghe.example.com"),
            str(credentials.tokens_file),
        )


def test_without_the_package_keyring_a_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    credentials = StoredCredentials(folder=tmp_path)

    assert credentials.store_token("github.com", Secret("t")) == str(credentials.tokens_file)
    assert credentials.delete_token("github.com") == [str(credentials.tokens_file)]


def test_a_keyring_that_lets_nothing_go_is_recognized_by_what_is_left(tmp_path: Path) -> None:
    class Clinging(MemoryKeyring):
        def delete_password(self, service: str, username: str) -> None:
            raise self.trouble or RuntimeError("no")

    credentials = StoredCredentials(folder=tmp_path)
    with system_keyring(Clinging()):
        credentials.store_token("github.com", Secret("t"))

        assert credentials.delete_token("github.com") == []
        assert credentials.token("github.com") == (Secret("t"), "the system keyring")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    credentials = StoredCredentials(folder=tmp_path)
    credentials.servers_file.write_text("[servers")

    with pytest.raises(UsageError, match=r"cannot read .*servers\.toml"):
        credentials.servers()


@posix
def test_pips_older_file_is_used_where_it_is_the_only_one(bench: Bench) -> None:
    home = bench.folder.parent
    (home / ".pip").mkdir()
    (home / ".pip" / "pip.conf").touch()

    assert default_path("pip", {}, bench.folder) == home / ".pip" / "pip.conf"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").touch()
    assert default_path("pip", {}, bench.folder) == home / ".config" / "pip" / "pip.conf"


def test_pips_file_is_where_each_system_has_it(bench: Bench) -> None:
    home, folder = bench.folder.parent, bench.folder
    environment = {"APPDATA": str(folder / "AppData"), "XDG_CONFIG_HOME": str(folder / "xdg")}

    assert default_path("pip", environment, folder, "win32") == folder / "AppData/pip/pip.ini"
    assert default_path("pip", environment, folder, "linux") == folder / "xdg/pip/pip.conf"
    assert default_path("pip", environment, folder, "darwin") == home / ".config/pip/pip.conf"
    library = home / "Library/Application Support/pip"
    library.mkdir(parents=True)
    assert default_path("pip", environment, folder, "darwin") == library / "pip.conf"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610])
def test_a_token_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    credentials = StoredCredentials(folder=tmp_path)
    with system_keyring(MemoryKeyring(Exception("none"))):
        credentials.store_token("github.com", Secret("t"))
        credentials.tokens_file.chmod(mode)

        assert credentials.token("code.example") is None, "nothing of it is needed"
        with pytest.raises(NotAllowedError, match=f"mode {mode:04o}") as caught:
            credentials.token("github.com")
        assert f"chmod 600 {credentials.tokens_file}" in caught.value.hint

        credentials.tokens_file.chmod(0o600)
        assert credentials.token("github.com") is not None

        credentials.tokens_file.chmod(mode)
        credentials.store_token("github.com", Secret("t"))
        assert credentials.token("github.com") is not None, "a login makes it private again"

        credentials.tokens_file.chmod(mode)
        credentials.store_token("github.com", Secret("new"))
        assert credentials.token("github.com") == (Secret("new"), str(credentials.tokens_file))


@posix
def test_a_file_of_tokens_is_its_owners_alone(tmp_path: Path) -> None:
    credentials = StoredCredentials(folder=tmp_path / "ghpypi")
    with system_keyring(MemoryKeyring(Exception("none"))):
        credentials.store_token("github.com", Secret("t"))

    assert credentials.tokens_file.stat().st_mode & 0o777 == 0o600
    assert credentials.folder.stat().st_mode & 0o777 == 0o700


@posix
def test_the_command_line_says_so(bench: Bench) -> None:
    credentials = StoredCredentials.of({"GHPYPI_CONFIG_DIR": str(bench.folder / "kept")})
    bench.set(GHPYPI_CONFIG_DIR=str(credentials.folder))
    credentials.folder.mkdir()
    credentials.tokens_file.write_text('[tokens]\n"github.com" = "ghp_opensesame"\n')
    credentials.tokens_file.chmod(0o644)
    outcome = bench.run("list", "--store", "acme/pypi")

    assert outcome.code == 4
    assert outcome.err.startswith("error: other users can access ")
    assert "opensesame" not in outcome.err
