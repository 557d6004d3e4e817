"""Peak memory of an upload: a wheel of 300 MB must not take more than one of 1 MB.

The emulator runs in a process of its own and takes no part in what is measured.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.child import ROOT, Sample, Work, measure
from benchmarks.hub import STORE, ghpypi, hub
from benchmarks.table import Number, Row, note
from ghpypi.core.sample import core_metadata

MEGABYTE = 1_000_000
SMALL, LARGE = 1, 300


def rows(folder: Path) -> Iterator[Row]:
    note("upload: a wheel of 300 MB to a folder, then to GitHub")
    store = str(folder / "store")
    small = measure("upload_memory:upload", folder, str(SMALL), store)
    large = measure("upload_memory:upload", folder, str(LARGE), store)
    yield from _rows("a folder", small, large)
    with _github(folder):
        small = measure("upload_memory:upload", folder, str(SMALL), STORE)
        large = measure("upload_memory:upload", folder, str(LARGE), STORE)
    yield from _rows("GitHub", small, large)


def upload(folder: str, megabytes: str, store: str) -> Work:
    """Make a wheel, and upload it."""
    wheel = _wheel(Path(folder), int(megabytes))
    return ghpypi("upload", str(wheel), "--store", store, "--no-index", "--quiet")


def serve(folder: str) -> None:
    """Be GitHub until standard input ends; say where on standard output."""
    with hub(Path(folder)) as (_, repository, environment):
        repository.commit_files({"README.md": "Packages\n"})
        print(json.dumps(environment), flush=True)
        sys.stdin.read()


@contextmanager
def _github(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.upload_memory", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        os.environ.update(json.loads(process.stdout.readline()))
        try:
            yield
        finally:
            process.stdin.close()


def _rows(where: str, small: Sample, large: Sample) -> Iterator[Row]:
    yield Row(
        what=f"upload {LARGE} MB to {where}: peak memory",
        measured=Number.median([large.peak], "MiB"),
        compared=Number.median([small.peak], "MiB", f"{SMALL} MB"),
        most_ratio=1.25,
        aim="does not grow: at most 1.25x",
    )
    yield Row(
        what=f"upload {LARGE} MB to {where}: time",
        measured=Number.median([large.wall], "s"),
    )


def _wheel(folder: Path, megabytes: int) -> Path:
    """Write a wheel of random bytes, stored as they are."""
    name, version = "acme_large", f"1.{megabytes}"
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    if path.exists():
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(f"{name}/weights.bin", "w") as weights:
            for _ in range(megabytes):
                weights.write(os.urandom(MEGABYTE))
        archive.writestr(f"{info}/METADATA", core_metadata(name, version))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


if __name__ == "__main__":
    serve(sys.argv[1])
