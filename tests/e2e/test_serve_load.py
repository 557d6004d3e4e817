"""Reads while uploads and index runs happen: nothing is lost, and no page is half old, half new."""

import hashlib
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import requests
from pypi_simple import ProjectPage

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.upload import UploadOptions, upload
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from tests.e2e.installers import bare_environment
from tests.e2e.proxy import proxy
from tests.support.packages import on_disk, sdist, wheel
from tests.support.reporters import MemoryReporter
from tests.support.waiting import HANG_SECONDS, eventually

JSON = "application/vnd.pypi.simple.v1+json"
ROUNDS = 25 if os.environ.get("GHPYPI_NIGHTLY") else 10
READERS = 4


@dataclass
class Reader:
    """Reads one project again and again, and checks all pages."""

    root: str
    end: threading.Event
    seen: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not self.end.is_set():
                self.once(session)
            self.once(session)

    def once(self, session: requests.Session) -> None:
        page = session.get(
            f"{self.root}simple/acme-lib/", headers={"Accept": JSON}, timeout=HANG_SECONDS
        )
        if page.status_code != 200:
            self.faults.append(f"HTTP {page.status_code}")
            return
        document = page.json()
        files = document["files"]
        versions = {each["filename"].split("-")[1].removesuffix(".tar.gz") for each in files}
        if versions != set(document["versions"]):
            self.faults.append(f"{versions} are not {document['versions']}")
        if self.seen and len(files) < self.seen[-1]:
            self.faults.append(f"{len(files)} files after {self.seen[-1]}")
        self.seen.append(len(files))
        self._check_other_form(session, len(files))
        newest = files[-1]
        content = session.get(urljoin(page.url, newest["url"]), timeout=HANG_SECONDS).content
        if hashlib.sha256(content).hexdigest() != newest["hashes"]["sha256"]:
            self.faults.append(f"{newest['filename']} is not what the page says")

    def _check_other_form(self, session: requests.Session, known: int) -> None:
        answer = session.get(f"{self.root}simple/acme-lib/", timeout=HANG_SECONDS)
        page = ProjectPage.from_html("acme-lib", answer.text, answer.url)
        if len(page.packages) < known or not answer.text.rstrip().endswith("</html>"):
            self.faults.append(f"HTML has {len(page.packages)} files after {known} in JSON")


def publish(store: Path, folder: Path, number: int) -> None:
    """Upload a version, and index."""
    files = on_disk(
        folder / str(number),
        wheel(version=f"1.{number}", text=f"N = {number}\n" * 50),
        sdist(version=f"1.{number}"),
        wheel(f"other{number}", "1.0"),
    )
    reporter = MemoryReporter()
    upload(files, DirectoryStore(store), reporter, UploadOptions())
    settings = SiteSettings(config=Config(), address="", store=str(store))
    build_index(DirectoryStore(store), DirectorySite(store), settings, reporter, IndexOptions())


def wait_until_seen(reader: Reader, files: int) -> None:
    eventually(lambda: reader.seen and reader.seen[-1] >= files)


def test_reads_during_uploads_and_index_runs_are_whole(tmp_path: Path) -> None:
    store = tmp_path / "index"
    publish(store, tmp_path / "dist", 0)
    end = threading.Event()
    with proxy(bare_environment(tmp_path), store) as served:
        readers = [Reader(served.root, end) for _ in range(READERS)]
        threads = [threading.Thread(target=reader.run) for reader in readers]
        for thread in threads:
            thread.start()
        for number in range(1, ROUNDS):
            publish(store, tmp_path / "dist", number)
            if number % 2:  # the readers fall behind for one publication, and no more
                wait_until_seen(readers[0], 2 * (number + 1))
        wait_until_seen(readers[0], 2 * ROUNDS)
        end.set()
        for thread in threads:
            thread.join()
        names = requests.get(
            f"{served.root}simple/",
            headers={"Accept": JSON},
            timeout=HANG_SECONDS,
            proxies={"http": ""},
        ).json()["projects"]

    assert [fault for reader in readers for fault in reader.faults] == []
    assert {reader.seen[-1] for reader in readers} == {2 * ROUNDS}
    assert max(len(set(reader.seen)) for reader in readers) > 3  # they did see it grow
    assert len(names) == ROUNDS + 1
