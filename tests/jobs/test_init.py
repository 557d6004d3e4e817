"""The init job, over steps that remember what was done to them."""

from dataclasses import dataclass, field

import pytest

from ghpypi.errors import (
    ConflictError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
)
from ghpypi.jobs.init import State, StepOutcome, set_up
from ghpypi.ports import Finding
from tests.support.reporters import MemoryReporter


@dataclass
class FakeStep:
    """A step whose answers are prepared; what was asked is kept."""

    title: str
    finding: Finding = field(default_factory=lambda: Finding(missing="made"))
    needs: tuple[str, ...] = ()
    check_error: GhpypiError | None = None
    apply_error: GhpypiError | None = None
    left: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def page(self) -> str:
        return f"https://github.example/{self.title}"

    def check(self) -> Finding:
        self.asked.append("check")
        if self.check_error:
            raise self.check_error
        return self.finding

    def apply(self) -> str:
        self.asked.append("apply")
        if self.apply_error:
            raise self.apply_error
        return self.left


def states(*steps: FakeStep, dry_run: bool = False) -> list[str]:
    return [each.state.value for each in set_up(steps, MemoryReporter(), dry_run=dry_run)]


def test_what_is_missing_is_fixed_and_reported() -> None:
    reporter = MemoryReporter()
    step = FakeStep("token")

    assert set_up([step], reporter) == (StepOutcome(title="token", state=State.DONE, text="made"),)
    assert step.asked == ["check", "apply"]
    assert reporter.steps == ["token: to be made"]


def test_what_is_all_right_is_only_looked_at() -> None:
    step = FakeStep("token", Finding())

    assert states(step) == ["unchanged"]
    assert step.asked == ["check"]


def test_a_step_that_must_not_be_applied_is_left_out() -> None:
    step = FakeStep("README.md", Finding(left="it is theirs"))

    assert set_up([step], MemoryReporter()) == (
        StepOutcome(title="README.md", state=State.LEFT, text="it is theirs", page=step.page),
    )
    assert step.asked == ["check"]


def test_fixing_may_find_that_it_is_better_left() -> None:
    outcome = set_up([FakeStep("x", left="not offered here")], MemoryReporter())[0]

    assert (outcome.state, outcome.text) == (State.LEFT, "not offered here")


def test_a_dry_run_looks_and_fixes_nothing() -> None:
    steps = [FakeStep("a"), FakeStep("b", Finding()), FakeStep("c", needs=("a",))]

    assert states(*steps, dry_run=True) == ["missing", "unchanged", "missing"]
    assert [step.asked for step in steps] == [["check"]] * 3


def test_a_step_is_looked_at_once_the_ones_before_it_are_fixed() -> None:
    asked: list[str] = []
    steps = [FakeStep("a", asked=asked), FakeStep("b", asked=asked)]
    states(*steps)

    assert asked == ["check", "apply", "check", "apply"]


@pytest.mark.parametrize("kind", [NotAllowedError, NotFoundError, ConflictError, FailedError])
def test_what_cannot_be_done_stops_only_what_needs_it(kind: type[GhpypiError]) -> None:
    error = kind("no", hint="ask")
    steps = [
        FakeStep("a", apply_error=error),
        FakeStep("b", needs=("a",)),
        FakeStep("c", needs=("b",)),
        FakeStep("d"),
    ]
    outcomes = set_up(steps, MemoryReporter())

    assert [each.state.value for each in outcomes] == ["failed", "failed", "failed", "done"]
    assert outcomes[0].error is error
    assert outcomes[0].page == "https://github.example/a"
    assert [each.text for each in outcomes] == ["no", "requires: a", "requires: b", "made"]
    assert steps[1].asked == []


def test_what_cannot_be_looked_at_is_blocked_in_a_dry_run_too() -> None:
    steps = [FakeStep("a", check_error=NotAllowedError("no")), FakeStep("b", needs=("a",))]

    assert states(*steps, dry_run=True) == ["failed", "failed"]
    assert steps[1].asked == []


def test_a_remote_that_is_away_is_not_asked_again_by_every_step() -> None:
    steps = [FakeStep("a", apply_error=TryLaterError("away")), FakeStep("b"), FakeStep("c")]

    assert states(*steps) == ["failed", "failed", "failed"]
    assert steps[1].asked == []
