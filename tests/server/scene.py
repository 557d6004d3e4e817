"""A server in process, in front of a store in memory whose rights a test decides."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, BinaryIO

from anyio.from_thread import BlockingPortal, start_blocking_portal
from httpx2 import Auth, BasicAuth, Response
from starlette.testclient import TestClient

from ghpypi.core.config.config import Config
from ghpypi.core.model import File, UpstreamFile
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Refusal, Rights, Snapshot
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import BadTokenError, FailedError, NotFoundError, TryLaterError
from ghpypi.jobs.index.attestations import AttestationSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import AccessPolicy, Capabilities
from ghpypi.server.access_log import AccessLog
from ghpypi.server.app import App
from ghpypi.server.auth.authorizer import Authorizer, AuthorizerOptions
from ghpypi.server.auth.rate_limit import RateLimit
from ghpypi.server.auth.sessions import Sessions
from ghpypi.server.catalog_view import CatalogView
from ghpypi.server.index.downloads import Downloads
from ghpypi.server.index.simple_api import SimpleApi
from ghpypi.server.index.site import SitePages
from ghpypi.server.index.upstream import UpstreamIndex, UpstreamOptions
from ghpypi.server.ports import RouteProvider
from ghpypi.server.served_store import Passwords, ServedStore
from ghpypi.server.stores import Stores
from ghpypi.site_reader import SiteReader
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.server import raw_asgi
from tests.support.packages import Built, publish_files
from tests.support.reporters import MemoryReporter
from tests.support.sources import RemoteStore

ON_GITHUB = Capabilities(access=AccessPolicy.RIGHTS, has_urls=True, freezes=True)
IN_A_FOLDER = Capabilities(access=AccessPolicy.PASSWORDS)

JSON = "application/vnd.pypi.simple.v1+json"
READER = "ghp_reader123456789012345678901234567890"
WRITER = "ghp_writer1234567890"
STRANGER = "ghp_stranger1234567890"

ANONYMOUS = Auth()
"""The `auth` of a client that does not sign in."""


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class FakeReader(SiteReader):
    """A store in memory that behaves as if GitHub decided who may read it."""

    store: MemoryStore
    site: MemorySite
    configured: Config = field(default_factory=Config)
    public: bool = False
    down: bool = False
    tokens: dict[str, Rights] = field(
        default_factory=lambda: {
            READER: Rights(read=True, write=False),
            WRITER: Rights(read=True, write=True),
            STRANGER: Rights(refusal=Refusal.HIDDEN),
        }
    )
    readers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Who may read each private repository besides the store."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(
            self.store,
            lambda _: self.site,
            config=lambda: self.configured,
            mark=lambda: str(id(self.configured)),
        )

    def _note(self, what: str, token: Secret | None) -> None:
        self.asked.append((what, token.reveal() if token else ""))
        if self.down:
            raise TryLaterError("GitHub is down")

    def count(self, what: str) -> int:
        return sum(each == what for each, _ in self.asked)

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        self._note("snapshot", token)
        known_rights = self.tokens.get(token.reveal()) if token else None
        if known_rights and known_rights.refusal is Refusal.BAD_TOKEN:
            raise BadTokenError("GitHub does not know this token")
        return super().snapshot(token, known)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        self._note("rights", token)
        if (readers := self.readers.get(repository)) is not None:
            read = token is not None and token.reveal() in readers
            return Rights(read=read, write=False, public=False)
        if token is None:
            return Rights(read=self.public, public=self.public, write=False)
        found = self.tokens.get(token.reveal(), Rights(refusal=Refusal.BAD_TOKEN))
        return found._replace(public=self.public)

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        self._note("link", token)
        rights = self.tokens.get(token.reveal() if token else "")
        if rights is None:
            raise BadTokenError("GitHub does not know this token")
        if not rights.read:
            raise NotFoundError("there is no such thing")
        return f"https://signed.example/{file.filename}{suffix}?sig={len(self.asked)}"

    @contextmanager
    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> Iterator[BinaryIO]:
        self._note("open", token)
        name = file.filename + suffix
        found = (x for each in self.store.releases() if each.tag == file.tag for x in each.assets)
        asset = next((x for x in found if x.name == name), None)
        if asset is None:
            raise NotFoundError(f"there is no {name}")
        with super().open(file._replace(key=asset.key), "", token, part) as stream:
            yield stream


@dataclass
class Server:
    """A server with one store, and a client of it that signs in as a reader.

    Attributes:
        client: Starlette's test client. Tests pass `auth=ANONYMOUS`, or `auth=signed_in(token)`, to
            send no token or another one.
        portal: Runs functions in the event loop of the server, which has a thread of its own.
    """

    app: App
    reader: FakeReader
    served_store: ServedStore
    clock: Clock
    client: TestClient
    portal: BlockingPortal
    log: list[str]

    def client_at(self, address: str) -> TestClient:
        """Return a client with another IP address."""
        return client_of(self.app, self.portal, address)

    def get_verbatim(self, path: str) -> Response:
        """Get a path in which the client would resolve `..`, as a reader."""
        headers = {"authorization": basic(READER)}
        return self.portal.call(raw_asgi.get, self.app, path, headers)

    def settle(self) -> None:
        """Wait until what is published now is what is served."""
        self.portal.call(self.served_store.refresh, Secret(READER))

    def index(
        self, config: Config | None = None, *, attestations: AttestationSettings | None = None
    ) -> None:
        """Run the index job."""
        if config is not None:
            self.reader.configured = config
        site_settings = SiteSettings(
            config=self.reader.configured, address="https://acme.example/", store="acme/pypi"
        )
        options = IndexOptions(allow_shrink=True, attestations=attestations)
        build_index(self.reader.store, self.reader.site, site_settings, MemoryReporter(), options)


def signed_in(token: str | None) -> Auth:
    """Return what a client passes as `auth` to sign in with a token."""
    return BasicAuth("someone", token) if token is not None else ANONYMOUS


def cookies(response: Response) -> list[str]:
    """Return the cookies that a response sets, with their attributes."""
    found: list[str] = response.headers.get_list("set-cookie")
    return found


def basic(token: str, user: str = "someone") -> str:
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


@contextmanager
def connected(app: App) -> Iterator[TestClient]:
    """Yield a client of an application that signs in only if a test says so."""
    with start_blocking_portal() as portal:
        client = client_of(app, portal)
        client.auth = ANONYMOUS
        yield client


def client_of(app: App, portal: BlockingPortal, address: str = "192.0.2.1") -> TestClient:
    """Return a client whose requests run in the event loop of a portal.

    The lifespan of the application is not run, so that nothing happens unless a test asks for it.
    """
    client = TestClient(
        app,
        base_url="http://192.0.2.9:8080",
        follow_redirects=False,
        client=(address, 1234),
        # Requests are independent of each other: no cookie of a response is sent back.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )
    client.auth = BasicAuth("someone", READER)
    client.portal = portal
    return client


@dataclass
class NoUpstream:
    """An index elsewhere, with what a test puts there."""

    projects: dict[str, list[UpstreamFile]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: str = ""

    def files(self, base: str, name: str, *, known: bool = False) -> list[UpstreamFile]:
        self.asked.append(f"{base}{name}/")
        if self.down:
            raise FailedError(f"{base}{name}/ cannot be read: {self.down}")
        return self.projects.get(name, [])


@contextmanager
def serving(
    *files: Built,
    config: Config | None = None,
    authorizer: AuthorizerOptions | None = None,
    upstream_index: UpstreamOptions | None = None,
    upstream: NoUpstream | None = None,
    stream: bool = False,
    own_token: str | None = None,
    capabilities: Capabilities = ON_GITHUB,
    parts: tuple[RouteProvider, ...] = (),
    passwords: Passwords | None = None,
    **kept: Any,
) -> Iterator[Server]:
    """Serve some files, each in a release of its version."""
    store, site, clock = RemoteStore("acme/pypi"), MemorySite({}), Clock()
    for file in files:
        publish_files(store, [file], tag="-".join(file[0].split("-")[:2]))
    reader = FakeReader(store, site, config or Config())
    served_store = ServedStore(
        name="acme/pypi",
        capabilities=capabilities,
        reader=reader,
        catalog_view=CatalogView("acme/pypi", now=clock, **kept),
        token=Secret(own_token) if own_token else None,
        passwords=passwords or Passwords(),
        now=clock,
    )
    sessions = Sessions(Secret("for this test"))
    guard = Authorizer(
        authorizer or AuthorizerOptions(),
        session=sessions.credentials,
        rate_limit=RateLimit(now=clock),
        now=clock,
    )
    other = UpstreamIndex(upstream_index or UpstreamOptions(), upstream or NoUpstream(), now=clock)
    site_pages = SitePages(guard, sessions)
    lines: list[str] = []
    all_stores = Stores(
        served_stores={"acme/pypi": served_store, "team": served_store},
        first=served_store,
        authorizer=guard,
        simple_api=SimpleApi(guard, other, site_pages, now=clock),
        files=Downloads(guard, stream=stream, now=clock),
        site_pages=site_pages,
        parts=parts,
    )
    app = App(all_stores=all_stores, log=AccessLog(lines.append))
    with start_blocking_portal() as portal:
        client = client_of(app, portal)
        server = Server(app, reader, served_store, clock, client, portal, lines)
        server.index()
        yield server
