"""What ghpypi keeps for its user on this machine: a token, and which servers may have it.

The token is in the system's keyring where there is one, else in a file that nobody else may read.
Servers are in a file of their own. No host is in it but those the user named, not even this
machine: whoever listens at a port need not be who one thinks.
"""

import os
import stat
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghpypi.core.origin import origin_of
from ghpypi.core.parsing import parse_toml, split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, UsageError

SERVICE = "ghpypi"
"""What the token is filed under in the system's keyring."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def server_of(url: str) -> str:
    """Name the server of an address: scheme, host, and the port if it is not the usual one.

    Raises:
        UsageError: A token cannot be sent there without others reading it, or it holds one.
    """
    if "@" in url.partition("://")[2].partition("/")[0]:
        # Not repeated: what it holds may be a token.
        raise UsageError(
            "the address of the server holds a user name or password",
            hint="leave them out: files and other people see addresses. The keyring has the token",
        )
    origin = origin_of(url)
    if not origin:
        hint = "" if url.isascii() else "write the host in ASCII, as xn--..."
        raise UsageError(
            f"'{url}' is not an address such as https://packages.example.com/", hint=hint
        )
    parts = split_url(origin)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise UsageError(
            f"{origin} would get the token over an open line",
            hint="give the server a certificate, and its address as https://",
        )
    return origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Our folder among the settings of the user.

    Attributes:
        folder: Where it is; it need not be there.
    """

    folder: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Kept":
        """Find the folder: `GHPYPI_CONFIG_DIR`, or where this system has such folders."""
        if given := environment.get("GHPYPI_CONFIG_DIR"):
            return cls(folder=Path(given))
        named = "APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
        parent = environment.get(named)
        return cls(folder=(Path(parent) if parent else Path.home() / ".config") / "ghpypi")

    @property
    def servers_file(self) -> Path:
        """Where the servers stand."""
        return self.folder / "servers.toml"

    @property
    def tokens_file(self) -> Path:
        """Where the token is, if there is no keyring."""
        return self.folder / "tokens.toml"

    def servers(self) -> dict[str, str]:
        """List the servers that may have a token, each with the API of the GitHub it is of."""
        return _read(self.servers_file).get("servers", {})

    def api_for(self, service: str) -> str | None:
        """Find whose token a program gets that asks the keyring; `None` for all we do not know.

        pip and uv ask with the address of the index first, and then with the host alone. A host
        does not say how the token will be sent: pip also asks so for `http://HOST/...`, which any
        package can name in its dependencies. So only servers that were named as http://, which are
        on this machine, are known by their host.

        Args:
            service: What the program asks for.
        """
        origin = origin_of(service) if "://" in service else origin_of(f"http://{service}")
        return self.servers().get(origin) if origin else None

    def trust(self, server: str, api: str) -> bool:
        """Let a server have the token of a GitHub; tell whether that is new."""
        return self._change(self.servers_file, ("servers", server), api)

    def distrust(self, server: str) -> bool:
        """Let a server have no token any more; tell whether it could."""
        return self._change(self.servers_file, ("servers", server), None)

    def token(self, hostname: str) -> tuple[Secret, str] | None:
        """Find the token of a GitHub, and say where it was.

        Raises:
            NotAllowedError: Others may read or change the file that it is in.
        """
        if text := _from_keyring(hostname):
            return Secret(text), "the system keyring"
        text = _read(self.tokens_file).get("tokens", {}).get(hostname)
        if not text:
            return None
        _require_private(self.tokens_file)
        return Secret(text), str(self.tokens_file)

    def keep_token(self, hostname: str, secret: Secret) -> str:
        """Keep the token of a GitHub; say where."""
        if _to_keyring(hostname, secret):
            # One that an earlier version, or a machine without a keyring, left behind.
            self._change(self.tokens_file, ("tokens", hostname), None)
            return "the system keyring"
        if not self._change(self.tokens_file, ("tokens", hostname), secret.reveal()):
            self.tokens_file.chmod(0o600)  # the file was not written anew
        return str(self.tokens_file)

    def forget_token(self, hostname: str) -> list[str]:
        """Forget the token of a GitHub; say where it was."""
        places = ["the system keyring"] if _out_of_keyring(hostname) else []
        if self._change(self.tokens_file, ("tokens", hostname), None):
            places.append(str(self.tokens_file))
        return places

    def _change(self, path: Path, key: tuple[str, str], value: str | None) -> bool:
        # Slow to import, and the keyring of other people's programs only reads.
        from ghpypi.core.config.toml_edit import remove_key, set_key  # noqa: PLC0415

        before = path.read_text(encoding="utf-8") if path.exists() else ""
        text = remove_key(before, key) if value is None else set_key(before, key, value)
        if text == before:
            return False
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A temporary file is its owner's alone from the beginning.
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
        return True


def _require_private(path: Path) -> None:
    """Check that a file of ours is still its owner's alone, as ssh does with keys.

    Raises:
        NotAllowedError: It is not.
    """
    if sys.platform == "win32":
        return  # there, folders of a user are their own, and modes say nothing
    status = path.stat()
    strangers = status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if strangers or status.st_uid not in {os.geteuid(), 0}:
        raise NotAllowedError(
            f"others may read or change '{path}' (mode {stat.S_IMODE(status.st_mode):04o}), so "
            "the token in it is not used",
            hint=f"run 'chmod 600 {path}'; if somebody may have read the token, replace it with "
            "'ghpypi login'",
        )


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, Any] = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return {
        table: {key: value for key, value in values.items() if isinstance(value, str)}
        for table, values in found.items()
        if isinstance(values, dict)
    }


def _from_keyring(hostname: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, hostname)
    except Exception:  # noqa: BLE001 - backends are anybody's, and raise what they like
        return None


def _to_keyring(hostname: str, secret: Secret) -> bool:
    try:
        import keyring  # noqa: PLC0415
    except ImportError:
        return False
    try:
        keyring.set_password(SERVICE, hostname, secret.reveal())
        # Some backends take everything and keep nothing.
        return keyring.get_password(SERVICE, hostname) == secret.reveal()
    except Exception:  # noqa: BLE001
        return False


def _out_of_keyring(hostname: str) -> bool:
    if _from_keyring(hostname) is None:
        return False
    import keyring  # noqa: PLC0415 - it was there a moment ago

    try:
        keyring.delete_password(SERVICE, hostname)
    except Exception:  # noqa: BLE001
        return False
    return True
