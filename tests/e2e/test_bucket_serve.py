"""`ghpypi serve` in front of a private bucket of moto's S3: by redirects, and with --stream."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ghpypi.core.simple.negotiation import PageFormat
from tests.contract.objects import bucket_of
from tests.e2e.installers import Installer, Place, bare_environment
from tests.e2e.proxy import SAMPLES, Proxy, proxy
from tests.e2e.served import Ghpypi
from tests.support.moto_server import MotoServer, moto_server
from tests.support.packages import sidecar_of, written
from tests.support.waiting import HANG_SECONDS

pytestmark = pytest.mark.nightly

PASSWORD = "the-password-of-readers"
WHEEL = SAMPLES[0]
FILE = f"files/acme-lib-1.0/{WHEEL[0]}"
METADATA = sidecar_of(WHEEL)[1]


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    with moto_server(tmp_path_factory.mktemp("moto") / "log.txt") as server:
        yield server


@pytest.fixture(scope="module")
def store(moto: MotoServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("publisher")
    name = bucket_of(moto).name
    ghpypi = Ghpypi(home=folder, environment=moto.environment)
    ghpypi.do("upload", "--store", name, *written(folder / "dist", *SAMPLES))
    return name


@pytest.fixture(scope="module", params=["redirect", "stream"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(
    way: str, store: str, moto: MotoServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    environment = {
        **bare_environment(tmp_path_factory.mktemp("server")),
        **moto.environment,
        "GHPYPI_SERVE_READ_PASSWORD": PASSWORD,
        "no_proxy": "127.0.0.1",
    }
    with proxy(environment, store, *(["--stream"] if way == "stream" else [])) as running:
        yield running


def file_url(server: Proxy) -> str:
    """Return the path of the wheel, as the page of its project has it."""
    page = server.get("simple/acme-lib/", PASSWORD, headers={"Accept": PageFormat.JSON.value})
    (url,) = (x["url"] for x in page.json()["files"] if x["filename"] == WHEEL[0])
    return str(requests.compat.urljoin(page.url, url)).removeprefix(server.root)


def test_an_installer_gets_projects_from_the_bucket(
    server: Proxy, installer: Installer, place: Place
) -> None:
    done = installer.install(place, server.index(PASSWORD), "Acme.App", "acme-kernels")

    assert done.returncode == 0, done.stdout + done.stderr
    assert place.installed() == {
        "acme-app": "1.0",
        "acme-lib": "1.1",
        "acme-kernels": "1.0+cu128",
    }


@pytest.mark.parametrize(
    ("suffix", "content"), [("", WHEEL[1]), (".metadata", METADATA)], ids=["wheel", "metadata"]
)
def test_a_file_is_a_redirect_to_the_bucket_or_sent(
    server: Proxy, moto: MotoServer, way: str, *, suffix: str, content: bytes
) -> None:
    path = file_url(server) + suffix
    response = server.get(path, PASSWORD)
    if way == "redirect" and response.status_code == 302:
        target = response.headers["location"]

        assert target.startswith(f"{moto.url}/")
        assert "X-Amz-Signature=" in target

        response = requests.get(target, timeout=HANG_SECONDS)

    assert response.status_code == 200
    assert hashlib.sha256(response.content).digest() == hashlib.sha256(content).digest()
    assert server.get(path, None).status_code == 401


def test_ranges_and_headers_of_a_file(server: Proxy, way: str) -> None:
    path = file_url(server)
    with requests.Session() as session:
        session.trust_env = False
        session.auth = ("someone", PASSWORD)
        part = session.get(server.root + path, headers={"Range": "bytes=2-5"}, timeout=HANG_SECONDS)
        head = session.head(server.root + path, allow_redirects=False, timeout=HANG_SECONDS)

    assert (part.status_code, part.content) == (206, WHEEL[1][2:6])
    if way == "stream":
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(WHEEL[1]))
        assert head.headers["accept-ranges"] == "bytes"
    else:
        assert head.status_code == 302


def test_a_file_that_is_gone_is_missing(server: Proxy) -> None:
    response = server.get(file_url(server) + ".gone", PASSWORD)

    assert response.status_code == 404


def test_no_secret_is_written(server: Proxy, moto: MotoServer) -> None:
    server.get(file_url(server), PASSWORD)
    text = "".join(server.lines)

    assert "simple/acme-lib/" in text
    secrets = [PASSWORD, "X-Amz-Signature", moto.environment["AWS_SECRET_ACCESS_KEY"]]
    assert [each for each in secrets if each in text] == []


def test_verify_checks_a_private_bucket_through_a_proxy(moto: MotoServer, tmp_path: Path) -> None:
    client = bucket_of(moto)
    ghpypi = Ghpypi(home=tmp_path, environment=moto.environment)
    ghpypi.do("upload", "--store", client.name, *written(tmp_path / "dist", WHEEL))
    command = f'{sys.executable} -m ghpypi verify --all "$GHPYPI_RUN_INDEX_URL"'
    check = ("run", "-s", client.name, "--no-upstream", "--", "sh", "-c", command)
    sound = ghpypi(*check)
    client.write(FILE, b"damaged", {})
    damaged = ghpypi(*check)

    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert damaged.returncode == 3
    assert "[file-hash]" in damaged.stdout
