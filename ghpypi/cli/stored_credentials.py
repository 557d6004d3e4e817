"""Stored credentials of the user: a token, and the servers that may receive it.

The token is in the system's keyring, or else in a file that only the user can read. The servers are
in a separate file. It includes only hosts that the user specified, not even loopback by default,
because any program can listen on a local port.
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

from ghpypi.core.addresses import origin_of
from ghpypi.core.parsing import parse_toml, split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, UsageError

SERVICE = "ghpypi"
"""The service name of the token in the system's keyring."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def server_of(url: str) -> str:
    """Return the origin of a URL: scheme, host, and port if it is not the default.

    Raises:
        UsageError: The URL is invalid, has credentials, or is plain HTTP to another machine.
    """
    if "@" in url.partition("://")[2].partition("/")[0]:
        # The URL is not part of the message because it may contain a token.
        raise UsageError(
            "the URL of the server contains a user name or password",
            hint="omit them: URLs are written to files and logs. The keyring stores the token",
        )
    origin = origin_of(url)
    if not origin:
        hint = "" if url.isascii() else "write the host in its ASCII form, xn--..."
        raise UsageError(f"'{url}' is not a URL such as https://packages.example.com/", hint=hint)
    parts = split_url(origin)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise UsageError(
            f"the token would be sent to {origin} without encryption",
            hint="set up TLS for the server, and use a URL with https://",
        )
    return origin


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredentials:
    """The token and the servers in ghpypi's folder of the user's configuration files.

    Attributes:
        folder: The path, which may not exist yet.
    """

    folder: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "StoredCredentials":
        """Return the folder: `GHPYPI_CONFIG_DIR`, or the default of the operating system."""
        if given := environment.get("GHPYPI_CONFIG_DIR"):
            return cls(folder=Path(given))
        named = "APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME"
        parent = environment.get(named)
        return cls(folder=(Path(parent) if parent else Path.home() / ".config") / "ghpypi")

    @property
    def servers_file(self) -> Path:
        """The file with the servers."""
        return self.folder / "servers.toml"

    @property
    def tokens_file(self) -> Path:
        """The file with the token, if there is no keyring."""
        return self.folder / "tokens.toml"

    def servers(self) -> dict[str, str]:
        """Return the servers that may receive a token, with the API URL of the token's GitHub."""
        return _read(self.servers_file).get("servers", {})

    def api_for(self, service: str) -> str | None:
        """Return the API URL of the GitHub whose token a service may receive; `None` for none.

        pip and uv look up the URL of the index first, then the host alone. A host does not tell
        whether the token will be encrypted: pip also looks it up for `http://HOST/...`, which any
        package can have in its dependencies. So only servers with http:// URLs, which are on this
        machine, are found by host.

        Args:
            service: The service name that an installer looks up in the keyring.
        """
        origin = origin_of(service) if "://" in service else origin_of(f"http://{service}")
        return self.servers().get(origin) if origin else None

    def trust(self, server: str, api: str) -> bool:
        """Allow a server to receive the token of a GitHub; return whether that is new."""
        return self._change(self.servers_file, ("servers", server), api)

    def distrust(self, server: str) -> bool:
        """Remove a server; return whether it was present."""
        return self._change(self.servers_file, ("servers", server), None)

    def token(self, hostname: str) -> tuple[Secret, str] | None:
        """Return the token for a GitHub host, and where it is stored.

        Raises:
            NotAllowedError: Other users can read or change the file with the token.
        """
        if text := _from_keyring(hostname):
            return Secret(text), "the system keyring"
        text = _read(self.tokens_file).get("tokens", {}).get(hostname)
        if not text:
            return None
        _require_private(self.tokens_file)
        return Secret(text), str(self.tokens_file)

    def store_token(self, hostname: str, secret: Secret) -> str:
        """Store the token for a GitHub host; return where it is stored."""
        if _to_keyring(hostname, secret):
            # Remove a token that was stored when there was no keyring.
            self._change(self.tokens_file, ("tokens", hostname), None)
            return "the system keyring"
        if not self._change(self.tokens_file, ("tokens", hostname), secret.reveal()):
            self.tokens_file.chmod(0o600)  # the file was not replaced
        return str(self.tokens_file)

    def delete_token(self, hostname: str) -> list[str]:
        """Delete the token for a GitHub host; return where it was stored."""
        places = ["the system keyring"] if _out_of_keyring(hostname) else []
        if self._change(self.tokens_file, ("tokens", hostname), None):
            places.append(str(self.tokens_file))
        return places

    def _change(self, path: Path, key: tuple[str, str], value: str | None) -> bool:
        # Imported here because it is slow, and the keyring backend only reads.
        from ghpypi.core.config.toml_edit import remove_key, set_key  # noqa: PLC0415

        before = path.read_text(encoding="utf-8") if path.exists() else ""
        text = remove_key(before, key) if value is None else set_key(before, key, value)
        if text == before:
            return False
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Temporary files have mode 0600 from the start.
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
        return True


def _require_private(path: Path) -> None:
    """Check that only the user can read and write a file, as ssh does for keys.

    Raises:
        NotAllowedError: Other users have access.
    """
    if sys.platform == "win32":
        return  # on Windows, folders of a user are private, and modes are meaningless
    status = path.stat()
    strangers = status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if strangers or status.st_uid not in {os.geteuid(), 0}:
        raise NotAllowedError(
            f"other users can access '{path}' (mode {stat.S_IMODE(status.st_mode):04o}), so the "
            "token in it is not used",
            hint=f"run 'chmod 600 {path}'; if the token may have leaked, revoke it and store a new "
            "one with 'ghpypi login'",
        )


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, Any] = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
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
    except Exception:  # noqa: BLE001 - third-party backends may raise anything
        return None


def _to_keyring(hostname: str, secret: Secret) -> bool:
    try:
        import keyring  # noqa: PLC0415
    except ImportError:
        return False
    try:
        keyring.set_password(SERVICE, hostname, secret.reveal())
        # Some backends accept everything and store nothing.
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
