"""Badges of projects."""

import xml.etree.ElementTree as ET

import pytest

from ghpypi.core.model import Status, StatusMarker
from ghpypi.core.site.badge import BAD, GOOD, OLD, badge
from tests.site.hostile import IMAGE, SCRIPT, TURNED

SVG = "{http://www.w3.org/2000/svg}"


def texts(content: bytes) -> list[str]:
    root = ET.fromstring(content)  # noqa: S314 - our own
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("status", "yanked", "version", "color"),
    [
        (None, False, "1.0", GOOD),
        (None, True, "1.0 (yanked)", BAD),
        (StatusMarker.ARCHIVED, False, "1.0", OLD),
        (StatusMarker.DEPRECATED, False, "1.0", OLD),
        (StatusMarker.QUARANTINED, False, "quarantined", BAD),
    ],
)
def test_a_badge_has_the_name_and_the_version(
    status: StatusMarker | None, yanked: bool, version: str, color: str
) -> None:
    found = badge("Acme", "1.0", Status(marker=status) if status else None, yanked=yanked)

    assert texts(found) == ["Acme", version]
    assert f'fill="{color}"' in found.decode()
    assert f"<title>Acme: {version}</title>" in found.decode()


@pytest.mark.parametrize("text", [SCRIPT, IMAGE, TURNED, "包" * 100, "x" * 1000, ""])
def test_a_badge_is_safe_and_complete_in_itself(text: str) -> None:
    content = badge(text, text, None, yanked=False)
    root = ET.fromstring(content)  # noqa: S314 - our own
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}

    assert tags == {"svg", "title", "rect", "path", "g", "text"}
    assert not any("href" in key or "style" in key for each in root.iter() for key in each.attrib)
    assert content.count(b"http") == 1  # the namespace
    assert len(content) < 2500
