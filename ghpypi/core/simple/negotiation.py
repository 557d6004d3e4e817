"""Content negotiation of the Simple API (PEP 691), and what clients support.

The media types are JSON, HTML, and `text/html`. A client that accepts anything gets `text/html`,
because Pipenv's search for hashes and hatch's for files expect HTML.

Source: PEP 691, "Version + Format Selection" and "URL Parameter"; RFC 9110, section 12.5.1.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class PageFormat(Enum):
    """The media types of pages.

    `JSON_API` is that of PyPI's JSON API, whose pages have addresses of their own; clients of the
    Simple API cannot choose it.
    """

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML = "application/vnd.pypi.simple.v1+html"
    TEXT_HTML = "text/html"
    JSON_API = "application/json"


PREFERRED = (PageFormat.JSON, PageFormat.HTML, PageFormat.TEXT_HTML)
"""The server's order of preference for equal quality values."""

NAMES = {form.value: form for form in PREFERRED} | {
    "application/vnd.pypi.simple.latest+json": PageFormat.JSON,
    "application/vnd.pypi.simple.latest+html": PageFormat.HTML,
}
"""The media types that clients can request, with aliases for the latest version."""


class _Range(NamedTuple):
    """A media range of an Accept header."""

    name: str
    quality: float

    def exactness(self, name: str) -> int:
        """Return the specificity of a match: 2 the type, 1 `text/*`, 0 `*/*`, -1 no match."""
        if self.name == name:
            return 2
        if self.name == name.partition("/")[0] + "/*":
            return 1
        return 0 if self.name == "*/*" else -1


@lru_cache(maxsize=512)
def choose(accept: str) -> PageFormat | None:
    """Choose the media type for an Accept header; an empty one accepts anything.

    Returns:
        The media type; `None` if none is acceptable (HTTP 406).
    """
    ranges = list(_ranges(accept)) if accept.strip() else [_Range("*/*", 1.0)]
    scores = [score for name in NAMES if (score := _score(name, ranges))]
    return NAMES[max(scores)[-1]] if scores else None


def named(text: str) -> PageFormat | None:
    """Return the media type for the URL parameter `format`."""
    return NAMES.get(
        text.strip().lower().replace(" ", "+")
    )  # a plus in a query is decoded as a space


def _score(name: str, ranges: list[_Range]) -> tuple[float, int, int, str] | None:
    """Rate a media type: by quality, then by specificity, then by the server's preference."""
    exactness, quality = max(
        ((each.exactness(name), each.quality) for each in ranges), default=(-1, 0.0)
    )
    if exactness < 0 or quality <= 0:
        return None
    rank = PREFERRED.index(NAMES[name])
    return quality, exactness, rank if exactness == 0 else -rank, name


def _ranges(accept: str) -> Iterator[_Range]:
    """Parse an Accept header; invalid media ranges are ignored."""
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if "/" in name:
            yield _Range(name, quality(parameters))


def quality(parameters: list[str]) -> float:
    """Return the quality value (`q`) from parameters; 0 means not acceptable."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(0.0, float(value)), 1.0)  # in this order, "nan" becomes 0
            except ValueError:
                return 0.0
    return 1.0
