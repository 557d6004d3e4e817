"""The releases of the repository that files are uploaded to: listed once, or searched by tag.

Listing all releases for each upload would take one request per hundred releases. If none of the
newest releases matters to the upload, according to the query that is sent first, the others are
searched by tag. Otherwise, the first page of the listing is read; if it has all releases, no
search is necessary. What was read is remembered until `forget` is called.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache

from ghpypi.core.model import StoredRelease
from ghpypi.ports import TagsToSearch
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.release_api import PAGE_SIZES, ReleaseApi
from ghpypi.stores.github.release_overview import ReleaseOverview
from ghpypi.stores.github.release_search import FRESH_SECONDS, ReleaseSearch


class TargetReleases:
    """The releases of one repository, including drafts if the token may write.

    Args:
        client: The API.
        releases: Reads releases.
        repository: `OWNER/REPO`.
        take_overview: Returns what the query of an upload has said of them; `None` if it was used.
    """

    def __init__(
        self,
        client: Client,
        releases: ReleaseApi,
        repository: str,
        take_overview: Callable[[], ReleaseOverview | None],
    ) -> None:
        self._client = client
        self._releases = releases
        self._repository = repository
        self._take_overview = take_overview
        self._listed: list[StoredRelease] | None = None
        self._search: ReleaseSearch | None = None
        self._newest: Sequence[StoredRelease] = ()

    @property
    def searched(self) -> bool:
        """Whether releases are searched by tag instead of listed."""
        return self._search is not None

    def remember(self, releases: list[StoredRelease] | None) -> None:
        """Use a complete listing that was read elsewhere."""
        self._listed = releases

    def forget(self) -> None:
        """Send requests again when releases are needed, because what is known is outdated."""
        self._listed = None
        if self._search:
            self._search.forget()

    def newest(self) -> Sequence[StoredRelease]:
        """Return at least the newest releases, which may lack their assets."""
        return self._newest if self._search else self._all()

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """Return the releases of some tags, and the newest ones if they were not read before.

        Args:
            tags: Returns the tags, and `None` if they are not known; called only if not all
                releases are on the first page of the listing.

        Returns:
            The releases, of which those that do not matter may lack their assets; `None` if all
            must be listed.
        """
        tags = cache(tags)  # it reads the published index
        if self._search and (wanted := tags()) is not None:
            return self._search.find(wanted)
        overview = self._take_overview()
        if overview and self._is_enough(overview, tags):
            newest: Sequence[StoredRelease] = overview.newest
        else:
            page = self._releases.first_page(self._repository)
            if page is None or len(page) < PAGE_SIZES[0]:
                self.remember(page)
                return page
            newest = page
        wanted = tags()
        return None if wanted is None else self._start_search(wanted, newest, overview)

    def _is_enough(self, overview: ReleaseOverview, tags: TagsToSearch) -> bool:
        """Return whether none of the newest releases matters, so that they need not be read."""
        if self._client.now() - overview.read_at > FRESH_SECONDS:
            return False
        wanted = tags()
        return wanted is not None and not overview.has_related(wanted)

    def _start_search(
        self,
        tags: Collection[str],
        newest: Sequence[StoredRelease],
        overview: ReleaseOverview | None,
    ) -> Sequence[StoredRelease] | None:
        search = ReleaseSearch(
            self._client,
            self._releases,
            self._repository,
            known=overview.by_tag if overview else {},
            since=overview.read_at if overview else 0.0,
        )
        found = search.find(tags, again=False, but={each.key for each in newest})
        if found is None:
            return None
        self._search, self._newest = search, newest
        return [*newest, *found]

    def with_tag(self, tag: str, *, again: bool = False, made: str = "") -> list[StoredRelease]:
        """Return the releases of a tag, and possibly others.

        Args:
            tag: The tag.
            again: Send requests even if the releases are remembered.
            made: The key of a release that is known, and need not be read again.
        """
        if self._search:
            found = self._search.find([tag], again=again, but=[made])
            if found is not None:
                return found
            self._search = None
        elif again and self._listed and len(self._listed) >= PAGE_SIZES[0]:
            # Searching once is less than listing all releases once more.
            self._search = ReleaseSearch(self._client, self._releases, self._repository)
            self._newest = self._listed
            return self.with_tag(tag, again=True, made=made)
        if again:
            self.forget()
        return self._all()

    def _all(self) -> list[StoredRelease]:
        if self._listed is None:
            self._listed = list(self._releases.listing(self._repository))
        return self._listed
