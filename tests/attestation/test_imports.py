"""The libraries of attestations take 1.5 seconds to import: only what needs them does so."""

import subprocess
import sys

import pytest

LARGE = ("cramjam", "pypi_attestations", "pydantic", "sigstore", "tuf")

START = """
import sys
from ghpypi.cli.main import run
try:
    run({arguments!r})
finally:
    print("loaded:", *sorted(x for x in sys.modules if x in {large!r}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["upload", "--help"],
        ["index", "--help"],
        ["verify", "--help"],
        ["run", "--help"],
        ["serve", "--help"],
        ["backfill", "--help"],
        ["upload", "missing.whl", "--store", "./index"],
    ],
    ids=" ".join,
)
def test_commands_that_need_no_attestations_import_no_large_library(arguments: list[str]) -> None:
    program = START.format(arguments=arguments, large=LARGE)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stderr.splitlines()[-1] == "loaded:"
