"""The result of `ghpypi verify`, and its rendering as text and JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ghpypi.core.quantities import count_of, number
from ghpypi.core.verify.finding import (
    VerifyFinding,
    count_levels,
    finding_lines,
    finding_rows,
    has_errors,
    levels_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCounts:
    """How much was checked.

    Attributes:
        projects: Projects in the list.
        pages: Projects whose pages were read.
        listed: Files on these pages.
        files: Files that were opened.
        hashed: Files that were downloaded for their hash.
    """

    projects: int = 0
    pages: int = 0
    listed: int = 0
    files: int = 0
    hashed: int = 0

    def __add__(self, other: "VerifyCounts") -> "VerifyCounts":
        return VerifyCounts(
            projects=self.projects + other.projects,
            pages=self.pages + other.pages,
            listed=self.listed + other.listed,
            files=self.files + other.files,
            hashed=self.hashed + other.hashed,
        )


class VerifyReport(NamedTuple):
    """The result.

    Attributes:
        url: The URL of the index, without credentials.
        findings: The findings, the most severe first.
        counts: How much was checked.
        omitted: How many more findings there are, which were not kept.
        installed: What was installed, such as `acme-lib 1.0 with uv`; empty if nothing was.
        complete: Everything was to be checked. Files that do not exist were not, nevertheless.
    """

    url: str
    findings: tuple[VerifyFinding, ...]
    counts: VerifyCounts
    omitted: int = 0
    installed: str = ""
    complete: bool = False

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return has_errors(self.findings)

    @property
    def sampled(self) -> bool:
        """Whether only a sample was checked."""
        counts = self.counts
        less = counts.pages < counts.projects or counts.hashed < counts.listed
        return less and not self.complete

    def document(self) -> Mapping[str, Any]:
        """Return the report for a JSON document."""
        counts = self.counts
        return {
            "url": self.url,
            "ok": not self.failed,
            "sampled": self.sampled,
            "checked": {
                "projects": counts.pages,
                "projects-listed": counts.projects,
                "files": counts.files,
                "files-listed": counts.listed,
                "hashes": counts.hashed,
            },
            "installed": self.installed or None,
            "counts": {level.value: n for level, n in count_levels(self.findings).items()},
            "omitted": self.omitted,
            "findings": [finding.document() for finding in self.findings],
        }

    def lines(self) -> Iterator[str]:
        """Yield the report as lines for people: by rule, with some of the places."""
        yield from finding_lines(self.findings)
        if self.omitted:
            yield f"and {count_of(self.omitted, 'more finding')} that are not listed"
        yield self.summary()

    def summary(self) -> str:
        """Return one sentence about what was checked, and the result."""
        counts = self.counts
        checked = (
            f"{self.url}: {levels_text(self.findings)}; "
            f"checked {_of(counts.pages, counts.projects, 'project')}, "
            f"{_of(counts.files, counts.listed, 'file')}, "
            f"{count_of(counts.hashed, 'hash', 'hashes')}"
        )
        installed = f"; installed {self.installed}" if self.installed else ""
        hint = " (a sample; --all checks everything)" if self.sampled else ""
        return f"{checked}{hint}{installed}"

    def markdown(self) -> Iterator[str]:
        """Yield the report for a job summary: one line per rule."""
        yield f"### {self.summary()}\n"
        yield from finding_rows(self.findings)


def _of(count: int, total: int, noun: str) -> str:
    return f"{number(count)} of {count_of(total, noun)}" if count < total else count_of(count, noun)
