"""Any sequence of uploads, yanks, deletions and prunes leaves a consistent index."""

import json
import random

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.names import Filename, is_distribution
from tests.cli.conftest import Bench
from tests.support.packages import sdist, wheel, written

VERSIONS = ("1.0", "1.1", "2.0rc1", "2.0")
STEPS = 8


def step(bench: Bench, chance: random.Random) -> tuple[str, ...]:
    """Choose a command."""
    version = chance.choice(VERSIONS)
    pin = f"acme-lib=={version}"
    if chance.random() < 0.4:
        written(bench.folder / "dist", wheel("acme_lib", version), sdist("acme_lib", version))
        return ("upload", *(str(bench.folder / f"dist/{name}") for name in names(version)))
    return chance.choice(
        [
            ("yank", pin, "--reason", "bad"),
            ("yank", pin, "--filename", names(version)[0]),
            ("unyank", pin),
            ("status", "acme-lib", chance.choice(["archived", "active", "quarantined"])),
            ("delete", pin, "--yes"),
            ("prune", "--keep", "1", "--prereleases", "--yes"),
            ("prune", "--keep", "2", "--yes"),
        ]
    )


def names(version: str) -> list[str]:
    return [wheel("acme_lib", version)[0], sdist("acme_lib", version)[0]]


@pytest.mark.parametrize("seed", range(2))
def test_every_command_leaves_an_index_that_is_up_to_date(bench: Bench, seed: int) -> None:
    bench.set(GHPYPI_STORE="./index")
    written(bench.folder / "dist", sdist("other", "1.0"))
    assert bench.run("upload", "dist/other-1.0.tar.gz").code == 0
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    for _ in range(STEPS):
        arguments = step(bench, chance)
        outcome = bench.run(*arguments)

        assert outcome.code in {0, 5}, (arguments, outcome)
        assert bench.run("index", "--check").code == 0, arguments
        check(bench)


def check(bench: Bench) -> None:
    """Compare the page of the project with the files and the configuration."""
    root = bench.folder / "index"
    toml = root / "ghpypi.toml"
    config = Config.parse(toml.read_text() if toml.exists() else "")
    files = (root / "files").glob("*/acme_lib*")
    stored = {path.name: path for path in files if is_distribution(path.name)}
    page = root / "simple/acme-lib/index.json"
    document = json.loads(page.read_text()) if page.exists() else {"files": []}
    listed = {file["filename"]: file for file in document["files"]}
    quarantined = document.get("project-status", {}).get("status") == "quarantined"

    assert listed.keys() == (set() if quarantined else stored.keys())
    for name, file in listed.items():
        assert file["hashes"]["sha256"] == digest_of(stored[name].read_bytes())
        version = Filename.parse(name).version
        yanks = config.yanked.get(canonicalize_name("acme-lib"), {})
        assert ("yanked" in file) is (version in yanks or name in yanks)
