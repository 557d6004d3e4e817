"""Transfer of files over HTTP in bounded memory: downloads, ranges, uploads and signed addresses.

The token is sent to the host it is for, over TLS if the request began so, and to no other:
redirects are followed here, one by one, and the signed address that GitHub redirects to gets no
token (it refuses requests that carry one). `.netrc` adds none either.
"""

import io
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import BinaryIO

import requests

from ghpypi import USER_AGENT
from ghpypi.core.digest import CHUNK
from ghpypi.core.model import Asset
from ghpypi.core.parsing import split_url
from ghpypi.core.quantities import count_of, mebibytes
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, NotFoundError, TryLaterError
from ghpypi.stores.github.api_messages import SERVER_ERROR, ApiResponse, redact_url
from ghpypi.stores.github.connection_errors import SEND_ERRORS, explain_failure
from ghpypi.stores.github.download import DownloadStream
from ghpypi.stores.github.error_rules import ErrorRule, explain, rule_for
from ghpypi.stores.github.error_tables import API, PUBLIC, STORAGE
from ghpypi.stores.github.file_responses import GOOD, OCTETS, is_wrong_type
from ghpypi.stores.github.permissions import CONTENTS
from ghpypi.stores.github.range_file import BLOCK, RangeFile
from ghpypi.stores.github.retry import Backoff, Retry, rate_limit
from ghpypi.stores.github.token_auth import TokenAuth, origin_of, redirect_target
from ghpypi.stores.github.upload_body import UploadBody

CONNECT_SECONDS = 20
READ_SECONDS = 60
UPLOAD_SECONDS = 300
HOPS = 5


Table = tuple[ErrorRule, ...]

_log = logging.getLogger("ghpypi")


