"""Reading the setup of a repository for `ghpypi doctor`: workflow, runs, branch, Pages, limits.

What the token may not read is left out. Nothing is changed.

Sources: GitHub documentation, "REST API endpoints for workflows", "... for workflow runs",
"... for GitHub Pages", "... for GitHub Actions permissions" and "... for rate limits".
"""

from datetime import datetime
from typing import Any

from ghpypi.core.doctor.state import PagesState, SetupState, WorkflowRunState, WorkflowState
from ghpypi.core.roles import highest, rank
from ghpypi.core.workflows import listens
from ghpypi.errors import NotFoundError
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse, quote_segment
from ghpypi.stores.github.branch_rules import BranchRules
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.identity import expiration
from ghpypi.stores.github.index_workflow import DISABLED, FOLDER
from ghpypi.stores.github.limits import LIMITS
from ghpypi.stores.github.pages import address_of
from ghpypi.stores.github.repository_files import find_file

_HIDDEN = (401, 403, 404)
_RUNS = 20
_ENVIRONMENT = "github-pages"
_CLASSIC = "only an administrator may read whether it lets the index workflow push"


class SetupReader:
    """Reads the setup of a repository.

    Args:
        name: `OWNER/REPO`.
        server: The address of GitHub's web pages, without a slash at the end.
        client: The client.
    """

    def __init__(self, name: str, *, server: str, client: Client) -> None:
        self._name = name
        self._server = server
        self._client = client

    def read(self, branch: str, *, rewritten: bool = False) -> SetupState:
        """Read everything.

        Args:
            branch: The branch that the index workflow pushes to.
            rewritten: That branch is replaced from time to time (`history` in `[index]`).

        Raises:
            NotFoundError: The repository does not exist, or the token may not read it.
        """
        response = self._get("")
        if not response.ok:
            raise NotFoundError(
                f"repository '{self._name}' does not exist, or this token may not see it"
            )
        data = response.data
        self._name = str(data["full_name"])
        permission = highest(data.get("permissions") or {})
        workflows = self._workflows()
        left, limit = self._rate()
        rules = self._rules(branch)
        classic, readable = rules.protection(rewritten=rewritten)
        return SetupState(
            url=f"{self._server}/{self._name}",
            public=not data["private"],
            may_write=rank(permission) >= rank("push") if permission else None,
            token_expires_at=expiration(response.headers),
            pushed_at=_time(data.get("pushed_at")),
            actions_enabled=self._actions_enabled(),
            workflows_known=workflows is not None,
            workflow=self._index_workflow(workflows or []),
            pages=self._pages(str(data["default_branch"])),
            size=int(data.get("size") or 0) * 1024,
            site_branch=branch,
            push_rules=(*rules.blocking(rewritten=rewritten), *classic),
            unreadable=() if readable else (f"classic protection of {branch}: {_CLASSIC}",),
            requests_left=left,
            requests_limit=limit,
        )

    def _get(self, path: str, **query: str | int) -> ApiResponse:
        path = f"/repos/{self._name}{path}"
        return self._client.call(ApiRequest(verb="GET", path=path, query=query, expect=_HIDDEN))

    def _actions_enabled(self) -> bool | None:
        response = self._get("/actions/permissions")
        return response.parsed(lambda data: bool(data["enabled"])) if response.ok else None

    def _workflows(self) -> list[Any] | None:
        response = self._get("/actions/workflows", per_page=100)
        return response.parsed(lambda data: list(data["workflows"])) if response.ok else None

    def _index_workflow(self, workflows: list[Any]) -> WorkflowState | None:
        """Find the workflow that rebuilds the index; an enabled one is preferred."""
        files = [x for x in workflows if str(x["path"]).startswith(FOLDER)]
        for workflow in sorted(files, key=lambda x: (x["state"] in DISABLED, x["path"])):
            path = str(workflow["path"])
            found = find_file(path, repository=self._name, client=self._client)
            if found and found.content and listens(found.content.decode(errors="replace")):
                file = quote_segment(path.rpartition("/")[2])
                return WorkflowState(
                    page=f"{self._server}/{self._name}/actions/workflows/{file}",
                    path=path,
                    disabled=DISABLED.get(str(workflow["state"]), ""),
                    runs=self._runs(file),
                )
        return None

    def _runs(self, file: str) -> tuple[WorkflowRunState, ...] | None:
        response = self._get(f"/actions/workflows/{file}/runs", per_page=_RUNS)
        if not response.ok:
            return None
        return response.parsed(lambda data: tuple(map(_run, data["workflow_runs"])))

    def _rules(self, branch: str) -> BranchRules:
        return BranchRules(self._name, branch, client=self._client)

    def _pages(self, default_branch: str) -> PagesState | None:
        response = self._get("/pages")
        if not response.ok:
            return None
        latest = self._get("/pages/builds/latest")
        url, https, source = response.parsed(
            lambda data: (
                address_of(data),
                data.get("https_enforced") is not False,
                data.get("source") if data.get("build_type") != "workflow" else None,
            )
        )
        branch = str(source["branch"]) if source else default_branch
        folder = str(source["path"]).strip("/") if source else ""
        return PagesState(
            url=url,
            https=https,
            failure=latest.parsed(_failure) if latest.ok else "",
            branch=branch,
            size=self._site_size(branch, folder) if source else None,
            max_size=LIMITS.site,
            deployable=self._rules(branch).deployable(_ENVIRONMENT),
        )

    def _site_size(self, branch: str, folder: str) -> int | None:
        """Return the size of the files of a branch, or of a folder of it, in bytes.

        GitHub shortens lists of more than 100,000 files; then it is not known.
        """
        response = self._get(f"/git/trees/{quote_segment(branch)}", recursive=1)
        if not response.ok:
            return None
        return response.parsed(lambda data: _total(data, f"{folder}/" if folder else ""))

    def _rate(self) -> tuple[int | None, int | None]:
        response = self._client.call(ApiRequest(verb="GET", path="/rate_limit", expect=_HIDDEN))
        if not response.ok:  # an Enterprise Server without limits
            return None, None
        return response.parsed(
            lambda data: (
                int(data["resources"]["core"]["remaining"]),
                int(data["resources"]["core"]["limit"]),
            )
        )


def _run(data: Any) -> WorkflowRunState:
    return WorkflowRunState(
        url=str(data["html_url"]),
        conclusion=str(data["conclusion"] or ""),
        started_at=datetime.fromisoformat(data["run_started_at"] or data["created_at"]),
    )


def _total(data: Any, prefix: str) -> int | None:
    if data["truncated"]:
        return None
    return sum(int(x.get("size") or 0) for x in data["tree"] if x["path"].startswith(prefix))


def _failure(data: Any) -> str:
    if data["status"] != "errored":
        return ""
    return str((data.get("error") or {}).get("message") or "no reason given")


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
