"""Project documents in the format of PyPI's JSON API, for bots and other tools.

Renovate and Dependabot read them for what HTML pages of the Simple API do not say: upload times
(without which their cooldowns offer no update), yanks, and the links to changelogs and sources.

Unlike PyPI's, they have no descriptions, no vulnerabilities, no serials and no MD5 digests: these
are not known here.

Source: PyPI documentation, "JSON API", "Get a project"; the data sources of Renovate ("pypi") and
Dependabot (`PackageDetailsFetcher`, `MetadataFinder`).
"""

import json
from functools import lru_cache
from typing import Any

from packaging.version import Version

from ghpypi.core.catalog.entry import Shown
from ghpypi.core.catalog.shown_version import newest_version
from ghpypi.core.identity import identity_of
from ghpypi.core.model import FileDocument
from ghpypi.core.names import (
    VARIANTS_SUFFIX,
    is_safe,
    same_version,
    split_label,
    version_key,
)
from ghpypi.core.simple.documents import ProjectDocument
from ghpypi.core.site.about import About

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def json_api(document: ProjectDocument, about: About | None, shown: Shown | None = None) -> bytes:
    """Return a project in the format of PyPI's JSON API.

    Args:
        document: Its page of the Simple API, with the files.
        about: The metadata of its shown version, if that is published.
        shown: What lists show of it, if that is known and everyone may see it.
    """
    releases: dict[str, list[dict[str, Any]]] = {version: [] for version in document["versions"]}
    listed = {version_key(version): files for version, files in releases.items()}
    # A version has several spellings, but most files have the listed one.
    spelled: dict[str, list[dict[str, Any]] | None] = {**releases}
    for file in document["files"]:
        text = _version_text(file["filename"])
        if text not in spelled:
            version = _version(text)
            spelled[text] = listed.get(version) if version else None
        if (files := spelled[text]) is not None:
            files.append(_file(file))

    def is_kept(version: Version) -> bool:
        files = listed[version]
        return any(not x["yanked"] and _is_valid(x["filename"], version) for x in files)

    newest = newest_version(document["versions"], is_kept) if releases else ("", False)
    urls = releases.get(newest[0], [])
    info = _info(document["name"], newest, urls)
    if shown:
        info |= {"summary": shown.summary, "keywords": ",".join(shown.keywords.split())}
    if about:
        info |= _described(about)
    if about and same_version(about.version, info["version"]):
        info |= {
            "requires_dist": about.requires_dist or None,
            "provides_extra": about.extras or None,
        }
    return (_encode({"info": info, "releases": releases, "urls": urls}) + "\n").encode()


def _info(name: str, newest: tuple[str, bool], urls: list[dict[str, Any]]) -> dict[str, Any]:
    version, yanked = newest
    return {
        "name": name,
        "version": version,
        "yanked": yanked,
        "yanked_reason": next((file["yanked_reason"] for file in urls if yanked), None),
        "requires_python": next((file["requires_python"] for file in urls), None),
    }


def _described(about: About) -> dict[str, Any]:
    """Return what is true of other versions as well, such as the link to the changelog."""
    urls = dict(about.urls)
    return {
        "name": about.name,
        "summary": about.summary,
        "keywords": ",".join(about.keywords),
        "author": about.author,
        "maintainer": about.maintainer,
        "license": about.license,
        "classifiers": about.classifiers,
        "home_page": urls.get("Homepage", ""),
        "project_urls": urls or None,
    }


def _is_valid(filename: str, version: Version) -> bool:
    """Return whether a file has a name that installers accept: one of an upstream index may not."""
    try:
        identity_of(filename, version)
    except ValueError:
        return False
    return is_safe(filename)


def _version_text(filename: str) -> str:
    """Return what is in a filename at the place of the version."""
    if filename.endswith(VARIANTS_SUFFIX):
        return ""
    if filename.endswith(".whl"):
        return filename.partition("-")[2].partition("-")[0]
    return filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]


def _version(text: str) -> Version | None:
    """Return a version; `None` for a file that is no distribution."""
    try:
        return version_key(text)
    except ValueError:
        return None  # a file of an upstream index, with a name of former times


def _file(file: FileDocument) -> dict[str, Any]:
    name, yanked = file["filename"], file.get("yanked", False)
    wheel = name.endswith(".whl")
    time = file.get("upload-time")
    return {
        "filename": name,
        "url": file["url"],
        "packagetype": "bdist_wheel" if wheel else "sdist",
        "python_version": _python_tag(name.split("-", 2)[2]) if wheel else "source",
        "size": file.get("size"),
        "digests": file["hashes"],
        "requires_python": file.get("requires-python"),
        "upload_time": time.removesuffix("Z").partition(".")[0] if time else None,
        "upload_time_iso_8601": time,
        "yanked": bool(yanked),
        "yanked_reason": yanked if isinstance(yanked, str) else None,
    }


@lru_cache(maxsize=8192)
def _python_tag(rest: str) -> str:
    """Return the Python tag after project and version; cached, because most wheels share it."""
    return split_label(f"x-0-{rest}")[0].split("-")[-3]
