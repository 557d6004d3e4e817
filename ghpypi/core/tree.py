"""The tree of the site: which page stands at which path.

.nojekyll  404.html  index.html  catalog.jsonl
simple/index.html  simple/index.json
simple/NAME/index.html  simple/NAME/index.json
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from packaging.utils import NormalizedName

from ghpypi import __version__
from ghpypi.core.config import Config
from ghpypi.core.model import Project
from ghpypi.core.simple import (
    environment,
    project_document,
    project_html,
    root_document,
    root_html,
    to_json,
)

Page = tuple[str, bytes]
"""A path below the root of the site, and what stands there."""

OWNED = "simple/"
"""Below this path everything is generated, and what is not generated any more is removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What pages show besides files.

    Attributes:
        config: The titles, yanks and statuses.
        address: The URL of the site, ending in `/`; empty if it cannot be known.
    """

    config: Config
    address: str

    @property
    def key(self) -> str:
        """Digest all of it: pages made under another key have to be made again."""
        parts = (
            __version__,
            self.config.index.title,
            self.address,
            *(
                f"{name} {version} {yank.reason}"
                for name, versions in sorted(self.config.yanked.items())
                for version, yank in sorted(versions.items())
            ),
            *(
                f"{name} {status.marker} {status.reason}"
                for name, status in sorted(self.config.statuses.items())
            ),
        )
        return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def project_paths(name: NormalizedName) -> tuple[str, str]:
    """Name the pages of a project: HTML, then JSON."""
    return f"{OWNED}{name}/index.html", f"{OWNED}{name}/index.json"


def project_pages(project: Project, look: Look) -> Iterator[Page]:
    """Render the pages of a project."""
    document = project_document(
        project,
        yanked=look.config.yanked.get(project.name, {}),
        status=look.config.statuses.get(project.name),
    )
    html, json = project_paths(project.name)
    yield html, project_html(document)
    yield json, to_json(document)


def root_pages(names: Iterable[NormalizedName], look: Look) -> Iterator[Page]:
    """Render everything that belongs to no single project."""
    document = root_document(names)
    yield ".nojekyll", b""
    yield f"{OWNED}index.html", root_html(document)
    yield f"{OWNED}index.json", to_json(document)
    facts = {
        "title": look.config.index.title,
        "address": look.address,
        "projects": len(document["projects"]),
    }
    for path in ("index.html", "404.html"):
        yield path, environment().get_template(f"site/{path}").render(facts).encode()
