"""What publishers of GPU wheels have in their releases, and what their own pages link.

`python -m tests.support.gpu` prints a table: for each publisher the links of their pages, the files
that our indexes have of theirs, and the links that are missing on our pages or too many.
"""

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.patterns import matches_glob

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/gpu"

Link = tuple[str, str]
"""Tag and filename of what a page links."""

Pages = Mapping[tuple[str, str], set[Link]]
"""The links of each index and project."""


def configurations() -> dict[str, list[str]]:
    """Read the rules for variants in `docs/how-to/gpu.md`, by the sections that they are in."""
    text = (ROOT / "docs/how-to/gpu.md").read_text(encoding="utf-8")
    sections = text.split("\n## ")[1:]
    found = {
        section.partition("\n")[0]: re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
        for section in sections
    }
    return {title: [x for x in blocks if "[variants" in x] for title, blocks in found.items()}


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """The releases of one publisher, indexed as the document says.

    Attributes:
        name: The name of the file of data.
        section: The section of the document.
        number: Which of the configurations there.
        more: Tables of the configuration that go before those of the document.
        address: Gives our index for an address of theirs.
    """

    name: str
    section: str
    number: int = 0
    more: str = ""
    address: Callable[[str], str] = lambda index: index

    @cached_property
    def data(self) -> dict[str, Any]:
        """What was written down."""
        data: dict[str, Any] = json.loads(
            lzma.decompress((DATA / f"{self.name}.json.xz").read_bytes())
        )
        return data

    @cached_property
    def files(self) -> set[Link]:
        """All files of all releases."""
        return {(tag, name) for tag, _, names in self.data["releases"] for name in names}

    @cached_property
    def indexed(self) -> set[Link]:
        """The files that the configuration does not exclude."""
        globs = Config.parse(self.toml).index.exclude_assets
        return {x for x in self.files if not any(matches_glob(x[1], glob) for glob in globs)}

    @cached_property
    def toml(self) -> str:
        """The configuration."""
        found = configurations()[self.section][self.number] if self.section else ""
        return self.more + found

    @cached_property
    def own(self) -> Pages:
        """The pages of the indexes that we make of the releases."""
        return dict(self._own())

    @cached_property
    def theirs(self) -> Pages:
        """The pages that the publisher has, under the names that our indexes have."""
        found: dict[tuple[str, str], set[Link]] = defaultdict(set)
        for page, tags in self.data["theirs"].items():
            index, _, project = page.removesuffix("/index.html").rpartition("/")
            if page.endswith("/index.html"):
                links = {(tag, name) for tag, names in tags.items() for name in names}
                found[self.address(index), project] |= links
        return found

    @cached_property
    def listed(self) -> int:
        """How many files are in some index."""
        return len(self.files & set().union(*self.own.values()))

    def missing(self) -> set[tuple[str, str, Link]]:
        """Name the links of their pages that ours lack."""
        return {
            (*page, link)
            for page, links in self.theirs.items()
            for link in links - self.own.get(page, set())
        }

    def extra(self) -> set[tuple[str, str, Link]]:
        """Name the links that our pages have, and theirs of the same project and index lack."""
        return {
            (*page, link)
            for page, links in self.theirs.items()
            for link in self.own.get(page, set()) - links
        }

    def _own(self) -> Iterator[tuple[tuple[str, str], set[Link]]]:
        projects = [Project(name=name, files=tuple(x)) for name, x in self._projects().items()]
        config = Config.parse(self.toml)
        rules = Indexes(config=config, store="")
        memberships = [rules.membership(project) for project in projects]
        indexes = Indexes.of_memberships(config, "", memberships)
        for project, membership in zip(projects, memberships, strict=True):
            entry = Entry(fingerprint="", project=project)
            for index, offer in indexes.offers(entry, indexes.holding(membership)):
                yield (index, project.name), {(x.tag, x.filename) for x in offer.files}

    def _projects(self) -> dict[NormalizedName, list[File]]:
        found: dict[NormalizedName, list[File]] = defaultdict(list)
        for tag, date, names in self.data["releases"]:
            for name in (x for x in names if (tag, x) in self.indexed):
                parsed = Filename.parse(name)
                found[parsed.project].append(_file(parsed, tag, date or "2026-01-01T00:00:00Z"))
        return found


def _file(parsed: Filename, tag: str, date: str) -> File:
    place = f"{tag}/{parsed.text}"
    return File(
        filename=parsed.text,
        version=str(parsed.version),
        url=place,
        size=1,
        sha256=Sha256(place),  # each release has a build of its own
        uploaded_at=date,
        requires_python=None,
        core_metadata=None,
        origin="",
        tag=tag,
        prerelease=False,
        stamp=place,
    )


def _cublas(index: str) -> str:
    """Drop `textgen/`: it has other projects than its siblings, which are in one index."""
    return index.removeprefix("index/").removeprefix("textgen/").lower()


def _flashinfer(index: str) -> str:
    """`cu118/torch` is what their generator makes of files without a version of torch."""
    return index.removesuffix("/torch")


LOCAL, SUFFIX, LEVEL = "Local version", "Suffix of the tag", "CPU level and CUDA"
TORCH, NIGHTLY = "CUDA and torch", "Nightly builds and CUDA"

WITH_PAGES = (
    Publisher(
        name="llama-cpp-python",
        section=SUFFIX,
        address=lambda index: index.removeprefix("whl/"),
    ),
    Publisher(name="llama-cpp-python-cublas", section=LEVEL, address=_cublas),
    Publisher(name="flashinfer", section=NIGHTLY, address=_flashinfer),
    Publisher(name="flashinfer-2024", section=TORCH),
    Publisher(
        name="gsplat",
        section=LOCAL,
        number=1,
        address=lambda index: index.removeprefix("whl").removeprefix("/"),
    ),
    Publisher(name="sgl-whl", section="CUDA wheels without a label"),
)
"""Those whose own pages are known."""

WITHOUT_PAGES = (
    Publisher(name="auto-gptq", section=LOCAL),
    Publisher(name="exllama", section=LOCAL),
    Publisher(name="llama-cpp-python-fork", section=LEVEL, number=1),
    Publisher(name="llama-cpp-binaries", section=LEVEL, number=1),
    Publisher(name="textgen-cublas", section=LEVEL, number=1),
    Publisher(name="exllamav3", section=TORCH, number=1),
    Publisher(name="flash-attention", section=TORCH, number=1),
    Publisher(name="causal-conv1d", section=TORCH, number=1),
    Publisher(name="flash-attention-prebuilt", section=TORCH, number=1),
    Publisher(name="bitsandbytes-continuous", section=""),
)
"""Those who have none, or one page of everything."""


def main() -> None:
    """Print the table."""
    row = "{:26} {:>7} {:>7} {:>7} {:>8} {:>9}".format
    print(row("publisher", "files", "kept", "theirs", "missing", "too many"))  # noqa: T201
    for each in (*WITH_PAGES, *WITHOUT_PAGES):
        theirs = sum(map(len, each.theirs.values()))
        counts = (theirs, len(each.missing()), len(each.extra())) if theirs else ("-", "-", "-")
        print(row(each.name, len(each.files), each.listed, *counts))  # noqa: T201


if __name__ == "__main__":
    main()
