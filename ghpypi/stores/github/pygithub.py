"""PyGithub: its requester with a token for each request, and its objects behind our client.

This is the only module that imports PyGithub, which loads 170 modules. So it is imported when the
first request is sent: commands that send none, and the start of the server, do without it.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from github.Auth import Auth
from github.AuthenticatedUser import AuthenticatedUser
from github.ContentFile import ContentFile
from github.GithubException import BadAttributeException, GithubException
from github.GithubObject import NotSet
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.Repository import Repository
from github.Requester import Requester
from github.Team import Team
from github.WorkflowRun import WorkflowRun

from ghpypi import USER_AGENT
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError
from ghpypi.stores.github.api_messages import PAGE, ApiRequest, ApiResponse, Timeout, redact_url
from ghpypi.stores.github.token_auth import require_sendable

__all__ = ["ContentFile", "NotSet", "Repository", "WorkflowRun"]

API_VERSION = "2022-11-28"
_LISTS_IN_OBJECTS = {"workflows": "workflows", "runs": "workflow_runs"}
"""Keys of lists that GitHub wraps in an object, by the last segment of their path."""

OBJECT_ERRORS = (GithubException, BadAttributeException, AssertionError)
"""What PyGithub's objects raise for documents of another shape, besides failed lookups."""

# PyGithub writes about redirects to standard error, where only `report` may write.
logging.getLogger("github").setLevel(logging.ERROR)


class _TokenOfRequest(Auth):
    """Signs requests with a token that may change from one to the next."""

    def __init__(self) -> None:
        self.secret: Secret | None = None

    @property
    def token_type(self) -> str:
        return "Bearer"

    @property
    def token(self) -> str:
        return self.secret.reveal() if self.secret else ""

    def authentication(self, headers: dict[str, str]) -> None:
        require_sendable(self.secret)
        if self.secret:
            super().authentication(headers)


class ApiConnection:
    """A requester that keeps its TCP connection, whichever token signs the next request."""

    def __init__(self, url: str, timeout: Timeout) -> None:
        self.auth = _TokenOfRequest()
        self.requester = Requester(**_arguments(url, timeout, self.auth))


def _arguments(url: str, timeout: Timeout, auth: Auth | None) -> dict[str, Any]:
    return {
        "auth": auth,
        "base_url": url,
        # `github.Github` insists on whole seconds; requests, which gets it, takes a pair as well.
        "timeout": timeout,
        "user_agent": USER_AGENT,
        "per_page": PAGE,
        "verify": True,
        "retry": None,
        "pool_size": None,
        "lazy": True,
        "api_version": API_VERSION,
    }


class ObjectRequester(Requester):
    """The requester of PyGithub's objects: it passes their requests on, and opens no connection.

    Attributes:
        last: The last response.

    Args:
        url: The root of the API, without a slash at the end.
        call: Sends a request; raises an error for a status that is not expected.
        options: What all requests have in common.
        per_page: Elements of a page of a list.
    """

    def __init__(
        self,
        url: str,
        call: Callable[[ApiRequest], ApiResponse],
        options: ApiRequest,
        *,
        per_page: int = PAGE,
    ) -> None:
        super().__init__(**{**_arguments(url, 0, None), "per_page": per_page})
        self._url = url
        self._call = call
        self._options = options
        self.last: ApiResponse | None = None

    def repository(self, name: str) -> Repository:
        """Return a repository, without a request.

        Args:
            name: `OWNER/REPO`.
        """
        return Repository(self, url=f"/repos/{name}")

    def team(self, organization: str, slug: str) -> Team:
        """Return a team, without a request.

        Args:
            organization: The login of its organization.
            slug: Its name in addresses, quoted.
        """
        url = f"/orgs/{organization}"
        attributes = {"url": f"{url}/teams/{slug}", "slug": slug, "organization": {"url": url}}
        return Team(self, {}, attributes)

    def organization(self, login: str) -> Organization:
        """Return an organization, without a request.

        Args:
            login: Its name in addresses, quoted.
        """
        return Organization(self, url=f"/orgs/{login}")

    def user(self, login: str) -> NamedUser:
        """Return an account, without a request.

        Args:
            login: Its name in addresses, quoted.
        """
        return NamedUser(self, url=f"/users/{login}")

    def own_user(self) -> AuthenticatedUser:
        """Return the user of the token, without a request."""
        return AuthenticatedUser(self, url="/user")

    def requestJsonAndCheck(  # noqa: N802, PLR0913, PLR0917 - PyGithub's name and arguments
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        input: Any | None = None,  # noqa: A002
        follow_302_redirect: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[dict[str, Any], Any]:
        """Send a request of an object; return the headers and the document of the response."""
        del follow_302_redirect
        response = self._send(verb, url, parameters, headers, input)
        return dict(response.headers), response.data

    def requestJson(  # noqa: N802, PLR0913, PLR0917 - PyGithub's name and arguments
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002
        cnx: Any | None = None,
        follow_302_redirect: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[int, dict[str, Any], str]:
        """Send a request of an object; return status, headers and body of the response."""
        del cnx, follow_302_redirect
        response = self._send(verb, url, parameters, headers, input)
        return response.status, dict(response.headers), response.text

    def _send(
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None,
        headers: dict[str, str] | None,
        body: Any,
    ) -> ApiResponse:
        path = url.removeprefix(self._url)
        if not path.startswith("/") or path.startswith("//"):
            # PyGithub itself would send the token to any host of the same domain.
            raise FailedError(
                f"a response of '{self._url}' refers to another host: {redact_url(url)}",
                hint="check the URL of the API, and whether a proxy changes responses",
            )
        request = replace(
            self._options,
            verb=verb,
            path=path,
            query=parameters or {},
            headers=headers or {},
            body=body,
        )
        self.last = self._call(request)
        if not _is_document(_elements(self.last.data, request)):
            # PyGithub would read a string as an object without attributes, and `{}` as no elements.
            raise self.last.malformed()
        return self.last


def _elements(data: Any, request: ApiRequest) -> Any:
    """Return the object of a response, or the list of objects; `False` if it is neither."""
    if "per_page" not in request.query:
        return data
    folder, _, name = request.path.rpartition("/")
    if folder.endswith("/commits"):  # one commit: its pages are those of its files
        return data if isinstance(data, dict) else False
    if name in _LISTS_IN_OBJECTS and isinstance(data, dict):
        data = data.get(_LISTS_IN_OBJECTS[name])
    return data if isinstance(data, list) else False


def _is_document(data: Any) -> bool:
    """Return whether data is what objects are made of: an object, a list of objects, or nothing."""
    elements = data if isinstance(data, list) else [data]
    return data is None or all(isinstance(each, dict) for each in elements)


def encrypted(key: str, text: str) -> str:
    """Encrypt a secret with a public key of GitHub, as a sealed box of libsodium.

    Args:
        key: The public key, in Base64.
        text: The secret.

    Returns:
        The box, in Base64.
    """
    from github.PublicKey import encrypt  # noqa: PLC0415 - PyNaCl loads a library

    return encrypt(key, text)
