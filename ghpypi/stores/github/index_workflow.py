"""The workflow that rebuilds the index of a repository: find it, start it, follow its run.

It is started by a repository_dispatch event, which needs no other permission than an upload does:
Contents. GitHub returns 204 whether or not a workflow listens to the event, and does not say which
run it started. So the workflow is looked for before, and the run afterwards; to see the runs of a
private repository, a fine-grained token needs the permission Actions: read as well.

Sources: GitHub documentation, "Create a repository dispatch event", "REST API endpoints for
workflows", "REST API endpoints for workflow runs" and "Disabling and enabling a workflow".
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ghpypi.core.workflows import EVENT, listens
from ghpypi.errors import (
    BadTokenError,
    NoIndexWorkflowError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
)
from ghpypi.ports import NOT_BEGUN, IndexRun
from ghpypi.stores.github.api_messages import NOT_FOUND, PAGE, ApiRequest, quote_segment
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import TOKEN_HINT
from ghpypi.stores.github.permissions import CONTENTS
from ghpypi.stores.github.repository_files import find_file, names_in
from ghpypi.stores.github.retry import Backoff

if TYPE_CHECKING:
    from ghpypi.stores.github.pygithub import Repository, WorkflowRun

T = TypeVar("T")

FOLDER = ".github/workflows"
STARTED_BY = "repository_dispatch"
NEWEST_RUNS = 20
"""How many runs are read; each is a large document."""

LOOKS = 5
SECONDS = 1.0
"""How often, and how many seconds apart, a run is looked for that was started just now."""

_HIDDEN = (403, NOT_FOUND)
DISABLED = {
    "disabled_inactivity": "GitHub disabled it after 60 days without activity in the repository",
    "disabled_fork": "GitHub disables the workflows of forks until someone enables them",
    "disabled_manually": "someone disabled it",
}


class _Workflow(NamedTuple):
    """A workflow.

    Attributes:
        path: Its file, such as `.github/workflows/ghpypi-index.yml`.
        state: `active`, or why it is disabled; empty if the token may not know.
    """

    path: str
    state: str = ""

    @property
    def file(self) -> str:
        """The name of the file, which the API takes as the workflow's id."""
        return self.path.rpartition("/")[2]


