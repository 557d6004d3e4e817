"""Large wheels of random bytes: python -m benchmarks.big_wheels FOLDER COUNT BYTES."""

import os
import sys
import zipfile
from pathlib import Path

from ghpypi.core.sample import core_metadata

PIECE = 1 << 20


def write(folder: Path, count: int, size: int) -> None:
    """Write versions of one project, each about so large."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        version = f"{size // PIECE}.{number}"
        info = f"acme_large-{version}.dist-info"
        path = folder / f"acme_large-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            with archive.open("acme_large/weights.bin", "w") as weights:
                for _ in range(size // PIECE):
                    weights.write(os.urandom(PIECE))
            archive.writestr(f"{info}/METADATA", core_metadata("acme_large", version))
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
