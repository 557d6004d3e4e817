"""The badge of a project: an SVG image with its name and its newest version, for READMEs.

It is complete in itself: no fonts, styles, scripts or addresses of other hosts. Where the fonts
that it asks for are missing, `textLength` fits the text of another font into the same width.
"""

from ghpypi.core.model import Status, StatusMarker
from ghpypi.core.site.templates import Templates, renderer
from ghpypi.core.site.text import line

GOOD, OLD, BAD = "#0b6b5d", "#566064", "#a8281c"
"""Colors of the version: usual, no longer maintained, and yanked or quarantined."""

_LONGEST = 60
_PADDING = 12
_NARROW = frozenset("fijlrt.,:;!|'()[]{} ")
_WIDE = frozenset("mwMW@%")


def badge(name: str, version: str, status: Status | None, *, yanked: bool) -> bytes:
    """Render the badge of a project.

    Args:
        name: The name as written by its author.
        version: The version.
        status: The status of the project, if it has one.
        yanked: Whether the version is yanked.
    """
    marker = status.marker if status else StatusMarker.ACTIVE
    left = line(name, _LONGEST)
    right = line(version, _LONGEST)
    color = GOOD if marker is StatusMarker.ACTIVE else OLD
    if yanked:
        right, color = f"{right} (yanked)", BAD
    if marker is StatusMarker.QUARANTINED:
        right, color = marker.value, BAD
    facts = {
        "color": color,
        "name": left,
        "version": right,
        "name_width": _width(left),
        "version_width": _width(right),
        "padding": _PADDING,
    }
    return renderer("badge.svg", Templates())(facts)


def _width(text: str) -> int:
    """Return the approximate width of a text in Verdana of 11 pixels, in pixels."""
    return round(sum(map(_character_width, text)))


def _character_width(character: str) -> float:
    if not character.isascii():
        return 11
    if character in _NARROW:
        return 4.4
    if character in _WIDE:
        return 10
    return 7.6 if character.isupper() else 6.8
