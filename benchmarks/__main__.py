"""Measure ghpypi beside its peers: `make bench`, or `make bench QUICK=1` in about two minutes.

    python -m benchmarks [--quick] [PIECE...]

Every row is of whole processes with their default settings and says what it includes. Prints a
table; the whole of it, with everything measured, is also written to `benchmarks/results.json`.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import index, peers, serve, start, upload
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.table import Row, conditions, note, print_table, write_results

RESULTS = Path(__file__).with_name("results.json")

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
    begun = {**conditions(), "peers": peers.versions()}
    note(f"the load of this machine is {begun['load'][0]:.1f}")
    rows: list[Row] = []
    for name in names or PIECES:
        with tempfile.TemporaryDirectory(prefix="ghpypi-bench-") as folder:
            rows += PIECES[name](Path(folder), scale)
    print_table(rows)
    if not names and scale is FULL:
        write_results(rows, begun, RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
