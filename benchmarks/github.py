"""The emulator of GitHub, with one private repository, for whole processes to talk to."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ghpypi.core.sample import build_wheel, core_metadata
from tests.emulator import Emulator
from tests.emulator.repository import Repository

STORE = "acme/pypi"


@dataclass(frozen=True, slots=True)
class Hub:
    """The emulator, and the repository in it."""

    emulator: Emulator
    repository: Repository

    def add_release(self, version: str) -> None:
        """Publish a wheel and its metadata file."""
        name, content = build_wheel("acme_lib", version, {"acme_lib.py": ""})
        release = self.repository.add_release(f"acme-lib-{version}")
        release.add_asset(name, content)
        release.add_asset(f"{name}.metadata", core_metadata("acme_lib", version).encode())

    def tokens(self, count: int) -> list[str]:
        """Give so many readers a token each, as the `Authorization` of their requests."""
        found = []
        for number in range(count):
            name = f"reader-{number}"
            self.emulator.add_user(name)
            self.repository.grant(name, "read")
            secret = f"{name}:{self.emulator.add_token(name)}"
            found.append(f"Basic {base64.b64encode(secret.encode()).decode()}")
        return found


@contextmanager
def github(folder: Path) -> Iterator[Hub]:
    """Start it; until the block ends the environment leads there."""
    folder.mkdir()
    with Emulator(folder) as emulator:
        emulator.add_organization("acme")
        emulator.add_user("bot")
        repository = emulator.add_repository(STORE)
        repository.commit_files({"README.md": "Packages\n"})
        repository.grant("bot", "write")
        before = dict(os.environ)
        os.environ.update(
            GITHUB_API_URL=emulator.api_url,
            GITHUB_SERVER_URL=emulator.server_url,
            GHPYPI_TOKEN=emulator.add_token("bot"),
        )
        try:
            yield Hub(emulator, repository)
        finally:
            os.environ.clear()
            os.environ.update(before)
