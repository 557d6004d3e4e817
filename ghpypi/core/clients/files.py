"""The files that hold the settings of installers: what they become, what stands in the way.

What somebody set otherwise stays as it is and is told, unless it is to be replaced. Packages are
tied to the index; they are not added to the dependencies, which is the installers' business.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from ghpypi.core.clients.ini_edit import read_option, set_option
from ghpypi.core.clients.snippets import ClientOptions
from ghpypi.core.config.toml_edit import (
    TomlEditError,
    add_table,
    read,
    set_in_table,
    set_key,
)
from ghpypi.core.parsing import parse_requirement

PYPI = {"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}
"""What Pipenv itself begins a Pipfile with."""

POETRY_PYPI = "PyPI"
"""What Poetry calls the public index; it needs no address."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A file as it is to be.

    Attributes:
        text: All of it.
        clashes: What stays because somebody set it otherwise.
        untied: Packages that are no dependencies yet, and so could not be tied to the index.
        warnings: Settings that are as asked for, and not safe.
    """

    text: str
    clashes: tuple[str, ...] = ()
    untied: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def edit_pip(text: str, options: ClientOptions) -> Edited:
    """Change `pip.conf`: a complete index becomes the only one, because pip would mix several."""
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
    warning = f"[global] extra-index-url is {extra}: pip takes the highest version of all of them"
    return Edited(text=text, clashes=tuple(clashes), warnings=(warning,) if extra else ())


def edit_uv(text: str, options: ClientOptions) -> Edited:
    """Change `pyproject.toml`: an index that goes before the public one for all that it has."""
    file = _File(text, options)
    wanted: dict[str, Any] = {"url": options.url}
    if options.complete:
        wanted["default"] = True
    if (file.find(("tool", "uv", "index")) or {}).get("explicit"):
        # An explicit index is not asked for what the packages tied to it need.
        wanted["explicit"] = False
    if options.private:
        # Without it uv would ask the keyring only after it was told a user name.
        wanted["authenticate"] = "always"
        file.key(("tool", "uv", "keyring-provider"), "subprocess")
    file.entry(("tool", "uv", "index"), wanted)
    for package in options.packages:
        file.tie(("tool", "uv", "sources"), package, "index")
    strategy = str(read(text, ("tool", "uv", "index-strategy")) or "")
    unsafe = (
        f"tool.uv.index-strategy is {strategy}: uv takes a package from whichever index it is in"
    )
    return file.edited(warnings=(unsafe,) if strategy.startswith("unsafe") else ())


def edit_poetry(text: str, options: ClientOptions) -> Edited:
    """Change `pyproject.toml`: a primary source, and PyPI for what that does not have."""
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
            # Poetry reads versions from [project], and where to get them from here.
            places = [("tool", "poetry", "dependencies")]
        for place in places:
            file.tie(place, package, "source")
        if not places:
            untied.append(package)
    return file.edited(untied)


def edit_pdm(text: str, options: ClientOptions) -> Edited:
    """Change `pyproject.toml`: a source for some packages, which come from nowhere else."""
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
    """Change the `Pipfile`: a second source, asked for what is tied to it only."""
    if not read(text, ("source",)):
        # The first source is asked for everything else.
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
"""Installer to what changes its file."""


class _File:
    """A TOML file on its way from what it is to what is wanted."""

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
        """Find an entry in an array of tables by its name; ours, if none is given."""
        entries = read(self._text, path)
        if entries is not None and not isinstance(entries, list):
            raise TomlEditError(f"{'.'.join(path)} is not an array of tables")
        wanted = (name or self._options.name).lower()
        return next((x for x in entries or () if str(x.get("name")).lower() == wanted), None)

    def entry(self, path: Path, wanted: Mapping[str, Any], name: str = "") -> None:
        """Add an entry to an array of tables, or set the values of the one that is there."""
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
        """See to it that an array in our entry has certain members."""
        there = (self.find(path) or {}).get(key, [])
        missing = [each for each in wanted if each not in there]
        if missing:
            name = {"name": self._options.name}
            self._text = set_in_table(self._text, path, name, {key: [*there, *missing]})

    def key(self, path: Path, wanted: Any) -> None:
        """See to one key."""
        if self._may(".".join(path), read(self._text, path), wanted):
            self._text = set_key(self._text, path, wanted)

    def tie(self, path: Path, package: str, key: str) -> None:
        """Tie a package to the index; what else is said of it stays."""
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
    """Find how a table spells a package; empty if it does not."""
    table = read(text, path)
    keys = table if isinstance(table, dict) else ()
    return next((key for key in keys if canonicalize_name(key) == package), "")


def _poetry_places(text: str, package: str) -> Iterator[Path]:
    """Find the tables in which Poetry itself lists a package."""
    base = ("tool", "poetry")
    groups = read(text, (*base, "group")) or {}
    for path in (
        (*base, "dependencies"),
        *((*base, "group", group, "dependencies") for group in groups),
    ):
        if _key(text, path, package):
            yield path


def _requirements(text: str) -> Iterator[str]:
    """Name the dependencies that the standard's tables list."""
    project = read(text, ("project",)) or {}
    lists = [project.get("dependencies") or []]
    lists += (project.get("optional-dependencies") or {}).values()
    lists += (read(text, ("dependency-groups",)) or {}).values()
    for each in (one for group in lists for one in group if isinstance(one, str)):
        try:
            yield canonicalize_name(parse_requirement(each).name)
        except InvalidRequirement:
            continue  # The installer will say so.
