"""The history of a store: commits of its pages and of its configuration."""

from typing import NamedTuple


class Commit(NamedTuple):
    """One commit.

    Attributes:
        revision: Its ID.
        time: When it was made, such as `2026-01-31T12:00:00Z`.
        author: Who made it: the login, or the name in the commit.
        message: Its message.
        url: Its page; empty if there is none.
    """

    revision: str
    time: str
    author: str
    message: str
    url: str = ""


class History(NamedTuple):
    """Commits that concern a page, newest first.

    Attributes:
        site: The commits that changed the page.
        config: The commits that changed the configuration.
    """

    site: tuple[Commit, ...]
    config: tuple[Commit, ...]
