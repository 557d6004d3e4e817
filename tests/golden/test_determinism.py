"""Same catalog and configuration, same bytes."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rendered(seed: str) -> bytes:
    """Build and render in a process of its own, with everything shuffled by a seed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.render_shuffled", seed],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_neither_hash_seed_nor_order_of_input_changes_a_byte() -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(rendered, ["1", "4242"])

    assert b"== catalog.jsonl" in first
    assert b"== simple/zope-interface/index.html" in first
    assert first == second
