"""Checksum files of distributions, in the format of `sha256sum`."""

import re
from collections.abc import Iterable

from ghpypi.core.names import Sha256

SUFFIX = ".sha256"
"""Ends the name of the checksum file of one file."""

NAMES = frozenset({"sha256sums", "sha256sums.txt"})
"""Names of checksum files of a whole release, in lower case."""

LIMIT = 1024 * 1024
"""Bytes of a checksum file at most: a release has a thousand assets."""

_LINE = re.compile(r"(?P<digest>[0-9A-Fa-f]{64})(?:[ \t]+\*?(?P<name>[^\r\n]*?))?[ \t\r]*")


def is_checksum_file(name: str) -> bool:
    """Tell by the name whether an asset has SHA-256 digests of others."""
    return name.endswith(SUFFIX) or name.lower() in NAMES


def has_digest_of(name: str, filename: str) -> bool:
    """Tell by the name whether a checksum file may have the digest of a file."""
    return name == filename + SUFFIX or name.lower() in NAMES


def find_digest(text: bytes, filename: str, *, alone: bool) -> Sha256 | None:
    """Find the digest of a file in a checksum file.

    Args:
        text: The checksum file, with lines such as `DIGEST  NAME`; folders before names are
            ignored.
        filename: The file.
        alone: The checksum file is of this file alone, so that it need not name it.

    Returns:
        The digest; `None` if there is none, or several that differ.
    """
    found = set(_digests(text.decode("utf-8", "replace").splitlines(), filename, alone=alone))
    return found.pop() if len(found) == 1 else None


def _digests(lines: Iterable[str], filename: str, *, alone: bool) -> Iterable[Sha256]:
    for line in lines:
        if match := _LINE.fullmatch(line):
            name = (match["name"] or "").replace("\\", "/").rpartition("/")[2]
            if name == filename or (alone and not name):
                yield Sha256(match["digest"].lower())
