"""The server put together from what was said: stores, sign-in, and what becomes of other names."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ghpypi.cli.choice import MEMORY
from ghpypi.cli.folder import folder_of, folder_site
from ghpypi.cli.settings import CONFIG_FILE
from ghpypi.cli.site_templates import read_templates
from ghpypi.cli.upload_targets import GitHubUploadTarget, LocalUploadTarget
from ghpypi.core.addresses import is_web_address
from ghpypi.core.catalog.catalog import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.config.server import OWN_PATHS, PasswordFiles, ServeSettings
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.core.site.tree import Look
from ghpypi.errors import ConfigError, UsageError
from ghpypi.server.auth.authorizer import Authorizer, AuthorizerOptions
from ghpypi.server.auth.sessions import Sessions
from ghpypi.server.catalog_view import CatalogView
from ghpypi.server.index.downloads import Downloads
from ghpypi.server.index.simple_api import SimpleApi
from ghpypi.server.index.site import SitePages
from ghpypi.server.index.upstream import UpstreamIndex, UpstreamOptions
from ghpypi.server.local_reader import LocalReader
from ghpypi.server.served_store import Passwords, ServedStore
from ghpypi.server.stores import RouteProvider, Stores
from ghpypi.stores.directory import DirectorySite, DirectoryStore
from ghpypi.stores.memory import MemorySite, MemoryStore
from ghpypi.stores.upstream import HttpUpstream

STORE_AND_FILE = re.compile(r"(\w[\w.-]*(?:/[\w.-]+)?)=(.+)")
"""A store as the paths of the server name it, and the path of a file."""


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What a server is told.

    Attributes:
        stores: The stores, as on the command line.
        hosts: Which GitHub.
        token: The server's own token, with which it looks for new catalogs.
        authorizer: How sign-in is kept.
        settings: What a file says; options go before it.
        passwords: Of stores that are not on GitHub and have none of their own.
        session_secret: Encrypts sessions; shared by replicas.
        stream: Pass files through.
        poll: Seconds between looks for a new catalog.
        public_url: The address that clients have for this server, ending in `/`; empty for the
            one they use.
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
    poll: float = 30.0
    public_url: str = ""
    parts: tuple[Callable[[Authorizer], RouteProvider], ...] = ()

    def all_stores(self, before: Stores | None = None) -> Stores:
        """Put it together; stores that were served before keep what they know.

        Raises:
            UsageError: No store is named, or two by one name.
        """
        known = {(x.kind, x.place): x for x in before.all} if before else {}
        served_stores: dict[str, ServedStore] = {}
        first: ServedStore | None = None
        named = [("", text) for text in self.stores] + list(self.settings.stores.items())
        for short, text in named:
            served_store = self._served_store(text, known)
            known[served_store.kind, served_store.place] = served_store
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
        return Stores(
            served_stores=served_stores,
            first=first,
            authorizer=authorizer,
            simple_api=SimpleApi(authorizer, upstream_index, public_url=self.public_url),
            files=Downloads(authorizer, stream=self.stream),
            site_pages=site_pages,
            parts=parts,
        )

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
                    found = files[name].over(found)
                served_store.passwords = Passwords(
                    read=read_secret(found.read) if found.read else self.passwords.read,
                    write=read_secret(found.write) if found.write else self.passwords.write,
                )

    def _served_store(self, text: str, known: Mapping[tuple[str, str], ServedStore]) -> ServedStore:
        name = store_name(text)
        if text.startswith(MEMORY):
            return known.get(("memory", name)) or memory_store(name)
        locator = Locator.parse(text)
        if locator.kind == "directory":
            root = folder_of(locator).resolve()
            found = known.get(("directory", str(root)))
            return found or directory_store(root, name, server=self.hosts.server)
        if locator.host and not self.hosts.matches(locator.host):
            raise UsageError(
                f"the store '{locator}' is not on '{self.hosts.hostname}', as the others are",
                hint="start a server for each host: a token of one is never sent to another",
            )
        found = known.get(("github", locator.value))
        # Slow to import and large, and a server may serve folders only.
        from ghpypi.stores.github.reader import GitHubReader  # noqa: PLC0415

        return found or ServedStore(
            name=locator.value,
            kind="github",
            place=locator.value,
            reader=GitHubReader(self.hosts, locator.value),
            upload_target=GitHubUploadTarget(self.hosts, locator.value),
            catalog_view=CatalogView(locator.value, server=self.hosts.server),
            token=self.token,
            refresh_seconds=self.poll,
        )


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


def store_name(text: str) -> str:
    """Say what a store is called in the paths of the server."""
    if text.startswith(MEMORY):
        return text.removeprefix(MEMORY) or "memory"
    locator = Locator.parse(text)
    if locator.kind == "directory":
        return Path(locator.value).expanduser().resolve().name.lower() or "root"
    return locator.value


def directory_store(root: Path, name: str, *, server: str) -> ServedStore:
    """Serve a folder; where it is on this machine is told to no reader and no publisher.

    Args:
        root: The folder.
        name: What the paths of the server call it.
        server: The address of the GitHub that files of repositories have to be on.
    """
    store, path = DirectoryStore(root, name=name), root / CONFIG_FILE
    read = partial(_read_config, path, f"{CONFIG_FILE} of {name}")

    def site(config: Config) -> DirectorySite:
        return folder_site(root, config, name=name)

    def mark(config: Config) -> str:
        return _mark((root / config.site.path / CATALOG_PATH, path))

    def look() -> Look:
        # As `ghpypi index` does, or the two would write pages anew in turns.
        config = read()
        templates = read_templates(root, config.site.templates)
        return Look(
            config=config,
            address=config.address(""),
            store=store.origin,
            templates=templates,
            server=server,
        )

    reader = LocalReader(store, site, config=read, mark=mark)
    return ServedStore(
        name=name,
        kind="directory",
        place=str(root),
        reader=reader,
        catalog_view=CatalogView(store.origin, server=server),
        upload_target=LocalUploadTarget(store, site, look),
        refresh_seconds=1.0,
    )


def memory_store(
    name: str, store: MemoryStore | None = None, site: MemorySite | None = None
) -> ServedStore:
    """Serve what is in memory."""
    source, pages = store or MemoryStore(name), site or MemorySite({})
    reader = LocalReader(
        source, lambda _: pages, config=Config, mark=lambda _: str(hash(pages.catalog()))
    )
    look = Look(config=Config(), address="", store=source.origin)
    upload_target = LocalUploadTarget(source, lambda _: pages, lambda: look)
    return ServedStore(
        name=name,
        kind="memory",
        place=name,
        reader=reader,
        catalog_view=CatalogView(source.origin),
        upload_target=upload_target,
        refresh_seconds=1.0,
    )


def read_settings(path: Path) -> ServeSettings:
    """Read the file of settings.

    Raises:
        UsageError: It cannot be read, or used.
    """
    try:
        return ServeSettings.parse(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def read_secret(path: str) -> Secret:
    """Read a password from a file.

    Raises:
        UsageError: There is none.
    """
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"password file '{path}' cannot be read: {error}") from error
    if not text:
        raise UsageError(f"password file '{path}' is empty")
    return Secret(text)


def password_files(write: Iterable[str], read: Iterable[str]) -> dict[str, PasswordFiles]:
    """Read options about passwords: `FILE` for all stores, `STORE=FILE` for one."""
    found: dict[str, PasswordFiles] = {}
    for key, texts in (("write", write), ("read", read)):
        for text in texts:
            named = STORE_AND_FILE.fullmatch(text)
            name, path = (named[1].lower(), named[2]) if named else ("", text)
            found[name] = replace(found.get(name, PasswordFiles()), **{key: path})
    return found


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
        self._mark = _mark((path,))

    def __call__(self) -> Stores | None:
        mark = _mark((self._path,))
        if mark == self._mark:
            return None
        self._mark = mark
        told = over(read_settings(self._path), self._serving.settings)
        self._all_stores = replace(self._serving, settings=told).all_stores(self._all_stores)
        return self._all_stores


def over(file: ServeSettings, options: ServeSettings) -> ServeSettings:
    """Put what options say before what a file says."""
    return ServeSettings(
        stores=file.stores,
        passwords={
            name: options.passwords.get(name, PasswordFiles()).over(
                file.passwords.get(name, PasswordFiles())
            )
            for name in {**file.passwords, **options.passwords}
        },
        upstream=options.upstream or file.upstream,
        reserved=tuple(dict.fromkeys((*options.reserved, *file.reserved))),
        merge=options.merge or file.merge,
        age=replace(file.age, usual=options.age.usual) if options.age.usual else file.age,
    )


def checked_upstream(url: str) -> str:
    """Check the address of an index.

    Raises:
        UsageError: It is none, or has a password in it, which every redirect would tell.
    """
    parts = split_url(url)
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        raise UsageError(f"'{url}' is no address such as https://pypi.org/simple/")
    if "@" in parts.netloc:
        raise UsageError("the address of an upstream index must hold no password")
    return url.rstrip("/") + "/"


def checked_public_url(url: str) -> str:
    """Check the address that clients have for this server; it ends in `/` then.

    Raises:
        UsageError: It is not an address, or has a password, query or fragment in it.
    """
    if not split_url(url).netloc or not is_web_address(url) or set(url) & set("@?#"):
        raise UsageError(f"--public-url: '{url}' is not like https://packages.example.com/")
    return url.rstrip("/") + "/"


def _mark(paths: Iterable[Path]) -> str:
    """Name the state of files, without reading them."""
    marks = []
    for path in paths:
        try:
            status = path.stat()
            marks.append(f"{status.st_mtime_ns} {status.st_size} {status.st_ino}")
        except OSError:
            marks.append("")
    return "|".join(marks)


def _read_config(path: Path, source: str) -> Config:
    try:
        return Config.parse(path.read_text(encoding="utf-8"), source=source)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ConfigError(f"{source} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source} cannot be read: {error}") from error
