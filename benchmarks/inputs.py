"""Writes the inputs of `full_build`, in a process of its own."""

from pathlib import Path

from benchmarks.child import Work
from benchmarks.synthetic import write_inputs, write_packages


def write(folder: str) -> Work:
    def work() -> None:
        write_inputs(Path(folder))
        write_packages(Path(folder, "packages-and-one.jsonl"), extra=1)

    return work
