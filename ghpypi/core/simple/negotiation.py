"""Which form of a page a client gets: what PEP 691 says, and what clients support.

The forms are JSON, HTML, and HTML under the name it had before there were two. Somebody who takes
anything gets that last one: Pipenv's look for hashes and hatch's for files read HTML then.

Source: PEP 691, "Version + Format Selection" and "URL Parameter"; RFC 9110, section 12.5.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class PageFormat(Enum):
    """A form of a page; the value is its media type."""

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML = "application/vnd.pypi.simple.v1+html"
    TEXT_HTML = "text/html"


NAMES = {form.value: form for form in PageFormat} | {
    "application/vnd.pypi.simple.latest+json": PageFormat.JSON,
    "application/vnd.pypi.simple.latest+html": PageFormat.HTML,
}
"""What clients may ask for by name; asked for the latest, they are told which one that is."""

PREFERRED = (PageFormat.JSON, PageFormat.HTML, PageFormat.TEXT_HTML)
"""For those who name several and do not mind."""


@dataclass(frozen=True, slots=True)
class _Range:
    """One part of an Accept header."""

    name: str
    quality: float

    def exactness(self, name: str) -> int:
        """Tell how exactly it means a media type: 2 by name, 1 by kind, 0 as anything, -1 not."""
        if self.name == name:
            return 2
        if self.name == name.partition("/")[0] + "/*":
            return 1
        return 0 if self.name == "*/*" else -1


@lru_cache(maxsize=512)
def choose(accept: str) -> PageFormat | None:
    """Choose the form for an Accept header; an empty one takes anything.

    Returns:
        The form; `None` if none is acceptable (HTTP 406).
    """
    ranges = list(_ranges(accept)) if accept.strip() else [_Range("*/*", 1.0)]
    scores = [score for name in NAMES if (score := _score(name, ranges))]
    return NAMES[max(scores)[-1]] if scores else None


def named(text: str) -> PageFormat | None:
    """Read the URL parameter `format`, which has to name one form."""
    return NAMES.get(text.strip().lower().replace(" ", "+"))  # a bare plus in a query is a space


def _score(name: str, ranges: list[_Range]) -> tuple[float, int, int, str] | None:
    """Rate a name: by quality, then by how exactly it was meant, then by what we prefer."""
    exactness, quality = max(
        ((each.exactness(name), each.quality) for each in ranges), default=(-1, 0.0)
    )
    if exactness < 0 or quality <= 0:
        return None
    rank = PREFERRED.index(NAMES[name])
    return quality, exactness, rank if exactness == 0 else -rank, name


def _ranges(accept: str) -> Iterator[_Range]:
    """Read an Accept header; what is no media range is ignored."""
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if "/" in name:
            yield _Range(name, quality(parameters))


def quality(parameters: list[str]) -> float:
    """Read how much somebody wants something, from the parameters beside it: 0 for not at all."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(0.0, float(value)), 1.0)  # in this order, "nan" is 0
            except ValueError:
                return 0.0
    return 1.0
