"""Programs from npm, installed once."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock


def installed(tools: Path, *packages: str, options: Sequence[str] = ("--omit=optional",)) -> Path:
    """Install packages, and return the folder that they are in.

    Args:
        tools: Where real clients are kept from one run of the tests to the next.
        packages: The packages with their versions; the first one gives the folder its name.
        options: Options of npm.
    """
    root = tools / packages[0].replace("@", "-")
    npm = shutil.which("npm")
    assert npm, "this test needs npm"
    tools.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{root}.lock"):
        if not (root / "complete").exists():
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
            (root / "package.json").write_text("{}")
            # Scripts of packages would compile optional parts.
            common = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run([npm, "install", *common, *options, *packages], cwd=root, check=True)
            (root / "complete").touch()
    return root / "node_modules"
