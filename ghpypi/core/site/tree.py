"""The paths of the site's pages.

.nojekyll  catalog.jsonl
simple/index.html        simple/index.json         the main index
simple/NAME/index.html   simple/NAME/index.json
pypi/NAME/json                                     the same for bots, as in PyPI's JSON API
INDEX/simple/...                                   the same for each further index; both may be
                                                   at other paths, see `core/config/index_paths`
index.html  404.html  feed.xml  search.json        pages for browsers, and their data
projects/index.html  project/NAME/...  assets/...
downloads.json                                     downloads per week, see `core/download_history`
variants/NAME/NAME-VERSION-variants.json           what wheel variants need, if no release says it
provenance/NAME/FILENAME/DIGEST.json               provenance that is not beside its file
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from packaging.utils import NormalizedName

from ghpypi import __version__
from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import SIMPLE, IndexPaths
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.variant_files import VariantFiles
from ghpypi.core.model import Offer
from ghpypi.core.parsing import join_url
from ghpypi.core.provenance_pages import with_absolute_provenance
from ghpypi.core.simple.documents import ProjectDocument, project_document, root_document, to_json
from ghpypi.core.simple.pages import flat_html, project_html, root_html
from ghpypi.core.site.about import About
from ghpypi.core.site.json_api import JSON_API, json_api
from ghpypi.core.site.templates import Run

Page = tuple[str, bytes]
"""A path below the root of the site, and the content."""

SINGLE_PAGES = ("index.html", "404.html", "feed.xml", "search.json", "projects/index.html")
"""Pages for browsers that do not belong to a single project."""

ASSETS = ("assets/site.css", "assets/site.js")
"""Static files of those pages."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_USUAL = IndexPaths()
_LINES = 5
"""Incremented when lines of the catalog change without reading files: then all are written again.
Before 2, the files of a folder had the path of that folder as their origin; before 3, platform
wheels without a variant were in the indexes of all variants; before 4, the main index had the files
of all variants; before 5, ambiguous builds were no flaw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """The settings that pages depend on, apart from files.

    Attributes:
        config: The titles, yanks, statuses and indexes.
        address: The URL of the site, ending in `/`; empty if it cannot be known.
        store: What is indexed when the configuration names no repositories.
        templates: The texts of custom templates, by name.
        server: The URL of the GitHub server that all files must be on; `None` for no check.
        files_url: The URL of the store of the files, ending in `/`, if the pages are elsewhere;
            empty if it is not known, and files are copied beside the pages; `None` for relative
            links.
        run_template: Renders a template of the site; `None` for in this process.
    """

    config: Config
    address: str
    store: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    server: str | None = None
    files_url: str | None = None
    run_template: Run | None = None

    @property
    def repository(self) -> str:
        """The repository of a store on GitHub, `OWNER/REPO`; empty for other stores."""
        return self.store if _REPOSITORY.fullmatch(self.store) else ""

    @property
    def index_address(self) -> str:
        """The URL of the main index; empty if that of the site is unknown."""
        return f"{self.address}{self.config.index.paths.folder('')}" if self.address else ""

    @property
    def store_address(self) -> str:
        """The URL of the root of a folder that is a store; empty if that of the site is unknown."""
        return join_url(self.address, self.config.site.up) if self.address else ""

    def relative_root(self, folders: int) -> str:
        """Return the relative URL from a page to the root of the store, for links to its files.

        Args:
            folders: The depth of the page below the root of the site.
        """
        return "../" * folders + self.config.site.up

    @property
    def key(self) -> str:
        """A digest of all settings: pages with another key must be rendered again."""
        return _digest(
            __version__,
            self.config.index.title,
            # Sites with links keep the digest that they had before there were others.
            (self.config.site.pages, "copy")
            if self.config.site.copies_files
            else self.config.site.pages,
            self.config.site.version_pages,
            self.address,
            self.repository,
            # Pages beside the files keep the digest that they had before others could be elsewhere.
            self.rules if self.files_url is None else (self.rules, self.files_url),
            self.config.index.paths if self.config.index.paths != _USUAL else "",
            sorted(self.templates.items()),
            [
                (name, status.marker, status.reason)
                for name, status in sorted(self.config.statuses.items())
            ],
        )

    @property
    def rules(self) -> str:
        """A digest of the settings that `Membership` depends on; if it changes, so do all lines."""
        config = self.config
        return _digest(
            _LINES,
            self.store if config.indexes else "",
            (config.index.prereleases, config.index.public_check),
            (config.index.repositories, config.index.exclude_repositories),
            (config.index.tags, config.index.newest),
            config.variants,
            sorted(config.indexes.items()),
            [
                (name, str(key), yank.reason)
                for name, yanks in sorted(config.yanked.items())
                for key, yank in sorted(yanks.items(), key=lambda x: str(x[0]))
            ],
        )


def project_paths(name: NormalizedName, folder: str = SIMPLE) -> tuple[str, ...]:
    """Return the paths of a project's pages in a folder of an index: HTML, then JSON.

    Next to a folder `simple/` is the document of PyPI's JSON API, where bots look for it.
    """
    pages = f"{folder}{name}/index.html", f"{folder}{name}/index.json"
    if not f"/{folder}".endswith(f"/{SIMPLE}"):
        return pages
    return *pages, f"{folder.removesuffix(SIMPLE)}{JSON_API}{name}/json"


def root_paths(folder: str) -> tuple[str, str]:
    """Return the paths of the project list in a folder of an index: HTML, then JSON."""
    return f"{folder}index.html", f"{folder}index.json"


def about_path(name: NormalizedName) -> str:
    """Return the path of a project's `about.json`."""
    return f"project/{name}/about.json"