class IndexWorkflow:
    """The index workflow of a repository.

    Args:
        repository: `OWNER/REPO`, as the user wrote it.
        resolve: Requests the repository and returns its current name.
        server: The address of GitHub's web pages, without a slash at the end.
        client: The client.
        backoff: For the pauses while a new run is looked for.
    """

    def __init__(
        self,
        repository: str,
        *,
        resolve: Callable[[], str],
        server: str,
        client: Client,
        backoff: Backoff,
    ) -> None:
        self._repository = repository
        self._resolve = resolve
        self._server = server
        self._client = client
        self._backoff = backoff
        self._workflow: _Workflow | None = None
        self._before = 0

    @property
    def name(self) -> str:
        """The repository."""
        return self._repository

    def start(self) -> IndexRun:
        """Start a run.

        Returns:
            The run, or the page of the workflow where the run is not visible.
        """
        if not self._client.has_token:
            raise NotAllowedError(
                f"a token is needed to start the index workflow of {self.name}", hint=TOKEN_HINT
            )
        self._repository = self._resolve()
        self._workflow = self._listening()
        known = self._runs()
        self._before = max((run.number or 0 for run in known or ()), default=0)
        self._send_event()
        if known is None:
            return IndexRun(url=self._page)
        for look in range(LOOKS):
            if look:
                self._backoff.pause(SECONDS, f"the run of {self._workflow.file} has not begun")
            if run := self._newest():
                return run
        self._check_enabled()
        return IndexRun(url=self._page, state=NOT_BEGUN)

    def current(self, run: IndexRun) -> IndexRun:
        """Return the current state of a run, or the later run that replaced it.

        Of runs that wait in one concurrency group, GitHub keeps the newest and cancels the others.
        """
        if run.number is None:
            return self._newest() or run
        number = run.number
        found = self._read(lambda repository: _run(repository.get_workflow_run(number)))
        if found is None:
            return run
        if found.conclusion != "cancelled":
            return found
        # It may have been started by anything: a release, the schedule, or a person.
        later = self._newest(event="")
        return later if later and (later.number or 0) > run.number else found

    @property
    def _page(self) -> str:
        """The page with the runs of the workflow."""
        file = self._workflow.file if self._workflow else ""
        return f"{self._server}/{self.name}/actions/workflows/{quote_segment(file)}"

    def _listening(self) -> _Workflow:
        """Find the workflow that listens.

        Raises:
            NoIndexWorkflowError: There is none.
            RefusedError: It is disabled.
        """
        disabled: _Workflow | None = None
        for workflow in self._workflows():
            if self._listens(workflow):
                if workflow.state not in DISABLED:
                    return workflow
                disabled = disabled or workflow
        if disabled:
            raise RefusedError(
                f"{disabled.path} of {self.name} is disabled: {DISABLED[disabled.state]}",
                hint=f"enable it with 'gh workflow enable {disabled.file} --repo {self.name}', "
                f"or at {self._server}/{self.name}/actions/workflows/"
                f"{quote_segment(disabled.file)}",
            )
        raise NoIndexWorkflowError(
            f"no workflow of {self.name} listens to the event '{EVENT}'",
            hint=f"'ghpypi init {self.name}' adds one; 'ghpypi index --store {self.name}' "
            "rebuilds the index from here",
        )

    def _workflows(self) -> list[_Workflow]:
        """List the workflows; those with "index" in their names first."""
        found = self._read(
            lambda repository: [
                _Workflow(path=each.path, state=each.state) for each in repository.get_workflows()
            ]
        )
        if found is None:
            names = names_in(FOLDER, repository=self.name, client=self._client) or ()
            found = [_Workflow(path=f"{FOLDER}/{name}") for name in names]
        files = [x for x in found if x.path.startswith(FOLDER) and x.state != "deleted"]
        return sorted(files, key=lambda each: ("index" not in each.file, each.file))

    def _listens(self, workflow: _Workflow) -> bool:
        """Read the file on the default branch, on which this event runs workflows."""
        found = find_file(workflow.path, repository=self.name, client=self._client)
        return bool(found and found.content and listens(found.content.decode(errors="replace")))

    def _send_event(self) -> None:
        what = f"starting the index workflow of {self.name}"
        try:
            with self._client.objects(needs=CONTENTS, what=what) as github:
                github.repository(self.name).create_repository_dispatch(EVENT)
        except NotFoundError as error:
            # This is how GitHub refuses classic tokens; the repository was there a moment ago.
            raise NotAllowedError(
                f"this token may read {self.name}, but not start its workflows", hint=str(CONTENTS)
            ) from error

    def _newest(self, event: str = STARTED_BY) -> IndexRun | None:
        """Find the newest run that began after the event was sent."""
        later = [run for run in self._runs(event) or () if (run.number or 0) > self._before]
        return max(later, key=lambda run: run.number or 0, default=None)

    def _runs(self, event: str = STARTED_BY) -> tuple[IndexRun, ...] | None:
        """List the newest runs of the workflow; `None` if the token may not see them.

        Args:
            event: What started them; empty for anything.
        """
        from ghpypi.stores.github.pygithub import NotSet  # noqa: PLC0415 - slow to import

        if self._workflow is None:
            return None
        file = self._workflow.file
        return self._read(
            lambda repository: tuple(
                _run(each)
                for each in repository.get_workflow(file)
                .get_runs(event=event or NotSet)
                .get_page(0)
            ),
            per_page=NEWEST_RUNS,
        )

    def _read(self, read: "Callable[[Repository], T]", *, per_page: int = PAGE) -> T | None:
        """Read objects of the repository; `None` if the token may not see them."""
        try:
            with self._client.objects(per_page=per_page) as github:
                return read(github.repository(self.name))
        except BadTokenError:
            raise
        except (NotAllowedError, NotFoundError):
            return None

    def _check_enabled(self) -> None:
        """Find the reason why no run began, as far as the token may see it.

        Raises:
            RefusedError: Actions are disabled in the repository.
        """
        path = f"/repos/{self.name}/actions/permissions"  # PyGithub has no object of it
        response = self._client.call(ApiRequest(verb="GET", path=path, expect=_HIDDEN))
        if response.ok and response.parsed(lambda data: data["enabled"]) is False:
            raise RefusedError(
                f"GitHub Actions are disabled in {self.name}",
                hint=f"enable them at {self._server}/{self.name}/settings/actions, or run "
                f"'ghpypi index --store {self.name}'",
            )


def _run(run: "WorkflowRun") -> IndexRun:
    return IndexRun(
        url=run.html_url, number=run.id, state=run.status or "", conclusion=run.conclusion or ""
    )
