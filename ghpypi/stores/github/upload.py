"""Upload of a file into a release.

After a response that is not clear, the assets of the release are listed: a complete asset is a
success; an incomplete one (GitHub leaves it in the state `starter`, and it keeps the name) is
deleted, and the file is sent again. An incomplete asset that was there before may be the upload of
another process, which is waited for.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from functools import partial

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.checks import immutable_hint
from ghpypi.errors import ConflictError, FailedError, TryLaterError
from ghpypi.ports import Advance, NewAsset
from ghpypi.stores.github.api_messages import SERVER_ERROR, ApiResponse
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.release_api import ReleaseApi, missing_release
from ghpypi.stores.github.retry import Backoff, Retry
from ghpypi.stores.github.transfer import Transfer
from ghpypi.stores.github.upload_body import UploadBody

ATTEMPTS = 5
"""How often one file is sent."""

ABANDONED_SECONDS = 60.0
SLOWEST_BYTES = 4 << 20
"""An incomplete upload of another process counts as broken after this time, and one more second
for each so many bytes. If that is too early, the other process needs a second attempt."""

LOOK_SECONDS = 2.0
"""How long to wait between checks of another process's upload, in seconds."""

_CREATED = 201
_REPLACED = re.compile(r"[^A-Za-z0-9\-_+@]+")


class AssetUploader:
    """Uploads files.

    Args:
        releases: Lists and deletes the assets of a release.
        transfer: Sends the bytes.
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
        """Upload a file until the release holds it; see `FileStore.put`."""
        retry = self._backoff.start()
        for attempt in range(ATTEMPTS):
            try:
                response, sent = self._post(release, asset, advance)
            except FailedError:
                self._free_name(release, asset)
                raise
            if response is not None and response.status == _CREATED:
                stored = response.parsed(partial(self._releases.asset, release.origin))
                if _is_same(stored, asset):
                    return stored
                self._reject_stored(stored, sent, asset)
            else:
                taken = response is not None and "already_exists" in response.codes
                others = retry if taken else None
                found = self._free_name(release, asset, others=others, overwrite=overwrite)
                if found is not None:
                    return found
                if taken:
                    continue
                self._reject_response(response, release, again=attempt > 0)
            retry.wait(f"'{asset.name}' did not arrive whole")
        raise TryLaterError(
            f"{asset.name} did not arrive whole in {count_of(ATTEMPTS, 'attempt')}",
            hint="run the same command again: what has arrived is kept",
        )

    def _post(
        self, release: StoredRelease, asset: NewAsset, advance: Advance
    ) -> tuple[ApiResponse | None, Sha256]:
        """Send a file once; return the response, if there was one, and the digest of the file."""
        progress = _Progress(advance)
        body = UploadBody(asset, watch=progress.watch, restart=progress.restart)
        try:
            url = self._releases.upload_url(release)
            response = self._transfer.requests.post(url, asset.name, body)
        finally:
            body.close()
        if response is None or response.status != _CREATED:
            progress.restart()
            return response, Sha256("")
        return response, progress.digest

    def _free_name(
        self,
        release: StoredRelease,
        asset: NewAsset,
        *,
        others: Retry | None = None,
        overwrite: bool = False,
    ) -> Asset | None:
        """Return the asset if the release holds the file; otherwise free its name.

        Args:
            release: The release.
            asset: The file.
            others: Waits for the upload of another process. Without it, an incomplete asset is the
                one that was just sent.
            overwrite: Delete another file of this name.

        Raises:
            ConflictError: The release holds another file of this name.
            TryLaterError: Another process has been sending it for too long.
        """
        while found := self._find(release, asset.name):
            if found.complete and (found.sha256 or self._digest(found)) == asset.sha256:
                return found
            if found.complete and not overwrite:
                raise _other(release, asset)
            left = self._seconds_left(found, asset)
            if found.complete or others is None or left <= 0:
                self._releases.delete_asset(found)
                break
            reason = f"another process seems to be sending '{asset.name}' to {release.tag}"
            others.wait(reason, seconds=min(left, LOOK_SECONDS))
        return None

    def _find(self, release: StoredRelease, name: str) -> Asset | None:
        return next((x for x in self._releases.assets(release) if x.name == name), None)

    def _seconds_left(self, found: Asset, asset: NewAsset) -> float:
        """Return after how many seconds an incomplete upload counts as broken."""
        return ABANDONED_SECONDS + asset.size / SLOWEST_BYTES - self._releases.age(found)

    def _reject_stored(self, stored: Asset, sent: Sha256, asset: NewAsset) -> None:
        """Delete an asset that is not the file; raise an error if another attempt cannot help."""
        self._releases.delete_asset(stored)
        if sent != asset.sha256:
            raise FailedError(f"{asset.name} changed while it was sent; it was removed")
        if stored.name != asset.name:
            raise FailedError(f"GitHub stored {asset.name} as {stored.name}; it was removed again")

    def _reject_response(
        self, response: ApiResponse | None, release: StoredRelease, *, again: bool
    ) -> None:
        """Raise the error that a response to an upload means, unless another attempt may help."""
        if response is None or response.status >= SERVER_ERROR:
            return
        if response.missing:
            # The release exists: it was just listed. A single "not found" may be due to another
            # process that deleted our incomplete asset as broken.
            if again:
                raise missing_release(release)
            return
        error = api_error(response)
        frozen = "immutable release" in response.message
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
    """Compare what GitHub says of an asset; a missing digest is no difference."""
    return (
        stored.complete
        and stored.name == wanted.name
        and stored.size == wanted.size
        and stored.sha256 in {None, wanted.sha256}
    )


def asset_name(name: str) -> str:
    """Return the name that GitHub gives an asset that is uploaded under a name.

    Source: GitHub documentation, "REST API endpoints for release assets" ("renames asset filenames
    that have special characters"); the exact rule is the one of GitHub's own program `gh`.
    """
    letters = unicodedata.normalize("NFD", name)
    plain = "".join(each for each in letters if unicodedata.category(each) != "Mn")
    plain = unicodedata.normalize("NFC", plain)
    if plain.startswith("."):
        plain = f"default{plain}"
    plain = _REPLACED.sub(".", plain).strip(".")
    return plain if plain == name or "." in plain else f"default.{plain}"
