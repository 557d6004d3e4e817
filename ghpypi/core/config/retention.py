"""The table `[retention]`: which old releases an index does not list any more.

[retention]
"nightly-*" = { keep = 30, older-than = "90d" }
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from ghpypi.core.config.minimum_age import InvalidAgeError, parse_age
from ghpypi.core.config.table import Table
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import is_distribution, natural_key
from ghpypi.core.release_parts import first_tag, matches_tag

UploadTime = Callable[[StoredRelease, Asset], str]
"""Returns when a file of a release was uploaded, such as `2026-01-31T12:00:00Z`."""


def listed_time(release: StoredRelease, asset: Asset) -> str:
    """Return when a file was uploaded, as far as the listing knows."""
    del release
    return asset.uploaded_at


class RetentionRule(NamedTuple):
    """One line of the table.

    Attributes:
        glob: The tags of the releases it is about.
        keep: How many of the newest of each repository are listed in any case.
        older_than: The minimum age of the others to be excluded.
    """

    glob: str
    keep: int = 0
    older_than: timedelta = timedelta()

    def expired(
        self, releases: Iterable[StoredRelease], now: datetime, uploaded_at: UploadTime
    ) -> Iterator[StoredRelease]:
        """Find the releases of one repository that are beyond the newest and old enough.

        The age of a release is that of the distribution that was uploaded to it last: files beside
        it are made later, or copied. A release that continues in further ones counts once.
        """

        def last(release: StoredRelease) -> str:
            complete = [each for each in release.assets if each.complete]
            dated = [each for each in complete if is_distribution(each.name)] or complete
            return max((uploaded_at(release, each) for each in dated), default="")

        continued: dict[str, list[StoredRelease]] = {}
        for each in releases:
            continued.setdefault(first_tag(each.tag), []).append(each)
        dated = [
            (max(map(last, parts)), natural_key(tag), parts) for tag, parts in continued.items()
        ]
        dated.sort(key=lambda x: x[:2], reverse=True)
        for uploaded, _, parts in dated[self.keep :]:
            if uploaded and datetime.fromisoformat(uploaded) < now - self.older_than:
                yield from parts


class Retention(NamedTuple):
    """All of the table.

    Attributes:
        rules: The rules; the first whose glob matches a tag counts.
    """

    rules: tuple[RetentionRule, ...] = ()

    def rule_of(self, tag: str) -> RetentionRule | None:
        """Find the rule for a release."""
        return next((rule for rule in self.rules if matches_tag(tag, rule.glob)), None)

    def expired(
        self,
        releases: Iterable[StoredRelease],
        now: datetime,
        uploaded_at: UploadTime = listed_time,
    ) -> set[tuple[str, str]]:
        """Find the releases that are not listed any more.

        Args:
            releases: Published releases.
            now: The time, with its zone.
            uploaded_at: Returns when a file of a release was uploaded; by default as it is listed.

        Returns:
            Origin and tag of each.
        """
        if not self.rules:
            return set()
        groups: dict[tuple[str, RetentionRule], dict[str, StoredRelease]] = {}
        for release in releases:
            if rule := self.rule_of(release.tag):
                # A release can be listed twice, if others are added or removed during pagination.
                groups.setdefault((release.origin, rule), {})[release.tag] = release
        return {
            (origin, release.tag)
            for (origin, rule), found in groups.items()
            for release in rule.expired(found.values(), now, uploaded_at)
        }


def read_retention(table: Table) -> Retention:
    """Read `[retention]`."""
    return Retention(rules=tuple(_rule(table.table(glob), glob) for glob in table.keys()))  # noqa: SIM118


def _rule(table: Table, glob: str) -> RetentionRule:
    given = table.lookup("keep"), table.lookup("older-than")
    rule = RetentionRule(
        glob=glob, keep=table.number("keep"), older_than=_age(table, table.text("older-than", "0"))
    )
    if not any(given):
        table.fault("keep", "say how many to keep, or with 'older-than' how old they may be")
    table.refuse_the_rest()
    return rule


def _age(table: Table, text: str) -> timedelta:
    try:
        return parse_age(text)
    except InvalidAgeError as error:
        table.fault("older-than", str(error))
        return timedelta()
