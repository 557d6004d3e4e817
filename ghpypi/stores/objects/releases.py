"""The releases that a listing of a bucket has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from sys import intern
from urllib.parse import unquote

from ghpypi.core.config.site import FILES
from ghpypi.core.model import NANOSECONDS, OWN, Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.stores.objects.keys import MARKER, SHA256, UPLOADED
from ghpypi.stores.objects.values import StoredObject

ARRIVING = timedelta(seconds=180)
"""Time without a sign of an upload in progress after which it counts as abandoned."""

UPLOAD = ".upload"
"""Suffix of the object that claims a name while a large file is sent; a dot is before the name."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def all_releases(objects: Iterable[StoredObject], now: datetime) -> Iterator[StoredRelease]:
    """Describe the releases of a listing.

    Args:
        objects: The objects below `files/`, in any order.
        now: The current time.
    """
    folders: dict[str, list[StoredObject]] = {}
    for stored in objects:
        _, _, path = stored.key.partition("/")
        folder, slash, name = path.partition("/")
        # Names with control characters are not from an upload; deeper ones are not of a release.
        if slash and name and "/" not in name and path.isprintable():
            folders.setdefault(folder, []).append(stored)
    for folder in sorted(folders):
        marker = f"{FILES}/{folder}/{MARKER}"
        draft = any(each.key == marker and each.size for each in folders[folder])
        yield release_of(folder, folders[folder], now, draft=draft)


def release_of(
    folder: str, objects: Iterable[StoredObject], now: datetime, *, draft: bool
) -> StoredRelease:
    """Describe a release.

    Args:
        folder: The name of its folder.
        objects: All objects of it.
        now: The current time.
        draft: Whether it is being filled.
    """
    files = {each.key: asset_of(each) for each in objects if not _hidden(each.key)}
    claims = (claim_of(each, now) for each in objects if each.key.endswith(UPLOAD))
    unfinished = [claim for claim in claims if claim and claim.key not in files]
    return StoredRelease(
        key=folder,
        origin=OWN,
        tag=unquote(folder),
        draft=draft,
        prerelease=False,
        immutable=False,
        assets=(*files.values(), *unfinished),
    )


def asset_of(stored: StoredObject) -> Asset:
    """Describe a file; its digest and time of upload are known if its attributes are."""
    folder, _, name = stored.key.rpartition("/")
    return Asset(
        folder=intern(folder),  # one string for all files of a release
        name=name,
        size=stored.size,
        version=stored.tag.e_tag.strip('"'),  # listings of Azure have no quotes
        uploaded=stored.attributes.get(UPLOADED) or _nanoseconds(stored.modified),
        sha256=recorded_digest(stored.attributes),
    )


def claim_of(stored: StoredObject, now: datetime) -> Asset | None:
    """Describe the file whose name an upload in progress claims."""
    folder, _, name = stored.key.rpartition("/")
    if not name.startswith(".") or len(name) <= len(UPLOAD) + 1:
        return None
    name = name[1 : -len(UPLOAD)]
    return Asset(
        folder=folder,
        name=name,
        size=0,
        version=stored.tag.e_tag,
        uploaded=_nanoseconds(stored.modified),
        complete=False,
        arriving=now - stored.modified < ARRIVING,
    )


def upload_key(key: str) -> str:
    """Return the key of the object that claims the name of a file."""
    folder, _, name = key.rpartition("/")
    return f"{folder}/.{name}{UPLOAD}"


def recorded_digest(attributes: Mapping[str, str]) -> Sha256 | None:
    """Return the digest that was recorded when a file was uploaded."""
    text = attributes.get(SHA256, "")
    return Sha256(text) if _DIGEST.fullmatch(text) else None


def _nanoseconds(time: datetime) -> int:
    return int(time.timestamp()) * NANOSECONDS


def _hidden(key: str) -> bool:
    return key.rpartition("/")[2].startswith(".")
