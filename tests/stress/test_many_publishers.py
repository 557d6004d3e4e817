"""Ten jobs of a build matrix publish one version at the same moment, each a process of its own.

Each brings a wheel of its own, and all of them the same source distribution. When the last has
ended, every file is public, without a second run. `GHPYPI_STRESS_ROUNDS` sets how often.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support import concurrent_commands
from tests.support.packages import sdist, wheel, written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

ROUNDS = int(os.environ.get("GHPYPI_STRESS_ROUNDS", "1"))
PUBLISHERS = 10
SDIST = sdist("acme_lib", "1.0", text="x = 1\n" * 5000)
WHEELS = [(f"acme_lib-1.0-{n}-py3-none-any.whl", wheel("acme_lib")[1]) for n in range(PUBLISHERS)]
TAG = "acme-lib-1.0"


@pytest.fixture(params=range(ROUNDS))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One round: a folder, with the files of each publisher in it."""
    for number, built in enumerate(WHEELS):
        written(tmp_path / "dist" / str(number), built, SDIST)
    return tmp_path


@pytest.fixture
def github(folder: Path) -> Iterator[Emulator]:
    (folder / "github").mkdir()
    with Emulator(folder / "github") as emulator:
        emulator.add_organization("acme")
        emulator.add_user("bot")
        yield emulator


@pytest.fixture
def repository(github: Emulator) -> Repository:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    return repository


def publish_at_once(
    folder: Path, store: str, *options: str, environment: Mapping[str, str] | None = None
) -> list[tuple[int, str]]:
    """Let all publishers begin together; return exit code and output of each."""
    clean = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    commands = [
        ["upload", str(folder / "dist" / str(number)), "--store", store, *options]
        for number in range(PUBLISHERS)
    ]
    done = subprocess.run(
        [sys.executable, str(Path(concurrent_commands.__file__)), *map(json.dumps, commands)],
        cwd=folder, env={**clean, "HOME": str(folder), **(environment or {})},
        check=True, stdout=subprocess.PIPE, text=True, timeout=280,
    )  # fmt: skip
    return [(code, out) for code, out in json.loads(done.stdout)]


def access(github: Emulator) -> dict[str, str]:
    return {
        "GHPYPI_TOKEN": github.add_token("bot"),
        "GITHUB_API_URL": github.api_url,
        "GITHUB_SERVER_URL": github.server_url,
    }


def distributions(names: Sequence[str]) -> list[str]:
    return sorted(name for name in names if not name.endswith(".metadata"))


EVERYTHING = sorted(name for name, _ in (*WHEELS, SDIST))


def test_every_file_is_public_on_github(
    folder: Path, github: Emulator, repository: Repository
) -> None:
    outcomes = publish_at_once(folder, "acme/pypi", environment=access(github))

    assert [each for each in outcomes if each[0]] == []
    (release,) = repository.releases
    assert not release.draft
    assert distributions([asset.name for asset in release.assets]) == EVERYTHING
    assert {asset.state for asset in release.assets} == {"uploaded"}


def test_every_file_is_public_where_listings_come_late(
    folder: Path, github: Emulator, repository: Repository
) -> None:
    github.listing_lag = 1.0
    outcomes = publish_at_once(folder, "acme/pypi", environment=access(github))

    assert [each for each in outcomes if each[0]] == []
    published = [release for release in repository.releases if not release.draft]
    assert distributions([x.name for each in published for x in each.assets]) == EVERYTHING
    assert repository.releases == published


def test_every_file_is_installable_from_a_folder(folder: Path) -> None:
    outcomes = publish_at_once(folder, "./index")

    assert [each for each in outcomes if each[0]] == []
    published = folder / "index" / "files" / TAG
    assert distributions([each.name for each in published.iterdir()]) == EVERYTHING
    page = (folder / "index/simple/acme-lib/index.html").read_text()
    assert [name for name in EVERYTHING if f">{name}</a>" not in page] == []
