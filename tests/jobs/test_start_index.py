"""What is said of indexes that were started, and of those that were not."""

from dataclasses import dataclass

import pytest

from ghpypi.errors import GhpypiError, NoIndexWorkflowError, NotAllowedError, TryLaterError
from ghpypi.jobs.start_index import start_indexes
from ghpypi.ports import NOT_BEGUN, IndexRun
from tests.support.reporters import MemoryReporter

URL = "https://github.example/acme/pypi/actions"


@dataclass
class Builder:
    """Starts a run, or cannot."""

    outcome: IndexRun | GhpypiError
    name: str = "acme/pypi"

    def start(self) -> IndexRun:
        if isinstance(self.outcome, GhpypiError):
            raise self.outcome
        return self.outcome

    def current(self, run: IndexRun) -> IndexRun:
        return run


NONE = NoIndexWorkflowError("no workflow listens", hint="add one")
STARTED = IndexRun(url=f"{URL}/runs/7", number=7, state="queued")


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (STARTED, f"started an index run of acme/pypi: {URL}/runs/7"),
        (IndexRun(url=URL), f"requested an index run of acme/pypi; it is listed at {URL}"),
        (
            IndexRun(url=URL, state=NOT_BEGUN),
            f"requested an index run of acme/pypi, but no run of {URL} has started yet",
        ),
    ],
)
def test_the_started_run_is_described_as_far_as_it_is_known(run: IndexRun, text: str) -> None:
    reporter = MemoryReporter()
    (start,) = start_indexes([Builder(run)], reporter)

    assert (start.run, start.error) == (run, None)
    assert (reporter.steps, reporter.warnings) == ([text], [])


def test_an_index_that_was_not_started_is_a_warning() -> None:
    reporter = MemoryReporter()
    (start,) = start_indexes([Builder(NONE)], reporter)

    assert (start.run, start.error) == (None, NONE)
    (warning,) = reporter.warnings
    assert warning.endswith("before its next run: no workflow listens; add one")


def test_a_store_with_a_central_index_need_not_have_its_own() -> None:
    reporter = MemoryReporter()
    (start,) = start_indexes([Builder(NONE, "acme/lib"), Builder(STARTED)], reporter)

    assert start.builder.name == "acme/pypi"
    assert reporter.warnings == []


def test_a_central_index_has_to_have_a_workflow() -> None:
    reporter = MemoryReporter()
    _, central = start_indexes([Builder(STARTED, "acme/lib"), Builder(NONE)], reporter)

    assert central.error is NONE
    assert reporter.warnings[0].endswith("no workflow listens; add one")


def test_a_token_that_may_not_start_the_central_index_gets_a_hint() -> None:
    reporter = MemoryReporter()
    refused = NotAllowedError("it may not", hint="add it to the permissions of the job")
    start_indexes([Builder(STARTED, "acme/lib"), Builder(refused)], reporter)

    assert "use a token with write access to the contents of acme/pypi" in reporter.warnings[0]


def test_an_outage_is_an_error() -> None:
    with pytest.raises(TryLaterError):
        start_indexes([Builder(TryLaterError("later"))], MemoryReporter())
