"""A repository on the emulator, and the whole job done to it."""

import re
from dataclasses import dataclass
from pathlib import Path

from ghpypi.core.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.core.site import Look
from ghpypi.jobs.index import IndexOptions, IndexReport, build_index
from ghpypi.jobs.upload import UploadOptions, upload
from ghpypi.stores import built
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.patience import Patience
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.packages import sdist, wheel, written
from tests.support.reporters import MemoryReporter

FILES = (
    wheel("acme_lib", "1.0+cu128", "Requires-Python: >=3.9"),
    wheel("acme_app", "2.0", "Requires-Dist: acme-lib"),
    sdist("acme_app", "2.0"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An emulator with a repository, somebody who may write to it, and files to upload."""

    github: Emulator
    repository: Repository
    token: str
    files: tuple[Path, ...]

    @classmethod
    def set(cls, github: Emulator, folder: Path, *, private: bool = False) -> "Scene":
        """Arrange it."""
        github.add_organization("acme")
        github.add_user("bot")
        repository = github.add_repository("acme/pypi", private=private)
        repository.grant("bot", "write")
        paths = written(folder / "dist", *FILES)
        return cls(
            github=github,
            repository=repository,
            token=github.add_token("bot"),
            files=tuple(paths),
        )

    def seed(self) -> None:
        """Give it a past: an index, a release from before digests, an upload broken off."""
        old = self.repository.add_release("acme-old-0.1")
        old.add_asset(*wheel("acme_old", "0.1"))
        self.index()
        bare = self.repository.add_release("acme-bare-1.0")
        bare.add_asset(*wheel("acme_bare", "1.0"), digest=False)
        bare.add_asset(*sdist("acme_bare", "1.0"))
        broken = self.repository.add_release("acme-app-2.0", draft=True, name="acme-app 2.0")
        broken.add_asset(FILES[1][0], b"", state="starter", digest=False)
        self.github.clear_log()

    def connect(self, *, max_wait: float = 7200, token: str | None = None) -> Connection:
        """Connect, with a patience that lets the emulator's time pass instead of ours."""
        clock = self.github.clock
        return Connection(
            "acme/pypi",
            Hosts.parse(self.github.api_url, self.github.server_url),
            Secret(token or self.token),
            Patience(max_wait=max_wait, sleep=clock.advance, now=clock.time),
        )

    def work(self, *, max_wait: float = 7200) -> IndexReport:
        """Upload everything, then index, each with a connection of its own."""
        upload(
            built.read(self.files),
            self.connect(max_wait=max_wait).store(),
            MemoryReporter(),
            UploadOptions(),
        )
        return self.index(max_wait=max_wait)

    def index(self, *, max_wait: float = 7200, options: IndexOptions | None = None) -> IndexReport:
        """Index alone."""
        connection = self.connect(max_wait=max_wait)
        site = connection.site("gh-pages")
        look = Look(config=Config(), address="https://acme.example/pypi/")
        return build_index(
            connection.store(), site, look, MemoryReporter(), options or IndexOptions()
        )

    def state(self) -> object:
        """Everything that lasts, but for the numbers and times that each run gets anew."""
        releases = [
            (
                release.tag_name,
                release.draft,
                sorted((x.name, x.size, x.digest, x.state) for x in release.assets),
            )
            for release in self.repository.releases
        ]
        pages = self.repository.files("gh-pages") if self.repository.head("gh-pages") else {}
        return sorted(releases), {path: self._timeless(page) for path, page in pages.items()}

    def _timeless(self, page: bytes) -> str:
        text = page.decode().replace(self.github.server_url, "https://github.example")
        text = re.sub(r"\d+@[\dTZ:-]+@[0-9a-f]{8}", "STAMP", text)
        text = re.sub(r'"fingerprint":"[0-9a-f]+"', '"fingerprint":""', text)
        return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", text)
