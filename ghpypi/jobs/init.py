"""Init: create or repair everything that a store needs.

    step ─check─► already, left, or missing ─apply─► done; then the next

A failed step blocks only the steps that need it. Another run completes what is missing.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from ghpypi.errors import GhpypiError, TryLaterError, UsageError
from ghpypi.ports import Reporter, SetupStep


class State(StrEnum):
    """The outcome of a step."""

    ALREADY = "unchanged"
    DONE = "done"
    MISSING = "missing"
    LEFT = "kept"
    BLOCKED = "failed"


class StepOutcome(NamedTuple):
    """A step, and what became of it.

    Attributes:
        title: The title of the step.
        state: The outcome.
        text: Details: what was done, what is missing, or why it was not done.
        page: The URL of the page to do it manually, if it was not done.
        error: The error that blocked it; `None` if there is none, or it is that of another step.
        intended: It was left as it was chosen to be.
    """

    title: str
    state: State
    text: str = ""
    page: str = ""
    error: GhpypiError | None = None
    intended: bool = False


def set_up(
    steps: Iterable[SetupStep], reporter: Reporter, *, dry_run: bool = False
) -> tuple[StepOutcome, ...]:
    """Check each step, and apply those that are missing; a dry run only checks.

    Raises:
        UsageError: A step needs an option that was not given.
    """
    outcomes: dict[str, StepOutcome] = {}
    for step in steps:
        outcome = _tried(step, outcomes, _check)
        if outcome.state is State.MISSING and not dry_run:
            reporter.step(f"{step.title}: {outcome.text}")
            outcome = _tried(step, outcomes, partial(_apply, seen=outcome))
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
            title=step.title, state=State.BLOCKED, text=f"requires: {obstacle}", page=step.page
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
    """Return why a step cannot be tried: a failed requirement, or an unreachable remote."""
    for title, outcome in outcomes.items():
        away = isinstance(outcome.error, TryLaterError)
        if away or (outcome.state is State.BLOCKED and title in step.needs):
            return title
    return ""


def _check(step: SetupStep) -> StepOutcome:
    finding = step.check()
    if finding.missing:
        text = f"to be {finding.missing}"
        return StepOutcome(title=step.title, state=State.MISSING, text=text, page=step.page)
    if finding.left:
        return StepOutcome(
            title=step.title,
            state=State.LEFT,
            text=finding.left,
            page=step.page,
            intended=finding.intended,
        )
    return StepOutcome(title=step.title, state=State.ALREADY)


def _apply(step: SetupStep, *, seen: StepOutcome) -> StepOutcome:
    left = step.apply()
    if left:
        return StepOutcome(title=step.title, state=State.LEFT, text=left, page=step.page)
    return StepOutcome(title=step.title, state=State.DONE, text=seen.text.removeprefix("to be "))
