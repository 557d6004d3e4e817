"""`ghpypi.toml`: parsed once, refused whole with every fault and its place.

A key that is not known is an error with the nearest known one, never ignored: a setting that is
misspelt and silently without effect is found out by those who install, months later.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from ghpypi.core.model import Status, StatusMarker, Yank
from ghpypi.errors import ConfigError

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._*?\[\]-]+")
_BRANCH = re.compile(r"(?!-)[^\s~^:?*\[\\\x00-\x20\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexConfig:
    """The table `[index]`.

    Attributes:
        title: The heading of the pages for people.
        url: The address of the site, ending in `/`; empty if it follows from the store.
        branch: The branch that Pages publishes.
        repositories: Whose releases are indexed: `OWNER/REPO`, with `*` in the repository's
            name; empty means the store alone.
        exclude_repositories: Taken out again.
        prereleases: Index releases that GitHub marks as prereleases.
        hash_missing: Download and hash, once, a file the store has no digest of; otherwise
            leave it out (`missing-digest = "skip"`).
    """

    title: str = "Python packages"
    url: str = ""
    branch: str = "gh-pages"
    repositories: tuple[str, ...] = ()
    exclude_repositories: tuple[str, ...] = ()
    prereleases: bool = True
    hash_missing: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of `ghpypi.toml`.

    Attributes:
        store: Where the files are, as on the command line; empty if not said.
        index: The table `[index]`.
        yanked: Per project and version, in normal form, why it was withdrawn.
        statuses: Per project, its state.
    """

    store: str = ""
    index: IndexConfig = field(default_factory=IndexConfig)
    yanked: Mapping[NormalizedName, Mapping[str, Yank]] = field(default_factory=dict)
    statuses: Mapping[NormalizedName, Status] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, *, source: str = "ghpypi.toml") -> "Config":
        """Read the text of a configuration file.

        Raises:
            ConfigError: With every fault found, each with its place.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{source} is not valid TOML: {error}") from error
        root = _Table(data, "", [])
        config = cls(
            store=root.text("store"),
            index=_index(root.table("index")),
            yanked=_yanked(root.table("yanked")),
            statuses=_statuses(root.table("projects")),
        )
        root.refuse_the_rest()
        if root.faults:
            raise ConfigError(f"{source} cannot be used", faults=root.faults)
        return config


class _Table:
    """A table with its place; getters take keys out, and what is left over is unknown."""

    def __init__(self, data: Mapping[str, Any], place: str, faults: list[str]) -> None:
        self._data = dict(data)
        self._place = place
        self._known: list[str] = []
        self.faults = faults

    def at(self, key: str) -> str:
        quoted = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'
        return f"{self._place}.{quoted}" if self._place else quoted

    def fault(self, key: str, problem: str, *, item: int | None = None) -> None:
        place = self.at(key) if item is None else f"{self.at(key)}[{item}]"
        self.faults.append(f"{place}: {problem}")

    def keys(self) -> list[str]:
        return list(self._data)

    def text(self, key: str, default: str = "") -> str:
        value: str = self._take(key, str, "a string", default)
        return value

    def line(self, key: str) -> str:
        """Take a text that pages show inside a tag, where no line may end."""
        return " ".join(self.text(key).split())

    def flag(self, key: str, *, default: bool) -> bool:
        value: bool = self._take(key, bool, "true or false", default)
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value in choices:
            return value
        self.fault(key, f"'{value}' is none of {', '.join(choices)}")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list, "a list of strings", [])
        for number, value in enumerate(values):
            if not isinstance(value, str):
                self.fault(key, f"must be a string, not {value!r}", item=number)
        return tuple(value for value in values if isinstance(value, str))

    def table(self, key: str) -> "_Table":
        return _Table(self._take(key, dict, "a table", {}), self.at(key), self.faults)

    def refuse_the_rest(self) -> None:
        for key in self._data:
            near = difflib.get_close_matches(key, self._known, n=1)
            self.fault(key, "unknown key" + (f", did you mean '{near[0]}'?" if near else ""))

    def _take(self, key: str, kind: type, wanted: str, default: Any) -> Any:
        self._known.append(key)
        value = self._data.pop(key, default)
        if isinstance(value, kind):
            return value
        self.fault(key, f"must be {wanted}, not {value!r}")
        return default


def _index(table: _Table) -> IndexConfig:
    default = IndexConfig()
    config = IndexConfig(
        title=table.text("title", default.title),
        url=_url(table),
        branch=table.text("branch", default.branch),
        repositories=_repositories(table, "repositories"),
        exclude_repositories=_repositories(table, "exclude-repositories"),
        prereleases=table.flag("prereleases", default=default.prereleases),
        hash_missing=table.choice("missing-digest", ("hash", "skip"), "hash") == "hash",
    )
    if not _BRANCH.fullmatch(config.branch) or ".." in config.branch:
        table.fault("branch", f"'{config.branch}' is not the name of a branch")
    table.refuse_the_rest()
    return config


def _url(table: _Table) -> str:
    url = table.text("url")
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.query or parts.fragment:
        table.fault("url", f"'{url}' is not an address such as https://acme.github.io/pypi/")
    elif parts.username or parts.password:
        table.fault("url", "must not hold a user name or password: every page would show it")
    return url.rstrip("/") + "/"


def _repositories(table: _Table, key: str) -> tuple[str, ...]:
    values = table.texts(key)
    for number, value in enumerate(values):
        if not _REPOSITORY.fullmatch(value):
            table.fault(key, f"'{value}' is not OWNER/REPO or OWNER/PATTERN-*", item=number)
    return values


def _yanked(table: _Table) -> dict[NormalizedName, dict[str, Yank]]:
    result: dict[NormalizedName, dict[str, Yank]] = {}
    for key in table.keys():  # noqa: SIM118 - this is no mapping
        name, versions = _project(table, key), table.table(key)
        for text in versions.keys():  # noqa: SIM118
            yank = Yank(reason=versions.line(text))
            result.setdefault(name, {})[_version(versions, text)] = yank
    return result


def _statuses(table: _Table) -> dict[NormalizedName, Status]:
    result = {}
    for key in table.keys():  # noqa: SIM118
        name, project = _project(table, key), table.table(key)
        marker = project.choice("status", tuple(StatusMarker), StatusMarker.ACTIVE)
        result[name] = Status(marker=StatusMarker(marker), reason=project.line("reason"))
        project.refuse_the_rest()
    return result


def _project(table: _Table, key: str) -> NormalizedName:
    try:
        return canonicalize_name(key, validate=True)
    except InvalidName:
        table.fault(key, "is not a project name")
        return canonicalize_name(key)


def _version(table: _Table, text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        table.fault(text, "is not a version (PEP 440)")
        return text
