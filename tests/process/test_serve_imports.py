"""What the server imports before it listens: a container has to answer within about a second.

A list of modules says more than a clock here: a clock measures the machine too.
"""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import ghpypi.cli.main
import ghpypi.server.run
ghpypi.server.run.serve = lambda *_: print(*sys.modules, sep="\\n")
sys.argv = ["ghpypi", "serve", "acme/pypi", "memory:trial", "--port", "0"]
ghpypi.cli.main.main()
"""
LATER = {
    "github": "with the first request to GitHub",
    "nacl": "with PyGithub",
    "h11": "without httptools",
    "jwt": "with rules of trusted publishing",
    "cryptography.x509": "with the first upload",
    "ghpypi.server.upload.storing": "with the first upload",
    "ghpypi.core.distribution.examine": "with the first upload",
    "ghpypi.api": "after an upload to a folder",
    "ghpypi.jobs.index": "after an upload to a folder",
    "filelock": "when a folder is written",
    "tomlkit": "when the configuration is changed",
    "ghpypi.core.initial_files": "for ghpypi init",
    "sigstore": "for provenance",
    "obstore": "for buckets",
}
"""What is imported later, and when."""


def test_nothing_is_imported_before_listening_that_only_later_requests_need(
    tmp_path: Path,
) -> None:
    clean = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    more = {"HOME": str(tmp_path), "GHPYPI_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**clean, **more}, cwd=tmp_path,
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    imported = set(done.stdout.split())

    assert {"uvicorn", "ghpypi.stores.github.reader", "ghpypi.stores.memory"} <= imported
    assert imported & LATER.keys() == set()
