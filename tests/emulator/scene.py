"""A scene for the emulator's own tests: an organization, a bot with a token, a repository.

When it closes, every request and answer since it opened is checked against GitHub's schema.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.emulator.emulator import Emulator
from tests.emulator.release import Release
from tests.emulator.repository import Repository
from tests.emulator.schema import check_all
from tests.support.waiting import HANG_SECONDS


@dataclass(frozen=True, slots=True)
class Scene:
    """The emulator and a client of it."""

    github: Emulator
    repo: Repository
    token: str
    session: requests.Session

    def api(self, method: str, path: str, token: str | None = "", **more: Any) -> requests.Response:
        """One API request, as the bot unless another token (or None) is given."""
        return self.session.request(
            method,
            self.github.api_url + path,
            headers={**self.sign(token), **more.pop("headers", {})},
            allow_redirects=False,
            timeout=HANG_SECONDS,
            **more,
        )

    def upload(
        self, release: Release, name: str, data: Any = b"bytes", **more: Any
    ) -> requests.Response:
        """Upload an asset, as the bot."""
        headers = {"Content-Type": "application/octet-stream", **self.sign("")}
        url = f"{self.github.uploads_url}/repos/{self.repo.full_name}/releases/{release.id}/assets"
        return self.session.post(
            url,
            params={"name": name},
            data=data,
            headers={**headers, **more.pop("headers", {})},
            timeout=HANG_SECONDS,
            **more,
        )

    def get(self, url: str, **more: Any) -> requests.Response:
        """One request without following redirects."""
        return self.session.get(url, allow_redirects=False, timeout=HANG_SECONDS, **more)

    def sign(self, token: str | None) -> dict[str, str]:
        """The Authorization header; an empty token stands for the bot's."""
        return {} if token is None else {"Authorization": f"Bearer {token or self.token}"}


@contextmanager
def opened_scene(folder: Path) -> Iterator[Scene]:
    """Set the scene, and check all traffic when it closes."""
    with Emulator(folder) as github, requests.Session() as session:
        session.trust_env = False
        github.keep_answers()
        github.add_organization("acme", owners=["boss"])
        github.add_user("hub-bot")
        repo = github.add_repository("acme/pypi")
        repo.grant("hub-bot", "write")
        yield Scene(github, repo, github.add_token("hub-bot"), session)
        check_all(github.requests)
