"""Project documents in the format of PyPI's JSON API, for bots and other tools.

Renovate and Dependabot read them for what HTML pages of the Simple API do not say: upload times
(without which their cooldowns offer no update), yanks, and the links to changelogs and sources.

Unlike PyPI's, they have no descriptions, no vulnerabilities, no serials and no MD5 digests: these
are not known here.

Source: PyPI documentation, "JSON API", "Get a project"; the data sources of Renovate ("pypi") and
Dependabot (`PackageDetailsFetcher`, `MetadataFinder`).
"""

import json
from typing import Any

from packaging.version import Version

from ghpypi.core.catalog.entry import Shown
from ghpypi.core.catalog.shown_version import newest_version
from ghpypi.core.model import FileDocument
from ghpypi.core.names import (
    VARIANTS_SUFFIX,
    Filename,
    InvalidFilenameError,
    same_version,
    split_label,
    version_key,
)
from ghpypi.core.simple.pages import ProjectDocument
from ghpypi.core.site.about import About

JSON_API = "pypi/"
"""The folder of these documents, next to the folder `simple/` of an index, as on PyPI."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def json_api(document: ProjectDocument, about: About | None, shown: Shown | None = None) -> bytes:
    """Return a project in the format of PyPI's JSON API.

    Args:
        document: Its page of the Simple API, with the files.
        about: The metadata of its shown version, if that is published.
        shown: What lists show of it, if that is known and everyone may see it.
    """
    releases: dict[str, list[dict[str, Any]]] = {version: [] for version in document["versions"]}
    listed = {version_key(version): version for version in releases}
    for file in document["files"]:
        version = _version(file["filename"])
        if version in listed:
            releases[listed[version]].append(_file(file))

    def is_kept(version: Version) -> bool:
        return _is_kept(releases[listed[version]])

    newest = newest_version(releases, is_kept) if releases else ("", False)
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


def _is_kept(files: list[dict[str, Any]]) -> bool:
    """Return whether a version has a file that is not yanked, under a valid name."""
    return any(not file["yanked"] and _is_valid(file["filename"]) for file in files)


def _is_valid(filename: str) -> bool:
    try:
        Filename.parse(filename)
    except InvalidFilenameError:
        return False
    return True


def _version(filename: str) -> Version | None:
    """Return the version of a file; `None` for a file that is no distribution."""
    if filename.endswith(VARIANTS_SUFFIX):
        return None
    if filename.endswith(".whl"):
        text = filename.split("-")[1]
    else:
        text = filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]
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
        "python_version": split_label(name)[0].split("-")[-3] if wheel else "source",
        "size": file.get("size"),
        "digests": file["hashes"],
        "requires_python": file.get("requires-python"),
        "upload_time": time.removesuffix("Z").partition(".")[0] if time else None,
        "upload_time_iso_8601": time,
        "yanked": bool(yanked),
        "yanked_reason": yanked if isinstance(yanked, str) else None,
    }
