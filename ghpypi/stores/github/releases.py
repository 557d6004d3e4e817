"""GitHub releases as a store.

A file is sent once. Whatever is not a clear answer is looked into, by listing what the release
holds: what arrived whole is success, what arrived broken (GitHub leaves such an asset in the
state `starter`, and it keeps the name) is removed and sent again.

Sources: GitHub documentation, "REST API endpoints for releases" and "... for release assets",
"Immutable releases", "About releases" (limits).
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from threading import Lock
from typing import Any, BinaryIO
from zlib import crc32

from ghpypi.core.check import Rules
from ghpypi.core.digest import digest_file
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.errors import (
    ConflictError,
    FailedError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
)
from ghpypi.ports import Absence, Advance, NewAsset, NewRelease
from ghpypi.stores.github.answers import SERVER_ERROR, Answer
from ghpypi.stores.github.api import (
    Api,
    Call,
    LostAnswerError,
    TooHeavyError,
    items,
    segment,
)
from ghpypi.stores.github.audience import Shown
from ghpypi.stores.github.body import Body
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.names import asset_name
from ghpypi.stores.github.permissions import CONTENTS
from ghpypi.stores.github.repositories import Repository, find_repository
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.web import Web

RULES = Rules(max_size=2**31 - 1, max_assets=1000, name=asset_name)
"""Assets are under 2 GiB each, and a release holds a thousand."""

PAGE_SIZES = (100, 50, 25, 5, 1)
"""Releases listed at once. Each divides those before it, so that a smaller page begins where the
larger one would have. GitHub gives up on pages with many thousand assets."""

ATTEMPTS = 5
"""How often one file is sent before we give up."""

_CREATED, _NOT_FOUND = 201, 404


class GitHubStore:
    """The releases of one repository to upload to, and of any number to read.

    Args:
        target: The repository that takes files.
        shown: Those that are listed.
        api: For documents.
        web: For bytes.
        backoff: How long to retry.
    """

    def __init__(
        self,
        target: Repository,
        shown: Shown,
        *,
        api: Api,
        web: Web,
        backoff: Backoff,
    ) -> None:
        self._target = target
        self._hidden = shown.hidden
        self._repositories = shown.repositories
        self._api = api
        self._web = web
        self._backoff = backoff
        self._private = {each.name for each in self._repositories if each.public is False}
        self._upload_urls: dict[str, str] = {}
        self._known: dict[str, StoredRelease] | None = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The repository, or how many there are."""
        if [each.name for each in self._repositories] == [self._target.name]:
            return self._target.name
        return f"{len(self._repositories)} repositories for {self._target.name}"

    @property
    def origin(self) -> str:
        """The repository that files are uploaded to."""
        return self._target.name

    @property
    def rules(self) -> Rules:
        """What GitHub takes."""
        return RULES

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases of all repositories; drafts where the token may write."""
        known: dict[str, StoredRelease] = {}
        for repository in self._repositories:
            for release in self._listing(repository):
                if repository.name == self._target.name:
                    known.setdefault(release.tag, release)
                yield release
        self._known = known

    def absence(self, origin: str) -> Absence | None:
        """Explain why the releases of a repository are not listed."""
        if origin.lower() in {each.name.lower() for each in self._repositories}:
            return None
        if origin in self._hidden:
            return Absence(reason=self._hidden[origin])
        try:
            find_repository(origin, self._api)
        except NotFoundError:
            return Absence(
                reason="this token cannot see the repository, or it was deleted",
                hint=f"let the run use a token that can read {origin}: in the index workflow, as "
                "'token: ${{ secrets.NAME }}' of the Action",
            )
        return Absence(reason="it is not among the repositories that are indexed")

    @property
    def repositories(self) -> tuple[Repository, ...]:
        """The repositories that are listed."""
        return self._repositories

    @property
    def hidden(self) -> int:
        """How many repositories match a pattern and are less visible than the site."""
        return len(self._hidden)

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open an asset to be read from its start."""
        return self._opened(asset, seekable=False)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open an asset to be read in places."""
        return self._opened(asset, seekable=True)

    def draft(self, release: NewRelease) -> StoredRelease:
        """Make a draft, or return the release that is there."""
        retry = self._backoff.start()
        while True:
            if self._known is None:
                list(self.releases())
            if self._known and release.tag in self._known:
                return self._known[release.tag]
            try:
                made = self._create(release)
            except LostAnswerError as error:
                retry.wait(error.message)
                self._known = None  # It may have been made after all.
            else:
                self._known = {**(self._known or {}), made.tag: made}
                return made

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Send a file until it is there, whole."""
        retry = self._backoff.start()
        for _ in range(ATTEMPTS):
            try:
                answer, sent = self._send(release, asset, advance)
            except FailedError:
                self._look(release, asset)  # what has arrived of it goes
                raise
            if answer is not None and answer.status == _CREATED:
                stored = answer.parsed(partial(self._asset, release.origin))
                if _is_same(stored, asset):
                    return stored
                self._refuse_stored(stored, sent, asset)
            else:
                found = self._look(release, asset, overwrite=overwrite)
                if found is not None:
                    return found
                if answer is not None and "already_exists" in answer.codes:
                    continue  # what held the name is removed by now
                self._refuse_answer(answer, release)
            retry.wait(f"'{asset.name}' did not arrive whole")
        raise TryLaterError(
            f"{asset.name} did not arrive whole in {ATTEMPTS} attempts",
            hint="run the same command again: what has arrived is kept",
        )

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Publish a draft. GitHub makes the tag now, at the head of the default branch."""
        answer = self._api.call(
            Call(
                verb="PATCH",
                path=f"/repos/{release.origin}/releases/{release.key}",
                body={"draft": False},
                what=f"release {release.tag} of {release.origin}",
                expect=(_NOT_FOUND,),
                needs=CONTENTS,
            )
        )
        if answer.missing:
            raise _gone(release)
        published = answer.parsed(partial(self._release, release.origin))
        if published.draft or published.tag != release.tag:
            raise FailedError(
                f"GitHub did not publish release {release.tag} of {release.origin}",
                hint="look at the release's page, then run 'ghpypi publish' again",
            )
        return published

    def _listing(self, repository: Repository) -> Iterator[StoredRelease]:
        """List the releases of a repository, in the largest pages that GitHub answers in time."""

        def parse(data: Any) -> list[StoredRelease]:
            return [self._release(repository.name, each) for each in items(data)]

        seen: set[str] = set()
        sizes = iter(PAGE_SIZES)
        size, offset = next(sizes), 0
        while True:
            call = Call(
                verb="GET",
                path=f"/repos/{repository.name}/releases",
                query={"per_page": size, "page": offset // size + 1},
                heavy=size > PAGE_SIZES[-1],
                what=f"releases of {repository.name}",
            )
            try:
                page = self._api.call(call).parsed(parse)
            except TooHeavyError:
                size = next(sizes)
                continue
            # A release published meanwhile moves the others on, so that one is seen twice.
            yield from (each for each in page if each.key not in seen)
            seen.update(each.key for each in page)
            if len(page) < size:
                return
            offset += size

    @contextmanager
    def _opened(self, asset: Asset, *, seekable: bool) -> Iterator[BinaryIO]:
        """Open an asset by the way that costs least.

        Public files come from the address everybody uses, which no rate limit counts. Others
        come through the API, which sends us on to a signed address.
        """
        repository = asset.key.removeprefix("repos/").partition("/releases/")[0]
        with ExitStack() as stack:
            file: BinaryIO | None = None
            if repository not in self._private:
                try:
                    file = stack.enter_context(self._web.public(asset, seekable=seekable))
                except (NotAllowedError, NotFoundError):
                    self._private.add(repository)
            if file is None:
                url = f"{self._api.url}/{asset.key}"
                file = stack.enter_context(self._web.signed(url, asset, seekable=seekable))
            yield file

    def _create(self, release: NewRelease) -> StoredRelease:
        answer = self._api.call(
            Call(
                verb="POST",
                path=f"/repos/{self._target.name}/releases",
                body={
                    "tag_name": release.tag,
                    "name": release.title,
                    "body": release.notes,
                    "draft": True,
                    "prerelease": release.prerelease,
                },
                repeatable=False,
                needs=CONTENTS,
                what=f"release {release.tag} of {self._target.name}",
            )
        )
        return answer.parsed(partial(self._release, self._target.name))

    def _send(
        self, release: StoredRelease, asset: NewAsset, advance: Advance
    ) -> tuple[Answer | None, Sha256]:
        """Send a file once; also tell the digest of what was sent."""
        progress = _Watched(advance)
        body = Body(asset, watch=progress.watch, restart=progress.restart)
        try:
            answer = self._web.post(self._upload_url(release), asset.name, body)
        finally:
            body.close()
        if answer is None or answer.status != _CREATED:
            progress.restart()
            return answer, Sha256("")
        return answer, progress.digest

    def _refuse_stored(self, stored: Asset, sent: Sha256, asset: NewAsset) -> None:
        """Remove what was stored and is not what was meant; raise if another try is vain."""
        self._remove(stored)
        if sent != asset.sha256:
            raise FailedError(f"{asset.name} changed while it was sent; it was removed")
        if stored.name != asset.name:
            raise FailedError(f"GitHub stored {asset.name} as {stored.name}; it was removed again")

    def _refuse_answer(self, answer: Answer | None, release: StoredRelease) -> None:
        """Raise what an answer to an upload means, unless another try may help."""
        if answer is None or answer.status >= SERVER_ERROR:
            return
        if answer.missing:
            raise _gone(release)
        error = api_error(answer)
        raise type(error)(
            f"release {release.tag} of {release.origin}: {error.message}", hint=error.hint
        )

    def _look(
        self, release: StoredRelease, asset: NewAsset, *, overwrite: bool = False
    ) -> Asset | None:
        """See what the release holds under a name; what is broken, or replaced, is removed.

        Raises:
            ConflictError: It is another file, and not to be replaced.
        """
        for found in self._assets(release):
            if found.name != asset.name:
                continue
            if found.complete and (found.sha256 or self._digest(found)) == asset.sha256:
                return found
            if overwrite or not found.complete:
                self._remove(found)
                return None
            raise ConflictError(
                f"release {release.tag} of {release.origin} has another {asset.name}",
                hint="a published file never changes: release a new version",
            )
        return None

    def _assets(self, release: StoredRelease) -> Iterator[Asset]:
        path = f"/repos/{release.origin}/releases/{release.key}/assets"
        try:
            yield from self._api.pages(path, partial(self._asset, release.origin))
        except NotFoundError as error:
            raise _gone(release) from error

    def _digest(self, asset: Asset) -> Sha256:
        with self.stream(asset) as file:
            return digest_file(file)

    def _remove(self, asset: Asset) -> None:
        call = Call(verb="DELETE", path=f"/{asset.key}", expect=(_NOT_FOUND,), needs=CONTENTS)
        self._api.call(call)

    def _upload_url(self, release: StoredRelease) -> str:
        if release.key not in self._upload_urls:
            path = f"/repos/{release.origin}/releases/{segment(release.key)}"
            self._api.get(path, partial(self._release, release.origin))
        return self._upload_urls[release.key]

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
            assets=tuple(self._asset(repository, each) for each in data["assets"]),
        )

    def _asset(self, repository: str, data: Any) -> Asset:
        url, label = data["browser_download_url"], data.get("label") or ""
        algorithm, _, digest = (data.get("digest") or "").partition(":")
        return Asset(
            key=f"repos/{repository}/releases/assets/{data['id']}",
            name=data["name"],
            size=data["size"],
            sha256=Sha256(digest) if algorithm == "sha256" else None,
            url=url,
            uploaded_at=data["created_at"],
            complete=data["state"] == "uploaded",
            stamp=f"{data['id']}@{data['updated_at']}@{crc32(f'{url} {label}'.encode()):08x}",
            label=label,
            downloads=data.get("download_count", 0),
        )


class _Watched:
    """Progress and digest of one attempt."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._sent = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> Sha256:
        return Sha256(self._hash.hexdigest())

    def watch(self, piece: bytes) -> None:
        self._sent += len(piece)
        self._hash.update(piece)
        self._advance(len(piece))

    def restart(self) -> None:
        self._advance(-self._sent)
        self._sent = 0
        self._hash = hashlib.sha256()


def _is_same(stored: Asset, wanted: NewAsset) -> bool:
    """Compare all that GitHub tells; a digest it does not tell is no difference."""
    return (
        stored.complete
        and stored.name == wanted.name
        and stored.size == wanted.size
        and stored.sha256 in {None, wanted.sha256}
    )


def _gone(release: StoredRelease) -> NotFoundError:
    return NotFoundError(
        f"release {release.tag} of {release.origin} is gone, or this token may not write to it",
        hint="run the same command again; if that does not help, check the token's rights",
    )
