"""GitHub releases as a store.

GitHub allows several drafts with the same tag, of which one can be published. A new release is
missing from the listing for some seconds, so processes that start together may each create a
draft. They agree on the oldest draft that they see; if they did not see each other's, the first to
publish decides, and `publish` returns its release to the others.

Sources: GitHub documentation, "REST API endpoints for releases", "Immutable releases", "About
releases" (limits); late listings: softprops/action-gh-release#705.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.planning import find_release
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import NotFoundError, RefusedError
from ghpypi.ports import Absence, Advance, NewAsset, NewRelease, TagsToSearch
from ghpypi.stores.github.asset_reader import AssetReader
from ghpypi.stores.github.client import Client, LostResponseError
from ghpypi.stores.github.release_api import ReleaseApi
from ghpypi.stores.github.release_overview import ReleaseOverview
from ghpypi.stores.github.repositories import Repository, find_repository
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.site_visibility import SiteRepositories
from ghpypi.stores.github.target_releases import TargetReleases
from ghpypi.stores.github.transfer import Transfer
from ghpypi.stores.github.upload import AssetUploader, asset_name

RULES = Rules(max_size=2**31 - 1, max_assets=1000, name=asset_name)
"""Assets are under 2 GiB each, and a release holds a thousand."""

CHECKED_DRAFTS = 20
"""Number of drafts of one run that are compared with those of other processes, at the cost of a
listing each. A run with more drafts imports old releases; there, another process at the same time
merely means that files are sent twice."""

LOOK_SECONDS = 2.0
"""How long to wait between checks whether something has changed on GitHub, in seconds."""


class GitHubStore:
    """A store that uploads to the releases of one repository and reads those of any number.

    Args:
        target: The repository to upload to.
        visible: The repositories to read.
        client: For documents.
        transfer: For files.
        backoff: How long to retry.
        take_overview: Returns what the query of an upload has said of the releases of the target;
            `None` if there is nothing, or it was used.
    """

    def __init__(  # noqa: PLR0913 - what is known, and three ways to know more
        self,
        target: Repository,
        shown: SiteRepositories,
        *,
        client: Client,
        transfer: Transfer,
        backoff: Backoff,
        take_overview: Callable[[], ReleaseOverview | None],
    ) -> None:
        self._target = target
        self._hidden = shown.hidden
        self.unused_exclusions = shown.unused_exclusions
        self._repositories = shown.repositories
        self._client = client
        self._backoff = backoff
        private = {each.name for each in self._repositories if each.public is False}
        self._assets = AssetReader(client.url, transfer, private)
        self._releases = ReleaseApi(client)
        self._sender = AssetUploader(self._releases, transfer, backoff, digest=self._assets.digest)
        self._own = TargetReleases(client, self._releases, target.name, take_overview)
        self._made = 0

    @property
    def name(self) -> str:
        """The repository, or the number of repositories."""
        if [each.name for each in self._repositories] == [self._target.name]:
            return self._target.name
        number = count_of(len(self._repositories), "repository", "repositories")
        return f"{number} for {self._target.name}"

    @property
    def local(self) -> bool:
        """Whether files are on this machine: they are not."""
        return False

    @property
    def origin(self) -> str:
        """The repository that files are uploaded to."""
        return self._target.name

    @property
    def rules(self) -> Rules:
        """The limits of GitHub."""
        return RULES

    @property
    def freezes(self) -> bool:
        """Whether the newest published release is immutable; the setting itself only admins see."""
        published = [each for each in self._own.newest() if not each.draft]
        return not published or max(published, key=lambda x: int(x.key)).immutable

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases of all repositories; drafts where the token may write."""
        listed: list[StoredRelease] = []
        for repository in self._repositories:
            for release in self._releases.listing(repository.name):
                if repository.name == self._target.name:
                    listed.append(release)
                yield release
        self._own.remember(listed)

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """Find releases by their tags where there are more than fit on a page of the listing."""
        if [each.name for each in self._repositories] != [self._target.name]:
            return None
        return self._own.related(tags)

    def absence(self, origin: str) -> Absence | None:
        """Explain why the releases of a repository are not listed; `None` if they are."""
        if origin.lower() in {each.name.lower() for each in self._repositories}:
            return None
        if origin in self._hidden:
            return Absence(reason=self._hidden[origin])
        try:
            find_repository(origin, self._client)
        except NotFoundError:
            return Absence(
                reason="this token cannot see the repository, or it was deleted",
                hint=f"let the run use a token that can read {origin}: in the index workflow, as "
                "'token: ${{ secrets.NAME }}' of the Action",
            )
        return Absence(reason="it is not among the repositories that are indexed")

    @property
    def repositories(self) -> tuple[Repository, ...]:
        return self._repositories

    @property
    def hidden(self) -> int:
        """How many repositories match a pattern and are less visible than the site."""
        return len(self._hidden)

    def detailed(self, asset: Asset) -> Asset:
        """Return the file as it was listed: there is no more to know."""
        return asset

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open an asset as a stream."""
        return self._assets.open(asset, seekable=False)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open an asset for random access."""
        return self._assets.open(asset, seekable=True)

    def draft(self, release: NewRelease) -> StoredRelease:
        """Create a draft, or return the release that exists already."""
        retry = self._backoff.start()
        while True:
            found = find_release(self._own.with_tag(release.tag), release.tag)
            if found:
                return found
            try:
                made = self._releases.create_draft(self._target.name, release)
            except LostResponseError as error:
                retry.wait(error.message)
                self._own.forget()  # It may have been made after all.
            else:
                return self._agree(made)

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Upload a file until the release holds it."""
        try:
            return self._sender.send(release, asset, advance, overwrite=overwrite)
        except NotFoundError:
            self._own.forget()
            raise

    def current(self, release: StoredRelease) -> StoredRelease:
        return self._releases.get(release)

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process uploads to a release; return its state."""
        retry = self._backoff.start()
        while True:
            current = self.current(release)
            arriving = [asset.name for asset in current.assets if asset.arriving]
            if not arriving:
                return current
            reason = f"another process seems to be sending '{arriving[0]}' to {release.tag}"
            retry.wait(reason, seconds=LOOK_SECONDS)

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Publish a draft, unless another release of its tag is published."""
        try:
            return self._releases.publish(release) or self._published(release)
        except NotFoundError:
            self._own.forget()
            raise

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft that holds no other files than these."""
        try:
            current = self.current(draft)
        except NotFoundError:
            return None
        if not current.draft or any(self._keeps(asset, held) for asset in current.assets):
            return current
        self._releases.delete(current)
        return None

    def remove(self, release: StoredRelease, asset: Asset | None = None) -> bool:
        """Delete an asset, or a release and then its tag."""
        self._own.forget()
        try:
            current = self.current(release)
        except NotFoundError:
            if asset is None:
                self._remove_tag(release)  # an earlier attempt may have ended before it
            return False
        if asset is not None and asset.key not in {each.key for each in current.assets}:
            return False
        if current.immutable:
            raise RefusedError(
                f"release {current.tag} of {current.origin} is immutable, so nothing of it can be "
                "deleted",
                hint="yank the version instead: installers then leave it alone",
            )
        if asset is not None:
            self._releases.delete_asset(asset)
            return True
        self._releases.delete(current)
        self._remove_tag(current)
        return True

    def _remove_tag(self, release: StoredRelease) -> None:
        """Delete the tag of a deleted release, unless another one has it; drafts have none."""
        if not release.draft and not self._releases.published(release.origin, release.tag):
            self._releases.delete_tag(release)

    def _agree(self, made: StoredRelease) -> StoredRelease:
        """Choose the draft that all processes use; delete the new one if it is not chosen."""
        self._made += 1
        again = self._made <= CHECKED_DRAFTS
        seen = self._own.with_tag(made.tag, again=again, made=made.key)
        others = [each for each in seen if each.key != made.key]
        chosen = find_release([made, *others], made.tag) or made
        if chosen is not made:
            self.discard(made, {})
        if not self._own.searched:
            self._own.remember([*others, chosen])
        return chosen

    def _published(self, release: StoredRelease) -> StoredRelease:
        """Read the published release of a tag, which GitHub may show with a delay."""
        retry = self._backoff.start()
        while True:
            found = self._releases.published(release.origin, release.tag)
            if found:
                return found
            reason = f"release {release.tag} is published, but GitHub does not show it yet"
            retry.wait(reason, seconds=LOOK_SECONDS)

    def _keeps(self, asset: Asset, held: Mapping[str, Sha256]) -> bool:
        """Return whether an asset is a reason to keep its draft."""
        if not asset.complete:
            return asset.arriving
        return asset.name not in held or held[asset.name] != (
            asset.sha256 or self._assets.digest(asset)
        )
