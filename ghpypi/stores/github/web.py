"""Bytes over HTTP: files read in places or as a stream, and files sent, in bounded memory.

A token goes to the host it is for and to no other: redirects are followed here, hop by hop, and
the signed address GitHub sends us to gets none (it refuses requests that carry one). Nor does
`.netrc` add anything.
"""

import io
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import requests

from ghpypi import USER_AGENT
from ghpypi.core.digest import CHUNK
from ghpypi.core.model import Asset
from ghpypi.core.secret import Secret
from ghpypi.errors import DamagedError, FailedError, NotFoundError
from ghpypi.stores.github.api import Answer, translate
from ghpypi.stores.github.body import Body
from ghpypi.stores.github.patience import Patience, Refusal, limit_wait
from ghpypi.stores.github.remote import BLOCK, BROKEN, Ranges, Stream
from ghpypi.stores.github.signed import Signed

CONNECT_SECONDS = 20
READ_SECONDS = 60
UPLOAD_SECONDS = 300
HOPS = 5

_log = logging.getLogger("ghpypi")


class Web:
    """One token, any number of threads."""

    def __init__(self, token: Secret | None, patience: Patience) -> None:
        self._token = token
        self._patience = patience
        self._local = threading.local()

    @property
    def has_token(self) -> bool:
        """Tell whether there is a token to sign with."""
        return self._token is not None

    def read(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        """Read a small file with our token; `None` if there is none."""
        try:
            with self._opened(url, headers, signed=True) as file:
                return file.read()
        except NotFoundError:
            return None

    def public(self, asset: Asset, *, seekable: bool) -> AbstractContextManager[BinaryIO]:
        """Open an asset from the address everybody uses, without a token.

        Raises:
            NotFoundError: There is none, or not everybody may read it.
        """
        return self._opened(asset.url, {}, signed=False, size=asset.size, seekable=seekable)

    def signed(self, url: str, asset: Asset, *, seekable: bool) -> AbstractContextManager[BinaryIO]:
        """Open an asset through the API, with our token.

        Raises:
            NotFoundError: There is none, or the token may not read it.
        """
        accept = {"Accept": "application/octet-stream"}
        return self._opened(url, accept, signed=True, size=asset.size, seekable=seekable)

    @contextmanager
    def _opened(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        signed: bool,
        size: int | None = None,
        seekable: bool = False,
    ) -> Iterator[BinaryIO]:
        """Open a stream, or a file of known size to be read in places."""

        def fetch(more: Mapping[str, str]) -> requests.Response:
            return self.get(url, {**headers, **more}, signed=signed)

        what, endurance = f"GET {_shown(url)}", self._patience.start()
        if seekable and size is not None:
            stream: Stream | Ranges = Ranges(what, fetch, endurance, size=size)
        else:
            stream = Stream(what, fetch, endurance, size=size)
        with io.BufferedReader(stream, BLOCK if seekable else CHUNK) as file:
            stream.open()
            yield file

    def get(self, url: str, headers: Mapping[str, str], *, signed: bool) -> requests.Response:
        """Ask until there is an answer below 400; the caller closes it.

        Raises:
            NotFoundError: There is no such thing.
            NotAllowedError: The token may not read it.
            TryLaterError: The remote refuses for longer than our patience.
        """
        endurance = self._patience.start()
        while True:
            try:
                response = self._follow(url, headers, signed=signed)
            except BROKEN as error:
                what = f"GET {_shown(url)}: no answer ({type(error).__name__})"
                endurance.bear(Refusal(what=what))
                continue
            if response.status_code < 400:  # noqa: PLR2004 - not an error
                return response
            with response:
                self._refused(url, response, endurance.bear)

    def post(self, url: str, name: str, body: Body) -> Answer | None:
        """Send a file once; `None` if there was no clear answer.

        Raises:
            NotAllowedError: The token may not do that.
            FailedError: What was sent is not what was announced.
        """
        endurance = self._patience.start()
        while True:
            body.rewind()
            try:
                response = self._session().post(
                    url,
                    params={"name": name},
                    data=body,
                    headers={"Content-Type": "application/octet-stream"},
                    auth=Signed(self._token),
                    timeout=(CONNECT_SECONDS, UPLOAD_SECONDS),
                    allow_redirects=False,
                )
            except BROKEN:
                return None
            _log.debug("POST %s?name=%s -> %s", _shown(url), name, response.status_code)
            headers = {key.lower(): value for key, value in response.headers.items()}
            limited, wait = limit_wait(
                response.status_code, headers, response.text, now=self._patience.now()
            )
            if not limited:
                return _answer(response, headers)
            what = f"upload of {name}: GitHub limits the rate of requests"
            endurance.bear(Refusal(what=what, wait=wait, limited=True))

    def _follow(self, url: str, headers: Mapping[str, str], *, signed: bool) -> requests.Response:
        origin = urlsplit(url).netloc
        for _ in range(HOPS):
            ours = signed and urlsplit(url).netloc == origin
            response = self._session().get(
                url,
                headers=dict(headers),
                auth=Signed(self._token if ours else None),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            _log.debug("GET %s -> %s", _shown(url), response.status_code)
            if not response.is_redirect:
                return response if signed else _not_a_page(response)
            url = urljoin(url, response.headers["Location"])
            response.close()
        raise FailedError(f"GET {_shown(url)}: redirected more than {HOPS} times")

    def _refused(
        self, url: str, response: requests.Response, bear: Callable[[Refusal], None]
    ) -> None:
        headers = {key.lower(): value for key, value in response.headers.items()}
        status = response.status_code
        limited, wait = limit_wait(status, headers, response.text, now=self._patience.now())
        what = f"GET {_shown(url)}: HTTP {status}"
        if status == 416:  # noqa: PLR2004 - Range Not Satisfiable: the file is shorter than listed
            raise DamagedError(f"{what}: the file ends earlier than the store says")
        if limited or status >= 500:  # noqa: PLR2004 - server errors
            bear(Refusal(what=what, wait=wait, limited=limited))
            return
        answer = _answer(response, headers)
        raise translate(f"GET {_shown(url)}", answer, has_token=self.has_token)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.headers["User-Agent"] = USER_AGENT
            # Files are compressed already, and ranges of a compressed answer mean other bytes.
            self._local.session.headers["Accept-Encoding"] = "identity"
        session: requests.Session = self._local.session
        return session


def _not_a_page(response: requests.Response) -> requests.Response:
    """Take a page of HTML in the place of a file for what it is: a form to sign in."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.status_code = 404
    return response


def _answer(response: requests.Response, headers: Mapping[str, str]) -> Answer:
    try:
        data = response.json()
    except ValueError:
        data = None
    return Answer(status=response.status_code, headers=headers, data=data)


def _shown(url: str) -> str:
    """Show an address without its query: the signature in it is a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
