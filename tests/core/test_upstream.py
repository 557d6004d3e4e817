"""Pages of upstream indexes, read and checked."""

import json
from typing import Any

import pytest
from hypothesis import given

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.model import Offer, Status, StatusMarker, UpstreamFile
from ghpypi.core.simple.documents import project_document, to_json
from ghpypi.core.simple.pages import project_html
from ghpypi.core.simple.upstream import (
    NoFilesError,
    UnreadablePageError,
    higher_version,
    read_page,
    read_status,
)
from tests.golden.nasty import INDEXES, SETTINGS, projects
from tests.support.files import made, project_of
from tests.support.strategies import texts
from tests.support.upstreams import elsewhere

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"
URL = "https://index.example/simple/acme-lib/"
DIGEST = "ab" * 32
MARK = '<meta name="pypi:repository-version" content="1.0">'


def from_json(**file: Any) -> UpstreamFile:
    page = {"files": [{"filename": "a-1.zip", "url": "a-1.zip", "hashes": {}, **file}]}
    (found,) = read_page(json.dumps(page).encode(), content_type=JSON, url=URL)
    return found


def from_html(attributes: str) -> UpstreamFile:
    (found,) = read_page(f"<a {attributes}>a</a>".encode(), content_type=HTML, url=URL)
    return found


@pytest.mark.parametrize("kind", [JSON, HTML], ids=["json", "html"])
def test_what_we_write_is_read_as_we_wrote_it(kind: str) -> None:
    for project in projects():
        ((_, offer),) = INDEXES.offers(Entry(fingerprint="", project=project), [MAIN_FOLDER])
        document = project_document(
            project.name, offer, yanked=SETTINGS.config.yanked.get(project.name, {}), status=None
        )
        text = to_json(document) if kind == JSON else project_html(document)
        wanted = [
            {**file, "url": file["url"].replace("../../", "https://index.example/")}
            for file in document["files"]
        ]

        assert read_page(text, content_type=kind, url=URL) == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://files.example/a-1.zip", "https://files.example/a-1.zip"),
        ("../../files/a-1.zip", "https://index.example/files/a-1.zip"),
        ("/x/a-1.zip", "https://index.example/x/a-1.zip"),
        ("//other.example/a-1.zip", "https://other.example/a-1.zip"),
    ],
)
def test_addresses_become_absolute(url: str, wanted: str) -> None:
    assert from_json(url=url)["url"] == wanted
    assert from_html(f'href="{url}"')["url"] == wanted


def test_a_page_may_name_the_base_of_its_links() -> None:
    page = b'<base href="https://files.example/x/"><a href="a-1.zip">a</a>'
    (file,) = read_page(page, content_type=HTML, url=URL)

    assert file["url"] == "https://files.example/x/a-1.zip"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/a-1.zip", "data:,a-1.zip"])
def test_what_no_installer_fetches_is_left_out(url: str) -> None:
    page = json.dumps({"files": [{"filename": "a-1.zip", "url": url}]}).encode()

    assert read_page(page, content_type=JSON, url=URL) == []
    assert read_page(f'{MARK}<a href="{url}">a</a>'.encode(), content_type=HTML, url=URL) == []


def test_links_to_folders_and_anchors_are_not_files() -> None:
    page = f'{MARK}<a href="../">up</a><a name="x">here</a><a>nowhere</a><a href="">empty</a>'

    assert read_page(page.encode(), content_type=HTML, url=URL) == []


@pytest.mark.parametrize("page", ["", "<form action=/login>", '<a href="/login">Sign in</a>'])
def test_html_without_files_and_without_the_mark_of_the_api_may_be_a_sign_in_page(
    page: str,
) -> None:
    with pytest.raises(NoFilesError, match=URL):
        read_page(page.encode(), content_type=HTML, url=URL)


