"""Made-up packages whose numbers of files follow a Zipf law: a few large projects, many small ones.

    python -m benchmarks.data FOLDER FILES PROJECTS LARGEST

writes `store/`, a store in a folder; `flat/`, the same files by links, as other servers want them;
`packages.jsonl`, the list that dumb-pypi reads. The largest project holds `LARGEST` of `FILES`.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ghpypi.core.sample import build_sdist, build_wheel, core_metadata

PLATFORMS = tuple(
    f"{python}-{python}-{platform}"
    for python in ("cp310", "cp311", "cp312", "cp313")
    for platform in (
        "manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "macosx_11_0_arm64",
        "macosx_11_0_x86_64", "win_amd64",
    )
)  # fmt: skip
SMALL = 60
"""Projects with fewer files have a wheel and a source distribution in each version; others have
wheels for twenty platforms."""

METADATA = """Summary: A package for measurements
Requires-Python: >=3.9
Requires-Dist: packaging>=23
Requires-Dist: requests<3; extra == 'net'
License-Expression: MIT
Description-Content-Type: text/markdown

# {name}

Some **text**, with `code`, as every project has it.

* one
* two
"""


class Law(NamedTuple):
    """The sizes of a data set."""

    files: int
    projects: int
    largest: int

    def sizes(self) -> list[int]:
        """Return how many files each project has, the largest first."""
        low, high = 0.0, 4.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if sum(self._at(middle)) > self.files else (low, middle)
        sizes = self._at(high)
        for number in range(self.files - sum(sizes)):  # what rounding left over
            sizes[1 + number % (len(sizes) - 1)] += 1
        return sizes

    def _at(self, exponent: float) -> list[int]:
        ranks = range(1, self.projects + 1)
        return [max(1, round(self.largest / rank**exponent)) for rank in ranks]


def name_of(number: int) -> str:
    """Name a project."""
    return f"bench-{number:05}"


def release(number: int, version: int, count: int, *, small: bool) -> Iterator[tuple[str, bytes]]:
    """Build the files of one version of a project."""
    stem = name_of(number).replace("-", "_")
    text = f"1.{version}"
    metadata = METADATA.format(name=stem)
    wheel, content = build_wheel(stem, text, {f"{stem}.py": "pass\n"}, metadata=metadata)
    if small:
        yield wheel, content
        if count > 1:
            yield build_sdist(stem, text, {f"{stem}.py": "pass\n"}, metadata=metadata)
        return
    for platform in PLATFORMS[:count]:
        yield f"{stem}-{text}-{platform}.whl", content


def write(folder: Path, law: Law) -> None:
    """Write everything."""
    flat = folder / "flat"
    flat.mkdir(parents=True)
    with (folder / "packages.jsonl").open("w", encoding="utf-8") as packages:
        for number, size in enumerate(law.sizes()):
            stem = name_of(number).replace("-", "_")
            small, left, version = size < SMALL, size, 0
            while left:
                count = min(left, 2 if small else len(PLATFORMS))
                place = folder / "store" / "files" / f"{name_of(number)}-1.{version}"
                place.mkdir(parents=True)
                text = core_metadata(stem, f"1.{version}", METADATA.format(name=stem))
                written: dict[bytes, Path] = {}
                for name, content in release(number, version, count, small=small):
                    _put(place / name, content, written)
                    os.link(place / name, flat / name)
                    if name.endswith(".whl"):
                        _put(place / f"{name}.metadata", text.encode(), written)
                    packages.write(_line(name, content))
                left -= count
                version += 1


def _put(path: Path, content: bytes, written: dict[bytes, Path]) -> None:
    """Write a file; one with the same content as another is a link to it, which takes no room.

    ghpypi reads and hashes each of them: it looks at paths, sizes, times and contents.
    """
    if content in written:
        os.link(written[content], path)
    else:
        path.write_bytes(content)
        written[content] = path


def _line(name: str, content: bytes) -> str:
    known = {
        "filename": name,
        "hash": f"sha256={sha256(content).hexdigest()}",
        "requires_python": ">=3.9",
        "upload_timestamp": int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()),
    }
    return json.dumps(known) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]), Law(*map(int, sys.argv[2:5])))
