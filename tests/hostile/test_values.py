"""Values that were made to break their reader, through every interface: nothing else breaks."""

import io
import json
import zipfile
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from ghpypi.attestation.certificates import identity
from ghpypi.core.config.config import Config
from ghpypi.core.config.minimum_age import InvalidAgeError, parse_age
from ghpypi.core.config.server import ServeSettings
from ghpypi.core.simple.upstream import UnreadablePageError, read_page
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tags import tags_of
from ghpypi.errors import ConfigError, FailedError, RefusedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores import built
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.cli.conftest import Bench
from tests.support.attesting import certificate
from tests.support.packages import Built, publish_files, sdist, wheel, written
from tests.support.reporters import MemoryReporter

DIGITS = "1" * 5000
NESTED = "(" * 20_000
FINE = wheel("fine", "1.0")

METADATA = {
    "version": f"Metadata-Version: 2.1\nName: bad\nVersion: 1.{DIGITS}\n",
    "epoch": f"Metadata-Version: 2.1\nName: bad\nVersion: {DIGITS}!1\n",
    "metadata version": f"Metadata-Version: {DIGITS}\nName: bad\nVersion: 1.0\n",
    "name": f"Metadata-Version: 2.1\nName: {'x' * 1_000_000}\nVersion: 1.0\n",
    "nothing": "",
    "zeros": "\0" * 1000,
    "multipart": "Metadata-Version: 2.1\nName: bad\nVersion: x\n"
    + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000)),
}
"""METADATA with one value of a kind that no installer takes."""

HARMLESS = {
    "requires-python": f"Requires-Python: >={DIGITS}",
    "requires-python, a list": f"Requires-Python: >=3.9,<{DIGITS}",
    "requires-dist, digits": f"Requires-Dist: x>={DIGITS}",
    "requires-dist, nested": f"Requires-Dist: x; {NESTED}",
    "requires-dist, address": "Requires-Dist: x @ http://[",
    "project-url": "Project-URL: Homepage, http://[",
    "home-page": f"Home-page: http://host:{DIGITS}/",
    "author": "Author-email: " + "<" * 10_000,
    "classifier": f"Classifier: Programming Language :: Python :: 3.{DIGITS}",
    "content type": f"Description-Content-Type: text/markdown; variant={NESTED}",
    "keywords": "Keywords: " + "," * 100_000,
    "surrogates": "Summary: =?utf-8?q?=ED=A0=80?=",
}
"""Lines of METADATA that pip and uv pass over, and so do we."""


def with_metadata(text: str) -> Built:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bad-1.0.dist-info/METADATA", text)
        archive.writestr("bad-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("bad-1.0.dist-info/RECORD", "")
    return "bad-1.0-py3-none-any.whl", buffer.getvalue()


def index(*files: Built, site: MemorySite | None = None) -> IndexReport:
    store = MemoryStore()
    publish_files(store, files)
    settings = SiteSettings(config=Config.parse(""), address="https://acme.example/")
    return build_index(store, site or MemorySite({}), settings, MemoryReporter(), IndexOptions())


@pytest.mark.parametrize("text", METADATA.values(), ids=METADATA)
def test_one_file_is_left_out_with_a_reason_and_the_index_goes_on(text: str) -> None:
    report = index(FINE, with_metadata(text))
    (refused,) = report.refused

    assert report.files == 1
    assert refused.filename == "bad-1.0-py3-none-any.whl"
    assert 0 < len(refused.reason) <= 500


@pytest.mark.parametrize("line", HARMLESS.values(), ids=HARMLESS)
@pytest.mark.parametrize("build", [wheel, sdist])
def test_lines_that_installers_ignore_exclude_no_file(
    line: str, build: Callable[[str, str, str], Built]
) -> None:
    site = MemorySite({})
    report = index(FINE, build("bad", "1.0", line), site=site)

    assert (report.files, report.refused, report.unread) == (2, (), ())
    assert "simple/bad/index.html" in site.pages


@pytest.mark.parametrize("text", METADATA.values(), ids=METADATA)
def test_an_upload_says_what_is_wrong_and_sends_nothing(tmp_path: Path, text: str) -> None:
    with pytest.raises(RefusedError, match="these files cannot be uploaded") as caught:
        built.read(written(tmp_path, with_metadata(text), FINE))

    (fault,) = caught.value.faults
    assert fault.startswith("bad-1.0-py3-none-any.whl: ")
    assert len(fault) < 1000


@pytest.mark.parametrize(
    "name",
    [
        f"bad-1.{DIGITS}.tar.gz",
        f"bad-1.0-{DIGITS}-py3-none-any.whl",
        f"bad-1.0-cp3{DIGITS}-abi3-any.whl",
        f"{'b' * 300}-1.0.tar.gz",
    ],
)
def test_a_filename_that_no_disk_keeps_is_left_out(name: str) -> None:
    report = index(FINE, (name, b"content"))
    (refused,) = report.refused

    assert (report.files, refused.filename) == (1, name)


UPSTREAM = [
    {"filename": f"acme-1.{DIGITS}.tar.gz"},
    {"requires-python": f">={DIGITS}"},
    {"size": 10**1000},
    {"size": -1},
    {"url": "http://["},
    {"url": f"http://host:{DIGITS}/x.whl"},
    {"upload-time": f"{DIGITS}-01-01T00:00:00Z"},
    {"provenance": "https://["},
    {"core-metadata": {"sha256": DIGITS}},
]


@pytest.mark.parametrize("row", UPSTREAM, ids=[str(row)[:30] for row in UPSTREAM])
def test_one_row_of_an_upstream_page_costs_itself_at_most(row: dict[str, object]) -> None:
    fine = {"filename": "acme-1.0.tar.gz", "url": "acme-1.0.tar.gz", "hashes": {}}
    content = json.dumps({"files": [{**fine, **row}, fine]}).encode()
    files = read_page(content, content_type="application/json", url="https://host/simple/acme/")

    assert files[-1]["filename"] == "acme-1.0.tar.gz"
    assert 1 <= len(files) <= 2


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="acme-1.0.tar.gz" data-size="{DIGITS}">x</a>',
        '<base href="http://[::1"><a href="acme-1.0.tar.gz">x</a>',
        '<a href="http://[">y</a><a href="acme-1.0.tar.gz">x</a>',
        f'<a href="acme-1.0.tar.gz" data-requires-python="&gt;={DIGITS}">x</a>',
    ],
    ids=["size", "base", "address", "requires-python"],
)
def test_one_link_of_an_upstream_page_costs_itself_at_most(html: str) -> None:
    files = read_page(html.encode(), content_type="text/html", url="https://host/simple/acme/")

    assert [(file["filename"], file.get("size")) for file in files] == [("acme-1.0.tar.gz", None)]


