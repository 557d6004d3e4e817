"""Init: a store gets everything it needs, and says what it could not get.

    steps ─look at each─► findings ─mend what is missing, in order─► outcomes

What cannot be done stops what needs it, and nothing else. Run again, it does the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.ports import Finding, Reporter, SetupStep


class State(StrEnum):
    """What became of a step."""

    ALREADY = "already"
    DONE = "done"
    MISSING = "missing"
    LEFT = "left"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
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
) -> tuple[Outcome, ...]:
    """Look at all steps, then mend what is missing, in order."""
    outcomes: dict[str, Outcome] = {}
    looked: list[tuple[SetupStep, Outcome]] = []
    for step in steps:
        outcomes[step.title] = _look(step, outcomes)
        looked.append((step, outcomes[step.title]))
    if not dry_run:
        for step, seen in looked:
            if seen.state is State.MISSING:
                reporter.step(f"{step.title}: {seen.text}")
                outcomes[step.title] = _mend(step, seen, outcomes)
    reporter.close()
    return tuple(outcomes.values())


def _look(step: SetupStep, outcomes: Mapping[str, Outcome]) -> Outcome:
    if obstacle := _obstacle(step, outcomes):
        return obstacle
    try:
        finding = step.look()
    except GhpypiError as error:
        return _blocked(step, error)
    return _seen(step, finding)


def _seen(step: SetupStep, finding: Finding) -> Outcome:
    if finding.missing:
        text = f"to be {finding.missing}"
        return Outcome(title=step.title, state=State.MISSING, text=text, page=step.page)
    if finding.left:
        return Outcome(title=step.title, state=State.LEFT, text=finding.left, page=step.page)
    return Outcome(title=step.title, state=State.ALREADY)


def _mend(step: SetupStep, seen: Outcome, outcomes: Mapping[str, Outcome]) -> Outcome:
    if obstacle := _obstacle(step, outcomes):
        return obstacle
    try:
        left = step.mend()
    except GhpypiError as error:
        return _blocked(step, error)
    if left:
        return Outcome(title=step.title, state=State.LEFT, text=left, page=step.page)
    return Outcome(title=step.title, state=State.DONE, text=seen.text.removeprefix("to be "))


def _obstacle(step: SetupStep, outcomes: Mapping[str, Outcome]) -> Outcome | None:
    """Find what keeps a step from being tried: one that it needs, or a remote that is away."""
    for title, outcome in outcomes.items():
        if outcome.state is not State.BLOCKED:
            continue
        if title in step.needs or isinstance(outcome.error, TryLaterError):
            return Outcome(
                title=step.title, state=State.BLOCKED, text=f"it waits for: {title}", page=step.page
            )
    return None


def _blocked(step: SetupStep, error: GhpypiError) -> Outcome:
    return Outcome(
        title=step.title, state=State.BLOCKED, text=str(error), page=step.page, error=error
    )
