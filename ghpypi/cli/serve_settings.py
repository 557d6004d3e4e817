"""The settings of a server: from a file, from options, and checked."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ghpypi.core.addresses import is_web_address
from ghpypi.core.config.server import PasswordFiles, ServeSettings
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError

STORE_AND_FILE = re.compile(r"(\w[\w.-]*(?:/[\w.-]+)?)=(.+)")
"""A store as the paths of the server name it, and the path of a file."""


def read_settings(path: Path) -> ServeSettings:
    """Read the file of settings.

    Raises:
        UsageError: It cannot be read, or used.
    """
    try:
        return ServeSettings.parse(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error


def read_secret(path: str) -> Secret:
    """Read a password from a file.

    Raises:
        UsageError: The file cannot be read, or is empty.
    """
    try:
        # Editors on Windows may write a byte order mark.
        text = Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"password file '{path}' cannot be read: {error}") from error
    if not text:
        raise UsageError(f"password file '{path}' is empty")
    return Secret(text)


def password_files(write: Iterable[str], read: Iterable[str]) -> dict[str, PasswordFiles]:
    """Read options about passwords: `FILE` for all stores, `STORE=FILE` for one."""
    found: dict[str, PasswordFiles] = {}
    for key, texts in (("write", write), ("read", read)):
        for text in texts:
            named = STORE_AND_FILE.fullmatch(text)
            name, path = (named[1].lower(), named[2]) if named else ("", text)
            found[name] = found.get(name, PasswordFiles())._replace(**{key: path})
    return found


def merge_settings(file: ServeSettings, options: ServeSettings) -> ServeSettings:
    """Merge the settings of a file and of options; options take precedence."""
    return ServeSettings(
        stores=file.stores,
        passwords={
            name: options.passwords.get(name, PasswordFiles()).with_defaults(
                file.passwords.get(name, PasswordFiles())
            )
            for name in {**file.passwords, **options.passwords}
        },
        upstream=options.upstream or file.upstream,
        reserved=tuple(dict.fromkeys((*options.reserved, *file.reserved))),
        merge=options.merge or file.merge,
        age=replace(file.age, usual=options.age.usual) if options.age.usual else file.age,
    )


def checked_upstream(url: str) -> str:
    """Check the address of an index.

    Raises:
        UsageError: The URL is invalid, or contains a password, which redirects would expose.
    """
    parts = split_url(url)
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        raise UsageError(f"'{url}' is no address such as https://pypi.org/simple/")
    if "@" in parts.netloc:
        raise UsageError("the address of an upstream index must hold no password")
    return url.rstrip("/") + "/"


def checked_public_url(url: str) -> str:
    """Check the address that clients have for this server; it ends in `/` then.

    Raises:
        UsageError: It is not an address, or has a password, query or fragment in it.
    """
    if not split_url(url).netloc or not is_web_address(url) or set(url) & set("@?#"):
        raise UsageError(f"--public-url: '{url}' is not like https://packages.example.com/")
    return url.rstrip("/") + "/"
