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

from packaging.utils import NormalizedName

from ghpypi.core.config.index_paths import SIMPLE

Page = tuple[str, bytes]
"""A path below the root of the site, and the content."""

SINGLE_PAGES = ("index.html", "404.html", "feed.xml", "search.json", "projects/index.html")
"""Pages for browsers that do not belong to a single project."""

ASSETS = ("assets/site.css", "assets/site.js")
"""Static files of those pages."""

JSON_API = "pypi/"
"""The folder of documents of PyPI's JSON API, next to the folder `simple/` of an index."""


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
