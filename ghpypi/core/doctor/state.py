"""What is known about the setup of a store. Values that the token may not see are `None`."""

from datetime import datetime
from typing import NamedTuple


class WorkflowRunState(NamedTuple):
    """A run of the index workflow.

    Attributes:
        url: Its page.
        conclusion: Such as `success` or `failure`; empty while it runs.
        started_at: When it started.
    """

    url: str
    conclusion: str
    started_at: datetime


class WorkflowState(NamedTuple):
    """The index workflow.

    Attributes:
        page: Its page.
        path: Its file.
        disabled: Why it is disabled; empty if it is not.
        runs: Its newest runs, the newest first.
    """

    page: str
    path: str
    disabled: str = ""
    runs: tuple[WorkflowRunState, ...] | None = None


class PagesState(NamedTuple):
    """The site on Pages.

    Attributes:
        url: Its address, ending in `/`.
        https: HTTPS is enforced.
        failure: Why the last build failed; empty if it did not.
        branch: The branch that is deployed.
        size: The size of its files, in bytes, if it is known.
        max_size: The size of the largest site that Pages publish, in bytes.
        deployable: Whether the environment of Pages accepts that branch, if it is known.
    """

    url: str
    https: bool = True
    failure: str = ""
    branch: str = ""
    size: int | None = None
    max_size: int | None = None
    deployable: bool | None = None


class PushRule(NamedTuple):
    """A rule of a branch that prevents a push.

    Attributes:
        kind: What it requires, such as `pull_request`.
        source: Where it is configured, such as `ruleset 'releases'`.
        page: The page of these settings, below that of the repository.
        bypass: Who may bypass it; `None` if the token may not see that.
        lets_workflows: Whether the token of a workflow may bypass it.
    """

    kind: str
    source: str
    page: str = "rules"
    bypass: tuple[str, ...] | None = None
    lets_workflows: bool = False

    def __str__(self) -> str:
        """Return the rule for messages."""
        if self.bypass is None:
            return f"{self.kind} ({self.source}; bypass list visible to administrators only)"
        return f"{self.kind} ({self.source}; bypass: {', '.join(self.bypass) or 'none'})"


class EnvironmentState(NamedTuple):
    """An environment that a rule of trusted publishing names.

    Attributes:
        page: The page of the setting.
        repository: The repository.
        name: Its name.
        exists: Whether it exists; `None` if the token may not see that.
        restricted: Whether it requires a review, or accepts certain branches and tags only.
    """

    page: str
    repository: str
    name: str
    exists: bool | None
    restricted: bool = False


class SetupState(NamedTuple):
    """The setup of a store on GitHub.

    Attributes:
        url: The page of the repository.
        public: Everyone may read it.
        may_write: Whether the token's user may write.
        token_expires_at: When the token expires, if it does.
        pushed_at: The time of the last push.
        actions_enabled: Whether GitHub Actions are enabled.
        workflows_known: Whether the workflows could be listed.
        workflow: The index workflow, if there is one.
        pages: The site on Pages, if there is one.
        site_branch: The branch that the index workflow pushes to.
        push_rules: The rules of that branch that prevent a push.
        unreadable: What the token may not see, and why that matters.
        size: The size of its branches, with their history, in bytes.
        near_limit: A sentence about that size, if it is near the limit; mostly empty.
        requests_left: Requests to the API that are left for this token.
        requests_limit: Requests to the API per hour.
    """

    url: str
    public: bool = True
    may_write: bool | None = None
    token_expires_at: datetime | None = None
    pushed_at: datetime | None = None
    actions_enabled: bool | None = None
    workflows_known: bool = False
    workflow: WorkflowState | None = None
    pages: PagesState | None = None
    site_branch: str = ""
    push_rules: tuple[PushRule, ...] = ()
    unreadable: tuple[str, ...] = ()
    size: int = 0
    near_limit: str = ""
    requests_left: int | None = None
    requests_limit: int | None = None
