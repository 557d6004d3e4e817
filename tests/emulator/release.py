"""GitHub releases and their assets, as state."""

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.emulator.accounts import Account
from tests.emulator.blobs import EMPTY, Blob

if TYPE_CHECKING:
    from tests.emulator.repository import Repository

_versions = itertools.count(1)


class _Versioned:
    """Counts changes, so that rendered JSON can be kept until something changes."""

    version: int

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        object.__setattr__(self, "version", next(_versions))


@dataclass(eq=False)
class Asset(_Versioned):
    """One file of a release; `state` is `uploaded`, or `starter` after a broken upload."""

    release: "Release"
    id: int
    name: str
    blob: Blob
    uploader: Account
    created_at: datetime
    updated_at: datetime
    content_type: str = "application/octet-stream"
    state: str = "uploaded"
    label: str | None = None
    digest: str | None = None
    download_count: int = 0

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.blob.size

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self.blob.read()


@dataclass(eq=False)
class Release(_Versioned):
    """One GitHub release; a draft has no tag in git yet."""

    repository: "Repository"
    id: int
    tag_name: str
    target_commitish: str
    author: Account
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    immutable: bool = False
    published_at: datetime | None = None
    made_at: datetime | None = None
    make_latest: str = "true"
    assets: list[Asset] = field(default_factory=list)
    rendered: tuple[object, bytes] | None = field(default=None, repr=False)
    untagged: str = field(default_factory=lambda: f"untagged-{secrets.token_hex(10)}")

    @property
    def url_tag(self) -> str:
        """The tag in URLs: a draft has none that could be guessed."""
        return self.untagged if self.draft else self.tag_name

    def asset(self, name: str) -> Asset | None:
        """The asset of this name."""
        return next((asset for asset in self.assets if asset.name == name), None)

    def add_asset(
        self,
        name: str,
        data: bytes | Blob = b"",
        *,
        state: str = "uploaded",
        digest: bool = True,
        content_type: str = "application/octet-stream",
        label: str | None = None,
        created_at: datetime | None = None,
        updated_at: datetime | None = None,
        uploader: str | None = None,
    ) -> Asset:
        """Put an asset into the state, past every rule.

        Without `digest` it is like one from before June 2025, which GitHub never backfilled
        (google/go-github#3628). A `starter` has neither bytes nor a digest.
        """
        world = self.repository.world
        with world.lock:
            blob = world.blobs.keep([data]) if isinstance(data, bytes) else data
            if state != "uploaded":
                blob, digest = EMPTY, False
            created = created_at or world.clock.now()
            asset = Asset(
                release=self,
                id=world.next_id(),
                name=name,
                blob=blob,
                uploader=world.account(uploader) if uploader else self.author,
                created_at=created,
                updated_at=updated_at or created,
                content_type=content_type,
                state=state,
                label=label,
                digest=f"sha256:{blob.sha256}" if digest else None,
            )
            self.assets.append(asset)
            world.assets[asset.id] = asset
            return asset

    def remove_asset(self, asset: Asset) -> None:
        """Take an asset out of the state, past every rule."""
        world = self.repository.world
        with world.lock:
            self.assets.remove(asset)
            world.blobs.drop(asset.blob)
