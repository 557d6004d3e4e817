"""An index that is served on loopback, with the record of who asked it for what."""

import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from tests.e2e.installers import Done, bare_environment, run
from tests.emulator import Emulator, Request
from tests.support.commands import run_here
from tests.support.folder_server import FolderServer

STORE = "acme/pypi"


class Served(Protocol):
    """What tests of installers need to know of an index, wherever it is."""

    @property
    def index(self) -> str:
        """The address installers are given."""
        ...

    @property
    def between(self) -> str:
        """A moment after the early uploads and before all others."""
        ...

    def forget(self) -> None:
        """Begin a new record."""
        ...

    def fetched(self) -> Counter[str]:
        """Count how often the content of each stored file was sent."""
        ...

    def credentials(self) -> list[str]:
        """List the secrets in requests that should not have any."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghpypi:
    """The command line, with a home of its own."""

    home: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: str | Path) -> Done:
        """Run it as installed, in a process of its own, whatever comes of it."""
        program = shutil.which("ghpypi", path=str(Path(sys.executable).parent))

        assert program, "ghpypi is not installed beside this Python"

        return run([program, *map(str, arguments)], self._everything())

    def do(self, *arguments: str | Path) -> str:
        """Run it in this process, which is quicker, and it has to succeed."""
        done = run_here([*map(str, arguments)], self._everything())

        assert done.returncode == 0, done.stdout + done.stderr

        return done.stdout

    def _everything(self) -> dict[str, str]:
        return {**bare_environment(self.home), **self.environment}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubServed:
    """Files are release assets, pages come from Pages.

    Attributes:
        emulator: GitHub.
        token: Of the one who publishes.
        ghpypi: The command line, signed in.
        between: See `Served`.
        publishing: Every request that publishing took.
    """

    emulator: Emulator
    token: str
    ghpypi: Ghpypi
    between: str
    publishing: Sequence[Request]

    @property
    def index(self) -> str:
        return f"{self.emulator.pages_url}/{STORE}/simple/"

    def forget(self) -> None:
        self.emulator.clear_log()

    def fetched(self) -> Counter[str]:
        asked = Counter(
            unquote(request.path.rpartition("/")[2])
            for request in self.emulator.requests_to("web")
            if "/releases/download/" in request.path
        )
        sent = Counter(
            request.query["rscd"].partition("filename=")[2]
            for request in self.emulator.requests_to("cdn")
        )

        assert asked == sent, "every redirect is followed, and nothing is had without one"

        return sent

    def credentials(self) -> list[str]:
        return [found for each in self.emulator.requests for found in secrets_in(each, self.token)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryServed:
    """Files and pages are one folder.

    Attributes:
        server: The server.
        ghpypi: The command line.
        store: The folder.
        between: See `Served`.
    """

    server: FolderServer
    ghpypi: Ghpypi
    store: Path
    between: str

    @property
    def index(self) -> str:
        return f"{self.server.address}simple/"

    def forget(self) -> None:
        self.server.visits.clear()

    def fetched(self) -> Counter[str]:
        return Counter(
            unquote(visit.path.rpartition("/")[2])
            for visit in self.server.visits
            if visit.path.startswith("/files/")
        )

    def credentials(self) -> list[str]:
        return [
            f"{visit.path}: {name}"
            for visit in self.server.visits
            for name in visit.headers
            if name in {"authorization", "cookie"}
        ]


def secrets_in(request: Request, token: str) -> list[str]:
    """List the places of a request that hold a credential."""
    places = [name for name in request.headers if name in {"authorization", "cookie"}]
    places += [name for name, value in request.headers.items() if token in value]
    if token in request.target or token.encode() in request.body:
        places.append("address or body")
    return [f"{request.origin} {request.path}: {place}" for place in places]
