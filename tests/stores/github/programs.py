"""A `git` in front of the real one: it keeps a record, or plays another part."""

import os
import shutil
from pathlib import Path

import pytest

GIT = shutil.which("git") or "git"


def put_first(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Make a script the first `git` on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\nREAL={GIT}\nHERE={folder}\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def fails_at(verb: str) -> str:
    """A script that fails at a verb, with what `told` (stderr) and `said` (stdout) hold."""
    return (
        'case " $* " in *" ' + verb + ' "*)\n'
        '  echo tried >>"$HERE/tries"\n'
        '  cat "$HERE/said"; cat "$HERE/told" >&2; exit 128;;\n'
        'esac\nexec "$REAL" "$@"'
    )