@pytest.mark.parametrize(
    ("hashes", "kept"),
    [
        ({"md5": "x", "sha256": DIGEST}, {"sha256": DIGEST}),
        ({"sha256": DIGEST.upper()}, {"sha256": DIGEST}),
        ({"sha512": DIGEST * 2}, {"sha512": DIGEST * 2}),
        ({"crc": "1"}, {}),
        ({}, {}),
        (None, {}),
    ],
)
def test_one_digest_is_kept(hashes: Any, kept: dict[str, str]) -> None:
    assert from_json(hashes=hashes)["hashes"] == kept


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [
        (f"#sha256={DIGEST}", {"sha256": DIGEST}),
        (f"#sha256={DIGEST}&egg=a", {"sha256": DIGEST}),
        ("#egg=a", {}),
        ("#sha256=", {}),
        ("", {}),
    ],
)
def test_a_fragment_is_a_digest_if_it_says_so(fragment: str, kept: dict[str, str]) -> None:
    found = from_html(f'href="a-1%2B1.zip{fragment}"')

    assert found["hashes"] == kept
    assert found["filename"] == "a-1+1.zip"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"core-metadata": {"sha256": DIGEST}}, {"sha256": DIGEST}),
        ({"core-metadata": True}, True),
        ({"core-metadata": {"blake2": "x"}}, True),
        ({"core-metadata": {"sha256": "x"}}, None),
        ({"core-metadata": "yes"}, None),
        ({"dist-info-metadata": {"sha256": DIGEST}}, {"sha256": DIGEST}),
        ({"data-dist-info-metadata": True}, True),
        ({"core-metadata": False}, None),
        ({}, None),
    ],
)
def test_sidecars_are_kept(told: dict[str, Any], kept: Any) -> None:
    assert from_json(**told).get("core-metadata") == kept


@pytest.mark.parametrize(
    ("attributes", "key", "kept"),
    [
        ('data-yanked="broken &amp; bad"', "yanked", "broken & bad"),
        ('data-yanked=""', "yanked", True),
        ("data-yanked", "yanked", True),
        ("", "yanked", None),
        (f'data-core-metadata="sha256={DIGEST}"', "core-metadata", {"sha256": DIGEST}),
        ('data-core-metadata="sha256=ab"', "core-metadata", None),
        ('data-core-metadata="true"', "core-metadata", True),
        ('data-dist-info-metadata="true"', "core-metadata", True),
        ('data-core-metadata="false"', "core-metadata", None),
        ('data-requires-python="&gt;=3.9"', "requires-python", ">=3.9"),
        ('data-requires-python=""', "requires-python", None),
        ('data-size="17"', "size", 17),
        ('data-size="much"', "size", None),
        ('data-upload-time="2026-01-01T00:00:00Z"', "upload-time", "2026-01-01T00:00:00Z"),
        ('data-provenance="https://a.example/p"', "provenance", "https://a.example/p"),
    ],
)
def test_attributes_of_html_are_kept(attributes: str, key: str, kept: Any) -> None:
    assert from_html(f'href="a-1.zip" {attributes}').get(key) == kept


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("yanked", False),
        ("yanked", None),
        ("provenance", None),
        ("requires-python", 3),
        ("size", "17"),
        ("upload-time", None),
        ("gpg-sig", True),
        ("size", -1),
        ("size", True),
        ("size", 2**63),
        ("size", 1.5),
        ("upload-time", ""),
        ("upload-time", "yesterday"),
        ("upload-time", "2026-01-01T00:00:00"),
        ("upload-time", "0001-01-01T00:00:00+14:00"),
        ("requires-python", "three"),
        ("requires-python", "==1" + "0" * 5000),
        ("provenance", "p.json"),
        ("provenance", "http://a.example/p"),
        ("provenance", "https://[::1"),
    ],
)
def test_what_is_not_as_the_standard_says_is_not_passed_on(key: str, value: Any) -> None:
    assert from_json(**{key: value}).keys() == {"filename", "url", "hashes"}


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "{}",
        '{"files": 1}',
        '{"files": {}}',
        '{"meta": [], "files": []}',
        '{"meta": {"api-version": "2.0"}, "files": []}',
        "[" * 100_000,
        '{"files": [' + "1" * 5000 + "]}",
    ],
    ids=lambda text: text[:50],
)
def test_json_that_is_not_of_the_simple_api_is_refused_with_its_address(text: str) -> None:
    with pytest.raises(UnreadablePageError, match=URL):
        read_page(text.encode(), content_type=JSON, url=URL)


