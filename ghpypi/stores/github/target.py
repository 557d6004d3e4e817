"""The repository that is being set up: what it is now, and what the token may do to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ghpypi.core.locator import Hosts
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.ports import Reporter
from ghpypi.stores.github.api import Answer, Api, Call

NOT_FOUND = 404
NEEDED = "it needs the permission "
"""How a refusal names what GitHub says it asks for."""


@dataclass(kw_only=True)
class Target:
    """A repository, there or not, and the way to it.

    Attributes:
        name: `OWNER/REPO`; what it is called now, once it was looked at.
        api: To ask.
        hosts: For the addresses of pages.
        reporter: Is told when it has another name than was thought.
        private: It is to be private if it has to be made; `None` if nobody said.
        exists: It is there.
        is_private: Not everybody may read it.
        default_branch: Of its files.
        description: What it says of itself.
        rights: What the user of the token may do to it: `admin`, `maintain`, `push`...
        scopes: Of a classic token; `None` for other tokens, which do not tell.
        site_url: The address of its Pages, ending in `/`; empty if it has none.
    """

    name: str
    api: Api
    hosts: Hosts
    reporter: Reporter
    private: bool | None = None
    exists: bool = False
    is_private: bool = False
    default_branch: str = "main"
    description: str = ""
    rights: Mapping[str, bool] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    site_url: str = ""

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.name.partition("/")[0]

    @property
    def web(self) -> str:
        """Its address on the web side."""
        return f"{self.hosts.server}/{self.name}"

    @property
    def will_be_private(self) -> bool:
        """Tell whether it is private, or will be when it is made."""
        return self.is_private if self.exists else bool(self.private)

    def look(self) -> None:
        """Ask what it is, and learn of the token what it tells."""
        answer = self.ask("")
        told = answer.headers.get("x-oauth-scopes")
        if told is not None:
            self.scopes = frozenset(each.strip() for each in told.split(",") if each.strip())
        if answer.status != NOT_FOUND:
            self.take(answer.data)

    def take(self, data: Any) -> None:
        """Read a repository as the API gives it."""
        if self.exists is False and data["full_name"].lower() != self.name.lower():
            self.reporter.warn(f"{self.name} is called {data['full_name']} now")
        self.name = data["full_name"]
        self.exists = True
        self.is_private = data["private"]
        self.default_branch = data["default_branch"]
        self.description = data.get("description") or ""
        self.rights = data.get("permissions") or {}

    def ask(self, path: str, **query: str) -> Answer:
        """Read something of it that need not be there."""
        path = f"/repos/{self.name}{path}"
        return self.api.call(Call(verb="GET", path=path, query=query, expect=(NOT_FOUND,)))

    def send(
        self, verb: str, path: str, body: Mapping[str, Any] | None = None, *, right: str
    ) -> Answer:
        """Change something of it.

        Args:
            verb: The method.
            path: Below the repository.
            body: Sent as JSON.
            right: The permission of a fine-grained token it takes, for those who lack it.
        """
        call = Call(
            verb=verb,
            path=f"/repos/{self.name}{path}",
            body=body,
            expect=(409, 422, NOT_FOUND),
            repeatable=verb != "POST",
        )
        try:
            answer = self.api.call(call)
        except NotAllowedError as error:
            raise explained(error, right) from error
        if answer.status == NOT_FOUND:
            # What a classic token may not do is "not found" too.
            missing = self.api.translate(str(call), answer)
            raise NotFoundError(missing.message, hint=lacking(right)) from missing
        return answer


def explained(error: NotAllowedError, right: str) -> NotAllowedError:
    """Say which right is missing, where the refusal does not say what to do otherwise."""
    if "single sign-on" in error.message or "know this token" in error.message:
        return error
    asked = error.hint.partition(NEEDED)[2]
    return NotAllowedError(
        error.message, hint=lacking(right) + (f" (GitHub asks for {asked})" if asked else "")
    )


def lacking(right: str) -> str:
    """Say what a token needs."""
    return (
        f"a fine-grained token needs the permission {right} on this repository; "
        "a classic one the scope 'repo', and its user the role admin"
    )
