"""Sending a file into a release.

A file is sent once. Whatever is not a clear answer is looked into, by listing what the release
holds: what arrived whole is success, what arrived broken (GitHub leaves such an asset in the
state `starter`, and it keeps the name) is removed and sent again. An unfinished asset that was
there before may be the upload of another process, which is waited for.
"""

import hashlib
from collections.abc import Callable
from functools import partial

from ghpypi.core.check import immutable_hint
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.errors import ConflictError, FailedError, TryLaterError
from ghpypi.ports import Advance, NewAsset
from ghpypi.stores.github.api_messages import SERVER_ERROR, ApiResponse
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.release_api import ReleaseApi, gone
from ghpypi.stores.github.retry import Backoff, Retry
from ghpypi.stores.github.transfer import Transfer
from ghpypi.stores.github.upload_body import UploadBody

ATTEMPTS = 5
"""How often one file is sent before we give up."""

ABANDONED_SECONDS = 60.0
SLOWEST_BYTES = 4 << 20
"""An unfinished upload of another process is taken for broken off after this time, and a second
more for each so many bytes. Too early costs that process a second attempt, and no file."""

LOOK_SECONDS = 2.0
"""How often an upload of another process is looked at."""

_CREATED = 201


class AssetUploader:
    """Sends files.

    Args:
        releases: Looks at what a release holds.
        transfer: Carries the bytes.
        backoff: How long to retry.
        digest: Reads an asset that has no digest.
    """

    def __init__(
        self,
        releases: ReleaseApi,
        transfer: Transfer,
        backoff: Backoff,
        *,
        digest: Callable[[Asset], Sha256],
    ) -> None:
        self._releases = releases
        self._transfer = transfer
        self._backoff = backoff
        self._digest = digest

    def send(
        self, release: StoredRelease, asset: NewAsset, advance: Advance, *, overwrite: bool
    ) -> Asset:
        """Send a file until it is there, whole; see `FileStore.put`."""
        retry = self._backoff.start()
        for attempt in range(ATTEMPTS):
            try:
                answer, sent = self._post(release, asset, advance)
            except FailedError:
                self._cleared(release, asset)
                raise
            if answer is not None and answer.status == _CREATED:
                stored = answer.parsed(partial(self._releases.asset, release.origin))
                if _is_same(stored, asset):
                    return stored
                self._refuse_stored(stored, sent, asset)
            else:
                taken = answer is not None and "already_exists" in answer.codes
                others = retry if taken else None
                found = self._cleared(release, asset, others=others, overwrite=overwrite)
                if found is not None:
                    return found
                if taken:
                    continue
                self._refuse_answer(answer, release, again=attempt > 0)
            retry.wait(f"'{asset.name}' did not arrive whole")
        raise TryLaterError(
            f"{asset.name} did not arrive whole in {ATTEMPTS} attempts",
            hint="run the same command again: what has arrived is kept",
        )

    def _post(
        self, release: StoredRelease, asset: NewAsset, advance: Advance
    ) -> tuple[ApiResponse | None, Sha256]:
        """Send a file once; return the answer, if one came, and the digest of what was sent."""
        progress = _Progress(advance)
        body = UploadBody(asset, watch=progress.watch, restart=progress.restart)
        try:
            answer = self._transfer.post(self._releases.upload_url(release), asset.name, body)
        finally:
            body.close()
        if answer is None or answer.status != _CREATED:
            progress.restart()
            return answer, Sha256("")
        return answer, progress.digest

    def _cleared(
        self,
        release: StoredRelease,
        asset: NewAsset,
        *,
        others: Retry | None = None,
        overwrite: bool = False,
    ) -> Asset | None:
        """Return the file if the release holds it; else make its name free.

        Args:
            release: The release.
            asset: The file.
            others: Waits for the upload of another process. Without it, what is unfinished is what
                we have just sent.
            overwrite: Another file of the name makes room.

        Raises:
            ConflictError: The release holds another file of this name.
            TryLaterError: Another process has been sending it for too long.
        """
        while found := self._find(release, asset.name):
            if found.complete and (found.sha256 or self._digest(found)) == asset.sha256:
                return found
            if found.complete and not overwrite:
                raise _other(release, asset)
            left = self._left(found, asset)
            if found.complete or others is None or left <= 0:
                self._releases.delete_asset(found)
                break
            reason = f"another process seems to be sending '{asset.name}' to {release.tag}"
            others.wait(reason, seconds=min(left, LOOK_SECONDS))
        return None

    def _find(self, release: StoredRelease, name: str) -> Asset | None:
        return next((x for x in self._releases.assets(release) if x.name == name), None)

    def _left(self, found: Asset, asset: NewAsset) -> float:
        """Seconds until an unfinished upload of a file counts as broken off."""
        return ABANDONED_SECONDS + asset.size / SLOWEST_BYTES - self._releases.age(found)

    def _refuse_stored(self, stored: Asset, sent: Sha256, asset: NewAsset) -> None:
        """Remove what was stored and is not what was meant; raise if another try is vain."""
        self._releases.delete_asset(stored)
        if sent != asset.sha256:
            raise FailedError(f"{asset.name} changed while it was sent; it was removed")
        if stored.name != asset.name:
            raise FailedError(f"GitHub stored {asset.name} as {stored.name}; it was removed again")

    def _refuse_answer(
        self, answer: ApiResponse | None, release: StoredRelease, *, again: bool
    ) -> None:
        """Raise what an answer to an upload means, unless another try may help."""
        if answer is None or answer.status >= SERVER_ERROR:
            return
        if answer.missing:
            # The release is there, we have just listed it. Once may be another process that took
            # our unfinished asset for broken off.
            if again:
                raise gone(release)
            return
        error = api_error(answer)
        frozen = "immutable release" in answer.message
        raise type(error)(
            f"release {release.tag} of {release.origin}: {error.message}",
            hint=immutable_hint(release.tag) if frozen else error.hint,
        )


class _Progress:
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


def _other(release: StoredRelease, asset: NewAsset) -> ConflictError:
    return ConflictError(
        f"release {release.tag} of {release.origin} has another {asset.name}",
        hint="a published file never changes: release a new version",
    )


def _is_same(stored: Asset, wanted: NewAsset) -> bool:
    """Compare all that GitHub tells; a digest it does not tell is no difference."""
    return (
        stored.complete
        and stored.name == wanted.name
        and stored.size == wanted.size
        and stored.sha256 in {None, wanted.sha256}
    )
