"""Measure ghpypi beside its peers: `python benchmarks/run.py`, or `make bench`.

Prints a table and writes `benchmarks/results.json`. Names of pieces as arguments run only those,
and then nothing is written.
"""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
runpy.run_module("benchmarks", run_name="__main__", alter_sys=True)
