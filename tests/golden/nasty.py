"""A small index whose names, versions and reasons are as nasty as the standards allow."""

from collections.abc import Iterator
from dataclasses import replace

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry, Refused, Shown
from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.model import OWN, File, Project
from ghpypi.core.names import Filename, quote_path
from ghpypi.core.site.paths import Page
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import project_pages, root_pages

CONFIG = r"""
[index]
title = "Acme & Söhne's <script>alert(\"packages\")</script>"
url = "https://acme.example/py&pi/"

[yanked.acme-lib]
"1.0" = ""
"1.1" = "\"broken\" <b>sdist</b> & 'worse'"
"1!2.0" = "שבור \u2013 \u202egnp.exe, 坏了 💥"

[yanked.zope-interface]
"5.4.0" = "line one\nline two\twith a tab"

[projects.archived]
status = "archived"
reason = "use \"acme-lib\" <instead> & be happy \u2013 fröhlich"

[projects.deprecated]
status = "deprecated"

[projects.quarantined]
status = "quarantined"
reason = "</title><script>alert('x')</script>"

[projects.acme-lib]
status = "active"
reason = "never shown"
"""

SETTINGS = SiteSettings(config=Config.parse(CONFIG), address="https://acme.example/py&pi/")
INDEXES = Indexes(config=SETTINGS.config, store="acme/pypi")


def file(
    filename: str,
    *,
    version: str = "",
    requires_python: str | None = ">=3.9",
    sidecar: bool = True,
    elsewhere: bool = False,
    uploaded_at: str = "2026-01-31T12:00:00Z",
) -> File:
    """Make up a file; everything about it follows from its name."""
    version = version or str(Filename.parse(filename).version)
    path = quote_path(f"v{version}/{filename}")
    root = "https://github.example/acme/pypi/releases/download/" if elsewhere else "files/"
    return File(
        filename=filename,
        version=version,
        url=root + path,
        size=len(filename) * 1000,
        sha256=digest_of(filename.encode()),
        uploaded_at=uploaded_at,
        requires_python=requires_python,
        core_metadata=digest_of(b"metadata of " + filename.encode()) if sidecar else None,
        origin="acme/pypi" if elsewhere else OWN,
        tag=f"v{version}",
        prerelease=False,
        stamp=f"stamp of {filename}",
    )


MARKUP = file("Zope_Interface-5.5-py3-none-a'b\"c&d<e>f.whl", version="5.5")
"""No store and no catalog has such a name; but the pages are safe by themselves."""


def projects() -> list[Project]:
    """All projects, sorted by name."""
    files = {
        "acme-lib": (
            file("acme_lib-1.0-py3-none-any.whl", requires_python=None),
            file("acme_lib-1.0.tar.gz", sidecar=False),
            file("Acme.Lib-1.1.zip", sidecar=False, requires_python=None),
            file("acme_lib-1.1-1abc-py2.py3-none-any.whl", requires_python=">=2.7,!=3.0.*,<4"),
            file("acme_lib-1.1+cu128-cp311-cp311-manylinux_2_28_x86_64.whl", elsewhere=True),
            file("acme_lib-1.1+cu128.git-cp312-cp312-win_amd64.whl", sidecar=False),
            file("acme_lib-1.10rc1-py3-none-any.whl", uploaded_at="2026-02-01T00:00:00.123456Z"),
            file("acme_lib-1!2.0-py3-none-any.whl", elsewhere=True),
            file("acme_lib-1!2.0.post1.dev2-py3-none-any.whl"),
        ),
        "archived": (file("archived-0-py3-none-any.whl"),),
        "deprecated": (file("deprecated-2026.1-py3-none-any.whl"),),
        "quarantined": (file("quarantined-6.6.6-py3-none-any.whl"), file("quarantined-6.6.7.zip")),
        "zope-interface": (file("zope.interface-5.4.0.tar.gz", sidecar=False), MARKUP),
    }
    return [Project(name=NormalizedName(name), files=found) for name, found in files.items()]


def known_projects() -> list[Project]:
    """All projects, without the file that no catalog has."""
    return [
        replace(project, files=tuple(file for file in project.files if file is not MARKUP))
        for project in projects()
    ]


def catalog() -> Catalog:
    """What the index knows, with a refusal as nasty as the rest."""
    refused = Refused(
        filename="acme_lib-1.0+cu130-py3-none-any.whl",
        where="acme/pypi v1 \"beta\" <'&'>",
        reason="its metadata has the project name 'שבור\n\u2028\x1b[31m'",
        stamp="stamp",
    )
    lines = {}
    for project in known_projects():
        nasty = project.name == "acme-lib"
        entry = Entry(
            fingerprint="0f" * 16,
            project=project,
            refused=(refused,) if nasty else (),
            shown=Shown(
                version="1", summary="\u202eevil </script> \u2028 \x1b[31m 'quotes' \"" * nasty
            ),
        )
        lines[project.name] = entry.line(INDEXES.membership(project)._replace(flawed=nasty))
    return Catalog(
        pages=SETTINGS.key,
        simple=SETTINGS.simple_key,
        rules=SETTINGS.rules,
        indexes=INDEXES.names,
        lines=lines,
    )


def pages() -> Iterator[Page]:
    """The simple pages."""
    for project in projects():
        entry = Entry(fingerprint="", project=project)
        yield from project_pages(entry, [MAIN_FOLDER], INDEXES, SETTINGS)
    yield from root_pages(MAIN_FOLDER, [project.name for project in projects()], SETTINGS)


def catalog_pages() -> Iterator[Page]:
    """The catalog, with what changes with each release taken out."""
    for path, text in catalog().files():
        for key in (SETTINGS.key, SETTINGS.simple_key, SETTINGS.rules):
            text = text.replace(key.encode(), b"0" * len(key))  # noqa: PLW2901
        yield path, text