def badge_path(name: NormalizedName) -> str:
    """Return the path of a project's badge."""
    return f"project/{name}/badge.svg"


def browser_page_paths(name: NormalizedName) -> tuple[str, ...]:
    """Return the paths of a project's pages for browsers, but for those of its versions."""
    return (
        f"project/{name}/index.html",
        f"project/{name}/feed.xml",
        about_path(name),
        badge_path(name),
    )


def project_pages(
    entry: Entry,
    names: Iterable[str],
    indexes: Indexes,
    settings: SiteSettings,
    about: About | None = None,
) -> Iterator[Page]:
    """Render the pages of a project in some indexes that contain it; equal ones once.

    Args:
        entry: The project.
        names: The indexes.
        indexes: All indexes.
        settings: The settings of pages.
        about: The metadata of its shown version, as far as pages for browsers show it.
    """
    rendered: dict[tuple[object, ...], tuple[bytes, ...]] = {}
    name = entry.project.name
    variants = VariantFiles(entry=entry, root=settings.config.site.folder)
    yield from variants.pages()
    for index, offer in variants.added(indexes.offers(entry, names)):
        relative = any("://" not in file.url for file in offer.files)
        for folder in indexes.folders[index]:
            root = settings.relative_root(folder.count("/") + 1)
            key = (*map(id, offer.files), *map(id, offer.upstream), root if relative else "")
            if key not in rendered:
                document = _document(name, offer, settings, root)
                rendered[key] = (
                    project_html(document),
                    to_json(document),
                    json_api(document, about, entry.shown),
                )
            # Not every folder has the last one.
            yield from zip(project_paths(name, folder), rendered[key], strict=False)


def root_pages(
    index: str, names: Iterable[NormalizedName], settings: SiteSettings
) -> Iterator[Page]:
    """Render the project list of an index.

    At the root of a site with pages for browsers, the HTML is part of the landing page.
    """
    document = root_document(names)
    html, json = root_html(document), to_json(document)
    for folder in settings.config.index.paths.folders(index):
        html_path, json_path = root_paths(folder)
        if folder or not settings.config.site.pages:
            yield html_path, html
        yield json_path, json


def flat_pages(
    names: Iterable[str],
    entries: Iterable[tuple[Entry, Sequence[str]]],
    indexes: Indexes,
    settings: SiteSettings,
) -> Iterator[Page]:
    """Render the pages of some indexes for `--find-links`, with the files of all their projects.

    Args:
        names: The indexes.
        entries: The projects in them, each with those of the indexes that contain it.
        indexes: All indexes.
        settings: The settings of pages.
    """
    offers: dict[str, list[tuple[NormalizedName, Offer]]] = {name: [] for name in names}
    for entry, held in entries:
        variants = VariantFiles(entry=entry, root=settings.config.site.folder)
        for index, offer in variants.added(indexes.offers(entry, held)):
            offers[index].append((entry.project.name, offer))
    for index, found in offers.items():
        for path in settings.config.index.paths.flat_pages(index):
            root = settings.relative_root(path.count("/"))
            documents = (_document(name, offer, settings, root) for name, offer in found)
            yield path, flat_html(index or MAIN, documents)


def _document(
    name: NormalizedName, offer: Offer, settings: SiteSettings, root: str
) -> ProjectDocument:
    return project_document(
        name,
        with_absolute_provenance(offer, settings.store_address, settings.address),
        yanked=settings.config.yanked.get(name, {}),
        status=settings.config.statuses.get(name),
        root=root,
    )


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
