"""What an index elsewhere has of a project, taken from its page into the words of the standard.

Sources: PEP 691 (JSON), PEP 503, 592, 658, 714 and 740 (HTML and its attributes).
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.version import Version

from ghpypi.core.model import Project
from ghpypi.core.names import Filename, InvalidFilenameError, version_key

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)
"""What we ask for: JSON, which says most."""

_KEPT: dict[str, type | tuple[type, ...]] = {
    "size": int,
    "upload-time": str,
    "requires-python": str,
    "yanked": (bool, str),
    "provenance": str,
}
"""What is passed on as it is, if it is of the kind that the standard says."""

_DIGESTS = frozenset({"sha256", "sha384", "sha512", "sha224", "sha1", "md5"})
"""What the fragment of a link may begin with; there are others, such as `egg`."""


class UnreadablePageError(ValueError):
    """The page is none of the Simple API."""


def read_page(content: bytes, *, content_type: str, url: str) -> list[dict[str, Any]]:
    """Read the files of a project page.

    Args:
        content: The page.
        content_type: As its server says.
        url: Where it was found in the end, for relative links.

    Raises:
        UnreadablePageError: It is no such page.
    """
    if "json" in content_type.lower():
        try:
            files = json.loads(content)["files"]
            found = [_from_json(file, url) for file in files]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadablePageError(f"{url} is no page of the Simple API: {error}") from error
    else:
        reader = _Links(url)
        reader.feed(content.decode(errors="replace"))
        reader.close()
        found = reader.files
    return [
        file
        for file in found
        if file["filename"] and urlsplit(file["url"]).scheme in {"https", "http"}
    ]


def higher_version(project: Project, theirs: Iterable[Mapping[str, Any]]) -> str:
    """Name the highest version that an index elsewhere has, if it is higher than all of ours."""
    versions = set[Version]()
    for file in theirs:
        if file.get("yanked", False) is False:
            with suppress(InvalidFilenameError):
                versions.add(Filename.parse(file["filename"]).version)
    highest = max(versions, default=None)
    ours = max(map(version_key, project.versions), default=None)
    return str(highest) if highest and (ours is None or highest > ours) else ""


def _from_json(file: Mapping[str, Any], url: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "filename": str(file["filename"]),
        "url": urljoin(url, str(file["url"])),
        "hashes": _one_digest(file.get("hashes") or {}),
    }
    for key, kind in _KEPT.items():
        if isinstance(file.get(key), kind) and file[key] is not False:
            document[key] = file[key]
    sidecar = file.get("core-metadata", file.get("data-dist-info-metadata"))
    if sidecar:
        document["core-metadata"] = _sidecar(sidecar)
    return document


def _one_digest(hashes: Mapping[str, str]) -> dict[str, str]:
    """Keep the digest that installers look at."""
    name = "sha256" if "sha256" in hashes else next((x for x in hashes if x in _DIGESTS), "")
    return {name: str(hashes[name])} if name else {}


def _sidecar(told: Any) -> bool | dict[str, str]:
    if isinstance(told, Mapping) and "sha256" in told:
        return {"sha256": str(told["sha256"])}
    return True


class _Links(HTMLParser):
    """The links of an HTML page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.files: list[dict[str, Any]] = []
        self._url = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "base" and told.get("href"):
            self._url = urljoin(self._url, told["href"] or "")
        elif tag == "a" and told.get("href"):
            self.files.append(self._file(told))

    def _file(self, told: Mapping[str, str | None]) -> dict[str, Any]:
        url, fragment = urldefrag(urljoin(self._url, told["href"] or ""))
        algorithm, _, digest = fragment.partition("&")[0].partition("=")
        file: dict[str, Any] = {
            "filename": unquote(urlsplit(url).path.rpartition("/")[2]),
            "url": url,
            "hashes": {algorithm: digest} if algorithm in _DIGESTS and digest else {},
        }
        for key in ("requires-python", "provenance", "upload-time"):
            if told.get(f"data-{key}"):
                file[key] = told[f"data-{key}"]
        if (told.get("data-size") or "").isdigit():
            file["size"] = int(told["data-size"] or 0)
        if "data-yanked" in told:
            file["yanked"] = told["data-yanked"] or True
        sidecar = told.get("data-core-metadata") or told.get("data-dist-info-metadata")
        if sidecar and sidecar != "false":
            name, _, value = sidecar.partition("=")
            file["core-metadata"] = {"sha256": value} if name == "sha256" else True
        return file
