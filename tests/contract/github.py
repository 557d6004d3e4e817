"""GitHub under the contract: the real adapter over real HTTP, against the emulator."""

from urllib.request import urlopen

from ghpypi.core.locator import Hosts
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.secret import Secret
from ghpypi.stores.github.branch import BranchSite
from ghpypi.stores.github.config_file import GitHubConfigFile
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.releases import GitHubStore
from ghpypi.stores.github.retry import Backoff
from tests.emulator import Emulator
from tests.emulator.repository import Repository


def connection(
    github: Emulator, repository: str = "acme/pypi", *, token: str | None = None
) -> Connection:
    """Connect to the emulator, with a backoff that does not wait in earnest."""
    return Connection(
        repository,
        Hosts.parse(github.api_url, github.server_url),
        Secret(token) if token else None,
        Backoff(3600, sleep=github.clock.advance, now=github.clock.time),
    )


class GitHubStoreHarness:
    """Releases of a repository on the emulator."""

    def __init__(self, github: Emulator) -> None:
        self._github = github
        github.add_organization("acme")
        github.add_user("bot")
        self._token = github.add_token("bot")
        self._repository = self._add("acme/pypi", freezing=False)

    def store(self) -> GitHubStore:
        return connection(self._github, token=self._token).store()

    def freezing(self) -> GitHubStore:
        self._repository = self._add("acme/frozen", freezing=True)
        return connection(self._github, "acme/frozen", token=self._token).store()

    def leave_unfinished(self, release: StoredRelease, name: str) -> None:
        found = self._repository.find_release(int(release.key))
        assert found is not None
        found.add_asset(name, b"", state="starter", digest=False)

    def pass_time(self) -> None:
        self._github.advance(3600)

    def lose(self, asset: Asset) -> None:
        found = self._repository.find_asset(int(asset.key.rpartition("/")[2]))
        assert found is not None
        found[0].remove_asset(found[1])

    def lose_release(self, release: StoredRelease) -> None:
        found = self._repository.find_release(int(release.key))
        assert found is not None
        self._repository.releases.remove(found)

    def fetch(self, asset: Asset) -> bytes | None:
        try:
            with urlopen(asset.url) as answer:  # noqa: S310 - the emulator's own
                content: bytes = answer.read()
                return content
        except OSError:
            return None

    def _add(self, name: str, *, freezing: bool) -> Repository:
        repository = self._github.add_repository(name, immutable_releases=freezing)
        repository.grant("bot", "write")
        return repository


def writable_repository(github: Emulator) -> tuple[str, Repository]:
    """Make a repository, and a token that may write to it."""
    github.add_organization("acme")
    github.add_user("bot")
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    return github.add_token("bot"), repository


class BranchSiteHarness:
    """The `gh-pages` branch of a repository on the emulator."""

    def __init__(self, github: Emulator) -> None:
        self._github = github
        self._token, self._repository = writable_repository(github)

    def site(self) -> BranchSite:
        return connection(self._github, token=self._token).site("gh-pages")

    def place(self, path: str, content: bytes) -> None:
        self._repository.commit_files({path: content}, branch="gh-pages")

    def pages(self) -> dict[str, bytes]:
        return self._repository.files("gh-pages")

    def state(self) -> object:
        return self._repository.head("gh-pages")


class GitHubConfigFileHarness:
    """The file on the default branch of a repository on the emulator."""

    def __init__(self, github: Emulator) -> None:
        self._github = github
        self._token, self._repository = writable_repository(github)
        self._repository.commit_files({"README.md": b"# Packages"})

    def file(self) -> GitHubConfigFile:
        return GitHubConfigFile(connection(self._github, token=self._token), "ghpypi.toml")

    def place(self, content: bytes) -> None:
        self._repository.commit_files({"ghpypi.toml": content})
