"""The paths of the indexes of a site: `path` and `find-links` of `[index]`.

A template such as `whl/{index}/` gives each index a folder. Its pages are directly in the folder,
as in hand-made indexes (`whl/cu128/NAME/`), and below `simple/`, as installers and users expect
(`whl/cu128/simple/NAME/`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ghpypi.core.config.table import Table

SIMPLE = "simple/"
DEFAULT_PATH = "{index}/simple/"
MAIN_PAGE = "main"
"""The name of the main index in paths that need a name."""

SITE_FOLDERS = frozenset({"project", "projects", "assets", "files"})
"""Folders of a site that are not for indexes."""

SAMPLE = "x/y"

_PLACEHOLDER = re.compile(r"\{index(?::([-_.]))?\}")
_PATH = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*")
_FILE = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*[A-Za-z0-9][A-Za-z0-9._-]*\.html")
_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPaths:
    """The paths of indexes, relative to the root of the site.

    The main index has the name `""`; names with several parts have slashes, such as
    `nightly/cu130`.

    Attributes:
        templates: Folders, ending in `/`; `{index}` is replaced by the name of an index, and
            `{index:_}` for its parts with `_` between them. Those without it are for the main
            index only; the first has it.
        find_links: Pages for `--find-links`, each with all files of an index, written likewise.
            They end in `.html`, or in `/`.
        spelling: Different spellings of name parts in paths.
    """

    templates: tuple[str, ...] = (DEFAULT_PATH,)
    find_links: tuple[str, ...] = ()
    spelling: Mapping[str, str] = field(default_factory=dict)

    def folder(self, index: str) -> str:
        """Return the primary folder of an index."""
        return next(self._folders(index))

    def folders(self, index: str) -> tuple[str, ...]:
        """Return all folders of an index, each with all of its pages, ending in `/` or empty.

        Returns:
            The folders, the primary one first.
        """
        folders = tuple(self._folders(index))
        below = (f"{folder}{SIMPLE}" for folder in folders if not _is_simple(folder))
        return tuple(dict.fromkeys([*folders, *below]))

    def flat_pages(self, index: str) -> tuple[str, ...]:
        """Return the paths of the `--find-links` pages of an index."""
        found = dict.fromkeys(
            self._filled(template, index or MAIN_PAGE)
            for template in self.find_links
            if index == "" or _PLACEHOLDER.search(template)
        )
        return tuple(path if path.endswith(".html") else f"{path}index.html" for path in found)

    def _folders(self, index: str) -> Iterator[str]:
        for template in self.templates:
            if index == "" or _PLACEHOLDER.search(template):
                yield self._filled(template, index)

    def _filled(self, template: str, index: str) -> str:
        """Insert the name of an index into a template; an empty name removes the whole segment."""
        if not index:
            segments = template.split("/")
            kept = [segment for segment in segments if not _PLACEHOLDER.fullmatch(segment)]
            template, index = "/".join(kept), MAIN_PAGE
        parts = [self.spelling.get(part, part) for part in index.split("/")]
        return _PLACEHOLDER.sub(lambda found: (found[1] or "/").join(parts), template)


def doubled_folder(address: str) -> str:
    """Return a warning if `url` seems to be the URL of the main index instead of the site.

    A site may be in a folder of that name, such as that of the repository `acme/simple`.

    Args:
        address: The URL of the main index.

    Returns:
        The warning; empty if the URL is not suspicious.
    """
    if not address.endswith(f"/{SIMPLE}{SIMPLE}"):
        return ""
    site = address.removesuffix(f"{SIMPLE}{SIMPLE}")
    return (
        f"the URL of the index is {address}; if it should be {site}{SIMPLE}, set 'url' in [index] "
        f"of ghpypi.toml to {site}"
    )


def read_index_paths(table: Table) -> IndexPaths:
    """Parse `path`, `find-links` and `path-names` of `[index]`."""
    templates = tuple(_folder(each) for each in table.text_or_texts("path", DEFAULT_PATH))
    find_links = tuple(_flat(each) for each in table.text_or_texts("find-links"))
    names = table.table("path-names")
    spelling = {key: names.text(key) for key in names.keys()}  # noqa: SIM118 - no mapping
    for part, written in spelling.items():
        if not _PART.fullmatch(written):
            names.fault(part, f"'{written}' cannot be part of an address")
    for number, template in enumerate(templates):
        _check(table, "path", template, number, _PATH)
    for number, template in enumerate(find_links):
        _check(table, "find-links", template, number, _FILE if _is_page(template) else _PATH)
    if not templates or not _PLACEHOLDER.search(templates[0]):
        table.fault("path", "the first must include the index, such as 'whl/{index}/'")
        templates = (DEFAULT_PATH, *templates)
    return IndexPaths(templates=templates, find_links=find_links, spelling=spelling)


def _check(table: Table, key: str, template: str, number: int, pattern: "re.Pattern[str]") -> None:
    filled = _PLACEHOLDER.sub("x", template)
    if not pattern.fullmatch(filled) or ".." in filled or len(_PLACEHOLDER.findall(template)) > 1:
        table.fault(key, f"'{template}' is not a path such as 'whl/{{index}}/'", item=number)
    elif filled.partition("/")[0] in SITE_FOLDERS:
        first = filled.partition("/")[0]
        table.fault(key, f"'{first}/' is where a site has other pages", item=number)


def _folder(template: str) -> str:
    return f"{template.rstrip('/')}/" if template.strip("/") else ""


def _flat(template: str) -> str:
    return template if _is_page(template) else _folder(template)


def _is_page(template: str) -> bool:
    return template.endswith(".html")


def _is_simple(folder: str) -> bool:
    return f"/{folder}".endswith(f"/{SIMPLE}")
