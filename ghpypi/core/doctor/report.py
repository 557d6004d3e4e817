"""The result of `ghpypi doctor`, in the form of `ghpypi verify`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ghpypi.core.verify.finding import (
    VerifyFinding,
    count_levels,
    finding_lines,
    finding_rows,
    has_errors,
    levels_text,
)


class DoctorReport(NamedTuple):
    """The result.

    Attributes:
        store: The store.
        findings: The findings, the most severe first.
        skipped: What could not be checked, with the reason.
    """

    store: str
    findings: tuple[VerifyFinding, ...]
    skipped: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return has_errors(self.findings)

    def document(self) -> Mapping[str, Any]:
        """Return the report for a JSON document."""
        return {
            "store": self.store,
            "ok": not self.failed,
            "counts": {level.value: n for level, n in count_levels(self.findings).items()},
            "skipped": list(self.skipped),
            "findings": [finding.document() for finding in self.findings],
        }

    def lines(self) -> Iterator[str]:
        """Yield the report as lines for people."""
        yield from finding_lines(self.findings)
        for text in self.skipped:
            yield f"not checked: {text}"
        yield self.summary()

    def summary(self) -> str:
        """Return one sentence about the result."""
        return f"{self.store}: {levels_text(self.findings)}"

    def markdown(self) -> Iterator[str]:
        """Yield the report for a job summary."""
        yield f"### {self.summary()}\n"
        yield from finding_rows(self.findings)
