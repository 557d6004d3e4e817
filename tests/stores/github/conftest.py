from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import Emulator
from tests.stores.github.scene import Scene


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    folder = tmp_path / "github"
    folder.mkdir()
    with Emulator(folder) as emulator:
        yield emulator


@pytest.fixture
def scene(github: Emulator, tmp_path: Path) -> Scene:
    return Scene.set(github, tmp_path)
