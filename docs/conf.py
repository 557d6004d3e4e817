"""How Sphinx builds the documentation site from the files of this folder; `make docs` runs it.

The files are written for GitHub as well: links are relative and lead to files, and no page needs a
directive. Two things are added while a page is read:

- A page called `index.md` is a list of links. Their order is the navigation of the site.
- A link to a file outside of this folder leads to that file on GitHub.
"""

import re
import shutil
import tomllib
from pathlib import Path
from posixpath import dirname, normpath

from sphinx.application import Sphinx

HERE = Path(__file__).parent
ROOT = HERE.parent
REPOSITORY = (
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    .get("urls", {})
    .get("Source", "https://github.com/ghpypi/ghpypi")
)

project = "ghpypi"
copyright = "the ghpypi developers"  # noqa: A001 - the name that Sphinx reads
version = re.findall(r'__version__ = "(.+)"', (ROOT / "ghpypi/__init__.py").read_text())[0]

extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"ghpypi {version}"
html_theme_options = {
    "source_repository": REPOSITORY,
    "source_branch": "main",
    "source_directory": "docs/",
}
html_copy_source = False

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def complete(_app: Sphinx, page: str, source: list[str]) -> None:
    """Add the navigation to lists of links, and let links out of the folder lead to GitHub."""
    text = LINK.sub(lambda link: _with_address(link, dirname(page)), source[0])
    if page.rpartition("/")[2] == "index":
        pages = [link for link, _ in LINK.findall(text) if link.endswith(".md")]
        text += "\n".join(["", "```{toctree}", ":hidden:", "", *dict.fromkeys(pages), "```", ""])
    source[0] = text


def _with_address(link: re.Match[str], folder: str) -> str:
    target = normpath(f"docs/{folder}/{link[1]}")
    if target.startswith("docs/"):
        return link[0]
    kind = "tree" if (ROOT / target).is_dir() else "blob"
    return f"]({REPOSITORY}/{kind}/main/{target}{link[2] or ''})"


def publish_schemas(app: Sphinx, error: Exception | None) -> None:
    """Publish the JSON schemas at the addresses that they name."""
    schemas = HERE / "reference/schemas"
    if error is None and schemas.is_dir():
        shutil.copytree(schemas, Path(app.outdir) / "reference/schemas", dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both with Sphinx."""
    app.connect("source-read", complete)
    app.connect("build-finished", publish_schemas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
