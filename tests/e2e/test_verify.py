"""`ghpypi verify` with real servers and installers."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ghpypi.cli.verify_install import install
from ghpypi.cli.verify_target import VerifyTarget
from ghpypi.core.verify.report import VerifyReport
from ghpypi.core.verify.rules import Level
from ghpypi.core.verify.sampling import EVERYTHING
from ghpypi.jobs.verify import VerifyOptions, verify_index
from ghpypi.ports import SilentReporter
from tests.e2e.nginx import nginx_of_files
from tests.e2e.proxy import STORE, private_repository, proxy
from tests.e2e.served import Ghpypi
from tests.e2e.tools import uv
from tests.support.packages import sdist, wheel

FILES = [
    wheel("acme_lib", "1.0", "Requires-Python: >=3.9"),
    sdist("acme_lib", "1.1"),
    wheel("other", "0.1+cu128"),
]


def verified(place: str) -> VerifyReport:
    target = VerifyTarget.of(place)
    options = VerifyOptions(now=datetime.now(UTC), sampling=EVERYTHING)
    return verify_index(target.url, target.fetcher(), SilentReporter(), options)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    for name, content in FILES:
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def index(tmp_path: Path, dist: Path) -> Path:
    folder = tmp_path / "index"
    (tmp_path / "home").mkdir()
    ghpypi = Ghpypi(home=tmp_path / "home", environment={})
    ghpypi.do("upload", dist, "--store", folder)
    return folder


@pytest.mark.e2e
def test_our_own_index_served_by_nginx_is_sound(index: Path, tmp_path: Path) -> None:
    with nginx_of_files(tmp_path, index) as address:
        report = verified(f"{address}simple/")

    assert list(report.findings) == []
    assert (report.counts.pages, report.counts.files, report.counts.hashed) == (2, 3, 3)


@pytest.mark.e2e
def test_folders_listed_by_nginx_have_no_errors(dist: Path, tmp_path: Path) -> None:
    for path in list(dist.iterdir()):
        folder = dist / path.name.partition("-")[0].replace("_", "-")
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)
    with nginx_of_files(tmp_path, dist, "autoindex on;") as address:
        report = verified(address)

    assert {x.rule.id for x in report.findings if x.rule.level is not Level.NOTE} == set()
    assert (report.counts.pages, report.counts.files) == (2, 3)


@pytest.mark.e2e
def test_our_own_index_behind_serve_is_sound(tmp_path: Path) -> None:
    with (
        private_repository(tmp_path) as private,
        proxy(private.environment(), STORE) as server,
    ):
        host = server.root.partition("://")[2]
        report = verified(f"http://bot:{private.reader}@{host}simple/")
        anonymous = verified(f"{server.root}simple/")

    assert list(report.findings) == []
    assert report.counts.files == report.counts.listed > 0
    assert [x.rule.id for x in anonymous.findings] == ["page-sign-in"]


@pytest.mark.e2e
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_project_is_installed_from_the_index(
    index: Path, installer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(uv()).parent) + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    target = VerifyTarget.of(str(index))

    assert install(target, "acme-lib==1.0", installer) == []

    (finding,) = install(target, "acme-lib==7", installer)

    assert finding.rule.id == "install-failed"
    assert "acme-lib==7" in finding.detail
