"""Validation of wheels (binary distribution format, PEP 427)."""

from collections.abc import Iterator
from email.parser import HeaderParser
from functools import lru_cache

from packaging.version import Version

from ghpypi.core.distribution.contents import Contents, Kind, listed, quoted
from ghpypi.core.distribution.entry_points import entry_point_issues
from ghpypi.core.distribution.limits import LISTING_LIMIT, METADATA_LIMIT, TEXT_LIMIT
from ghpypi.core.distribution.members import link_issues, path_issues, top_of
from ghpypi.core.distribution.record import record_issues
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.names import Filename, normalize
from ghpypi.core.parsing import parse_version
from ghpypi.core.variant_metadata import LIMIT as VARIANT_LIMIT

VARIANT_FILE = "variant.json"
"""What a variant wheel needs (PEP 825)."""

_REQUIRED = ("METADATA", "WHEEL", "RECORD")
_KEPT = {
    "METADATA": METADATA_LIMIT,
    "WHEEL": TEXT_LIMIT,
    "RECORD": LISTING_LIMIT,
    "entry_points.txt": TEXT_LIMIT,
    VARIANT_FILE: VARIANT_LIMIT,
}
_METADATA_FILES = ("/METADATA", f"/{VARIANT_FILE}")
_SUFFIX = ".dist-info"


def keep_in_wheel(name: str) -> int:
    """Return the limit for reading a required file in a `.dist-info` folder; 0 for others."""
    folder, _, rest = name.partition("/")
    return _KEPT.get(rest, 0) if folder.endswith(_SUFFIX) else 0


def keep_metadata(name: str) -> int:
    """Return the limit for METADATA and variant.json; 0 for others, which may cost requests."""
    return keep_in_wheel(name) if name.endswith(_METADATA_FILES) else 0


def dist_info_folder(contents: Contents, filename: Filename) -> str:
    """Return the only `.dist-info` folder at the top; empty unless it is that of the project."""
    folders = _folders(contents)
    if len(folders) == 1 and _project_of(folders[0]) == filename.project:
        return folders[0]
    return ""


def wheel_issues(contents: Contents, filename: Filename, folder: str) -> Iterator[Issue]:
    """Compare a wheel with the specification, as far as it was read.

    Args:
        contents: The contents of the wheel.
        filename: Its name.
        folder: Its `dist_info_folder`.
    """
    yield from path_issues(contents.members)
    yield from link_issues(contents.members, within_top=False)
    if links := [each.name for each in contents.members.others if each.kind is Kind.SYMLINK]:
        yield Issue(Rule.LINK, f"it has symbolic links, which become text files: {listed(links)}")
    if folder:
        yield from _dist_info_issues(contents, filename, folder)
    elif len(folders := _folders(contents)) > 1:
        yield Issue(
            Rule.DIST_INFO, f"it has several .dist-info folders at the top: {listed(folders)}"
        )
    else:
        found = f", but {quoted(folders[0])}" if folders else ""
        yield Issue(
            Rule.DIST_INFO, f"it has no .dist-info folder of '{filename.project}' at the top{found}"
        )


def _dist_info_issues(contents: Contents, filename: Filename, folder: str) -> Iterator[Issue]:
    version = folder.removesuffix(_SUFFIX).partition("-")[2]
    if not _is_version(version, filename.version):
        yield Issue(
            Rule.DIST_INFO_VERSION,
            f"its folder {quoted(folder)} is of another version than its filename",
        )
    names = contents.members.names
    for name in _REQUIRED:
        path = f"{folder}/{name}"
        count = names.count(path)
        if not count:
            yield Issue(Rule.MISSING_FILE, f"it has no {quoted(path)}")
        elif count > 1:
            yield Issue(Rule.DIST_INFO, f"it has several {quoted(path)}")
    if text := contents.texts.get(f"{folder}/WHEEL"):
        yield from _wheel_file_issues(text)
    if f"{folder}/RECORD" in contents.texts:
        yield from record_issues(contents, folder)
    if text := contents.texts.get(f"{folder}/entry_points.txt"):
        yield from entry_point_issues(text)


def _wheel_file_issues(text: bytes) -> Iterator[Issue]:
    version = HeaderParser().parsestr(text.decode("latin-1")).get("Wheel-Version", "").strip()
    if version.partition(".")[0] != "1":
        yield Issue(
            Rule.WHEEL_VERSION,
            f"its Wheel-Version is {quoted(version)}, and installers know version 1 only",
        )


def _folders(contents: Contents) -> list[str]:
    tops = {top_of(name) for name in contents.members.names if _SUFFIX in name and "/" in name}
    return sorted(top for top in tops if top.endswith(_SUFFIX))


def _project_of(folder: str) -> str:
    return normalize(folder.removesuffix(_SUFFIX).partition("-")[0])


@lru_cache(maxsize=128)
def _is_version(text: str, version: Version) -> bool:
    """Compare versions without their local part, which build tools omit from the folder name.

    Cached, because the wheels of a version are read one after the other.
    """
    try:
        return parse_version(parse_version(text).public) == parse_version(version.public)
    except ValueError:
        return False