class Transfer:
    """One token, any number of threads.

    Args:
        token: Signs requests to the host it is for.
        backoff: How long to retry.
        timeout: Time to connect and time between two pieces of a response, in seconds.
    """

    def __init__(
        self,
        token: Secret | None,
        backoff: Backoff,
        *,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        self._token = token
        self._backoff = backoff
        self._timeout = timeout
        self._local = threading.local()

    def with_token(self, token: Secret | None) -> "Transfer":
        """Return a transfer with another token that uses the same connections."""
        transfer = Transfer(token, self._backoff, timeout=self._timeout)
        transfer._local = self._local
        return transfer

    @property
    def has_token(self) -> bool:
        """Whether requests are authenticated."""
        return self._token is not None

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
            response = self._get_signed(signed, more) if signed else None
            if response is None:
                response = self.get(url, {**headers, **more}, authenticated=authenticated)
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

    def _get_signed(self, url: str, headers: Mapping[str, str]) -> requests.Response | None:
        """Request a signed address again, without a token; `None` if that fails, as it expires."""
        try:
            response, _ = self._follow(url, headers, authenticated=False, leave_host=True)
        except SEND_ERRORS:
            return None
        if response.status_code in GOOD and not is_wrong_type(response, "", from_api=False):
            return response
        response.close()
        return None

    def signed_url(self, url: str) -> str:
        """Return the signed address of an asset that the API redirects to.

        Args:
            url: The asset's address in the API.

        Returns:
            The address, valid for minutes and for anyone; empty where GitHub (such as an
            Enterprise Server) sends the file itself.
        """
        accept = {"Accept": OCTETS}
        with self.get(url, accept, authenticated=True, leave_host=False) as response:
            location = response.headers.get("Location", "")
            return redirect_target(response.url, location) if response.is_redirect else ""

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        authenticated: bool,
        leave_host: bool = True,
    ) -> requests.Response:
        """Send a request until there is a good response; the caller closes it.

        Args:
            url: Where.
            headers: Headers in addition to those of every request.
            authenticated: Sign it with the token.
            leave_host: Follow redirects to other hosts; otherwise such a redirect is returned.

        Raises:
            NotFoundError: Not found, or not visible for the token.
            NotAllowedError: The token may not read it.
            TryLaterError: The maximum time to wait is reached.
            GhpypiError: What else the tables in `error_tables` say.
        """
        request, retry, refused = f"GET {redact_url(url)}", self._backoff.start(), 0
        while True:
            try:
                response, table = self._follow(
                    url, headers, authenticated=authenticated, leave_host=leave_host
                )
                if response.is_redirect:
                    return response
                other = is_wrong_type(response, headers.get("Accept", ""), from_api=table is API)
                if response.status_code in GOOD and not other:
                    return response
                with response:
                    answer = self._answer(request, response, authenticated=authenticated)
            except SEND_ERRORS as error:
                retry.wait_after(error, request, url)
                continue
            refused += self._refuse(answer, table, retry, refused + 1)

    def _refuse(self, answer: ApiResponse, table: Table, retry: Retry, refused: int) -> bool:
        """Wait if another attempt may help; tell whether this one counts as refused.

        Raises:
            GhpypiError: Another attempt would not help.
        """
        limited, seconds = self._limit(answer)
        if limited or answer.status >= SERVER_ERROR:
            reason = f"{answer.request}: '{answer.host}' responds with HTTP {answer.status}"
            retry.wait(reason, seconds=seconds, limited=limited)
            return False
        rule = rule_for(table, answer)
        refusal = explain(rule, answer)
        if refused >= rule.attempts:
            raise refusal
        try:
            retry.wait(refusal.message)
        except TryLaterError:
            raise refusal from None
        return True

    def post(self, url: str, name: str, body: UploadBody) -> ApiResponse | None:
        """Upload a file once, and again after a rate limit; `None` if there was no clear response.

        Raises:
            FailedError: The file changed while it was sent.
            GhpypiError: The connection cannot be made, and another attempt would not help.
        """
        request, retry = f"upload of '{name}'", self._backoff.start()
        while True:
            body.rewind()
            try:
                response = self._session().post(
                    url,
                    params={"name": name},
                    data=body,
                    headers={"Content-Type": OCTETS},
                    auth=TokenAuth(self._token),
                    timeout=(CONNECT_SECONDS, UPLOAD_SECONDS),
                    allow_redirects=False,
                )
            except SEND_ERRORS as error:
                failure = explain_failure(error, url)
                if failure.permanent:
                    raise failure.error(request) from error
                return None
            _log.debug("POST %s?name=%s -> %s", redact_url(url), name, response.status_code)
            answer = replace(
                self._answer(request, response, authenticated=self.has_token), needs=CONTENTS
            )
            limited, seconds = self._limit(answer)
            if not limited:
                return answer
            reason = f"{request}: GitHub limits the rate of requests"
            retry.wait(reason, seconds=seconds, limited=True)

    def _follow(
        self, url: str, headers: Mapping[str, str], *, authenticated: bool, leave_host: bool
    ) -> tuple[requests.Response, Table]:
        """Send a request and follow redirects; also return the table that explains the response."""
        origin = origin_of(url)
        for _ in range(HOPS):
            first = origin_of(url) == origin
            with self._backoff.watch(f"GET {redact_url(url)}", max(self._timeout)):
                response = self._session().get(
                    url,
                    headers=dict(headers),
                    auth=TokenAuth(self._token if authenticated and first else None),
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                )
            _log.debug("GET %s -> %s", redact_url(url), response.status_code)
            if not response.is_redirect:
                return response, (API if authenticated else PUBLIC) if first else STORAGE
            target = redirect_target(url, response.headers["Location"])
            if not leave_host and origin_of(target) != origin:
                return response, API
            response.close()
            url = target
        raise FailedError(f"GET {redact_url(url)}: redirected more than {count_of(HOPS, 'time')}")

    def _answer(
        self, request: str, response: requests.Response, *, authenticated: bool
    ) -> ApiResponse:
        return ApiResponse(
            request=request,
            host=split_url(response.url).netloc,
            status=response.status_code,
            headers={key.lower(): value for key, value in response.headers.items()},
            text=response.text,
            authenticated=authenticated and self.has_token,
        )

    def _limit(self, answer: ApiResponse) -> tuple[bool, float | None]:
        return rate_limit(answer.status, answer.headers, answer.text, now=self._backoff.now())

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.headers["User-Agent"] = USER_AGENT
            # Files are compressed already, and ranges of a compressed answer mean other bytes.
            self._local.session.headers["Accept-Encoding"] = "identity"
        session: requests.Session = self._local.session
        return session
