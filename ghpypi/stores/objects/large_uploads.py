"""Uploads of large files, which are sent in parts.

Such an upload cannot depend on the object not existing. So it first claims the name: by an object
beside the file that is created conditionally, renewed while the file is sent, and removed after.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex

from ghpypi.errors import TryLaterError
from ghpypi.ports import Advance, NewAsset
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import page_headers
from ghpypi.stores.objects.releases import ARRIVING, upload_key
from ghpypi.stores.objects.sending import pieces
from ghpypi.stores.objects.values import Tag

RENEW_SECONDS = 30.0
"""Time between two renewals of a claim, in seconds."""


@dataclass(kw_only=True)
class _Claim:
    key: str
    tag: Tag
    ended: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)


class LargeUploads:
    """Sends large files.

    Args:
        client: The bucket and prefix.
        now: The current time.
        renew_seconds: Time between two renewals of a claim, in seconds.
    """

    def __init__(
        self,
        client: BucketClient,
        now: Callable[[], datetime],
        *,
        renew_seconds: float = RENEW_SECONDS,
    ) -> None:
        self._client = client
        self._now = now
        self._renew_seconds = renew_seconds

    def send(
        self, key: str, asset: NewAsset, headers: Mapping[str, str], advance: Advance
    ) -> Tag | None:
        """Send a file; `None` if another process sends one of this name, or has just sent it.

        Raises:
            FailedError: The file has changed since it was checked.
            TryLaterError: Another process has taken over the claim.
        """
        claim = self._claim(upload_key(key))
        if claim is None:
            return None
        # Not by what reads the file: obstore calls that where it can take no other request.
        renewing = threading.Thread(target=self._renew, args=(claim,), daemon=True)
        renewing.start()
        try:
            if self._client.find(key):
                return None
            parts = _while_claimed(claim, pieces(asset, advance))
            return self._client.write(key, parts, headers)
        finally:
            claim.ended.set()
            renewing.join()
            if not claim.lost.is_set():
                self._client.delete([claim.key])

    def _claim(self, key: str) -> _Claim | None:
        holder, headers = token_hex(8).encode(), page_headers(key)
        if tag := self._client.create(key, holder, headers):
            return _Claim(key=key, tag=tag)
        found = self._client.find(key)
        if found is None or self._now() - found.modified < ARRIVING:
            return None
        tag = self._client.replace(key, holder, found.tag, headers)
        return _Claim(key=key, tag=tag) if tag else None

    def _renew(self, claim: _Claim) -> None:
        while not claim.ended.wait(self._renew_seconds):
            with suppress(TryLaterError):
                content, headers = token_hex(8).encode(), page_headers(claim.key)
                tag = self._client.replace(claim.key, content, claim.tag, headers)
                if tag is None:
                    claim.lost.set()
                    return
                claim.tag = tag


def _while_claimed(claim: _Claim, parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        if claim.lost.is_set():
            raise TryLaterError(
                f"another process has taken over the upload of {claim.key}",
                hint="run the same command again",
            )
        yield part
