"""A private container of Azurite: uv signs its own requests, and pip comes through a proxy."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from uv import find_uv_bin

from tests.e2e.installers import Place, run
from tests.e2e.served import Ghpypi
from tests.support.azurite import ACCOUNT, KEY, azurite_server
from tests.support.packages import sdist, wheel, written
from tests.support.waiting import HANG_SECONDS

pytestmark = pytest.mark.nightly


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container with an index.

    Attributes:
        store: Its locator.
        url: The address of its objects.
        ghpypi: The command line, with its credentials.
    """

    store: str
    url: str
    ghpypi: Ghpypi


@pytest.fixture(scope="module")
def container(client_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    home = tmp_path_factory.mktemp("azure")
    config = home / "ghpypi.toml"
    config.write_text('[index]\nfind-links = "links/{index}.html"\n')
    with azurite_server(client_tools) as server:
        name = server.container()
        environment = {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_ENDPOINT": server.url,
            "AZURE_ALLOW_HTTP": "true",
        }
        made = Container(
            store=f"az://{name}/team",
            url=f"{server.url}/{name}/team",
            ghpypi=Ghpypi(home=home, environment=environment),
        )
        made.ghpypi.do("init", made.store)
        files = written(home / "dist", wheel("acme_lib", "1.0"), sdist("acme_lib", "1.0"))
        made.ghpypi.do("upload", "--store", made.store, "--config", config, *files)
        yield made


def test_uv_signs_requests_for_the_page_of_all_files(container: Container, place: Place) -> None:
    page = f"{container.url}/links/main.html"

    assert requests.get(page, timeout=HANG_SECONDS).status_code in {403, 404}

    line = [
        find_uv_bin(), "pip", "install", "--python", str(place.python), "--no-config", "--no-index",
        "--cache-dir", str(place.root / "cache"), "--find-links", page, "acme-lib",
    ]  # fmt: skip
    own = {
        "UV_AZURE_ENDPOINT_URL": container.ghpypi.environment["AZURE_STORAGE_ENDPOINT"],
        "UV_PREVIEW_FEATURES": "azure-endpoint",
    }
    done = run(line, {**place.environment(), **container.ghpypi.environment, **own})

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.0"}


def test_pip_installs_through_a_proxy(container: Container, place: Place) -> None:
    pip = (sys.executable, "-m", "pip", "--python", str(place.python), "install")
    done = container.ghpypi("run", "-s", container.store, "--", *pip, "acme-lib")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.0"}


def test_the_index_is_sound(container: Container) -> None:
    command = f'{sys.executable} -m ghpypi verify --all "$GHPYPI_RUN_INDEX_URL"'
    container.ghpypi.do("run", "-s", container.store, "--no-upstream", "--", "sh", "-c", command)
