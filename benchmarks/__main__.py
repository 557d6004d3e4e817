"""Measure ghpypi beside its peers: `make bench`, or `make bench QUICK=1` in about two minutes.

    python -m benchmarks [--quick] [PIECE...]

Every row is of whole processes with their default settings and says what it includes. Prints a
table; everything measured is also written to `benchmarks/results.json`, unless the run is a quick
one. Rows of pieces that were not measured stay there, with the conditions of their own run.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import index, peers, serve, start, upload
from benchmarks.results import RESULTS, write_results
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.table import Row, conditions, note, print_table

PIECES: dict[str, Callable[[Path, Scale], Iterator[Row]]] = {
    "start": start.rows,
    "upload": upload.rows,
    "index": index.rows,
    "serve": serve.rows,
}


def main(arguments: list[str]) -> int:
    """Run all pieces, or those that are named."""
    names = [each for each in arguments if each != "--quick"]
    scale = QUICK if "--quick" in arguments else FULL
    if unknown := sorted(set(names) - PIECES.keys()):
        note(f"no piece is called {', '.join(unknown)}; there are {', '.join(PIECES)}")
        return 2
    note(f"the load of this machine is {conditions()['load'][0]:.1f}")
    versions = {"peers": peers.versions()}
    for name in names or PIECES:
        begun = {**conditions(), **versions}
        with tempfile.TemporaryDirectory(prefix="ghpypi-bench-") as folder:
            rows = list(PIECES[name](Path(folder), scale))
        print_table(rows)
        if scale is FULL:
            write_results(name, rows, begun, RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
