"""The private registries of an organization, for Dependabot.

Source: GitHub documentation, "REST API endpoints for private registries", organization
configurations.
"""

from typing import Any

from ghpypi.errors import NotFoundError
from ghpypi.ports.registries import Registry
from ghpypi.stores.github.api_messages import ApiRequest, quote_segment
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.permissions import REGISTRIES

KIND = "python_index"

_PER_PAGE = 100


class PrivateRegistries:
    """The private registries of an organization.

    Args:
        organization: Its name.
        client: The client.
    """

    def __init__(self, organization: str, *, client: Client) -> None:
        self._organization = organization
        self._path = f"/orgs/{quote_segment(organization)}/private-registries"
        self._client = client

    def register(self, wanted: Registry, *, dry_run: bool = False) -> str:
        """Add a registry, or update the one with the same URL."""
        found = self._find(wanted.url)
        if found and not wanted.secret and _is_like(found, wanted):
            return "unchanged"
        if not dry_run and found:
            path = f"{self._path}/{quote_segment(str(found['name']))}"
            self._send("PATCH", path, self._body(wanted))
        elif not dry_run:
            self._send("POST", self._path, self._body(wanted))
        return "updated" if found else "added"

    def _find(self, url: str) -> Any:
        page = 1
        while True:
            query = {"per_page": _PER_PAGE, "page": page}
            rows = self._get(self._path, **query)["configurations"]
            for row in rows:
                if row["registry_type"] == KIND and row.get("url") == url:
                    return row
            if len(rows) < _PER_PAGE:
                return None
            page += 1

    def _body(self, wanted: Registry) -> dict[str, Any]:
        from ghpypi.stores.github.pygithub import encrypted  # noqa: PLC0415 - slow to import

        body = {"registry_type": KIND, "url": wanted.url, "visibility": wanted.visibility}
        if not wanted.secret:
            return {**body, "auth_type": "anonymous"}
        key = self._get(f"{self._path}/public-key")
        return {
            **body,
            "auth_type": "username_password",
            "username": wanted.username,
            "key_id": str(key["key_id"]),
            "encrypted_value": encrypted(str(key["key"]), wanted.secret.reveal()),
        }

    def _get(self, path: str, **query: int) -> Any:
        request = ApiRequest(
            verb="GET", path=path, query=query, expect=(404,), needs=REGISTRIES,
            what="the private registries",
        )  # fmt: skip
        response = self._client.call(request)
        if response.missing:
            raise NotFoundError(
                f"the private registries of '{self._organization}' cannot be read: there is no "
                "such organization, or this token may not see them",
                hint=f"only its owners may; {REGISTRIES}",
            )
        return response.parsed(dict)

    def _send(self, verb: str, path: str, body: dict[str, Any]) -> None:
        self._client.call(
            ApiRequest(
                verb=verb, path=path, body=body, needs=REGISTRIES, repeatable=verb == "PATCH",
                what="the private registries",
            )
        )  # fmt: skip


def _is_like(found: Any, wanted: Registry) -> bool:
    """Return whether a registry without a password is as wanted."""
    return bool(
        found.get("auth_type") == "anonymous" and found.get("visibility") == wanted.visibility
    )
