"""Typed access to TOML tables; collects all faults, each with its key."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from ghpypi.core.config.rules import InvalidRuleError, ProjectRule, name_pattern
from ghpypi.core.parsing import parse_toml, parse_version, split_url
from ghpypi.core.text_comparison import suggestion
from ghpypi.errors import ConfigError

_ONE_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._*?\[\]-]+")


@contextmanager
def whole_table(text: str, *, source: str) -> Iterator["Table"]:
    """Parse the text of a file; yield its root table.

    Raises:
        ConfigError: The text is not valid TOML, or faults were added within the `with` block.
    """
    try:
        root = Table(parse_toml(text), "", [])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not valid TOML: {error}") from error
    yield root
    if root.faults:
        raise ConfigError(f"{source} cannot be used", faults=root.faults)


def key_path(parent: str, key: str) -> str:
    """Return the path of a key in TOML syntax: `yanked.acme-lib."1.0"`."""
    quoted = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'
    return f"{parent}.{quoted}" if parent else quoted


class Table:
    """A table with its path; getters remove keys, so that the remaining ones are unknown."""

    def __init__(self, data: Mapping[str, Any], place: str, faults: list[str]) -> None:
        self._data = dict(data)
        self._place = place
        self._known: list[str] = []
        self.faults = faults

    def at(self, key: str) -> str:
        """Return the path of a key, for errors."""
        return key_path(self._place, key)

    def fault(self, key: str, problem: str, *, item: int | None = None) -> None:
        """Add a fault of a key, or of an item of its list."""
        place = self.at(key) if item is None else f"{self.at(key)}[{item}]"
        self.faults.append(f"{place}: {problem}")

    def is_table(self, key: str) -> bool:
        """Return whether a remaining key is a table."""
        return isinstance(self._data.get(key), dict)

    def keys(self) -> list[str]:
        """Return the remaining keys."""
        return list(self._data)

    def text(self, key: str, default: str = "") -> str:
        """Get a string."""
        value: str = self._take(key, str, "a string", default)
        return value

    def url(self, key: str, example: str) -> str:
        """Get a URL that pages show, ending in `/`; empty if it is not set.

        Args:
            key: The key.
            example: A URL of this kind, for errors.
        """
        url = self.text(key)
        if not url:
            return ""
        parts = split_url(url)
        known = parts.scheme in {"https", "http"} and parts.netloc
        if not known or parts.query or parts.fragment:
            self.fault(key, f"'{url}' is not an address such as {example}")
        elif parts.username or parts.password:
            self.fault(key, "must not hold a user name or password: every page would show it")
        return url.rstrip("/") + "/"

    def line(self, key: str) -> str:
        """Get a string without newlines, for use within a tag."""
        return " ".join(self.text(key).split())

    def flag(self, key: str, *, default: bool) -> bool:
        """Get a boolean."""
        value: bool = self._take(key, bool, "true or false", default)
        return value

    def number(self, key: str, default: int = 0) -> int:
        """Take a number that counts something."""
        value: int = self._take(key, int, "a number", default)
        if isinstance(value, bool) or value < 0:
            self.fault(key, f"must be a number of at least 0, not {value!r}")
            return default
        return value

    def either(self, key: str, wanted: str, *, choices: tuple[str, ...] = ()) -> bool | str:
        """Get a boolean or a string; with `choices`, one of them."""
        value: bool | str = self._take(key, (bool, str), wanted, default=False)
        if choices and isinstance(value, str) and value not in choices:
            self.fault(key, f"must be {wanted}, not '{value}'")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Get one of several strings."""
        value = self.text(key, default)
        if value in choices:
            return value
        self.fault(key, f"'{value}' is not one of {', '.join(choices)}")
        return default

    def one_or_several(
        self, key: str, choices: tuple[str, ...], default: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Get one of several strings, or a list of them."""
        if not isinstance(self._data.get(key), list):
            return (self.choice(key, choices, default[0]),)
        values = self.texts(key)
        for number, value in enumerate(values):
            if value not in choices:
                self.fault(key, f"'{value}' is not one of {', '.join(choices)}", item=number)
        return values or default

    def texts(self, key: str) -> tuple[str, ...]:
        """Get a list of strings."""
        values = self._take(key, list, "a list of strings", [])
        for number, value in enumerate(values):
            if not isinstance(value, str):
                self.fault(key, f"must be a string, not {value!r}", item=number)
        return tuple(value for value in values if isinstance(value, str))

    def text_or_texts(self, key: str, default: str = "") -> tuple[str, ...]:
        """Get a string or a list of strings; an empty default gives an empty tuple."""
        if isinstance(self._data.get(key), list):
            return self.texts(key)
        value: str = self._take(key, str, "a string or a list of strings", default)
        return (value,) if value else ()

    def patterns(self, key: str) -> tuple[str, ...]:
        """Get a list of patterns of project names."""
        patterns = []
        for number, text in enumerate(self.texts(key)):
            try:
                patterns.append(name_pattern(text))
            except InvalidRuleError as error:
                self.fault(key, str(error), item=number)
        return tuple(patterns)

    def rules(self, key: str) -> tuple[ProjectRule, ...]:
        """Get a list of rules for projects and versions, such as `acme-lib>=2`."""
        rules = []
        for number, text in enumerate(self.texts(key)):
            try:
                rules.append(ProjectRule.parse(text))
            except InvalidRuleError as error:
                self.fault(key, str(error), item=number)
        return tuple(rules)

    def table(self, key: str) -> "Table":
        return Table(self._take(key, dict, "a table", {}), self.at(key), self.faults)

    def refuse(self, key: str, problem: str) -> None:
        """Add a fault if a key is present."""
        if self._data.pop(key, None) is not None:
            self.fault(key, problem)

    def refuse_the_rest(self) -> None:
        """Add a fault for each remaining key, with the nearest known one."""
        for key in self._data:
            self.fault(key, "unknown key" + suggestion(key, self._known))

    def _take(self, key: str, kind: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        self._known.append(key)
        value = self._data.pop(key, default)
        if isinstance(value, kind):
            return value
        self.fault(key, f"must be {wanted}, not {value!r}")
        return default

    def lookup(self, key: str) -> bool:
        """Return whether a key is present, and mark it as known."""
        self._known.append(key)
        return key in self._data

    def repositories(self, key: str) -> tuple[str, ...]:
        """Get a list of repositories, or of patterns of them."""
        values = self.texts(key)
        for number, value in enumerate(values):
            if not _REPOSITORY.fullmatch(value):
                self.fault(key, f"'{value}' is not OWNER/REPO or OWNER/PATTERN-*", item=number)
        return values

    def repository(self, key: str) -> str:
        """Get the name of a repository; empty if it is not set."""
        value = self.text(key)
        if value and not _ONE_REPOSITORY.fullmatch(value):
            self.fault(key, f"'{value}' is not OWNER/REPO")
        return value

    def project(self, key: str) -> NormalizedName:
        """Parse a key as the name of a project."""
        try:
            return canonicalize_name(key, validate=True)
        except InvalidName:
            self.fault(key, "is not a project name")
            return canonicalize_name(key)

    def version(self, key: str) -> Version | None:
        """Parse a key as a version; `None` if it is invalid."""
        try:
            return parse_version(key)
        except InvalidVersion:
            self.fault(key, "is not a version (PEP 440)")
            return None
