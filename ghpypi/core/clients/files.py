"""Editing configuration files of installers.

Existing settings with other values are kept and reported, unless they are to be replaced. Packages
are pinned to the index, but not added to the dependencies, which is left to the installers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from ghpypi.core.clients.ini_edit import read_option, set_option
from ghpypi.core.clients.options import ClientOptions
from ghpypi.core.config.toml_edit import (
    TomlEditError,
    add_table,
    read,
    set_in_table,
    set_key,
)
from ghpypi.core.parsing import parse_requirement

PYPI = {"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}
"""The source in a new Pipfile by Pipenv."""

POETRY_PYPI = "PyPI"
"""Poetry's name of the public index, which needs no URL."""

Path = tuple[str, ...]


class Edited(NamedTuple):
    """An edited file.

    Attributes:
        text: The new content.
        clashes: Existing settings with other values, which were kept.
        untied: Packages that are not dependencies yet, so that they could not be pinned.
        warnings: Unsafe settings.
    """

    text: str
    clashes: tuple[str, ...] = ()
    untied: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def edit_pip(text: str, options: ClientOptions) -> Edited:
    """Edit `pip.conf`: a complete index becomes the only one, because pip mixes indexes."""
    wanted = {"index-url": options.url}
    if options.private:
        wanted["keyring-provider"] = "subprocess"
    clashes = []
    for key, value in wanted.items():
        there = read_option(text, "global", key)
        if there not in {None, value} and not options.replace:
            clashes.append(f"[global] {key} is {there}")
        else:
            text = set_option(text, "global", key, value)
    extra = read_option(text, "global", "extra-index-url")
    warning = (
        f"[global] extra-index-url is {extra}: pip installs the highest version of all indexes"
    )
    return Edited(text=text, clashes=tuple(clashes), warnings=(warning,) if extra else ())


def edit_uv(text: str, options: ClientOptions) -> Edited:
    """Edit `pyproject.toml` for uv: an index with precedence over the public one."""
    file = _File(text, options)
    wanted: dict[str, Any] = {"url": options.url}
    if options.complete:
        wanted["default"] = True
    if (file.find(("tool", "uv", "index")) or {}).get("explicit"):
        # uv does not use an explicit index for dependencies of the packages pinned to it.
        wanted["explicit"] = False
    if options.private:
        # Without it, uv uses the keyring only if a user name is configured.
        wanted["authenticate"] = "always"
        file.key(("tool", "uv", "keyring-provider"), "subprocess")
    file.entry(("tool", "uv", "index"), wanted)
    for package in options.packages:
        file.tie(("tool", "uv", "sources"), package, "index")
    strategy = str(read(text, ("tool", "uv", "index-strategy")) or "")
    unsafe = f"tool.uv.index-strategy is {strategy}: uv installs packages from any index"
    return file.edited(warnings=(unsafe,) if strategy.startswith("unsafe") else ())


def edit_poetry(text: str, options: ClientOptions) -> Edited:
    """Edit `pyproject.toml` for Poetry: a primary source, with PyPI as supplemental."""
    file = _File(text, options)
    path = ("tool", "poetry", "source")
    file.entry(path, {"url": options.url, "priority": "primary"})
    if not options.complete:
        file.entry(path, {"priority": "supplemental"}, name=POETRY_PYPI)
    untied = []
    listed = set(_requirements(text))
    for package in options.packages:
        places = list(_poetry_places(text, package))
        if not places and package in listed:
            # Poetry reads versions from [project], and sources from here.
            places = [("tool", "poetry", "dependencies")]
        for place in places:
            file.tie(place, package, "source")
        if not places:
            untied.append(package)
    return file.edited(untied)


def edit_pdm(text: str, options: ClientOptions) -> Edited:
    """Edit `pyproject.toml` for PDM: a source that exclusively provides some packages."""
    file = _File(text, options)
    path = ("tool", "pdm", "source")
    wanted: dict[str, Any] = {"url": options.url}
    if file.find(path) is None:
        wanted["include_packages"] = list(options.included)
        if not options.complete:
            wanted["exclude_packages"] = ["*"]
        file.entry(path, wanted)
    else:
        file.entry(path, wanted)
        file.members(path, "include_packages", options.included)
    return file.edited()


def edit_pipenv(text: str, options: ClientOptions) -> Edited:
    """Edit the `Pipfile`: a second source, used only for packages pinned to it."""
    if not read(text, ("source",)):
        # The first source is used for everything else.
        text = add_table(text, ("source",), PYPI)
    file = _File(text, options)
    file.entry(("source",), {"url": options.url, "verify_ssl": True})
    untied = []
    for package in options.packages:
        places = [each for each in ("packages", "dev-packages") if _key(text, (each,), package)]
        for place in places:
            file.tie((place,), package, "index")
        if not places:
            untied.append(package)
    return file.edited(untied)


