"""The table `[hold]` of `ghpypi.toml`: the earlier state of the index that is published instead.

[hold]
commit = "7d1f0c2b9a41d6f7f0f2b0c1a9e8d7c6b5a49382"
since = "2026-02-03T09:12:44Z"
reason = "1.1 breaks builds"

An index follows from releases and configuration, so a commit that restores old pages would be
undone by the next run. This table is what makes later runs publish the old pages again.
"""

import re
from typing import NamedTuple

from ghpypi.core.config.table import Table
from ghpypi.errors import UsageError

HOLD = "hold"
"""The name of the table."""

END_HINT = "'ghpypi rollback --end' publishes the current releases again"
"""What to do about it, for messages."""

SHOWN_DIGITS = 10
"""Digits of a commit ID in messages."""

_PREFIX = re.compile(r"[0-9a-f]{7,40}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIME = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")


class Hold(NamedTuple):
    """The state of the index that is published until the table is removed.

    Attributes:
        commit: The full ID of a commit of the site.
        since: When it was set, such as `2026-01-31T12:00:00Z`; empty if not known.
        reason: Why; may be empty.
    """

    commit: str
    since: str = ""
    reason: str = ""

    @property
    def state(self) -> str:
        """The state in words, such as `held at 7d1f0c2b9a since 2026-02-03T09:12:44Z (reason)`."""
        since = f" since {self.since}" if self.since else ""
        reason = f" ({self.reason})" if self.reason else ""
        return f"held at {self.commit[:SHOWN_DIGITS]}{since}{reason}"


def parse_revision(text: str) -> str:
    """Parse the ID of a commit, or its beginning.

    Raises:
        UsageError: It is neither.
    """
    revision = text.strip().lower()
    if not _PREFIX.fullmatch(revision):
        raise UsageError(
            f"'{text}' is not the ID of a commit",
            hint="'ghpypi history NAME' lists commits; 7 digits or more of one are enough",
        )
    return revision


def read_hold(table: Table, *, there: bool) -> Hold | None:
    """Read the table; faults are added to it.

    Args:
        table: The table.
        there: Whether the configuration has it.
    """
    if not there:
        return None
    hold = Hold(commit=table.text("commit"), since=table.text("since"), reason=table.line("reason"))
    table.refuse_the_rest()
    if not _COMMIT.fullmatch(hold.commit):
        table.fault("commit", f"'{hold.commit}' is not the full ID of a commit (40 hex digits)")
    if not _TIME.fullmatch(hold.since):
        table.fault("since", f"'{hold.since}' is not a time such as 2026-01-31T12:00:00Z")
    return hold
