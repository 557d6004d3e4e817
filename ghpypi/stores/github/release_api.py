"""GitHub's endpoints for releases and their assets; responses become values of `core.model`.

Single releases and assets are PyGithub's objects. Lists are read from the documents: why is said,
with numbers, in `Client.pages`; and the pages of releases become smaller where GitHub needs too
long for one, which a `PaginatedList` cannot do.

Sources: GitHub documentation, "REST API endpoints for releases" and "... for release assets".
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import partial
from sys import intern
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zlib import crc32

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.errors import FailedError, NotFoundError
from ghpypi.ports import NewRelease
from ghpypi.stores.github.api_messages import NOT_FOUND, ApiRequest, as_list, quote_segment
from ghpypi.stores.github.client import Client, TooHeavyError
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import CONTENTS

if TYPE_CHECKING:
    from ghpypi.stores.github.pygithub import ObjectRequester

PAGE_SIZES = (100, 50, 25, 5, 1)
"""Numbers of releases on a page. Each divides those before it, so that a smaller page can begin
where the larger one would have. GitHub times out on pages with many thousand assets."""

ARRIVING_SECONDS = 600.0
"""Age up to which an incomplete asset counts as an upload in progress, in seconds.

GitHub shows an upload in progress and a broken one alike: in the state `starter`, without bytes.
Only the age distinguishes them.
"""

UNPROCESSABLE = 422


class ReleaseApi:
    """The releases of any repositories.

    Args:
        client: The REST API.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._upload_urls: dict[str, str] = {}

    def listing(self, repository: str) -> Iterator[StoredRelease]:
        """List all releases, drafts included if the token may write.

        The pages are as large as GitHub can deliver in time.

        Raises:
            FailedError: There are more than GitHub lists.
        """
        seen: set[str] = set()
        sizes = iter(PAGE_SIZES)
        size, offset = next(sizes), 0
        while True:
            try:
                page = self._page(repository, size, offset // size + 1)
            except TooHeavyError:
                size = next(sizes)
                continue
            # A release that is published during the listing shifts the others to the next page.
            yield from (each for each in page if each.key not in seen)
            seen.update(each.key for each in page)
            if len(page) < size:
                return
            offset += size

    def first_page(self, repository: str) -> list[StoredRelease] | None:
        """List the first releases, drafts included if the token may write.

        Returns:
            All releases if there are fewer than `PAGE_SIZES[0]`; `None` if GitHub cannot put so
            many together in time.
        """
        try:
            return self._page(repository, PAGE_SIZES[0], 1)
        except TooHeavyError:
            return None

    def find(self, repository: str, key: int) -> StoredRelease | None:
        """Read a release; `None` if it was deleted."""
        try:
            with self._client.objects(needs=CONTENTS) as github:
                found = github.repository(repository).get_release(key).complete()
                return self._release(repository, found.raw_data)
        except NotFoundError:
            return None

    def get(self, release: StoredRelease) -> StoredRelease:
        """Return the current state of a release.

        Raises:
            NotFoundError: It was deleted.
        """
        try:
            with self._objects(release) as github:
                found = github.repository(release.origin).get_release(int(release.key)).complete()
                return self._release(release.origin, found.raw_data)
        except NotFoundError as error:
            raise missing_release(release) from error

    def published(self, repository: str, tag: str) -> StoredRelease | None:
        """Read the published release of a tag; a draft has no tag yet."""
        try:
            with self._client.objects() as github:
                found = github.repository(repository).get_release(tag)
                return self._release(repository, found.raw_data)
        except NotFoundError:
            return None

    def create_draft(self, repository: str, release: NewRelease) -> StoredRelease:
        """Create a draft.

        Raises:
            LostResponseError: There was no response; the draft may have been created.
            ConflictError: An immutable release had this tag.
            RefusedError: The repository is empty.
        """
        what = f"release {release.tag} of {repository}"
        with self._client.objects(needs=CONTENTS, what=what, repeatable=False) as github:
            made = github.repository(repository).create_git_release(
                release.tag,
                release.title,
                release.notes,
                draft=True,
                prerelease=release.prerelease,
            )
            return self._release(repository, made.raw_data)

    def publish(self, release: StoredRelease) -> StoredRelease | None:
        """Publish a draft; GitHub creates the tag now, at the head of the default branch.

        Returns:
            The release; `None` if another release of this tag is published already.

        Raises:
            NotFoundError: It was deleted.
            ConflictError: An immutable release had this tag.
            FailedError: Git does not allow the tag.
        """
        # PyGithub's `update_release` sends title and notes as well, and would undo an edit
        # made since they were read; a refusal (422) is an expected outcome here, too.
        response = self._client.call(
            ApiRequest(
                verb="PATCH",
                path=f"/repos/{release.origin}/releases/{quote_segment(release.key)}",
                body={"draft": False},
                expect=(NOT_FOUND, UNPROCESSABLE),
                needs=CONTENTS,
                what=_name(release),
            )
        )
        if response.missing:
            raise missing_release(release)
        if "already_exists" in response.codes:
            return None
        if not response.ok:
            raise api_error(response)
        published = response.parsed(partial(self._release, release.origin))
        if published.draft or published.tag != release.tag:
            raise FailedError(
                f"GitHub did not publish release {release.tag} of {release.origin}",
                hint="check the page of the release, then run 'ghpypi publish' again",
            )
        return published

    def delete(self, release: StoredRelease) -> None:
        """Delete a release, if it was not deleted already."""
        with suppress(NotFoundError), self._objects(release) as github:
            github.repository(release.origin).get_release(int(release.key)).delete_release()

    def delete_tag(self, release: StoredRelease) -> None:
        """Delete the git tag of a release, if it was not deleted already."""
        response = self._client.call(
            ApiRequest(
                verb="DELETE",
                path=f"/repos/{release.origin}/git/refs/tags/{quote(release.tag)}",
                expect=(NOT_FOUND, UNPROCESSABLE),
                needs=CONTENTS,
                what=f"tag {release.tag} of {release.origin}",
            )
        )
        missing = response.missing or response.message == "Reference does not exist"
        if not response.ok and not missing:
            raise api_error(response)

    def assets(self, release: StoredRelease) -> Iterator[Asset]:
        """List the assets of a release.

        Raises:
            NotFoundError: The release was deleted.
        """
        path = f"/repos/{release.origin}/releases/{release.key}/assets"
        try:
            yield from self._client.pages(path, partial(self.asset, release.origin))
        except NotFoundError as error:
            raise missing_release(release) from error

    def delete_asset(self, asset: Asset) -> None:
        """Delete an asset, if it was not deleted already.

        Raises:
            RefusedError: Its release is immutable.
        """
        repository, _, number = asset.key.removeprefix("repos/").partition("/releases/assets/")
        with suppress(NotFoundError), self._client.objects(needs=CONTENTS) as github:
            github.repository(repository).get_release_asset(int(number)).delete_asset()

    def upload_url(self, release: StoredRelease) -> str:
        """Return the address to which the files of a release are uploaded."""
        if release.key not in self._upload_urls:
            self.get(release)
        return self._upload_urls[release.key]

    def age(self, asset: Asset) -> float:
        """Return how long ago the upload of an asset began, in seconds by GitHub's clock."""
        return self._client.now() - _seconds(asset.uploaded_at)

    def asset(self, repository: str, data: Any) -> Asset:
        """Read an asset from a document of the API."""
        url, label = data["browser_download_url"], data.get("label") or ""
        algorithm, _, digest = (data.get("digest") or "").partition(":")
        complete = data["state"] == "uploaded"
        return Asset(
            folder=intern(f"repos/{repository}/releases/assets"),  # one string for all assets
            name=data["name"],
            size=data["size"],
            version=f"{data['updated_at']}@{crc32(f'{url} {label}'.encode()):08x}",
            uploaded=data["created_at"],
            sha256=Sha256(digest) if algorithm == "sha256" else None,
            complete=complete,
            identifier=str(data["id"]),
            address=url,
            label=label,
            downloads=data.get("download_count", 0),
            arriving=not complete and self._is_recent(data["updated_at"]),
        )

    def _objects(self, release: StoredRelease) -> "AbstractContextManager[ObjectRequester]":
        return self._client.objects(needs=CONTENTS, what=_name(release))

    def _page(self, repository: str, size: int, number: int) -> list[StoredRelease]:
        call = ApiRequest(
            verb="GET",
            path=f"/repos/{repository}/releases",
            query={"per_page": size, "page": number},
            heavy=size > PAGE_SIZES[-1],
            what=f"releases of {repository}",
        )
        response = self._client.call(call)
        return response.parsed(lambda x: [self._release(repository, each) for each in as_list(x)])

    def _release(self, repository: str, data: Any) -> StoredRelease:
        key = str(data["id"])
        # A template (RFC 6570) that ends in `{?name,label}`.
        self._upload_urls[key] = data["upload_url"].partition("{")[0]
        return StoredRelease(
            key=key,
            origin=repository,
            tag=data["tag_name"],
            draft=data["draft"],
            prerelease=data["prerelease"],
            immutable=data.get("immutable", False),
            assets=tuple(self.asset(repository, each) for each in data["assets"]),
        )

    def _is_recent(self, text: str) -> bool:
        return self._client.now() - _seconds(text) < ARRIVING_SECONDS


def missing_release(release: StoredRelease) -> NotFoundError:
    """The error for a release that was deleted."""
    return NotFoundError(
        f"{_name(release)} was deleted, or this token may not write to it",
        hint="run the same command again; if that does not help, check the token's rights",
    )


def _name(release: StoredRelease) -> str:
    return f"release {release.tag} of {release.origin}"


def _seconds(text: str) -> float:
    """Read a time of the API, such as `2026-01-31T12:00:00Z`, as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()
