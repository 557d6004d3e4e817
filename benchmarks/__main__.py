"""Measure ghpypi beside its peers: `make bench`, or `make bench QUICK=1` in about two minutes.

    python -m benchmarks [--quick] [PIECE...]

Every row is of whole processes with their default settings and says what it includes. Prints a
table; everything measured is also written to `benchmarks/results.json`, unless the run is a quick
one. Rows of pieces that were not measured stay there, with the conditions of their own run.
`TMPDIR` says where the data are. The pieces `index-300k` and `index-1m` are measured only if they
are named: they take about a quarter of an hour and an hour, and a million files 12 GB of disk.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import index, peers, serve, start, upload
from benchmarks.data import Law
from benchmarks.results import RESULTS, write_results
from benchmarks.scale import FULL, LARGE_INDEXES, QUICK, Scale
from benchmarks.table import PEAK, Aim, Row, conditions, file_system, note, print_table

Piece = Callable[[Path, Scale], Iterator[Row]]

PIECES: dict[str, Piece] = {
    "start": start.rows,
    "upload": upload.rows,
    "index": index.rows,
    "serve": serve.rows,
}


def _large(law: Law) -> Piece:
    aims = [Aim(unit=PEAK, most=1 << 30)]
    return lambda folder, _: (replace(row, aims=aims) for row in index.of_law(folder, law))


LARGE: dict[str, Piece] = {name: _large(law) for name, law in LARGE_INDEXES.items()}


def main(arguments: list[str]) -> int:
    """Run all pieces but the large ones, or those that are named."""
    pieces = PIECES | LARGE
    names = [each for each in arguments if each != "--quick"]
    scale = QUICK if "--quick" in arguments else FULL
    if unknown := sorted(set(names) - pieces.keys()):
        note(f"no piece is called {', '.join(unknown)}; there are {', '.join(pieces)}")
        return 2
    note(f"the load of this machine is {conditions()['load'][0]:.1f}")
    versions = {"peers": peers.versions()}
    for name in names or PIECES:
        with tempfile.TemporaryDirectory(prefix="ghpypi-bench-") as folder:
            begun = {**conditions(), **versions, "file system": file_system(Path(folder))}
            rows = list(pieces[name](Path(folder), scale))
        print_table(rows)
        if scale is FULL:
            write_results(name, rows, begun, RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
