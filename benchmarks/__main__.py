"""Run all pieces, print one table, write one file. See `run.py`."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    action_start,
    full_build,
    indexes,
    request_counts,
    serve,
    start,
    upload_memory,
)
from benchmarks.table import Conditions, Row, note, print_table, write_results

RESULTS = Path(__file__).with_name("results.json")

PIECES: dict[str, Callable[[Path], Iterator[Row]]] = {
    "start": start.rows,
    "action": action_start.rows,
    "requests": request_counts.rows,
    "upload": upload_memory.rows,
    "build": full_build.rows,
    "indexes": indexes.rows,
    "serve": serve.rows,
}


def main(names: list[str]) -> int:
    if unknown := sorted(set(names) - PIECES.keys()):
        note(f"no piece is called {', '.join(unknown)}; there are {', '.join(PIECES)}")
        return 2
    conditions = Conditions()
    rows: list[Row] = []
    for name in names or PIECES:
        with tempfile.TemporaryDirectory(prefix="ghpypi-bench-") as folder:
            rows += PIECES[name](Path(folder))
    print_table(rows)
    if not names:
        write_results(rows, conditions, RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
