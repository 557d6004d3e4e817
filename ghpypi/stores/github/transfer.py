"""Transfer of files in bounded memory: streams, random access, uploads and signed addresses.

Requests are sent by `file_requests`, which decides which host receives the token.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO

import requests

from ghpypi.core.digest import CHUNK
from ghpypi.core.model import Asset
from ghpypi.core.quantities import mebibytes
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, NotFoundError
from ghpypi.stores.github.api_messages import redact_url
from ghpypi.stores.github.download import DownloadStream
from ghpypi.stores.github.file_requests import CONNECT_SECONDS, READ_SECONDS, FileRequests
from ghpypi.stores.github.file_responses import OCTETS
from ghpypi.stores.github.range_file import BLOCK, RangeFile
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.token_auth import origin_of, redirect_target


class Transfer:
    """One token, any number of threads.

    Args:
        token: Signs requests to the host it is for.
        backoff: How long to retry.
        timeout: Time to connect and time between two pieces of a response, in seconds.

    Attributes:
        requests: Sends the requests, for callers that handle the response themselves.
    """

    def __init__(
        self,
        token: Secret | None,
        backoff: Backoff,
        *,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        self._backoff = backoff
        self.requests = FileRequests(token, backoff, timeout=timeout)

    def with_token(self, token: Secret | None) -> "Transfer":
        """Return a transfer with another token that uses the same connections."""
        transfer = Transfer(token, self._backoff)
        transfer.requests = self.requests.with_token(token)
        return transfer

    @property
    def has_token(self) -> bool:
        """Whether requests are authenticated."""
        return self.requests.has_token

    def read(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        """Read a small file with the token; return `None` if there is none."""
        try:
            with self._opened(url, headers, authenticated=True) as file:
                return file.read()
        except NotFoundError:
            return None

    def read_signed(self, url: str, limit: int) -> bytes:
        """Read a small file at a signed address, without the token; at most `limit` bytes.

        Raises:
            NotFoundError: The address is not valid, or not any more.
            FailedError: The file is larger.
        """
        with self._opened(url, {}, authenticated=False) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise FailedError(
                f"GET {redact_url(url)}: the response has more than {mebibytes(limit)}"
            )
        return content

    def open_public(self, asset: Asset, *, seekable: bool) -> AbstractContextManager[BinaryIO]:
        """Open an asset at its public address, without a token.

        Raises:
            NotFoundError: It is missing or not public.
        """
        return self._opened(asset.url, {}, authenticated=False, size=asset.size, seekable=seekable)

    def open_private(
        self, url: str, asset: Asset, *, seekable: bool
    ) -> AbstractContextManager[BinaryIO]:
        """Open an asset through the API, with the token.

        Raises:
            NotFoundError: It is missing, or the token may not read it.
        """
        accept = {"Accept": OCTETS}
        return self._opened(url, accept, authenticated=True, size=asset.size, seekable=seekable)

    @contextmanager
    def _opened(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        authenticated: bool,
        size: int | None = None,
        seekable: bool = False,
    ) -> Iterator[BinaryIO]:
        """Open a stream, or a file of known size for random access."""
        signed = ""

        def fetch(more: Mapping[str, str]) -> requests.Response:
            nonlocal signed
            response = self.requests.get_signed(signed, more) if signed else None
            if response is None:
                response = self.requests.get(url, {**headers, **more}, authenticated=authenticated)
                # A redirect of the API counts for the rate limit, and the signed address that it
                # leads to is valid for some minutes: enough for the ranges of one file.
                reusable = seekable and origin_of(response.url) != origin_of(url)
                signed = response.url if reusable else ""
            return response

        address, retry = redact_url(url), self._backoff.start()
        if seekable and size is not None:
            stream: DownloadStream | RangeFile = RangeFile(address, fetch, retry, size=size)
        else:
            stream = DownloadStream(address, fetch, retry, size=size)
        with io.BufferedReader(stream, BLOCK if seekable else CHUNK) as file:
            stream.open()
            yield file

    def signed_url(self, url: str) -> str:
        """Return the signed address of an asset that the API redirects to.

        Args:
            url: The asset's address in the API.

        Returns:
            The address, valid for minutes and for anyone; empty where GitHub (such as an
            Enterprise Server) sends the file itself.
        """
        accept = {"Accept": OCTETS}
        with self.requests.get(url, accept, authenticated=True, leave_host=False) as response:
            location = response.headers.get("Location", "")
            return redirect_target(response.url, location) if response.is_redirect else ""
