"""A site as publishers of GPU wheels have them: 33 variants, 3,000 wheels, one project."""

from collections.abc import Iterator

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.variants import variant_of
from ghpypi.core.model import File, Project
from ghpypi.core.site.about import About
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.paths import Page
from ghpypi.core.site.project import ProjectView, project_pages
from ghpypi.core.site.rows import Row, index_link
from ghpypi.core.site.settings import SiteSettings
from tests.site.gallery import file
from tests.support.files import entry_of

TOML = r"""
[index]
title = "Acme kernels"
path = "whl/{index}/"
find-links = "{index:_}"

[variants.dimensions.cuda]
pattern = '(cu\d+)'
default = "cu128"

[variants.dimensions.torch]
pattern = '(torch[\d.]+)'
optional = "newest"
"""

CUDA = {
    "cu118": ("2.4", "2.5", "2.6", "2.7"),
    "cu121": ("2.4", "2.5"),
    "cu124": ("2.4", "2.5", "2.6"),
    "cu126": ("2.6", "2.7", "2.8", "2.9", "2.10"),
    "cu128": ("2.7", "2.8", "2.9", "2.10"),
    "cu129": ("2.8", "2.9", "2.10"),
    "cu130": ("2.9", "2.10", "2.11"),
}
ROCM = ("6.4", "7.0", "7.1")
VARIANTS = [
    *(f"{cuda}torch{torch}" for cuda, several in CUDA.items() for torch in several),
    *(
        f"rocm{rocm}torch{torch}"
        for rocm in ("6.4", "7.0", "7.1")
        for torch in ("2.8", "2.9", "2.10")
    ),
]
SYSTEMS = ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "win_amd64")
PYTHONS = ("cp310", "cp311", "cp312", "cp313", "cp314")
RELEASES = {
    "2.5.0": "2025-09-20",
    "2.6.0": "2025-11-11",
    "2.6.1": "2025-12-01",
    "2.7.0": "2026-02-14",
    "2.8.0": "2026-05-30",
    "2.8.1": "2026-06-15",
}
NAME = NormalizedName("flash-tensor")


def wheels() -> Iterator[File]:
    """Give 33 variants of each release."""
    for version, day in RELEASES.items():
        for place, variant in enumerate(VARIANTS):
            for python in PYTHONS:
                for system in SYSTEMS:
                    name = f"flash_tensor-{version}+{variant}-{python}-{python}-{system}.whl"
                    count = (place * 131 + len(system) * 17) % 1400
                    yield file(name, day, 180_000_000 + 7_654_321 * place, count)


def config() -> Config:
    """Give the configuration; ROCm is one of the values of its first dimension."""
    return Config.parse(TOML.replace(r"(cu\d+)", r"(cu\d+|rocm[\d.]+\d)(?=torch)"))


def pages(address: str = "https://acme.example/kernels/") -> Iterator[Page]:
    """Give the whole site."""
    settings = SiteSettings(config=config(), address=address, store="acme/kernels")
    project = Project(name=NAME, files=tuple(wheels()))
    entry = entry_of(*project.files)
    rules = Indexes(config=settings.config, store=settings.store)
    line = entry.line(rules.membership(project))
    indexes = Indexes.of(settings.config, settings.store, [line])
    links = tuple(index_link(name, indexes) for name in indexes.names)
    held = {*indexes.holding(line.membership)}
    view = ProjectView(
        project=project,
        about=About(name="flash-tensor", version="2.8.1", summary="Fused attention kernels"),
        indexes=tuple(link for link in links if link.name in held),
        ours={NAME},
        variant_of=lambda each: variant_of(each, settings.config.variants),
        later="",
    )
    yield from project_pages(view, settings)
    rows = [Row(NAME, "2.8.1", "2026-06-15T09:30:00Z", "Fused attention kernels", "cuda")]
    yield from site_pages(SiteView(rows=rows, indexes=links, files=len(project.files)), settings)
