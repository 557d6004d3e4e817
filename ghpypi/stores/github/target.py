"""A repository that is being set up: its current state, and what the token may do with it."""

from dataclasses import dataclass, replace

from ghpypi.core.locator import Hosts
from ghpypi.ports import Reporter
from ghpypi.stores.github.api_messages import NOT_FOUND, ApiRequest, ApiResponse
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.permissions import Permission
from ghpypi.stores.github.repositories import Repository


@dataclass(kw_only=True)
class Target:
    """A repository that may not exist yet, and the client to read and change it.

    Attributes:
        name: `OWNER/REPO`; its current name, once it is loaded.
        client: The client.
        hosts: For the addresses of web pages.
        reporter: Receives a warning if the repository was renamed.
        private: Create it as a private repository; `None` if the user did not choose.
        exists: It exists.
        is_private: It is not public.
        archived: It is read-only.
        default_branch: The branch of its files.
        description: The sentence below its name.
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
        """The login of its owner."""
        return self.name.partition("/")[0]

    @property
    def web(self) -> str:
        """Its address on the web side."""
        return f"{self.hosts.server}/{self.name}"

    @property
    def will_be_private(self) -> bool:
        """Return whether it is private, or will be when it is created."""
        return self.is_private if self.exists else bool(self.private)

    def load(self) -> None:
        """Read the repository, and the scopes of the token."""
        response = self.get("")
        self.scopes = response.scopes
        if not response.missing:
            self.update(response.parsed(Repository.parse))

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

    def get(
        self, path: str, *, needs: Permission | None = None, what: str = "", **query: str
    ) -> ApiResponse:
        """Request something below the repository that may be missing.

        Args:
            path: Below the repository, quoted.
            needs: The permission that it requires.
            what: Names the request in errors.
            query: The query.
        """
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
        """Send a request that changes it; the path of the request is below the repository."""
        path = f"/repos/{self.name}{call.path}"
        return self.client.call(replace(call, path=path, repeatable=call.verb != "POST"))
