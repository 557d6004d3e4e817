"""An index as rich as those of publishers: GPU wheels, pure ones, a deprecated and a yanked one."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.download_history import DOWNLOADS_PATH, DownloadHistory, week_of
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename, normalize
from ghpypi.core.site.about import About
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.paths import Page
from ghpypi.core.site.project import ProjectView, project_pages
from ghpypi.core.site.releases import releases, shown
from ghpypi.core.site.rows import IndexLink, Row
from ghpypi.core.site.settings import SiteSettings

CONFIG = Config.parse(
    """
[index]
title = "Acme packages"

[yanked.acme-client]
"2.1.0" = "refuses every certificate"

[projects.acme-legacy]
status = "deprecated"
reason = "use acme-client"
"""
)

NO_RUN = 20
"""The week of the year without a run."""

VARIANTS = ("cpu", "cu126", "cu128", "cu130")

MAIN = IndexLink("", "main", "simple/", "Everything")
INDEXES = (
    MAIN,
    *(IndexLink(name, "variant", f"{name}/simple/", f"Builds for {name}") for name in VARIANTS),
    IndexLink("stable", "named", "stable/simple/", "Approved by the platform team"),
)

README = """\
# flash-tensor

[![build](https://img.example/build.svg)](https://ci.example/flash-tensor) \
![logo](https://img.example/logo.png)

Fused attention kernels that use memory **linear** in the length of the sequence.

## Quick start

```python
from flash_tensor import attention

out = attention(q, k, v, causal=True)  # the shape of q
```

| GPU | forward | backward |
|---|---:|---:|
| H100 | 640 TFLOPs | 480 TFLOPs |
| A100 | 220 TFLOPs | 180 TFLOPs |

- [x] BF16 and FP16
- [ ] FP4, see the [plan](https://github.com/acme/flash-tensor/issues)

> [!NOTE]
> Building from source takes an hour; the wheels take a minute.
"""

SYSTEMS = {
    "cpu": ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "win_amd64", "macosx_11_0_arm64"),
    "cu126": ("manylinux_2_28_x86_64", "win_amd64"),
    "cu128": ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "win_amd64"),
    "cu130": ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64"),
}


def file(filename: str, day: str, size: int = 0, downloads: int = 0) -> File:
    """Make up a file."""
    version = str(Filename.parse(filename).version)
    return File(
        filename=filename,
        version=version,
        url=f"https://github.com/acme/pypi/releases/download/v{version.partition('+')[0]}/"
        + filename.replace("+", "%2B"),
        size=size or 1000 * len(filename),
        sha256=digest_of(filename.encode()),
        uploaded_at=f"{day}T09:30:00Z",
        requires_python=">=3.10",
        core_metadata=digest_of(b"metadata") if filename.endswith(".whl") else None,
        origin="acme/pypi",
        tag=f"v{version}",
        prerelease=False,
        stamp="",
        provenance=f"https://github.com/acme/pypi/attestations/{size}" if size else None,
        downloads=downloads,
    )


def gpu_files() -> Iterator[File]:
    """Give the wheels of several releases, in all variants."""
    days = {
        "2.4.0": "2025-08-02",
        "2.5.0": "2025-09-20",
        "2.6.0": "2025-11-11",
        "2.6.1": "2025-12-01",
        "2.7.0": "2026-02-14",
        "2.8.0": "2026-05-30",
        "2.9.0rc1": "2026-06-15",
    }
    for number, (version, day) in enumerate(days.items()):
        yield file(f"flash_tensor-{version}.tar.gz", day, 4_300_000, 40 + 90 * number)
        for place, variant in enumerate(VARIANTS):
            for python in ("cp311", "cp312", "cp313"):
                for system in SYSTEMS[variant]:
                    name = f"flash_tensor-{version}+{variant}-{python}-{python}-{system}.whl"
                    count = (number * 977 + place * 131 + len(system) * 17) % 1400
                    yield file(name, day, 180_000_000 + 7_654_321 * place, count)


def metadata() -> dict[str, Metadata]:
    """What the projects say of themselves."""
    return {
        "flash-tensor": Metadata(
            name="Flash_Tensor",
            version="2.8.0",
            requires_python=">=3.10",
            summary="Fused attention kernels for CUDA, with memory linear in sequence length",
            keywords=("attention", "cuda", "kernels", "transformers"),
            author="The Acme kernel team",
            license="BSD-3-Clause",
            requires_dist=(
                "acme-core>=3,<4",
                "numpy>=1.26",
                "torch>=2.6",
                'triton>=3.2; platform_system == "Linux"',
                'pytest>=8; extra == "test"',
                'acme-client; extra == "telemetry" and python_version >= "3.11"',
            ),
            provides_extra=("telemetry", "test"),
            classifiers=("Programming Language :: Python :: 3",),
            project_urls=(
                ("Homepage", "https://acme.example/flash-tensor"),
                ("Source", "https://github.com/acme/flash-tensor"),
                ("Changelog", "https://github.com/acme/flash-tensor/releases"),
            ),
            description=README,
            description_content_type="text/markdown",
        ),
        "acme-core": Metadata(
            name="acme-core",
            version="3.2.1",
            requires_python=">=3.9",
            summary="What every Acme service shares: settings, logging, retries",
            keywords=("settings", "logging"),
            author="Platform team <platform@acme.example>",
            license="MIT",
            description="acme-core\n=========\n\nSettings, *logging*, retries.\n",
            description_content_type="text/x-rst",
        ),
        "acme-client": Metadata(
            name="acme-client",
            version="2.2.0",
            requires_python=">=3.9",
            summary="Client of the Acme API",
            license="Apache-2.0",
            requires_dist=("acme-core>=3", "httpx"),
        ),
        "acme-legacy": Metadata(
            name="acme-legacy", version="0.9", requires_python=None, summary="The client of old"
        ),
        "acme-tokenizers": Metadata(
            name="acme-tokenizers",
            version="1.4.0",
            requires_python=">=3.9",
            summary="Fast tokenizers in Rust, with one wheel per system (abi3)",
        ),
    }


def projects() -> list[Project]:
    """All projects, sorted by name."""
    abi3 = ("manylinux_2_17_x86_64.manylinux2014_x86_64", "musllinux_1_2_aarch64", "win_amd64")
    files = {
        "acme-client": [
            file(f"acme_client-{version}-py3-none-any.whl", day, downloads=count)
            for version, day, count in [
                ("2.0.0", "2025-10-01", 310),
                ("2.1.0", "2025-12-12", 42),
                ("2.2.0", "2026-03-03", 615),
            ]
        ],
        "acme-core": [
            file("acme_core-3.2.1-py3-none-any.whl", "2026-06-20", downloads=12_804),
            file("acme_core-3.2.1.tar.gz", "2026-06-20", downloads=77),
        ],
        "acme-legacy": [file("acme_legacy-0.9-py2.py3-none-any.whl", "2019-04-01", downloads=3)],
        "acme-tokenizers": [
            *(file(f"acme_tokenizers-1.4.0-cp39-abi3-{each}.whl", "2026-01-05") for each in abi3),
            file("acme_tokenizers-1.4.0-cp313-cp313t-macosx_11_0_arm64.whl", "2026-01-05"),
            file("acme_tokenizers-1.4.0-pp310-pypy310_pp73-win_amd64.whl", "2026-01-05"),
            file("acme_tokenizers-1.4.0.tar.gz", "2026-01-05"),
        ],
        "flash-tensor": list(gpu_files()),
    }
    return [Project(name=NormalizedName(name), files=tuple(all_)) for name, all_ in files.items()]


def variant_of(found: File) -> str:
    """Name the variant by the local version."""
    return found.version.partition("+")[2]


def downloads() -> bytes:
    """Make up the counts of a year, with a week in which no run was."""
    monday = date(2025, 11, 24)
    weeks = [monday + timedelta(weeks=number) for number in range(53) if number != NO_RUN]
    counts, total = [], 9000
    for number in range(53):
        total += 140 + (number * 977) % 400 + 9 * number
        counts.append(total)
    del counts[NO_RUN]
    history = DownloadHistory(
        weeks=tuple(map(week_of, weeks)), counts={normalize("flash-tensor"): tuple(counts)}
    )
    return history.dump()


def pages(address: str = "https://acme.example/pypi/") -> Iterator[Page]:
    """Give the whole site."""
    settings = SiteSettings(config=CONFIG, address=address)
    known = projects()
    said = {name: About.of(each) for name, each in metadata().items()}
    rows = []
    for project in known:
        about = said[project.name]
        yanked = CONFIG.yanked.get(project.name, {})
        newest = shown(project, releases(project, yanked), yanked)
        rows.append(
            Row(project.name, newest.version, newest.last, about.summary, " ".join(about.keywords))
        )
        view = ProjectView(
            project=project,
            about=about,
            indexes=INDEXES if project.name == "flash-tensor" else (MAIN,),
            ours={each.name for each in known},
            variant_of=variant_of,
            later="99.0" if project.name == "acme-core" else "",
        )
        yield from project_pages(view, settings)
    yield DOWNLOADS_PATH, downloads()
    count = sum(len(project.files) for project in known)
    yield from site_pages(SiteView(rows=rows, indexes=INDEXES, files=count), settings)


def write(folder: Path, address: str) -> None:
    """Write the site into a folder."""
    for path, content in pages(address):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
