"""Tags of releases that continue a full one: `acme-lib-1.0-part2`, `-part3` and so on.

A release has a limited number of assets. Settings are about the release that the publisher chose,
so what a tag says is read from the tag of the first part.
"""

import re

from ghpypi.core.patterns import matches_glob

_PART = re.compile(r"(.+)-part(?:[2-9]|[1-9][0-9]{1,5})", re.DOTALL)


def part_tag(tag: str, number: int) -> str:
    """Return the tag of a further part of a release.

    Args:
        tag: The tag of the first part.
        number: The number of the part, from 2.
    """
    return f"{tag}-part{number}"


def first_tag(tag: str) -> str:
    """Return the tag of the first part of a release; the tag itself if it is that."""
    found = _PART.fullmatch(tag)
    return found[1] if found else tag


def matches_tag(tag: str, glob: str) -> bool:
    """Return whether a glob matches a tag, or that of the first part of its release."""
    return matches_glob(tag, glob) or matches_glob(first_tag(tag), glob)