@pytest.mark.parametrize(
    "row",
    [
        1,
        None,
        {},
        {"filename": "b-1.zip"},
        {"url": "b-1.zip"},
        {"filename": 1, "url": "b-1.zip"},
        {"filename": "b-1.exe", "url": "b-1.exe"},
        {"filename": "../b-1.zip", "url": "b-1.zip"},
        {"filename": "b\n-1.zip", "url": "b-1.zip"},
        {"filename": "b-\ud800.zip", "url": "b-1.zip"},
        {"filename": "b-1.zip", "url": "http://["},
        {"filename": "b-1.zip", "url": "https://a.example:port/b-1.zip"},
        {"filename": "b-1.zip", "url": "https://me:secret@a.example/b-1.zip"},
        {"filename": "b-1.zip", "url": "b-1.zip", "hashes": {"sha256": "abc"}},
        {"filename": "b-1.zip", "url": "b-1.zip", "hashes": {"sha256": None}},
        {"filename": "b-1.zip", "url": "b-1.zip", "hashes": {"sha256": "x" * 64}},
        {"filename": "b-1.zip", "url": "b-1.zip#sha256=abc"},
    ],
    ids=str,
)
def test_a_file_that_cannot_be_offered_leaves_the_others_alone(row: Any) -> None:
    page = {"files": [row, {"filename": "a-1.zip", "url": "a-1.zip"}]}

    files = read_page(json.dumps(page).encode(), content_type=JSON, url=URL)

    assert [file["filename"] for file in files] == ["a-1.zip"]


def test_a_digest_in_the_address_is_taken_out_of_it() -> None:
    file = from_json(url=f"a-1.zip#sha256={DIGEST}")

    assert (file["url"], file["hashes"]) == (f"{URL}a-1.zip", {"sha256": DIGEST})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.25Z", "2026-01-01T00:00:00.250000Z"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"),
    ],
)
def test_times_are_written_in_utc(written: str, read: str) -> None:
    assert from_json(**{"upload-time": written})["upload-time"] == read


def test_a_reason_that_is_not_unicode_can_be_written() -> None:
    assert from_json(yanked="bad \ud800")["yanked"] == "bad ?"


@pytest.mark.parametrize("page", ["<![x", '<base href="http://[::1">', '<a href="http://[">'])
def test_html_that_breaks_parsers_is_unreadable_or_has_no_files(page: str) -> None:
    with pytest.raises(UnreadablePageError, match=URL):
        read_page(page.encode(), content_type=HTML, url=URL)


@given(text=texts, name=texts)
def test_html_of_any_kind_is_read_without_an_error(text: str, name: str) -> None:
    page = f'{MARK}<a href="{text}" {name}="{text}">{text}'

    read_page(page.encode(), content_type=HTML, url=URL)


@pytest.mark.parametrize(
    ("ours", "theirs", "higher"),
    [
        (["a-1.zip"], ["a-1.zip"], ""),
        (["a-1.zip"], ["a-0.9.zip"], ""),
        (["a-1.zip"], ["a-9.9.zip", "a-0.9.zip"], "9.9"),
        (["a-1.zip"], ["a-1.post1-py3-none-any.whl"], "1.post1"),
        (["a-1+cu128-py3-none-any.whl"], ["a-1.zip"], ""),
        (["a-1.zip"], ["a-2rc1.zip"], "2rc1"),
        (["a-1.zip"], ["a-2.exe", "nonsense"], ""),
        (["a-1.zip"], [], ""),
    ],
)
def test_a_higher_version_elsewhere_is_named(
    ours: list[str], theirs: list[str], higher: str
) -> None:
    files = [elsewhere(name) for name in theirs]

    assert higher_version(project_of(*map(made, ours)), files) == higher


@pytest.mark.parametrize(("yanked", "higher"), [(False, "2"), (True, ""), ("broken", "")])
def test_a_yanked_version_elsewhere_is_no_danger(yanked: Any, higher: str) -> None:
    files = [elsewhere("a-2.zip", yanked=yanked)]

    assert higher_version(project_of(made("a-1.zip")), files) == higher


@pytest.mark.parametrize("kind", [JSON, HTML], ids=["json", "html"])
@pytest.mark.parametrize("marker", StatusMarker)
def test_the_status_of_a_project_is_read_as_we_wrote_it(kind: str, marker: StatusMarker) -> None:
    project = project_of(made("a-1.zip"))
    status = Status(marker=marker, reason="why")
    document = project_document(project.name, Offer(project.files), yanked={}, status=status)
    text = to_json(document) if kind == JSON else project_html(document)

    assert read_status(text, content_type=kind, url=URL) == marker


@pytest.mark.parametrize("status", ["", 1, [], {}, {"status": None}])
def test_a_status_of_another_shape_is_none(status: object) -> None:
    text = json.dumps({"files": [], "project-status": status}).encode()

    assert read_status(text, content_type=JSON, url=URL) == "active"
