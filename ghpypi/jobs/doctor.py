"""Checking the setup of a store: `ghpypi doctor`. Nothing is changed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.doctor.checks import (
    empty_release_findings,
    environment_findings,
    namesake_findings,
    release_findings,
    repository_findings,
    state_findings,
)
from ghpypi.core.doctor.report import DoctorReport
from ghpypi.core.doctor.setup_rules import SetupRule
from ghpypi.core.doctor.state import SetupState
from ghpypi.core.model import release_name
from ghpypi.core.quantities import count_of
from ghpypi.core.verify.finding import VerifyFinding, ordered
from ghpypi.errors import ConfigError, FailedError, GhpypiError, NotFoundError
from ghpypi.ports import Backend, Reporter, Upstream
from ghpypi.workers import in_order

WORKERS = 8
"""Requests to the public index at a time."""

MOST_NAMES = 500
"""Maximum number of projects that are looked up in the public index."""


class DoctorInput(NamedTuple):
    """What is checked.

    Attributes:
        now: The current time.
        config: The configuration.
        state: The setup of the repository; `None` for stores that have none.
        setup: Findings about the steps of `ghpypi init`.
        skipped: Steps that could not be checked, with the reason.
        projects: The names of the projects in the published index.
        public_index: The URL of the public index, ending in `/`; empty to look up no names.
        environments: The repository and the name of environments that rules of trusted publishing
            name.
    """

    now: datetime
    config: Config
    state: SetupState | None = None
    setup: tuple[VerifyFinding, ...] = ()
    skipped: tuple[str, ...] = ()
    projects: tuple[NormalizedName, ...] = ()
    public_index: str = ""
    environments: tuple[tuple[str, str], ...] = ()


def examine_setup(
    backend: Backend, upstream: Upstream, reporter: Reporter, wanted: DoctorInput
) -> DoctorReport:
    """Check the setup of a store.

    Args:
        backend: The store.
        upstream: Reads the public index.
        reporter: Receives the progress.
        wanted: What to check.
    """
    examination = _Examination(backend=backend, wanted=wanted)
    examination.findings += wanted.setup
    examination.skipped += wanted.skipped
    state = wanted.state
    url = state.url if state else ""
    if state:
        examination.add(state_findings(state, wanted.config.index.url, wanted.now))
        examination.skipped += state.unreadable
    if wanted.environments:
        examination.try_(examination.environments, "environments")
    with reporter.progress("reading the releases", unit="release") as advance:
        examination.try_(lambda: examination.releases(url, advance), "releases")
    if wanted.public_index:
        examination.add(examination.namesakes(upstream, reporter))
    return DoctorReport(
        store=str(backend.locator),
        findings=ordered(examination.findings),
        skipped=tuple(examination.skipped),
    )


@dataclass(slots=True, kw_only=True)
class _Examination:
    backend: Backend
    wanted: DoctorInput
    findings: list[VerifyFinding] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, found: Iterable[VerifyFinding]) -> None:
        self.findings += found

    def try_(self, check: Callable[[], Iterable[VerifyFinding]], title: str) -> None:
        """Check something that may fail without stopping the rest."""
        try:
            self.add(check())
        except GhpypiError as error:
            self.skipped.append(f"{title}: {error.message}")

    def releases(self, url: str, advance: Callable[[int], None]) -> list[VerifyFinding]:
        """Check the repositories, and the numbers of their assets."""
        try:
            files = self.backend.indexed_files(self.wanted.config)
        except (ConfigError, NotFoundError) as error:
            detail = error.message
            return [VerifyFinding(rule=SetupRule.REPOSITORY_UNREADABLE, url=url, detail=detail)]
        counts, empty = {}, []
        for release in files.source.releases():
            name = release_name(release.origin, release.tag)
            counts[name] = len(release.assets)
            if release.immutable and not release.draft and not release.assets:
                empty.append(name)
            advance(1)
        store = self.backend.origin(self.wanted.config)
        return [
            *repository_findings(url, store, files.private()),
            *release_findings(url, counts, self.backend.rules.max_assets),
            *empty_release_findings(url, empty),
        ]

    def environments(self) -> list[VerifyFinding]:
        """Check the environments that rules of trusted publishing name."""
        found = self.backend.environments(self.wanted.environments)
        self.skipped += [
            f"environment '{x.name}' of {x.repository}: the token may not read it"
            for x in found
            if x.exists is None
        ]
        return list(environment_findings(found))

    def namesakes(self, upstream: Upstream, reporter: Reporter) -> Iterator[VerifyFinding]:
        """Look up the projects in the public index."""
        names, index = self.wanted.projects[:MOST_NAMES], self.wanted.public_index
        if left := len(self.wanted.projects) - len(names):
            self.skipped.append(f"the names of {count_of(left, 'project')} in {index}")

        def is_there(name: NormalizedName) -> bool | None:
            try:
                return bool(upstream.files(index, name))
            except FailedError:
                return None

        label = f"looking up {count_of(len(names), 'name')} in {index}"
        with reporter.progress(label, len(names), unit="name") as advance:
            found = []
            for name, there in zip(names, in_order(is_there, names, WORKERS, "names"), strict=True):
                found.append((name, there))
                advance(1)
        if unknown := sum(there is None for _, there in found):
            self.skipped.append(f"{count_of(unknown, 'name')}: {index} cannot be read")
        yield from namesake_findings(index, [name for name, there in found if there])
