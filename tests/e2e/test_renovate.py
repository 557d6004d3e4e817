"""The real Renovate, which offers updates from a static site and from `ghpypi serve`."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ghpypi.core.clients.bots import json_api_url
from tests.e2e.proxy import STORE, private_repository, proxy
from tests.e2e.served import Ghpypi
from tests.e2e.tools import Project
from tests.support import npm
from tests.support.folder_server import serving
from tests.support.packages import Built, wheel, written

pytestmark = pytest.mark.nightly  # installing it takes a minute

PIN = "renovate@39.264.1"  # the last one that runs with Debian's node
MAIN = "node_modules/renovate/dist/renovate.js"
DAY = 86_400.0
METADATA = (
    "Project-URL: Changelog, https://github.com/acme/lib/blob/main/CHANGELOG.md\n"
    "Project-URL: Source, https://github.com/acme/lib\n"
)
OLD, NEWER, NEWEST = (wheel(version=each, metadata=METADATA) for each in ("1.0", "1.1", "1.2"))


@pytest.fixture(scope="session")
def renovate(client_tools: Path) -> Path:
    """Install Renovate from npm, once."""
    return npm.installed(client_tools, PIN, options=()).parent / MAIN


def offered(renovate: Path, folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Run Renovate in a project that has acme-lib 1.0, and return what it says of it."""
    project = Project(folder=folder / "project")
    project.folder.mkdir()
    (project.folder / "requirements.txt").write_text("acme-lib==1.0\n")
    (project.folder / "renovate.json").write_text(json.dumps(config))
    project.do("git", "init", "--quiet")
    project.do("git", "add", "--all")
    report = folder / "report.json"
    options = ("--platform=local", "--report-type=file", f"--report-path={report}")
    project.do("node", renovate, *options, RENOVATE_BASE_DIR=str(folder / "base"))
    files = json.loads(report.read_text())["repositories"]["local"]["packageFiles"]
    (dependency,) = files["pip_requirements"][0]["deps"]
    return dict(dependency)


def test_an_update_is_offered_when_it_is_old_enough_with_its_links(
    renovate: Path, tmp_path: Path
) -> None:
    store = publish_in_a_folder(tmp_path, {OLD: 90, NEWER: 60, NEWEST: 0})
    with serving(store) as server:
        settings = renovate_settings(tmp_path, f"{server.address}simple/")
        del settings["hostRules"]  # this server asks for no token
        age = {"minimumReleaseAge": "3 days", "internalChecksFilter": "strict"}
        found = offered(renovate, tmp_path, {**settings, **age})

    (update,) = found["updates"]
    assert update["newVersion"] == "1.1"
    assert update["newVersionAgeInDays"] == 60
    assert found["changelogUrl"] == "https://github.com/acme/lib/blob/main/CHANGELOG.md"
    assert found["sourceUrl"] == "https://github.com/acme/lib"


def test_an_update_of_a_private_index_is_offered(renovate: Path, tmp_path: Path) -> None:
    with (
        private_repository(tmp_path, OLD, NEWER) as private,
        proxy(private.environment(), STORE) as server,
    ):
        settings = renovate_settings(tmp_path, f"{server.root}simple/")
        settings["hostRules"][0]["password"] = private.reader  # instead of Renovate's secret
        found = offered(renovate, tmp_path, settings)

    (update,) = found["updates"]
    assert update["newVersion"] == "1.1"
    assert update["releaseTimestamp"]
    assert found["changelogUrl"]


def publish_in_a_folder(folder: Path, ages: dict[Built, int]) -> Path:
    """Make an index of files that were uploaded some days ago."""
    store, ghpypi = folder / "store", Ghpypi(home=folder, environment={})
    ghpypi.do("upload", *written(folder / "dist", *ages), "--store", store, "--no-rebuild")
    for (name, _), days in ages.items():
        (path,) = store.glob(f"files/*/{name}")
        os.utime(path, (time.time() - days * DAY,) * 2)
    ghpypi.do("index", "--store", store)
    return store


def renovate_settings(folder: Path, url: str) -> dict[str, Any]:
    """Let `ghpypi client` write the settings."""
    file = folder / "renovate.json"
    command = ("client", "renovate", "acme-*", "--write", "--url", url, "--file", file)
    Ghpypi(home=folder, environment={}).do(*command)
    settings: dict[str, Any] = json.loads(file.read_text())
    assert settings["packageRules"][0]["registryUrls"] == [json_api_url(url)]
    return settings
