"""A private bucket of moto's S3: uv reads it without a server, pip through `ghpypi run`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from uv import find_uv_bin

from ghpypi.core.simple.documents import to_json
from ghpypi.stores import locate, open_backend
from ghpypi.stores.objects.backend import BucketBackend
from tests.contract.test_backend_contract import ACCESS
from tests.e2e.installers import Done, Place, run
from tests.e2e.served import Ghpypi
from tests.support import concurrent_commands
from tests.support.moto_server import MotoServer, moto_server
from tests.support.packages import sdist, wheel, written

OLD, NEW = wheel("acme_lib", "1.0"), wheel("acme_lib", "1.1", "Requires-Python: >=3.9")
PUBLISHERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket, with the command line that has its credentials."""

    server: MotoServer
    name: str
    ghpypi: Ghpypi

    @property
    def store(self) -> str:
        return f"s3://{self.name}/team"

    @property
    def index(self) -> str:
        return f"{self.server.url}/{self.name}/team/simple/"

    def uv(self, place: Place, *arguments: str, index: str = "") -> Done:
        line = [
            find_uv_bin(), "pip", "install", "--python", str(place.python), "--no-config",
            "--cache-dir", str(place.root / "cache"), "--preview-features", "s3-endpoint",
            "--default-index", index or self.index, *arguments,
        ]  # fmt: skip
        own = {**self.server.environment, "UV_S3_ENDPOINT_URL": self.server.url}
        return run(line, {**place.environment(), **own})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    with moto_server(tmp_path_factory.mktemp("moto") / "log.txt") as server:
        yield server


def bucket_in(server: MotoServer, home: Path) -> Bucket:
    ghpypi = Ghpypi(home=home, environment=server.environment)
    return Bucket(server=server, name=server.bucket(), ghpypi=ghpypi)


@pytest.fixture(scope="module")
def bucket(server: MotoServer, tmp_path_factory: pytest.TempPathFactory) -> Bucket:
    """A bucket with an index of two versions."""
    home = tmp_path_factory.mktemp("bucket")
    made = bucket_in(server, home)
    made.ghpypi.do("init", made.store)
    made.ghpypi.do("upload", "--store", made.store, *written(home / "dist", OLD, NEW))
    return made


def test_uv_installs_from_the_bucket_and_no_one_reads_it_without_credentials(
    bucket: Bucket, place: Place
) -> None:
    assert requests.get(f"{bucket.index}acme-lib/", timeout=30).status_code == 403

    done = bucket.uv(place, "acme-lib")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.1"}


def test_uv_reads_pages_and_files_of_two_buckets(
    bucket: Bucket, server: MotoServer, tmp_path: Path, place: Place
) -> None:
    pages = server.bucket()
    config = tmp_path / "ghpypi.toml"
    config.write_text(f'[site]\nstore = "s3://{pages}/pypi"\n')
    bucket.ghpypi.do("index", "--store", bucket.store, "--config", config)
    done = bucket.uv(place, "acme-lib", index=f"{server.url}/{pages}/pypi/simple/")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.1"}


def test_uv_knows_when_files_were_uploaded(bucket: Bucket, place: Place) -> None:
    early = bucket.uv(place, "acme-lib", "--exclude-newer", "2020-01-01")
    late = bucket.uv(place, "acme-lib", "--exclude-newer", "2100-01-01")

    assert early.returncode
    assert "acme-lib" in early.stderr
    assert late.returncode == 0, late.stderr
    assert "missing an upload date" not in early.stderr + late.stderr


def test_pip_installs_through_a_proxy_that_redirects_to_the_bucket(
    bucket: Bucket, place: Place
) -> None:
    pip = (sys.executable, "-m", "pip", "--python", str(place.python), "install", "-v")
    done = bucket.ghpypi("run", "-s", bucket.store, "--", *pip, "acme-lib")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.1"}
    assert "X-Amz-Signature" not in done.stderr  # of ghpypi; pip itself shows what it fetches


def test_objects_have_the_types_of_their_kinds(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.server.environment.items():
        monkeypatch.setenv(name, value)
    backend = open_backend(locate(bucket.store), ACCESS)
    assert isinstance(backend, BucketBackend)

    def headers(key: str) -> tuple[str, str]:
        with requests.get(backend.client.sign(key, 60), timeout=30) as response:
            response.raise_for_status()
            return response.headers["content-type"], response.headers["cache-control"]

    json_page = ("application/vnd.pypi.simple.v1+json", "no-cache")
    assert headers("simple/acme-lib/index.json") == json_page
    assert headers("simple/acme-lib/index.html") == ("text/html; charset=utf-8", "no-cache")
    assert headers(f"files/acme-lib-1.0/{OLD[0]}") == (
        "application/zip",
        "max-age=31536000, immutable",
    )
    folder = backend.client.open_folder
    assert folder
    page = bytes(folder("team/simple/acme-lib").get("").bytes())
    assert {each["filename"] for each in json.loads(page)["files"]} == {OLD[0], NEW[0]}
    assert to_json(json.loads(page)) == page


def test_an_unchanged_index_takes_a_listing_and_two_reads(
    bucket: Bucket, server: MotoServer, tmp_path: Path
) -> None:
    def requests_of(*arguments: str) -> list[str]:
        before = server.requests()
        output = bucket.ghpypi.do("index", "--store", bucket.store, *arguments)
        assert "nothing changed" in output
        made = server.requests()[len(before) :]
        return [f"{line.split()[0]} {line.split('/team')[-1].partition('?')[0]}" for line in made]

    config = tmp_path / "ghpypi.toml"
    config.write_text("")
    catalog, listed = requests_of("--config", str(config))

    assert catalog == "GET /catalog.jsonl"
    assert sorted(requests_of()) == sorted([listed, "GET /ghpypi.toml", catalog])


@pytest.mark.skipif(
    os.environ.get("GHPYPI_OBJECT_STORES") != "all", reason="takes ten times as long as the others"
)
def test_ten_publishers_at_once_lose_nothing(server: MotoServer, tmp_path: Path) -> None:
    bucket = bucket_in(server, tmp_path)
    common = sdist("acme_lib", "1.0")
    names = [f"acme_lib-1.0-{n}-py3-none-any.whl" for n in range(PUBLISHERS)]
    commands = [
        ["upload", "--store", bucket.store, *map(str, written(tmp_path / name, built, common))]
        for name in names
        for built in [(name, OLD[1])]
    ]
    done = subprocess.run(
        [sys.executable, concurrent_commands.__file__, *map(json.dumps, commands)],
        cwd=tmp_path, env={**bucket.ghpypi.environment, "HOME": str(tmp_path)},
        check=True, stdout=subprocess.PIPE, text=True, timeout=280,
    )  # fmt: skip

    assert [each for each in json.loads(done.stdout) if each[0]] == []
    shown = bucket.ghpypi.do("show", "acme-lib", "--store", bucket.store)
    assert [name for name in (*names, common[0]) if f" {name} " not in shown] == []
