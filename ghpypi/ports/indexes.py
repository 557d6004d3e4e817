"""Indexes that are read over HTTP: upstream indexes, and the pages of the published one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from packaging.utils import NormalizedName

from ghpypi.core.model import UpstreamFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """The page of a project as anyone sees it on the web.

    Attributes:
        digests: Filename to SHA-256, which may be unknown.
        problem: Why the page cannot be read now, such as `answers HTTP 503`; empty if it can, or
            does not exist.
        closed: Only those who sign in may read it.
    """

    digests: Mapping[str, str | None] = field(default_factory=dict)
    problem: str = ""
    closed: bool = False


class PageReader(Protocol):
    """Reads pages of an index as installers do, without credentials."""

    def read(self, url: str) -> ProjectPage:
        """Read a page; one that does not exist lists no files."""
        ...


class Upstream(Protocol):
    """Reads upstream indexes."""

    def files(self, base: str, name: NormalizedName, *, known: bool = False) -> list[UpstreamFile]:
        """List the files that an index has of a project, with the keys of the Simple API's JSON.

        Args:
            base: The address of the index, ending in `/`.
            name: The project; one that is not there has no files.
            known: The index had files of this project before. Then an answer that may mean
                something else than "no such project", such as 403 or a page to sign in, is an
                error instead of an empty list.

        Raises:
            FailedError: The index cannot be read.
        """
        ...
