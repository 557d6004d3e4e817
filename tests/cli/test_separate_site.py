"""Files in one place and pages in another: `store` in `[site]`, and `ghpypi index --output`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ghpypi.cli.served_stores import open_served
from ghpypi.core.digest import digest_of
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import ConfigError
from ghpypi.stores import KINDS
from ghpypi.stores.objects.providers import S3_ENDPOINTS
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.support.buckets_in_memory import BucketInMemory
from tests.support.failing_store import Call, FailingStore, Failure
from tests.support.packages import sidecar_of, wheel, written
from tests.support.served_stores import served_store

FILES, PAGES = "s3://acme-files/team", "s3://acme-pages/pypi"
URL = "https://s3.us-east-1.amazonaws.com/acme-files/team/"
CONFIG = f'[site]\nstore = "{PAGES}"\n'
WHEEL = wheel("acme_lib", "1.0+cu128")
PATH = "files/acme-lib-1.0+cu128/acme_lib-1.0+cu128-py3-none-any.whl"
PROJECT = "simple/acme-lib/index.json"


@dataclass(frozen=True)
class Buckets:
    """Buckets in memory."""

    store: FailingStore

    def configure(self, text: str) -> None:
        """Write the configuration of the store of the files."""
        self.write("acme-files/team/ghpypi.toml", text.encode())

    def write(self, key: str, content: bytes) -> None:
        self.store.put(key, content)

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Return everything in a bucket."""
        found = self.store.content().items()
        return {
            key.removeprefix(f"{bucket}/"): content
            for key, (content, _) in found
            if key.startswith(f"{bucket}/")
        }


