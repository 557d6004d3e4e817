"""The server put together from what was said: stores, sign-in, and what becomes of other names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ghpypi.cli.serve_settings import merge_settings, read_secret, read_settings
from ghpypi.cli.served_stores import make_served_store, open_served
from ghpypi.core.config.server import OWN_PATHS, PasswordFiles, ServeSettings
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError
from ghpypi.ports import ProvenanceVerifier
from ghpypi.server.auth.authorizer import Authorizer, AuthorizerOptions
from ghpypi.server.auth.sessions import Sessions
from ghpypi.server.index.downloads import Downloads
from ghpypi.server.index.simple_api import SimpleApi
from ghpypi.server.index.site import SitePages
from ghpypi.server.index.upstream import UpstreamIndex, UpstreamOptions
from ghpypi.server.ports import RouteProvider
from ghpypi.server.served_store import Passwords, ServedStore
from ghpypi.server.stores import Stores
from ghpypi.stores.upstream import HttpUpstream
from ghpypi.text_files import file_state


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Settings of a server.

    Attributes:
        stores: The stores, as on the command line.
        hosts: Which GitHub.
        token: The server's own token, with which it looks for new catalogs.
        authorizer: How sign-in is kept.
        settings: What a file says; options go before it.
        passwords: Of stores that are not on GitHub and have none of their own.
        session_secret: Encrypts sessions; shared by replicas.
        stream: Pass files through.
        verifier: Verifies the provenance of files, which then must have some; `None` for no check.
        poll: Seconds between looks for a new catalog.
        public_url: The URL of this server for clients, ending in `/`; empty to use the one of
            the request.
        parts: Make what has other routes, such as uploads; called with the authorizer.
    """

    stores: tuple[str, ...]
    hosts: Hosts
    token: Secret | None = field(repr=False)
    authorizer: AuthorizerOptions = field(default_factory=AuthorizerOptions)
    settings: ServeSettings = field(default_factory=ServeSettings)
    passwords: Passwords = field(default_factory=Passwords)
    session_secret: Secret | None = field(default=None, repr=False)
    stream: bool = False
    verifier: ProvenanceVerifier | None = None
    poll: float = 30.0
    public_url: str = ""
    parts: tuple[Callable[[Authorizer], RouteProvider], ...] = ()

    def all_stores(self, before: Stores | None = None) -> Stores:
        """Put it together; stores that were served before keep what they know.

        Raises:
            UsageError: No store is named, or two by one name.
            ConfigError: A store that was served before has an index at the path of another store.
        """
        known = {store.key: store for store in before.all} if before else {}
        served_stores: dict[str, ServedStore] = {}
        first: ServedStore | None = None
        named = [("", text) for text in self.stores] + list(self.settings.stores.items())
        for short, text in named:
            served_store = self._served_store(text, known)
            known[served_store.key] = served_store
            first = first or served_store
            for path in _paths(short, served_store, first=served_store is first):
                if served_stores.setdefault(path, served_store) is not served_store:
                    raise UsageError(f"two stores are called {path}")
        if first is None:
            raise UsageError("which store?", hint="ghpypi serve OWNER/REPO, or ./FOLDER")
        self._set_passwords(served_stores)
        if before:
            authorizer, site_pages, parts = before.authorizer, before.site_pages, before.parts
        else:
            sessions = Sessions(self.session_secret)
            authorizer = Authorizer(self.authorizer, session=sessions.credentials)
            site_pages, parts = (
                SitePages(authorizer, sessions),
                tuple(make(authorizer) for make in self.parts),
            )
        upstream_index = UpstreamIndex(
            UpstreamOptions(
                url=self.settings.upstream,
                reserved=self.settings.reserved,
                merge=self.settings.merge,
                age=self.settings.age,
            ),
            HttpUpstream(),
        )
        stores = Stores(
            served_stores=served_stores,
            first=first,
            authorizer=authorizer,
            simple_api=SimpleApi(
                authorizer, upstream_index, site_pages, public_url=self.public_url
            ),
            files=Downloads(authorizer, stream=self.stream),
            site_pages=site_pages,
            parts=parts,
        )
        stores.check_locations()
        return stores

    def _set_passwords(self, served_stores: Mapping[str, ServedStore]) -> None:
        """Give each store its passwords: those for its name, else those for all stores.

        Raises:
            UsageError: A password is for no store, or for one on GitHub, or cannot be read.
        """
        files = self.settings.passwords
        own = [name for name, served_store in served_stores.items() if not served_store.has_rights]
        for name in files:
            if name and name not in served_stores:
                raise UsageError(f"there is a password for '{name}', which is not served")
            if not own or (name and name not in own):
                what = f"'{name}'" if name else "folders"
                raise UsageError(
                    f"there is a password for {what}, but GitHub decides who may use the store"
                )
        for served_store in served_stores.values():
            if not served_store.has_rights:
                found = files.get("", PasswordFiles())
                for name in (
                    each for each in files if each and served_stores[each] is served_store
                ):
                    found = files[name].with_defaults(found)
                served_store.passwords = Passwords(
                    read=read_secret(found.read) if found.read else self.passwords.read,
                    write=read_secret(found.write) if found.write else self.passwords.write,
                )

    def _served_store(self, text: str, known: Mapping[str, ServedStore]) -> ServedStore:
        backend = open_served(text, self.hosts)
        if found := known.get(backend.key):
            return found
        made = make_served_store(backend, self.hosts, token=self.token, poll=self.poll)
        made.verifier = self.verifier
        return made


def _paths(short: str, served_store: ServedStore, *, first: bool) -> set[str]:
    """Name the paths at which a store is served, besides the root.

    Raises:
        UsageError: The only one is a path of the server itself.
    """
    paths = {short, served_store.name.lower()} - {""}
    free = paths - OWN_PATHS
    if not free and not first:
        raise UsageError(
            f"the store '{served_store.name}' has the name of a path of the server itself",
            hint="give it a short name in the table [stores] of the file of --settings",
        )
    return free


def watched(path: Path | None, serving: Serving, all_stores: Stores) -> Callable[[], Stores | None]:
    """Make the check for changed settings: other stores when the file was changed and is valid."""
    if path is None:
        return lambda: None
    return _Watch(path, serving, all_stores)


class _Watch:
    """Remembers what was seen last."""

    def __init__(self, path: Path, serving: Serving, all_stores: Stores) -> None:
        self._path = path
        self._serving = serving
        self._all_stores = all_stores
        self._mark = file_state(path)

    def __call__(self) -> Stores | None:
        mark = file_state(self._path)
        if mark == self._mark:
            return None
        self._mark = mark
        current = merge_settings(read_settings(self._path), self._serving.settings)
        self._all_stores = replace(self._serving, settings=current).all_stores(self._all_stores)
        return self._all_stores
