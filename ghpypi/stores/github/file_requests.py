"""HTTP requests for files: which token is sent where, redirects, and retries.

The token is sent to the host it is for, over TLS if the request began so, and to no other:
redirects are followed here, one by one, and the signed address that GitHub redirects to gets no
token (it refuses requests that carry one). `.netrc` adds none either.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace

import requests

from ghpypi import USER_AGENT
from ghpypi.connection_errors import SEND_ERRORS, explain_failure
from ghpypi.core.parsing import split_url
from ghpypi.core.quantities import count_of
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.stores.github.api_messages import SERVER_ERROR, ApiResponse, redact_url
from ghpypi.stores.github.error_rules import ErrorRule, explain, rule_for
from ghpypi.stores.github.error_tables import API, PUBLIC, STORAGE
from ghpypi.stores.github.file_responses import GOOD, OCTETS, is_wrong_type
from ghpypi.stores.github.permissions import CONTENTS
from ghpypi.stores.github.retry import Backoff, Retry, rate_limit
from ghpypi.stores.github.token_auth import TokenAuth, origin_of, redirect_target
from ghpypi.stores.github.upload_body import UploadBody

CONNECT_SECONDS = 20
READ_SECONDS = 60
UPLOAD_SECONDS = 300
HOPS = 5

Table = tuple[ErrorRule, ...]

_log = logging.getLogger("ghpypi")


class FileRequests:
    """Sends requests with one token; thread-safe.

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

    def with_token(self, token: Secret | None) -> "FileRequests":
        """Return requests with another token that uses the same connections."""
        sender = FileRequests(token, self._backoff, timeout=self._timeout)
        sender._local = self._local
        return sender

    @property
    def has_token(self) -> bool:
        """Whether requests are authenticated."""
        return self._token is not None

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

    def get_signed(self, url: str, headers: Mapping[str, str]) -> requests.Response | None:
        """Request a signed address again, without a token; `None` if that fails, as it expires."""
        try:
            response, _ = self._follow(url, headers, authenticated=False, leave_host=True)
        except SEND_ERRORS:
            return None
        if response.status_code in GOOD and not is_wrong_type(response, "", from_api=False):
            return response
        response.close()
        return None

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
