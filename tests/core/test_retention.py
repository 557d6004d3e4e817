"""Which old releases an index does not list any more."""

from datetime import UTC, datetime

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.errors import ConfigError

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


def release(tag: str, uploaded: str, *, origin: str = "acme/pypi") -> StoredRelease:
    asset = Asset(
        folder="",
        name="a-1.zip",
        size=1,
        version="",
        uploaded=f"{uploaded}T12:00:00Z" if uploaded else "",
        complete=bool(uploaded),
    )
    return StoredRelease(
        key="",
        origin=origin,
        tag=tag,
        draft=False,
        prerelease=False,
        immutable=False,
        assets=(asset,),
    )


NIGHTLIES = [release(f"nightly-{number}", f"2026-06-{number:02}") for number in range(1, 31)]


def expired(rules: str, *releases: StoredRelease) -> list[str]:
    config = Config.parse(f"[retention]\n{rules}\n")
    return sorted(tag for _, tag in config.retention.expired(releases or NIGHTLIES, NOW))


def test_the_newest_are_kept() -> None:
    assert expired('"nightly-*" = { keep = 28 }') == ["nightly-1", "nightly-2"]
    assert expired('"nightly-*" = { keep = 30 }') == []


def test_those_that_are_too_old_are_left_out() -> None:
    assert expired('"nightly-*" = { older-than = "27d" }') == ["nightly-1", "nightly-2"]


def test_of_both_limits_the_one_counts_that_keeps_more() -> None:
    assert expired('"nightly-*" = { keep = 28, older-than = "28d" }') == ["nightly-1"]
    assert expired('"nightly-*" = { keep = 29, older-than = "1d" }') == ["nightly-1"]


def test_other_tags_are_not_counted() -> None:
    others = [release(f"v{x.tag}", "2020-01-01") for x in NIGHTLIES]

    assert expired('"nightly-*" = { keep = 29 }', *others, *NIGHTLIES) == ["nightly-1"]


def test_each_repository_keeps_its_own() -> None:
    both = [release("nightly-1", "2026-01-01"), release("nightly-1", "2026-02-01", origin="acme/b")]

    assert expired('"nightly-*" = { keep = 1 }', *both) == []


def test_the_first_rule_that_matches_counts() -> None:
    rules = '"nightly-3" = { keep = 1 }\n"nightly-*" = { keep = 28 }'

    assert expired(rules) == ["nightly-1"]


def test_a_release_without_files_is_not_old() -> None:
    assert expired('"*" = { older-than = "1d" }', release("empty", "")) == []


def test_releases_of_one_day_are_in_the_order_of_their_tags() -> None:
    same = [release(f"nightly-{number}", "2026-01-01") for number in (9, 10, 11)]

    assert expired('"*" = { keep = 2 }', *same) == ["nightly-9"]


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ('"v*" = {}',
         'retention."v*".keep: say how many to keep, or with \'older-than\' how old they may be'),
        ('"v*" = 3', 'retention."v*": must be a table, not 3'),
        ('"v*" = { keep = -1 }', 'retention."v*".keep: must be a number of at least 0, not -1'),
        ('"v*" = { keep = true }', 'retention."v*".keep: must be a number of at least 0, not True'),
        ('"v*" = { older-than = "3 months" }',
         'retention."v*".older-than: \'3 months\' is not an age such as 7d, 36h or 0'),
        ('"v*" = { keep = 3, older = "3d" }',
         'retention."v*".older: unknown key, did you mean \'older-than\'?'),
    ],
)  # fmt: skip
def test_faults_are_reported_with_their_places(rules: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.parse(f"[retention]\n{rules}\n")

    assert fault in caught.value.faults
