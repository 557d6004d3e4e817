"""Reading indexes over HTTP: upstream indexes, and pages of the published index."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from packaging.utils import NormalizedName

from ghpypi.core.model import StatusMarker, UpstreamFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """The public page of a project.

    Attributes:
        digests: The SHA-256 of files by name; `None` if unknown.
        yanked: The names of yanked files.
        status: The status of the project (PEP 792).
        problem: Why the page cannot be read now, such as `responds with HTTP 503`; empty if it can,
            or does not exist.
        closed: Whether it requires authentication.
    """

    digests: Mapping[str, str | None] = field(default_factory=dict)
    yanked: frozenset[str] = frozenset()
    status: str = StatusMarker.ACTIVE
    problem: str = ""
    closed: bool = False

    @classmethod
    def of(cls, files: Iterable[UpstreamFile], status: str) -> "ProjectPage":
        """Create from the files and the status on a page."""
        found = list(files)
        return cls(
            digests={file["filename"]: file["hashes"].get("sha256") for file in found},
            yanked=frozenset(x["filename"] for x in found if x.get("yanked", False) is not False),
            status=status,
        )


class PageReader(Protocol):
    """Reads pages of an index without credentials, as installers do."""

    def read(self, url: str) -> ProjectPage:
        """Read a page; a missing page has no files."""
        ...


class Upstream(Protocol):
    """Reads upstream indexes."""

    def files(self, base: str, name: NormalizedName, *, known: bool = False) -> list[UpstreamFile]:
        """Return the files of a project in an index, with the keys of the JSON Simple API.

        Args:
            base: The URL of the index, ending in `/`.
            name: The normalized name of the project; a missing project has no files.
            known: Whether the index had files of this project before. Then an ambiguous response,
                such as 403 or a sign-in page, is an error instead of an empty list.

        Raises:
            FailedError: The index cannot be read.
        """
        ...
