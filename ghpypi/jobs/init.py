"""Init: a store gets everything it needs, and says what it could not get.

    step ─look─► already, left, or missing ─mend─► done; then the next

What cannot be done stops what needs it, and nothing else. Run again, it does the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from ghpypi.errors import GhpypiError, TryLaterError, UsageError
from ghpypi.ports import Reporter, SetupStep


class State(StrEnum):
    """What became of a step."""

    ALREADY = "already"
    DONE = "done"
    MISSING = "missing"
    LEFT = "left"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """A step, and what became of it.

    Attributes:
        title: Of the step.
        state: What became of it.
        text: More about it: what was done, what is missing, or why not.
        page: Where it can be done by hand, if it was not.
        error: What blocked it; `None` if another step did, or nothing.
    """

    title: str
    state: State
    text: str = ""
    page: str = ""
    error: GhpypiError | None = None


def set_up(
    steps: Iterable[SetupStep], reporter: Reporter, *, dry_run: bool = False
) -> tuple[StepOutcome, ...]:
    """Look at each step, and mend what is missing; a dry run only looks.

    Raises:
        UsageError: A step needs an option that was not given.
    """
    outcomes: dict[str, StepOutcome] = {}
    for step in steps:
        outcome = _tried(step, outcomes, _look)
        if outcome.state is State.MISSING and not dry_run:
            reporter.step(f"{step.title}: {outcome.text}")
            outcome = _tried(step, outcomes, partial(_mend, seen=outcome))
        outcomes[step.title] = outcome
    reporter.close()
    return tuple(outcomes.values())


def _tried(
    step: SetupStep,
    outcomes: Mapping[str, StepOutcome],
    attempt: Callable[[SetupStep], StepOutcome],
) -> StepOutcome:
    if obstacle := _obstacle(step, outcomes):
        return StepOutcome(
            title=step.title, state=State.BLOCKED, text=f"it waits for: {obstacle}", page=step.page
        )
    try:
        return attempt(step)
    except UsageError:
        raise
    except GhpypiError as error:
        return StepOutcome(
            title=step.title, state=State.BLOCKED, text=str(error), page=step.page, error=error
        )


def _obstacle(step: SetupStep, outcomes: Mapping[str, StepOutcome]) -> str:
    """Name what keeps a step from being tried: one that it needs, or a remote that is away."""
    for title, outcome in outcomes.items():
        away = isinstance(outcome.error, TryLaterError)
        if away or (outcome.state is State.BLOCKED and title in step.needs):
            return title
    return ""


def _look(step: SetupStep) -> StepOutcome:
    finding = step.look()
    if finding.missing:
        text = f"to be {finding.missing}"
        return StepOutcome(title=step.title, state=State.MISSING, text=text, page=step.page)
    if finding.left:
        return StepOutcome(title=step.title, state=State.LEFT, text=finding.left, page=step.page)
    return StepOutcome(title=step.title, state=State.ALREADY)


def _mend(step: SetupStep, *, seen: StepOutcome) -> StepOutcome:
    left = step.mend()
    if left:
        return StepOutcome(title=step.title, state=State.LEFT, text=left, page=step.page)
    return StepOutcome(title=step.title, state=State.DONE, text=seen.text.removeprefix("to be "))
