"""A hundred thousand files in ten thousand projects, the same ones every time.

Each project has one to ten versions, each version a release with a wheel, its sidecar and a
source distribution. `write_inputs` writes the same files down for everybody who builds an index:

    listing.jsonl   what a store lists, a release a line
    facts.jsonl     what an index page says, a project a line and in order, for the plain loop
    packages.jsonl  what dumb-pypi reads, a file a line
"""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease, Yank
from ghpypi.core.names import Filename, Sha256, quote_path
from ghpypi.core.sample import build_sdist, build_wheel, core_metadata

PROJECTS = 10_000
FILES = 100_000
VERSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 4, 10)
"""Of ten projects in turn: fifty versions, a hundred files."""

REQUIRES_PYTHON = ("", ">=3.8", ">=3.9", ">=3.10,<4", ">=3.11")
TAGS = ("py3-none-any", "cp312-cp312-manylinux_2_28_x86_64", "cp311-cp311-win_amd64")
YANKED_PROJECTS = 100
"""One project of so many has its first version withdrawn."""
REASON = "broken on <some> machines & others"

EPOCH = datetime(2022, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One file."""

    project: NormalizedName
    version: str
    filename: str
    origin: str
    size: int
    uploaded: datetime
    requires_python: str
    yanked: str

    @property
    def tag(self) -> str:
        return f"{self.project}-{self.version}"

    @property
    def url(self) -> str:
        path = quote_path(f"{self.origin}/releases/download/{self.tag}/{self.filename}")
        return f"https://github.com/{path}"

    @property
    def sha256(self) -> Sha256:
        return Sha256(hashlib.sha256(self.filename.encode()).hexdigest())

    @property
    def sidecar(self) -> bytes | None:
        return _metadata(self.filename) if self.filename.endswith(".whl") else None

    @property
    def uploaded_at(self) -> str:
        return self.uploaded.strftime("%Y-%m-%dT%H:%M:%SZ")


def distributions(extra: int = 0) -> Iterator[Distribution]:
    """Make all files; `extra` adds so many versions more, each to another project."""
    for number in range(PROJECTS):
        for step in range(VERSIONS[number % len(VERSIONS)]):
            yield from _release(number, step)
    for number in range(extra):
        yield from _release(number, VERSIONS[number % len(VERSIONS)], sdist=False)


def yanked() -> dict[NormalizedName, dict[Version, Yank]]:
    """Say what is withdrawn, as the configuration does."""
    return {
        _project(number): {Version(_version(0)): Yank(reason=REASON)}
        for number in range(0, PROJECTS, YANKED_PROJECTS)
    }


def write_inputs(folder: Path) -> None:
    """Write the same files down in every form that somebody reads."""
    files = list(distributions())
    assert len(files) == FILES
    with (folder / "listing.jsonl").open("w", encoding="utf-8") as listing:
        listing.writelines(_listed(files))
    with (folder / "facts.jsonl").open("w", encoding="utf-8") as facts:
        for project, group in groupby(files, key=lambda file: file.project):
            data = {"name": project, "files": [_facts(file) for file in group]}
            facts.write(json.dumps(data) + "\n")
    write_packages(folder / "packages.jsonl")


def write_packages(path: Path, *, extra: int = 0) -> None:
    """Write the list that dumb-pypi reads."""
    with path.open("w", encoding="utf-8") as packages:
        packages.writelines(json.dumps(_package(file)) + "\n" for file in distributions(extra))


class Listed:
    """A source of these files, read from `listing.jsonl`; their contents are made when read."""

    name = "the synthetic files"

    def __init__(self, path: Path, *, extra: int = 0) -> None:
        with path.open(encoding="utf-8") as listing:
            self._releases = [_stored(line) for line in listing]
        if extra:
            self._releases += map(_stored, _listed(list(distributions(extra))[FILES:]))

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases."""
        return iter(self._releases)

    def absence(self, origin: str) -> None:
        """Everything is listed."""

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a wheel or a source distribution."""
        kind = Filename.parse(asset.name).kind
        name, version, *_ = asset.name.removesuffix(".tar.gz").split("-")
        build = build_wheel if kind == "wheel" else build_sdist
        return io.BytesIO(build(name, version, {}, metadata=_requires(version))[1])

    seekable = stream


def _release(number: int, step: int, *, sdist: bool = True) -> Iterator[Distribution]:
    project, version = _project(number), _version(step)
    stem = f"{project.replace('-', '_')}-{version}"
    names = [f"{stem}-{TAGS[number % len(TAGS)]}.whl", f"{stem}.tar.gz"]
    for place, filename in enumerate(names if sdist else names[:1]):
        yield Distribution(
            project=project,
            version=version,
            filename=filename,
            origin=f"acme/packages-{number % 8}",
            size=10_000 + 997 * number + place,
            uploaded=EPOCH + timedelta(hours=number % 97, days=40 * step, seconds=place),
            requires_python=_python(version),
            yanked=REASON if number % YANKED_PROJECTS == 0 and step == 0 else "",
        )


def _project(number: int) -> NormalizedName:
    return NormalizedName(f"acme-synthetic-{number:05}")


def _version(step: int) -> str:
    return f"{1 + step // 4}.{step % 4}.{step % 3}"


def _python(version: str) -> str:
    return REQUIRES_PYTHON[sum(map(int, version.split("."))) % len(REQUIRES_PYTHON)]


def _requires(version: str) -> str:
    python = _python(version)
    return f"Requires-Python: {python}" if python else ""


def _metadata(wheel: str) -> bytes:
    name, version, *_ = wheel.split("-")
    return core_metadata(name, version, _requires(version)).encode()


def _listed(files: list[Distribution]) -> Iterator[str]:
    """List releases with their assets, as a store does."""
    for tag, group in groupby(files, key=lambda file: file.tag):
        assets = []
        origin = ""
        for file in group:
            origin = file.origin
            assets.append(_asset(file, "", file.size, file.sha256))
            if file.sidecar:
                assets.append(_asset(file, ".metadata", len(file.sidecar), digest_of(file.sidecar)))
        yield json.dumps({"origin": origin, "tag": tag, "assets": assets}) + "\n"


def _asset(file: Distribution, suffix: str, size: int, sha256: Sha256) -> dict[str, Any]:
    key = int(hashlib.sha256((file.filename + suffix).encode()).hexdigest()[:7], 16)
    return {
        "key": f"repos/{file.origin}/releases/assets/{key}",
        "name": file.filename + suffix,
        "size": size,
        "sha256": sha256,
        "url": file.url + suffix,
        "uploaded_at": file.uploaded_at,
        "complete": True,
        "stamp": f"{key}@{file.uploaded_at}@{key:08x}",
    }


def _stored(line: str) -> StoredRelease:
    data = json.loads(line)
    return StoredRelease(
        key=data["tag"],
        origin=data["origin"],
        tag=data["tag"],
        draft=False,
        prerelease=False,
        immutable=True,
        assets=tuple(Asset(**each) for each in data["assets"]),
    )


def _facts(file: Distribution) -> dict[str, Any]:
    sidecar = file.sidecar
    return {
        "filename": file.filename,
        "version": file.version,
        "url": file.url,
        "sha256": file.sha256,
        "size": file.size,
        "upload_time": file.uploaded_at,
        "requires_python": file.requires_python,
        "core_metadata": digest_of(sidecar) if sidecar else "",
        "yanked": file.yanked,
    }


def _package(file: Distribution) -> dict[str, Any]:
    """Describe a file in the words of dumb-pypi; what it leaves unsaid is left out."""
    sidecar = file.sidecar
    known = {
        "filename": file.filename,
        "hash": f"sha256={file.sha256}",
        "requires_python": file.requires_python,
        "core_metadata": f"sha256={digest_of(sidecar)}" if sidecar else "",
        "upload_timestamp": int(file.uploaded.timestamp()),
        "yanked_reason": file.yanked,
    }
    return {key: value for key, value in known.items() if value}
