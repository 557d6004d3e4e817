"""The history of a store: commits of its pages and of its configuration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Commits that concern a page, newest first.

    Attributes:
        site: The commits that changed the page.
        config: The commits that changed the configuration.
    """

    site: tuple[Commit, ...]
    config: tuple[Commit, ...]
