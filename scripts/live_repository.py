"""The repository of a live check, and requests to it that have to be answered as expected."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from ghpypi import USER_AGENT
from ghpypi.core.sample import build_wheel

API_VERSION = "2022-11-28"
TIMEOUT_SECONDS = 60.0


class UnexpectedError(Exception):
    """GitHub did not answer as expected; the message says what it answered instead."""


@dataclass(kw_only=True)
class Live:
    """The repository, and what the checks create in it.

    Attributes:
        api: The URL of the API.
        repository: `OWNER/REPO`.
        token: May write to the repository.
        run: Part of the names of everything that is created.
        wait: Maximum time for Pages, in seconds.
        releases: The releases that are deleted at the end.
    """

    api: str
    repository: str
    token: str
    run: str
    wait: float
    session: requests.Session = field(default_factory=requests.Session)
    releases: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, path: str, *, expect: int = 200, **more: Any) -> requests.Response:
        """Send a request to the API of the repository.

        Raises:
            UnexpectedError: The status is not the expected one.
        """
        headers = {
            "Authorization": f"Bearer {self.token}",
            "User-Agent": USER_AGENT,
            "X-GitHub-Api-Version": API_VERSION,
            **more.pop("headers", {}),
        }
        url = path if path.startswith("https:") else f"{self.api}/repos/{self.repository}{path}"
        return expect_status(
            self.session.request(
                method, url, headers=headers, allow_redirects=False, timeout=TIMEOUT_SECONDS, **more
            ),
            expect,
        )

    def put_file(self, path: str, text: str, branch: str, replaces: str = "") -> Mapping[str, Any]:
        """Commit a file by the contents API; return the commit and the file."""
        document = {
            "message": f"Live check {self.run}",
            "content": base64.b64encode(text.encode()).decode(),
            "branch": branch,
            **({"sha": replaces} if replaces else {}),
        }
        expect = 200 if replaces else 201
        found: Mapping[str, Any] = self.call(
            "PUT", f"/contents/{path}", expect=expect, json=document
        ).json()
        return found

    def release(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Publish a release with a wheel, by way of a draft; return it and its asset."""
        filename, content = build_wheel("ghpypi_live_check", f"0+{self.run}", {"live.py": ""})
        draft = self.call(
            "POST", "/releases", expect=201, json={"tag_name": f"{name}-{self.run}", "draft": True}
        ).json()
        self.releases.append(draft)
        self.upload(draft, filename, content)
        published = self.call("PATCH", f"/releases/{draft['id']}", json={"draft": False}).json()
        return published, published["assets"][0]

    def upload(
        self, release: Mapping[str, Any], name: str, content: bytes, *, expect: int = 201
    ) -> requests.Response:
        """Upload an asset into a release."""
        url = release["upload_url"].partition("{")[0]
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/octet-stream",
            "User-Agent": USER_AGENT,
        }
        sent = self.session.post(
            url, params={"name": name}, data=content, headers=headers, timeout=TIMEOUT_SECONDS
        )
        return expect_status(sent, expect)

    def anonymous(self, method: str, url: str, **headers: str) -> requests.Response:
        """Send a request without the token, as installers do; redirects are not followed."""
        return self.session.request(
            method, url, headers=headers, allow_redirects=False, timeout=TIMEOUT_SECONDS
        )

    def clean(self) -> Iterator[str]:
        """Delete the releases and their tags; yield what GitHub refuses to delete."""
        for release in self.releases:
            for path in (f"/releases/{release['id']}", f"/git/refs/tags/{release['tag_name']}"):
                try:
                    self.call("DELETE", path, expect=204)
                except UnexpectedError as error:
                    yield f"DELETE {path}: {error}"


def expect_status(answer: requests.Response, status: int) -> requests.Response:
    """Return an answer with the expected status.

    Raises:
        UnexpectedError: It has another one.
    """
    if answer.status_code != status:
        text = answer.text[:300].replace("\n", " ")
        raise UnexpectedError(
            f"{answer.request.method} {urlsplit(answer.url).path} has status "
            f"{answer.status_code} instead of {status}: {text}"
        )
    return answer


def expect_same(found: object, expected: object) -> None:
    """Compare what was found.

    Raises:
        UnexpectedError: It differs.
    """
    if found != expected:
        raise UnexpectedError(f"{found!r} instead of {expected!r}")
