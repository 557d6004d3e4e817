"""A server in this process in front of an emulated GitHub, and a client of it."""

import re
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from anyio.from_thread import start_blocking_portal
from httpx2 import Response

from ghpypi.cli.serving import Serving
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.server.app import App
from ghpypi.server.auth.authorizer import AuthorizerOptions
from tests.server.scene import client_of, signed_in

PASSWORD = "of this run"


class Reader:
    """Reads one store, as an installer behind `ghpypi run` does.

    Args:
        api: The address of the API.
        store: `OWNER/REPO`.
        token: What the server reads with.
    """

    def __init__(self, api: str, store: str, token: str) -> None:
        authorizer = AuthorizerOptions(password=Secret(PASSWORD))
        serving = Serving(
            stores=(store,), hosts=Hosts.parse(api), token=Secret(token), authorizer=authorizer
        )
        self._all_stores = serving.all_stores()
        self._exit_stack = ExitStack()
        self._portal = self._exit_stack.enter_context(start_blocking_portal())
        self._client = client_of(App(all_stores=self._all_stores), self._portal)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._exit_stack.close()

    def page(self, name: str) -> Response:
        """Get the page of a project."""
        return self._get(f"/simple/{name}/")

    def file(self, page: Response, name: str) -> int:
        """Get a file that a page links to, and return the status."""
        (link, *_) = re.findall(r'<a href="([^"#]+)#', page.text)
        base = f"/simple/{name}/"
        while link.startswith("../"):
            base, link = base.rstrip("/").rpartition("/")[0] + "/", link.removeprefix("../")
        return self._get(base + link).status_code

    def refresh(self) -> None:
        """Look for a new catalog now, whatever comes of it."""
        self._portal.call(self._all_stores.first.try_refresh, None)

    def _get(self, path: str) -> Response:
        return self._client.get(path, auth=signed_in(PASSWORD))
