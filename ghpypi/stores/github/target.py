"""The repository that is being set up: what it is now, and what the token may do to it."""

from dataclasses import dataclass, replace

from ghpypi.core.locator import Hosts
from ghpypi.ports import Reporter
from ghpypi.stores.github.api_messages import NOT_FOUND, ApiRequest, ApiResponse
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.permissions import Permission
from ghpypi.stores.github.repositories import Repository


@dataclass(kw_only=True)
class Target:
    """A repository, there or not, and the way to it.

    Attributes:
        name: `OWNER/REPO`; what it is called now, once it was looked at.
        client: To ask.
        hosts: For the addresses of pages.
        reporter: Is told when it has another name than was thought.
        private: It is to be private if it has to be made; `None` if nobody said.
        exists: It is there.
        is_private: Not everybody may read it.
        archived: It is read-only.
        default_branch: Of its files.
        description: What it says of itself.
        permission: The highest role of the token's user; see `Repository`.
        scopes: Of a classic token; `None` of other tokens, for which GitHub sends none.
        site_url: The address of its Pages, ending in `/`; empty if it has none.
    """

    name: str
    client: Client
    hosts: Hosts
    reporter: Reporter
    private: bool | None = None
    exists: bool = False
    is_private: bool = False
    archived: bool = False
    default_branch: str = "main"
    description: str = ""
    permission: str = ""
    scopes: tuple[str, ...] | None = None
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

    def load(self) -> None:
        """Read the repository, and the scopes of the token."""
        answer = self.ask("")
        self.scopes = answer.scopes
        if not answer.missing:
            self.update(answer.parsed(Repository.parse))

    def update(self, found: Repository) -> None:
        """Take over what the API says of the repository."""
        if not self.exists and found.name.lower() != self.name.lower():
            self.reporter.warn(f"{self.name} is called {found.name} now")
        self.name = found.name
        self.exists = True
        self.is_private = found.private
        self.archived = found.archived
        self.default_branch = found.default_branch
        self.description = found.description
        self.permission = found.permission

    def ask(
        self, path: str, *, needs: Permission | None = None, what: str = "", **query: str
    ) -> ApiResponse:
        """Read something of it that need not be there."""
        return self.client.call(
            ApiRequest(
                verb="GET",
                path=f"/repos/{self.name}{path}",
                query=query,
                expect=(NOT_FOUND,),
                needs=needs,
                what=what,
            )
        )

    def send(self, call: ApiRequest) -> ApiResponse:
        """Change something of it; the path of the call is below the repository."""
        path = f"/repos/{self.name}{call.path}"
        return self.client.call(replace(call, path=path, repeatable=call.verb != "POST"))
