"""What commands import before they work: most of the time until then is spent on imports.

A list of modules says more than a clock here: a clock measures the machine too.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
import sys
from ghpypi.cli.main import run
code = run(sys.argv[1:])
print("modules:", *sys.modules)
"""

SERVE = """
import sys
import ghpypi.cli.main
import ghpypi.server.run
ghpypi.server.run.serve = lambda *_: print("modules:", *sys.modules)
ghpypi.cli.main.run(sys.argv[1:])
"""

LIBRARIES = {
    "cachetools", "click", "configupdater", "cramjam", "cryptography", "docutils", "filelock",
    "github", "jinja2", "jwt", "keyring", "nacl", "nh3", "obstore", "packaging", "pebble",
    "pkginfo", "prometheus_client", "pydantic", "pypi_attestations", "readme_renderer", "regex",
    "requests", "ruamel", "sigstore", "starlette", "tomlkit", "tuf", "urllib3", "uvicorn",
}  # fmt: skip
"""The libraries of ghpypi, and large ones behind them: those of attestations take 1.5 seconds."""

PARTS = {
    "core.distribution.examine", "jobs.index.job", "jobs.upload", "jobs.verify", "rendering",
    "server", "stores.github", "stores.memory", "stores.objects",
}  # fmt: skip
"""Parts of ghpypi that belong to some commands only."""

CONFIGURED = {"click", "packaging"}
EDITED = {*CONFIGURED, "tomlkit"}
INDEX = {"jobs.index.job", "jobs.upload", "rendering"}

ROWS: list[tuple[str, set[str], set[str]]] = [
    ("--help", {"click"}, set()),
    ("whoami --help", CONFIGURED, set()),
    ("run --help", CONFIGURED, set()),
    ("serve --help", CONFIGURED, set()),
    ("list --store ./index", CONFIGURED, set()),
    ("client pip --store ./index", {*EDITED, "configupdater", "ruamel"}, set()),
    ("yank --help", EDITED, set()),
    ("index --store ./index", {*CONFIGURED, "cachetools"}, INDEX),
    (
        "upload missing.whl --store ./index",
        CONFIGURED,
        {"core.distribution.examine", "jobs.upload"},
    ),
    (
        "verify ./index",
        {*CONFIGURED, "requests", "urllib3"},
        {"core.distribution.examine", "jobs.verify"},
    ),
    ("backfill --help", CONFIGURED, {"core.distribution.examine"}),
]
"""Arguments, the libraries that they import, and the parts of ghpypi."""


@pytest.mark.parametrize(("arguments", "libraries", "parts"), ROWS, ids=[row[0] for row in ROWS])
def test_a_command_imports_what_it_needs(
    arguments: str, libraries: set[str], parts: set[str], tmp_path: Path
) -> None:
    (tmp_path / "index").mkdir()
    imported = imported_by(COMMAND, arguments, tmp_path)
    ours = {name.removeprefix("ghpypi.") for name in imported if name.startswith("ghpypi.")}

    assert {name.partition(".")[0] for name in imported} & LIBRARIES == libraries
    assert ours & PARTS == parts


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
    "pkginfo": "with the first upload",
    "tomlkit": "when the configuration is changed",
    "ghpypi.core.initial_files": "for ghpypi init",
    "sigstore": "for provenance",
    "obstore": "for buckets",
}
"""What the server imports after it listens, and when."""


def test_nothing_is_imported_before_listening_that_only_later_requests_need(
    tmp_path: Path,
) -> None:
    """A container has to answer within about a second."""
    imported = imported_by(SERVE, "serve acme/pypi memory:trial --port 0", tmp_path)

    assert {"uvicorn", "ghpypi.stores.github.reader", "ghpypi.stores.memory"} <= imported
    assert imported & LATER.keys() == set()


def imported_by(program: str, arguments: str, folder: Path) -> set[str]:
    """Run a program in a folder, and return the modules that it printed."""
    clean = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    more = {"HOME": str(folder), "GHPYPI_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments.split()], env={**clean, **more}, cwd=folder,
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(done.stdout.rpartition("modules: ")[2].split())