@pytest.fixture
def buckets(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Buckets:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", *S3_ENDPOINTS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(KINDS, "s3", f"{BucketInMemory.__module__}:{BucketInMemory.__name__}")
    return Buckets(BucketInMemory.begin())


@pytest.fixture
def two_buckets(bench: Bench, buckets: Buckets) -> Buckets:
    """A bucket with a file and the configuration, and another one with the pages."""
    buckets.configure(CONFIG)
    bench.set(GHPYPI_STORE=FILES)
    (path,) = written(bench.folder / "dist", WHEEL)
    outcome = bench.run("upload", str(path), "-q")
    assert outcome.code == 0, outcome.err
    return buckets


def files(page: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page)["files"]
    return found


def test_files_are_in_one_bucket_and_pages_in_the_other(bench: Bench, two_buckets: Buckets) -> None:
    pages = two_buckets.objects("acme-pages")
    (listed,) = files(pages[f"pypi/{PROJECT}"])

    assert {key.partition("/files/")[0] for key in two_buckets.objects("acme-files")} == {
        "team",
        "team/ghpypi.toml",
    }
    assert listed["url"] == f"{URL}{PATH}".replace("+", "%2B")
    assert listed["url"].encode() in pages["pypi/project/acme-lib/index.html"]
    assert all(key.startswith("pypi/") for key in pages)
    assert "nothing changed" in bench.run("index").out
    assert bench.run("index", "--check").code == 0


def test_all_commands_find_the_pages(bench: Bench, two_buckets: Buckets) -> None:
    assert bench.run("list").out.startswith("acme-lib")
    assert "1.0+cu128" in bench.run("show", "acme-lib").out
    assert bench.run("yank", "acme-lib==1.0+cu128", "-q").code == 0
    assert files(two_buckets.objects("acme-pages")[f"pypi/{PROJECT}"])[0]["yanked"] is True
    assert "s3://acme-pages/pypi has no history" in bench.run("history", "acme-lib").err
    assert "s3://acme-pages/pypi has no history" in bench.run("rollback", "abcdef1").err
    assert bench.run("doctor").code == 0
    assert "set 'url' in [index]" in bench.run("verify").err


def test_the_repetition_of_a_failed_run_completes_it(bench: Bench, two_buckets: Buckets) -> None:
    written(bench.folder / "new", wheel("acme_lib", "1.1"))
    two_buckets.store.fail(Call("put", "acme-pages/pypi/catalog.jsonl", 1), Failure.status(503))
    failed = bench.run("upload", "new", "-q")
    two_buckets.store.heal()

    assert failed.code == 7, failed.err
    assert "the files are uploaded" in failed.err
    assert "s3://acme-pages/pypi" in failed.err
    assert "1.1" not in bench.run("list").out
    assert bench.run("index", "-q").code == 0
    assert "1.1" in bench.run("list").out
    assert bench.run("index", "--check").code == 0


def test_a_server_reads_pages_of_one_bucket_and_files_of_the_other(two_buckets: Buckets) -> None:
    store = served_store(FILES)
    store.load(None)
    about = store.page("project/acme-lib/about.json", None)
    (file,) = store.catalog_view.files("acme-lib")  # type: ignore[arg-type]  # a normalized name
    with store.reader.open(file, "", None, None) as stream:
        content = stream.read()

    assert about is not None
    assert (content, file.url) == (WHEEL[1], PATH.replace("+", "%2B"))
    known = store.reader.snapshot(None, None)
    assert store.reader.snapshot(None, known) is None
    two_buckets.write("acme-pages/pypi/catalog.jsonl", b"other")
    assert store.reader.snapshot(None, known) is not None


def test_init_checks_both_buckets(bench: Bench, buckets: Buckets) -> None:
    Path("ghpypi.toml").write_text(f'store = "{FILES}"\n{CONFIG}')
    outcome = bench.run("init", FILES)

    assert outcome.code == 0, outcome.err
    assert [line.split()[:2] for line in outcome.out.splitlines()[:4]] == [
        ["unchanged", "bucket"],
        ["done", "ghpypi.toml"],
        ["unchanged", "site"],
        ["done", "index"],
    ]
    assert "pypi/catalog.jsonl" in buckets.objects("acme-pages")
    assert '"arn:aws:s3:::acme-files/team/*"' in outcome.out
    assert '"arn:aws:s3:::acme-pages/pypi/*"' in outcome.out
    assert "done" not in bench.run("init", FILES).out.split("Install")[0]


def test_the_files_can_have_another_url(bench: Bench, two_buckets: Buckets) -> None:
    more = f'{CONFIG}files-url = "https://files.acme.example"\n'
    two_buckets.configure(more)
    assert bench.run("index", "-q").code == 0

    (listed,) = files(two_buckets.objects("acme-pages")[f"pypi/{PROJECT}"])
    assert listed["url"] == f"https://files.acme.example/{PATH}".replace("+", "%2B")


def test_copies_are_beside_the_pages(bench: Bench, two_buckets: Buckets) -> None:
    two_buckets.configure(f'{CONFIG}files = "copy"\n')
    outcome = bench.run("index")
    digest = digest_of(WHEEL[1])
    copy = f"packages/{digest[:2]}/{digest[2:]}/{WHEEL[0]}"
    pages = two_buckets.objects("acme-pages")

    assert outcome.code == 0, outcome.err
    assert "copied 2 files to the site" in outcome.out
    assert pages[f"pypi/{copy}"] == WHEEL[1]
    assert pages[f"pypi/{copy}.metadata"] == sidecar_of(WHEEL)[1]
    assert files(pages[f"pypi/{PROJECT}"])[0]["url"] == f"../../{copy}".replace("+", "%2B")
    assert "nothing changed" in bench.run("index").out

    assert bench.run("delete", "acme-lib==1.0+cu128", "--yes", "-q").code == 0
    assert not [key for key in two_buckets.objects("acme-pages") if "packages" in key]


def test_a_folder_for_one_run_is_the_same_thing(bench: Bench, two_buckets: Buckets) -> None:
    outcome = bench.run("index", "--output", "site")
    assert outcome.code == 0, outcome.err
    (listed,) = files((bench.folder / "site" / PROJECT).read_bytes())

    assert listed["url"] == f"{URL}{PATH}".replace("+", "%2B")
    assert bench.run("index", "--output", "site", "--check").code == 0


def test_the_pages_of_a_bucket_can_be_in_a_folder(bench: Bench, buckets: Buckets) -> None:
    folder = bench.folder / "public"
    config = f'[site]\nstore = "{folder}"\nfiles = "copy"\n'
    buckets.configure(config)
    bench.set(GHPYPI_STORE=FILES)
    refused = bench.run("index")
    assert (refused.code, folder.exists()) == (2, False)
    assert "names a folder of this machine" in refused.err

    Path("ghpypi.toml").write_text(config)
    (path,) = written(bench.folder / "dist", WHEEL)

    assert bench.run("upload", str(path), "-q").code == 0
    assert (folder / PROJECT).is_file()
    verified = bench.run("verify")
    assert verified.code == 0, verified.out


def test_the_pages_of_a_folder_can_be_in_a_bucket(bench: Bench, buckets: Buckets) -> None:
    store = bench.folder / "index"
    store.mkdir()
    (store / "ghpypi.toml").write_text(CONFIG)
    (path,) = written(bench.folder / "dist", WHEEL)
    refused = bench.run("upload", str(path), "--store", str(store))

    assert refused.code == 2
    assert "the files are uploaded" in refused.err
    assert "have no URL that pages in another place can link to" in refused.err
    assert buckets.objects("acme-pages") == {}

    (store / "ghpypi.toml").write_text(f'{CONFIG}files-url = "https://files.acme.example/"\n')
    assert bench.run("index", "--store", str(store), "-q").code == 0
    (listed,) = files(buckets.objects("acme-pages")[f"pypi/{PROJECT}"])
    assert listed["url"].startswith("https://files.acme.example/files/")
    assert not (store / "catalog.jsonl").exists()
    assert bench.run("init", str(store)).out.count("unchanged") == 4


def test_the_pages_of_a_repository_can_be_in_a_bucket(
    bench: Bench, buckets: Buckets, github: Emulator
) -> None:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files({"ghpypi.toml": CONFIG.encode()})
    repository.add_release("v1").add_asset(*WHEEL)
    outcome = bench.run("index", "-q")
    assert outcome.code == 0, outcome.err
    (listed,) = files(buckets.objects("acme-pages")[f"pypi/{PROJECT}"])

    assert listed["url"].startswith(f"{github.server_url}/acme/pypi/releases/download/v1/")
    assert repository.head("gh-pages") is None
    assert bench.run("list").out.startswith("acme-lib")

    hosts, token = Hosts.parse(github.api_url, github.server_url), github.add_token("bot")
    with pytest.raises(ConfigError, match="servers read those on its branch only"):
        open_served("acme/pypi", hosts).reader().snapshot(Secret(token), None)


def test_init_of_a_repository_publishes_in_the_bucket(
    bench: Bench, buckets: Buckets, github: Emulator
) -> None:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "admin")
    repository.commit_files({"ghpypi.toml": CONFIG.encode()})
    outcome = bench.run("init", "acme/pypi", "--action", "acme/ghpypi@v1")
    steps = {line.split()[1]: line.split()[0] for line in outcome.out.split("\n\n")[0].splitlines()}

    assert (steps["site"], steps["index"]) == ("unchanged", "done")
    assert "Pages" not in steps
    assert "pypi/catalog.jsonl" in buckets.objects("acme-pages")
    assert repository.head("gh-pages") is None
    assert "https://THIS-SITE/simple/" in outcome.out  # only 'url' in [index] can tell
    assert "ghpypi run" not in outcome.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("./site", "depends on the folder that a command runs in"),
        ("acme/pages", "cannot have the pages of another store"),
        ("s3://a b", "is not a bucket with a prefix"),
    ],
)
def test_a_place_that_cannot_have_the_pages_is_refused(
    bench: Bench, buckets: Buckets, text: str, message: str
) -> None:
    Path("ghpypi.toml").write_text(f'store = "{FILES}"\n[site]\nstore = "{text}"\n')
    outcome = bench.run("index")

    assert outcome.code == 2
    assert message in outcome.err


def test_the_store_itself_is_no_other_place(bench: Bench, buckets: Buckets) -> None:
    Path("ghpypi.toml").write_text(f'store = "{FILES}"\n[site]\nstore = "{FILES}/"\n')
    (path,) = written(bench.folder / "dist", WHEEL)
    assert bench.run("upload", str(path), "-q").code == 0
    (listed,) = files(buckets.objects("acme-files")[f"team/{PROJECT}"])

    assert listed["url"] == f"../../{PATH}".replace("+", "%2B")
