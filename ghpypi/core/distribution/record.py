"""Validation of RECORD, the list of files in a wheel (binary distribution format)."""

import base64
import binascii
import csv
import io
from collections.abc import Iterator, Mapping

from ghpypi.core.distribution.contents import Contents, listed
from ghpypi.core.distribution.rules import Issue, Rule

_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
"""Signature files, which RECORD cannot list."""


def record_issues(contents: Contents, folder: str) -> Iterator[Issue]:
    """Compare RECORD with the members of a wheel, by name as PyPI does, and by SHA-256.

    Args:
        contents: The contents of the wheel, with digests.
        folder: Its `.dist-info` folder.
    """
    try:
        hashes = _hashes(contents.texts[f"{folder}/RECORD"])
    except (UnicodeDecodeError, csv.Error) as error:
        yield Issue(Rule.RECORD, f"its RECORD cannot be read ({error})")
        return
    exempt = {f"{folder}/{name}" for name in _SIGNATURES}
    members = {*contents.members.names_without_folders}
    if missing := members - hashes.keys() - exempt:
        yield Issue(Rule.RECORD_DIFFERS, f"its RECORD does not list {listed(missing)}")
    if extra := hashes.keys() - members:
        yield Issue(Rule.RECORD_DIFFERS, f"its RECORD lists missing files: {listed(extra)}")
    if changed := [name for name in contents.digests if _differs(name, contents, hashes)]:
        yield Issue(Rule.RECORD_DIFFERS, f"its RECORD has different hashes for {listed(changed)}")


def _hashes(text: bytes) -> Mapping[str, str]:
    """Return the hashes by path, such as `sha256=...` without padding; empty if there is none."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline=""), strict=True)
    hashes = {}
    for row in rows:
        if row:
            if len(row) != 3:  # noqa: PLR2004 - path, hash and size
                raise csv.Error(f"row {rows.line_num} has {len(row)} columns")
            hashes[row[0].replace("\\", "/")] = row[1]
    return hashes


def _differs(name: str, contents: Contents, hashes: Mapping[str, str]) -> bool:
    algorithm, _, value = hashes.get(name, "").partition("=")
    if algorithm != "sha256":
        return False
    try:
        expected = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return True
    return expected != contents.digests[name]
