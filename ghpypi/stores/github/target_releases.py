"""The releases of the repository that files are uploaded to: listed once, or searched by tag.

A repository whose releases fit on one page of the listing is listed. In others, listing all
releases for each upload would take one request per hundred releases, so releases are searched by
tag. What was read is remembered until `forget` is called.
"""

from collections.abc import Collection, Sequence

from ghpypi.core.model import StoredRelease
from ghpypi.ports import TagsToSearch
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.release_api import PAGE_SIZES, ReleaseApi
from ghpypi.stores.github.release_search import ReleaseSearch


class TargetReleases:
    """The releases of one repository, including drafts if the token may write.

    Args:
        client: The API.
        releases: Reads releases.
        repository: `OWNER/REPO`.
        missing: Tags that had no release a moment ago.
    """

    def __init__(
        self,
        client: Client,
        releases: ReleaseApi,
        repository: str,
        missing: Collection[str] = (),
    ) -> None:
        self._client = client
        self._releases = releases
        self._repository = repository
        self._missing = dict.fromkeys(missing, client.now())
        self._listed: list[StoredRelease] | None = None
        self._search: ReleaseSearch | None = None

    @property
    def searched(self) -> bool:
        """Whether releases are searched by tag, because there are too many to list them."""
        return self._search is not None

    def remember(self, releases: list[StoredRelease] | None) -> None:
        """Use a complete listing that was read elsewhere."""
        self._listed = releases

    def forget(self) -> None:
        """Read the listing again when it is needed, because it is outdated."""
        self._listed = None

    def newest(self) -> Sequence[StoredRelease]:
        """Return at least the releases of the first page of the listing."""
        return self._search.newest if self._search else self._all()

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """Return the releases of some tags, and the newest ones if they were not read before.

        Args:
            tags: Returns the tags, and `None` if they are not known; called only if there are more
                releases than fit on one page.

        Returns:
            The releases; `None` if all must be listed.
        """
        if self._search and (wanted := tags()) is not None:
            return self._search.find(wanted)
        newest = self._releases.first_page(self._repository)
        if newest is None or len(newest) < PAGE_SIZES[0]:
            self.remember(newest)
            return newest
        wanted = tags()
        if wanted is None:
            return None
        search = ReleaseSearch(
            self._client, self._releases, self._repository, newest, missing=self._missing
        )
        found = search.find(wanted, again=False)
        if found is None:
            return None
        self._search = search
        return [*newest, *found]

    def with_tag(self, tag: str, *, again: bool = False, made: str = "") -> list[StoredRelease]:
        """Return the releases of a tag, and possibly others.

        Args:
            tag: The tag.
            again: Send requests even if the releases are remembered.
            made: The key of a release that is known, and need not be read again.
        """
        if self._search:
            found = self._search.find([tag], again=again, made=made)
            if found is not None:
                return found
            self._search = None
        elif again and self._listed and len(self._listed) >= PAGE_SIZES[0]:
            # Searching once is less than listing all releases once more.
            self._search = ReleaseSearch(
                self._client, self._releases, self._repository, self._listed
            )
            return self.with_tag(tag, again=True, made=made)
        if again:
            self.forget()
        return self._all()

    def _all(self) -> list[StoredRelease]:
        if self._listed is None:
            self._listed = list(self._releases.listing(self._repository))
        return self._listed