EDITORS: Mapping[str, Callable[[str, ClientOptions], Edited]] = {
    "pip": edit_pip,
    "uv": edit_uv,
    "poetry": edit_poetry,
    "pdm": edit_pdm,
    "pipenv": edit_pipenv,
}
"""The editor of each installer's file."""


class _File:
    """A TOML file that is being edited."""

    def __init__(self, text: str, options: ClientOptions) -> None:
        self._text = text
        self._options = options
        self._clashes: list[str] = []

    def edited(self, untied: Iterable[str] = (), warnings: tuple[str, ...] = ()) -> Edited:
        return Edited(
            text=self._text,
            clashes=tuple(self._clashes),
            untied=tuple(untied),
            warnings=warnings,
        )

    def find(self, path: Path, name: str = "") -> dict[str, Any] | None:
        """Return an entry of an array of tables by name; by default that of the index."""
        entries = read(self._text, path)
        if entries is not None and not isinstance(entries, list):
            raise TomlEditError(f"{'.'.join(path)} is not an array of tables")
        wanted = (name or self._options.name).lower()
        return next((x for x in entries or () if str(x.get("name")).lower() == wanted), None)

    def entry(self, path: Path, wanted: Mapping[str, Any], name: str = "") -> None:
        """Add an entry to an array of tables, or update the existing one."""
        there = self.find(path, name)
        if there is None:
            key = {"name": name or self._options.name}
            self._text = add_table(self._text, path, {**key, **wanted})
            return
        key = {"name": there["name"]}
        place = f"{'.'.join(path)} '{there['name']}'"
        kept = {
            option: value
            for option, value in wanted.items()
            if self._may(f"{place}: {option}", there.get(option), value)
        }
        self._text = set_in_table(self._text, path, key, kept)

    def members(self, path: Path, key: str, wanted: tuple[str, ...]) -> None:
        """Ensure that an array in the entry of the index has certain members."""
        there = (self.find(path) or {}).get(key, [])
        missing = [each for each in wanted if each not in there]
        if missing:
            name = {"name": self._options.name}
            self._text = set_in_table(self._text, path, name, {key: [*there, *missing]})

    def key(self, path: Path, wanted: Any) -> None:
        """Ensure that a key has a value."""
        if self._may(".".join(path), read(self._text, path), wanted):
            self._text = set_key(self._text, path, wanted)

    def tie(self, path: Path, package: str, key: str) -> None:
        """Pin a package to the index; keep its other settings."""
        path = (*path, _key(self._text, path, package) or package)
        there = read(self._text, path)
        if isinstance(there, str):
            self._text = set_key(self._text, path, {"version": there, key: self._options.name})
        elif isinstance(there, dict) and not {"path", "git", "url", "workspace"} & there.keys():
            self.key((*path, key), self._options.name)
        elif self._may(".".join(path), there, {key: self._options.name}):
            self._text = set_key(self._text, path, {key: self._options.name})

    def _may(self, place: str, there: Any, wanted: Any) -> bool:
        if there is None or there == wanted or self._options.replace:
            return True
        self._clashes.append(f"{place} is {there!r}, not {wanted!r}")
        return False


def _key(text: str, path: Path, package: str) -> str:
    """Return the key of a package in a table, in any spelling; empty if it is missing."""
    table = read(text, path)
    keys = table if isinstance(table, dict) else ()
    return next((key for key in keys if canonicalize_name(key) == package), "")


def _poetry_places(text: str, package: str) -> Iterator[Path]:
    """Yield Poetry's own dependency tables with a package."""
    base = ("tool", "poetry")
    groups = read(text, (*base, "group")) or {}
    for path in (
        (*base, "dependencies"),
        *((*base, "group", group, "dependencies") for group in groups),
    ):
        if _key(text, path, package):
            yield path


def _requirements(text: str) -> Iterator[str]:
    """Yield the dependencies in the standard tables (PEP 621, PEP 735)."""
    project = read(text, ("project",)) or {}
    lists = [project.get("dependencies") or []]
    lists += (project.get("optional-dependencies") or {}).values()
    lists += (read(text, ("dependency-groups",)) or {}).values()
    for each in (one for group in lists for one in group if isinstance(one, str)):
        try:
            yield canonicalize_name(parse_requirement(each).name)
        except InvalidRequirement:
            continue  # the installer reports invalid requirements
