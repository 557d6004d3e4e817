"""Real installers behind `ghpypi serve` when names are not there: closed, sent on, old enough."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.installers import Installer, Place, bare_environment
from tests.e2e.proxy import proxy
from tests.e2e.served import Ghpypi
from tests.support.folder_server import serving
from tests.support.packages import Built, wheel, written

MONTH = 30 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Indexes:
    """An own index, and an upstream index.

    Attributes:
        ours: The folder of the own index.
        other: The address of the other one.
    """

    ours: Path
    other: str

    def install(self, installer: Installer, place: Place, name: str, *rules: str) -> dict[str, str]:
        """Install a project through a server with these rules; tell what there is then."""
        with proxy(bare_environment(self.ours.parent), self.ours, *rules) as served:
            installer.install(place, f"{served.root}simple/", name)
        return place.installed()


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexes]:
    folder = tmp_path_factory.mktemp("indexes")
    ours, other = folder / "ours", folder / "other"

    def publish(store: Path, *files: Built, index: str = "--rebuild") -> None:
        paths = written(folder / "dist", *files)
        Ghpypi(home=folder, environment={}).do("upload", *paths, "--store", store, index)

    old = wheel("outer", "1.0"), wheel("acme_lib", "99.0"), wheel("acme_gap", "1.0")
    publish(other, *old, index="--no-rebuild")  # a published upload time would stay as it is
    long_ago = time.time() - MONTH
    for path in other.glob("files/*/*"):
        os.utime(path, (long_ago, long_ago))
    publish(other, wheel("outer", "2.0"))
    publish(ours, wheel("acme_lib", "1.0"))
    with serving(other) as index:
        yield Indexes(ours=ours, other=f"{index.address}simple")


def test_names_that_are_not_here_are_unknown(
    indexes: Indexes, installer: Installer, place: Place
) -> None:
    assert indexes.install(installer, place, "outer") == {}


def test_unknown_names_are_redirected_and_own_names_never(
    indexes: Indexes, installer: Installer, place: Place
) -> None:
    rules = ["--upstream", indexes.other]

    assert indexes.install(installer, place, "acme-lib", *rules) == {"acme-lib": "1.0"}
    assert indexes.install(installer, place, "outer", *rules)["outer"] == "2.0"


def test_reserved_names_are_not_redirected(
    indexes: Indexes, installer: Installer, place: Place
) -> None:
    rules = ["--upstream", indexes.other, "--reserved", "acme-*"]

    assert indexes.install(installer, place, "acme-gap", *rules) == {}


def test_what_is_too_new_is_passed_over_for_what_is_older(
    indexes: Indexes, installer: Installer, place: Place
) -> None:
    rules = ["--upstream", indexes.other, "--min-age", "7d"]

    assert indexes.install(installer, place, "outer", *rules) == {"outer": "1.0"}


def test_merged_pages_offer_what_is_there_and_what_is_here(
    indexes: Indexes, installer: Installer, place: Place
) -> None:
    rules = ["--upstream", indexes.other, "--upstream-merge"]

    assert indexes.install(installer, place, "acme-lib<2", *rules) == {"acme-lib": "1.0"}
    assert indexes.install(installer, place, "acme-lib>2", *rules) == {"acme-lib": "99.0"}
