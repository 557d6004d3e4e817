"""The examples that read a private repository without Python: nginx with njs, and a Worker."""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.e2e.nginx import EXAMPLES, nginx_of_example
from tests.e2e.proxy import STORE, Private
from tests.support import npm
from tests.support.waiting import HANG_SECONDS

MINIFLARE = ("miniflare@4.20251210.0", "@cloudflare/workerd-linux-64@1.20251210.0")
"""The last ones that run with Debian's node, without their optional parts for images."""

WITH_WORKER = bool(os.environ.get("GHPYPI_WORKER"))


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An example that runs.

    Attributes:
        root: Its address, ending in `/`.
        private: The repository behind it.
        folder: What it writes.
    """

    root: str
    private: Private
    folder: Path

    def index(self, token: str) -> str:
        return self.root.replace("://", f"://someone:{token}@") + "simple/"

    def get(self, path: str, token: str | None, **more: Any) -> requests.Response:
        """Send a request, without following redirects."""
        return self.ask("GET", path, token, **more)

    def ask(self, method: str, path: str, token: str | None, **more: Any) -> requests.Response:
        auth = ("someone", token) if token is not None else None
        with requests.Session() as session:
            session.trust_env = False
            url = self.root + path
            return session.request(
                method, url, auth=auth, allow_redirects=False, timeout=HANG_SECONDS, **more
            )

    def asked(self) -> list[str]:
        """List what GitHub's API was asked for since the last time, and how it answered."""
        github = self.private.github
        prefix = f"/repos/{STORE}/"
        found = [
            f"{each.path.removeprefix(prefix)} {each.status}" for each in github.requests_to("api")
        ]
        github.clear_log()
        return found


@contextmanager
def nginx_edge(private: Private, folder: Path, *, fresh: str = "1m") -> Iterator[Edge]:
    """Run nginx with the example; it asks again for what is older than `fresh`."""
    folder.mkdir()
    changes = {
        "set $repository acme/pypi;": f"set $repository {STORE};",
        "https://api.github.com;": f"{private.github.api_url};",
        "https://github.com;": f"{private.github.server_url};",
        "200 401 404 1m;": f"200 401 404 {fresh};",
    }
    with nginx_of_example(folder, "github-nginx", changes) as root:
        yield Edge(root=root, private=private, folder=folder)


@contextmanager
def worker_edge(private: Private, folder: Path, tools: Path, *, fresh: int = 60) -> Iterator[Edge]:
    """Run the Worker in miniflare; it asks again for what is older than `fresh` seconds."""
    folder.mkdir()
    for name in ("common", "github-worker"):
        shutil.copytree(EXAMPLES / name, folder / name)
    script = folder / "github-worker" / "worker.js"
    text = script.read_text()

    assert text.count("const FRESH = 60;") == 1

    script.write_text(text.replace("const FRESH = 60;", f"const FRESH = {fresh};"))
    settings = tomllib.loads((folder / "github-worker" / "wrangler.toml").read_text())
    github = private.github
    here = {"REPOSITORY": STORE, "GITHUB": github.api_url, "WEB": github.server_url}
    options = {
        "library": str(
            npm.installed(tools, *MINIFLARE) / "miniflare" / "dist" / "src" / "index.js"
        ),
        "compatibilityDate": settings["compatibility_date"],
        "bindings": {**settings["vars"], **here},
        "modulesRoot": str(folder),
        "modules": [
            {"type": "ESModule", "path": str(path)}
            for path in (script, folder / "common" / "simple_api.js")
        ],
    }
    with _running(options, folder / "output") as root:
        yield Edge(root=root, private=private, folder=folder)


@contextmanager
def _running(options: dict[str, Any], output: Path) -> Iterator[str]:
    command = ["node", str(Path(__file__).with_name("worker.mjs")), json.dumps(options)]
    with output.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout

        try:
            root = process.stdout.readline().strip()

            assert root.startswith("http"), output.read_text()

            yield root
        finally:
            process.terminate()
            process.wait(HANG_SECONDS)
            process.stdout.close()