@pytest.mark.parametrize("content", [b"[" * 20_000, DIGITS.encode(), b'{"files":' * 20_000])
def test_an_upstream_page_that_is_none_is_reported_as_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadablePageError):
        read_page(content, content_type="application/json", url="https://host/simple/acme/")


CONFIGURATION = [
    f"store = {DIGITS}",
    "store = " + "[" * 20_000,
    '[index]\nurl = "http://["',
    f'[index]\nurl = "http://host:{DIGITS}/"',
    '[indexes.stable]\nbases = ["https://["]',
    f'[indexes.stable]\ninclude = ["acme>={DIGITS}"]',
    f'[indexes.stable]\ninclude = ["acme; {NESTED}"]',
    f'[yanked]\nacme = {{ "1.{DIGITS}" = "no" }}',
    f'[variants]\npattern = "a{{{DIGITS}}}"',
    '[variants]\npattern = "' + NESTED + '"',
]


@pytest.mark.parametrize("text", CONFIGURATION, ids=[text[:40] for text in CONFIGURATION])
def test_a_configuration_that_cannot_be_used_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigError):
        Config.parse(text)


@pytest.mark.parametrize("text", [f"min-age = {DIGITS}", f'min-age = "{DIGITS}d"'])
def test_settings_of_the_server_that_cannot_be_used_are_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigError):
        ServeSettings.parse(text, source="serve.toml")


@pytest.mark.parametrize("text", [f"{DIGITS}d", "999999999w", "9999999999s", "1" * 10 + "d"])
def test_an_age_beyond_all_measure_is_none(text: str) -> None:
    with pytest.raises(InvalidAgeError):
        parse_age(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--store", "file://["),
        ("list", "--store", "acme/pypi", "--api-url", "http://["),
        ("list", "--store", "acme/pypi", "--api-url", f"http://host:{DIGITS}"),
        ("promote", f"acme==1.{DIGITS}", "--to", "stable", "--store", "./index"),
        ("upload", f"acme-1.{DIGITS}.tar.gz", "--store", "./index"),
        ("serve", "./index", "--min-age", f"{DIGITS}d"),
        ("serve", "./index", "--upstream", "http://["),
        ("login", "--server", "http://["),
    ],
    ids=lambda arguments: " ".join(arguments)[:50],
)
def test_an_option_that_makes_no_sense_is_refused_in_words(
    bench: Bench, arguments: tuple[str, ...]
) -> None:
    outcome = bench.run(*arguments)

    assert outcome.code in {1, 2, 5}, outcome
    assert "Traceback" not in outcome.err
    assert outcome.err


def test_a_damaged_catalog_is_reported_as_damaged() -> None:
    site = MemorySite({})
    index(FINE, site=site)
    for text in (b"[" * 20_000, b'{"format":' + DIGITS.encode() + b"}\n"):
        with pytest.raises(FailedError, match="catalog"):
            index(FINE, site=MemorySite({"catalog.jsonl": text}))


@pytest.mark.parametrize(
    "tag",
    [f"cp3{'1' * 200}-abi3-any", f"py3{'1' * 200}-none-any", f"py3-none-macosx_{'1' * 200}_0_x"],
)
def test_tags_with_long_numbers_are_shown(tag: str) -> None:
    assert tags_of(f"acme-1.0-{tag}.whl").words


def test_a_certificate_of_an_unknown_version_is_none() -> None:
    content = bytearray(b64decode(certificate("someone@example.org")))
    at = content.index(b"\xa0\x03\x02\x01\x02") + 4
    content[at] = 94
    with pytest.raises(ValueError, match="its certificate cannot be read"):
        identity(bytes(content))
