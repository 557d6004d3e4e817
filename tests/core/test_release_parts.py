"""Tags of releases that continue a full one are read as those of the first part."""

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import TagRules
from ghpypi.core.indexes.variants import values_of, variant_of_tag
from ghpypi.core.release_parts import first_tag, matches_tag, part_tag
from tests.core.test_retention import NIGHTLIES, expired
from tests.support.files import made

WHEEL = "acme-1.0-cp312-cp312-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("tag", "first"),
    [
        (part_tag("v1", 2), "v1"),
        ("v1-part12", "v1"),
        ("v1-part1", "v1-part1"),
        ("v1-part02", "v1-part02"),
        ("-part2", "-part2"),
        ("v1-part2-cu128", "v1-part2-cu128"),
        ("v1", "v1"),
    ],
)
def test_the_number_of_the_part_is_left_out(tag: str, first: str) -> None:
    assert first_tag(tag) == first


@pytest.mark.parametrize("pattern", [r"-(cu\d+)$", r"[a-z]+\d+$", r"cu\d+"])
def test_every_part_has_the_variant_of_the_first(pattern: str) -> None:
    config = Config.parse(f"[variants]\nfrom = 'tag'\npattern = '{pattern}'\n").variants

    for tag in ("1-cu128", "1-cu128-part2"):
        assert variant_of_tag(tag, config) == "cu128"
        assert values_of(made(WHEEL, tag), config) == ("cu128",)


def test_files_of_every_part_are_assigned() -> None:
    toml = "[variants]\nfrom = 'tag'\npattern = 'x'\n[variants.files]\n'v1/*.whl' = 'cu128'\n"
    config = Config.parse(toml).variants

    assert values_of(made(WHEEL, "v1-part2"), config) == ("cu128",)
    assert values_of(made(WHEEL, "v2-part2"), config) != ("cu128",)


def test_globs_of_tags_are_about_every_part() -> None:
    assert TagRules(tags=("*-stable",)).take("v1-stable-part2")
    assert not TagRules(exclude=("*-nightly",)).take("v1-nightly-part2")
    assert matches_tag("v1-part2", "v1-part2")
    assert not matches_tag("v1-part2", "v2")


def test_a_continued_release_counts_once() -> None:
    part = NIGHTLIES[-1]._replace(tag="nightly-30-part2")

    assert expired('"nightly-*" = { keep = 29 }', *NIGHTLIES, part) == ["nightly-1"]
    old = NIGHTLIES[0]._replace(tag="nightly-1-part2")
    assert expired('"nightly-1" = { older-than = "1d" }', NIGHTLIES[0], old) == [
        "nightly-1",
        "nightly-1-part2",
    ]
