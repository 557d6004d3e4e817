"""The checks of `ghpypi doctor`, on values that were read before."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from ghpypi.core.doctor.setup_rules import SetupRule
from ghpypi.core.doctor.state import EnvironmentState, SetupState, WorkflowState
from ghpypi.core.quantities import NEAR_LIMIT, count_of, human_size, number
from ghpypi.core.verify.finding import VerifyFinding

EXPIRES = timedelta(days=14)
"""How long before its end the expiration of a token is reported."""

IDLE = timedelta(days=50)
"""Time without a push after which the end of schedules is announced; it comes after 60 days."""

OLD_RUN = timedelta(days=3)
"""Age of the last successful run of a daily workflow from which it is reported."""

NEAR = 0.9
"""Fraction of a limit from which it is reported."""

LOWEST_RATE = 0.1
"""Fraction of the requests per hour below which the rest is reported."""

Findings = Iterator[VerifyFinding]


def state_findings(state: SetupState, configured_url: str, now: datetime) -> Findings:
    """Check the setup of a store on GitHub.

    Args:
        state: What is known about it.
        configured_url: `url` in `[index]`; empty if it is not set.
        now: The current time.
    """
    for check in _CHECKS:
        yield from check(state, now)
    yield from _domain(state, configured_url)


def release_findings(url: str, counts: Mapping[str, int], most: int) -> Findings:
    """Check the numbers of assets of releases.

    Args:
        url: The page of the repository.
        counts: The number of assets by the name of the release.
        most: The maximum number.
    """
    for name, count in counts.items():
        if count >= most * NEAR:
            detail = f"{name}: {number(count)} of {count_of(most, 'asset')}"
            yield VerifyFinding(rule=SetupRule.ASSETS, url=f"{url}/releases", detail=detail)


def empty_release_findings(url: str, names: Iterable[str]) -> Findings:
    """Report immutable releases without files.

    Args:
        url: The page of the repository.
        names: The names of the releases.
    """
    for name in names:
        yield VerifyFinding(rule=SetupRule.IMMUTABLE_EMPTY, url=f"{url}/releases", detail=name)


def repository_findings(url: str, store: str, private: Iterable[str]) -> Findings:
    """Check the repositories of an index.

    Args:
        url: The page of the store.
        store: The name of the store, whose workflow reads them.
        private: The names of those that are not public.
    """
    for name in private:
        if name.lower() != store.lower():
            yield VerifyFinding(rule=SetupRule.REPOSITORY_PRIVATE, url=url, detail=name)


def environment_findings(environments: Iterable[EnvironmentState]) -> Findings:
    """Check the environments that rules of trusted publishing name.

    Args:
        environments: The environments.
    """
    for each in environments:
        detail = f"{each.repository}: {each.name}"
        if each.exists is False:
            rule = SetupRule.TRUSTED_ENVIRONMENT_MISSING
            yield VerifyFinding(rule=rule, url=each.page, detail=detail)
        elif each.exists and not each.restricted:
            rule = SetupRule.TRUSTED_ENVIRONMENT_OPEN
            yield VerifyFinding(rule=rule, url=each.page, detail=detail)


def namesake_findings(index: str, names: Iterable[str]) -> Findings:
    """Report projects that the public index has too.

    Args:
        index: The URL of the public index, ending in `/`.
        names: The names of the projects.
    """
    for name in names:
        yield VerifyFinding(rule=SetupRule.NAMESAKE, url=f"{index}{name}/", project=name)


def _token(state: SetupState, now: datetime) -> Findings:
    end = state.token_expires_at
    if end and end - now < EXPIRES:
        text = end.strftime("%Y-%m-%d %H:%M UTC")
        yield VerifyFinding(rule=SetupRule.TOKEN_EXPIRES, url=state.url, detail=text)


def _role(state: SetupState, now: datetime) -> Findings:
    del now
    if state.may_write is False:
        yield VerifyFinding(rule=SetupRule.ROLE, url=state.url)


def _actions(state: SetupState, now: datetime) -> Findings:
    del now
    if state.actions_enabled is False:
        yield VerifyFinding(rule=SetupRule.ACTIONS_DISABLED, url=f"{state.url}/settings/actions")
    elif state.workflows_known and state.workflow is None:
        yield VerifyFinding(rule=SetupRule.WORKFLOW_MISSING, url=f"{state.url}/actions")


def _workflow(state: SetupState, now: datetime) -> Findings:
    workflow = state.workflow
    if workflow is None or state.actions_enabled is False:
        return
    if workflow.disabled:
        detail = f"{workflow.path}: {workflow.disabled}"
        yield VerifyFinding(rule=SetupRule.WORKFLOW_DISABLED, url=workflow.page, detail=detail)
        return
    if state.public and state.pushed_at and now - state.pushed_at > IDLE:
        detail = f"the last push was {count_of((now - state.pushed_at).days, 'day')} ago"
        yield VerifyFinding(rule=SetupRule.SCHEDULE, url=workflow.page, detail=detail)
    yield from _runs(workflow, now)


def _runs(workflow: WorkflowState, now: datetime) -> Findings:
    if workflow.runs is None:
        return
    if not workflow.runs:
        yield VerifyFinding(rule=SetupRule.NO_RUN, url=workflow.page, detail=workflow.path)
        return
    ended = [run for run in workflow.runs if run.conclusion not in {"", "cancelled", "skipped"}]
    if ended and ended[0].conclusion != "success":
        detail = f"it ended with '{ended[0].conclusion}'"
        yield VerifyFinding(rule=SetupRule.RUN_FAILED, url=ended[0].url, detail=detail)
    elif now - workflow.runs[0].started_at > OLD_RUN:
        age = count_of((now - workflow.runs[0].started_at).days, "day")
        detail = f"the last run was {age} ago"
        yield VerifyFinding(rule=SetupRule.RUN_OLD, url=workflow.page, detail=detail)


def _branch(state: SetupState, now: datetime) -> Findings:
    del now
    rules = [rule for rule in state.push_rules if not rule.lets_workflows]
    for page in dict.fromkeys(rule.page for rule in rules):
        named = ", ".join(str(rule) for rule in rules if rule.page == page)
        url, detail = f"{state.url}/{page}", f"{state.site_branch}: {named}"
        yield VerifyFinding(rule=SetupRule.BRANCH_RULES, url=url, detail=detail)


def _pages(state: SetupState, now: datetime) -> Findings:
    del now
    if state.pages is None:
        return
    page = f"{state.url}/settings/pages"
    if state.pages.failure:
        yield VerifyFinding(rule=SetupRule.PAGES_FAILED, url=page, detail=state.pages.failure)
    if state.pages.deployable is False:
        yield VerifyFinding(
            rule=SetupRule.ENVIRONMENT,
            url=f"{state.url}/settings/environments",
            detail=state.pages.branch,
        )
    size, most = state.pages.size, state.pages.max_size
    if size is not None and most and size >= most * NEAR_LIMIT:
        detail = f"{human_size(size)} of {human_size(most)}"
        yield VerifyFinding(rule=SetupRule.SITE_SIZE, url=page, detail=detail)
    if not state.pages.https:
        yield VerifyFinding(rule=SetupRule.PAGES_INSECURE, url=page)


def _domain(state: SetupState, configured: str) -> Findings:
    if state.pages and configured and state.pages.url and state.pages.url != configured:
        detail = f"Pages: {state.pages.url}, ghpypi.toml: {configured}"
        yield VerifyFinding(
            rule=SetupRule.PAGES_DOMAIN, url=f"{state.url}/settings/pages", detail=detail
        )


def _size(state: SetupState, now: datetime) -> Findings:
    del now
    if state.near_limit:
        yield VerifyFinding(rule=SetupRule.REPOSITORY_SIZE, url=state.url, detail=state.near_limit)


def _rate(state: SetupState, now: datetime) -> Findings:
    del now
    left, limit = state.requests_left, state.requests_limit
    if left is not None and limit and left < limit * LOWEST_RATE:
        detail = f"{number(left)} of {number(limit)}"
        yield VerifyFinding(rule=SetupRule.RATE, url=state.url, detail=detail)


_CHECKS: tuple[Callable[[SetupState, datetime], Findings], ...] = (
    _token, _role, _actions, _workflow, _branch, _pages, _size, _rate,
)  # fmt: skip
