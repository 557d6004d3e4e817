"""A repository on the emulator, and the whole job done to it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.jobs.upload import UploadOptions, UploadReport, upload
from ghpypi.stores import built
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.retry import Backoff
from tests.emulator import Emulator
from tests.emulator.release import Asset, Release
from tests.emulator.repository import Repository
from tests.support.packages import sdist, wheel, written
from tests.support.reporters import MemoryReporter

FILES = (
    wheel("acme_lib", "1.0+cu128", "Requires-Python: >=3.9"),
    wheel("acme_app", "2.0", "Requires-Dist: acme-lib"),
    sdist("acme_app", "2.0"),
)

SETTINGS = SiteSettings(config=Config(), address="https://acme.example/pypi/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An emulator with a repository, a user who may write to it, and files to upload."""

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
        self.github.advance(3600)
        self.github.clear_log()

    @property
    def hosts(self) -> Hosts:
        """The emulator's addresses."""
        return Hosts.parse(self.github.api_url, self.github.server_url)

    def backoff(self, max_wait: float = 7200) -> Backoff:
        """Retry for long, and let the emulator's clock pass instead of the real one."""
        clock = self.github.clock
        return Backoff(max_wait, sleep=clock.advance, now=clock.time)

    def connect(
        self, name: str = "acme/pypi", *, max_wait: float = 7200, token: str | None = None
    ) -> Connection:
        """Connect; the token is the bot's unless another is given, and an empty one is none."""
        text = self.token if token is None else token
        return Connection(name, self.hosts, Secret(text) if text else None, self.backoff(max_wait))

    def client(self, *, max_wait: float = 7200, token: str | None = None) -> Client:
        """Open the API alone."""
        text = self.token if token is None else token
        return Client(self.hosts, Secret(text) if text else None, self.backoff(max_wait))

    def upload(
        self, *paths: Path, options: UploadOptions | None = None, max_wait: float = 7200
    ) -> UploadReport:
        """Upload these files, or all there are."""
        return upload(
            built.read(paths or self.files),
            self.connect(max_wait=max_wait).store(),
            MemoryReporter(),
            options or UploadOptions(),
        )

    def log(self, *, origin: str = "", method: str = "") -> list[str]:
        """What was asked for: method and path of each request."""
        return [
            f"{each.method} {each.path}"
            for each in self.github.requests
            if origin in {"", each.origin} and method in {"", each.method}
        ]

    def work(self, *, max_wait: float = 7200) -> IndexReport:
        """Upload everything, then index, each with a connection of its own."""
        self.upload(max_wait=max_wait)
        return self.index(max_wait=max_wait)

    def index(
        self,
        connection: Connection | None = None,
        *,
        max_wait: float = 7200,
        options: IndexOptions | None = None,
    ) -> IndexReport:
        """Index alone."""
        connection = connection or self.connect(max_wait=max_wait)
        site = connection.site("gh-pages")
        return build_index(
            connection.store(), site, SETTINGS, MemoryReporter(), options or IndexOptions()
        )

    def state(self) -> object:
        """Everything that lasts, except the numbers and times that differ in each run."""
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
        # A page links to the projects that were known when it was rendered.
        text = re.sub(r'<li><a href="\.\./[\w-]+/">([\w-]+)</a></li>', r"<li>\1</li>", text)
        text = re.sub(r'"[0-9a-f]{24}"', '"STAMP"', text)
        text = re.sub(r',"\d+",(true|false)\]', ',"KEY"]', text)
        text = re.sub(r'"fingerprint":"[0-9a-f]+"', '"fingerprint":""', text)
        return re.sub(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?", "TIME", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A moment of a scene, to which it can be set back: what its repository held then."""

    scene: Scene
    refs: dict[str, str]
    releases: tuple[tuple[Release, dict[str, Any]], ...]
    assets: tuple[tuple[Asset, dict[str, Any]], ...]

    @classmethod
    def of(cls, scene: Scene) -> "Past":
        """Remember how it is now."""
        releases = scene.repository.releases
        assets = [asset for release in releases for asset in release.assets]
        return cls(
            scene=scene,
            refs=scene.repository.git.refs(),
            releases=tuple((each, _attributes(each)) for each in releases),
            assets=tuple((each, _attributes(each)) for each in assets),
        )

    def restored(self) -> Scene:
        """Set the scene back; nothing of what happened since is left."""
        scene, git = self.scene, self.scene.repository.git
        for name in git.refs().keys() - self.refs.keys():
            git.set_ref(name, None)
        for name, commit in self.refs.items():
            git.set_ref(name, commit)
        scene.github.assets.clear()
        for asset, attributes in self.assets:
            vars(asset).update(attributes)
            scene.github.assets[asset.id] = asset
        for release, attributes in self.releases:
            vars(release).update({**attributes, "assets": list(attributes["assets"])})
            release.rendered = None
        scene.repository.releases[:] = [release for release, _ in self.releases]
        scene.github.burned_tags.clear()
        scene.github.dispatches.clear()
        scene.github.faults.clear()
        scene.github.clear_log()
        return scene


def _attributes(thing: Release | Asset) -> dict[str, Any]:
    copied = dict(vars(thing))
    if "assets" in copied:
        copied["assets"] = tuple(copied["assets"])
    return copied
