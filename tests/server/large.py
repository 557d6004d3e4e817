"""A project of thousands of files, without building them."""

from collections.abc import Iterator
from dataclasses import replace

from packaging.utils import NormalizedName

from ghpypi.core.model import File, Project
from tests.server.scene import Server
from tests.support.catalogs import published


def enlarge(server: Server, name: str, count: int) -> str:
    """Let the published catalog say that a project has as many files; return one's address.

    The project has to have a file, which the others are made of.
    """
    catalog = published(server.reader.site.pages)
    line = catalog.lines[NormalizedName(name)]
    entry = line.entry()
    files = tuple(_files(entry.project.files[0], count))
    grown = replace(entry, project=Project(name=entry.project.name, files=files))
    lines = {**catalog.lines, entry.project.name: grown.line(line.membership)}
    server.reader.site.pages.update(replace(catalog, lines=lines).files())
    return f"/files/{files[-1].tag}/{files[-1].filename}"


def _files(pattern: File, count: int) -> Iterator[File]:
    """Make files as a project has them that builds wheels for ten Pythons."""
    stem = pattern.filename.partition("-")[0]
    for number in range(count):
        version = f"1.{number // 10}"
        python = f"cp3{number % 10}"
        yield pattern._replace(
            filename=f"{stem}-{version}-{python}-{python}-manylinux_2_28_x86_64.whl",
            version=version,
            tag=f"{stem}-{version}",
            key=f"repos/acme/pypi/releases/assets/{number}",
            requires_python=">=3.9",
            core_metadata=pattern.sha256,
        )
