"""A catalog that was changed by hand: its values have to belong to the store it names."""

import json
import re
from typing import Any

import pytest

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.checks import locations_text
from ghpypi.core.catalog.entry import (
    CATALOG_PATH,
    Entry,
    Membership,
    Shown,
    digest_of,
    encode,
    origins_of,
)
from ghpypi.core.model import OWN, File, Project
from ghpypi.core.names import Sha256, normalize
from ghpypi.errors import FailedError
from tests.support.catalogs import no_parts, published
from tests.support.files import made

NAME = "acme_lib-1.0-py3-none-any.whl"
ASSETS = "repos/acme/pypi/releases/assets/"
GITHUB = made(NAME)._replace(key=f"{ASSETS}7")
FOLDER = GITHUB._replace(
    origin=OWN, tag="v1", url=f"files/v1/{NAME}", key=f"files/v1/{NAME}", sha256=Sha256("0" * 64)
)
MEMBERSHIP = Membership(("",), ("",), flawed=False)


def changed(file: File, **values: Any) -> bytes:
    """Write the long line of a project with one file, with some of its values replaced."""
    project = Project(name=normalize("acme-lib"), files=(file,))
    data = json.loads(Entry(fingerprint="ab", project=project).line(MEMBERSHIP).long_text())
    data.update(values)
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def site_of(*lines: bytes, server: str | None = None, **values: Any) -> Catalog:
    """Publish long lines, with short lines that have their digests."""
    short = []
    for line in lines:
        name = re.findall(rb'^\{"name":"([a-z-]+)"', line)[0].decode()
        known = {
            "name": name,
            "fingerprint": "ab",
            "files": 1,
            "size": len(line),
            "digest": digest_of(line),
            "origins": origins_of(json.loads(locations_text(line))),
            "membership": MEMBERSHIP,
            "shown": Shown(),
        }
        short.append(encode(known | values).encode())
    header = b'{"format":3,"pages":"","rules":"","indexes":[""],"part-bytes":2097152}'
    part = b"".join(line + b"\n" for line in lines)
    pages = {"catalog/part.jsonl": part, CATALOG_PATH: b"\n".join([header, *short, b""])}
    return published(pages, server=server)


def read(line: bytes, **values: Any) -> tuple[File, ...]:
    (entry,) = site_of(line, **values).entries()
    return entry.project.files


@pytest.mark.parametrize("file", [GITHUB, FOLDER], ids=["GitHub", "folder"])
def test_a_file_of_the_store_reads_back(file: File) -> None:
    assert read(changed(file)) == (file,)


DOWNLOADS = "https://github.example/acme/pypi/releases/download/"


@pytest.mark.parametrize(
    "location",
    [
        ["acme/pypi", DOWNLOADS, "repos/acme/secret/releases/assets/"],
        ["acme/pypi", DOWNLOADS, f"{ASSETS}../../../../acme/secret/releases/assets/"],
        ["acme/pypi", DOWNLOADS, "orgs/acme/"],
        ["acme/pypi", "https://github.example/acme/secret/releases/download/", ASSETS],
        ["acme/pypi", "https://github.example/x?/acme/pypi/releases/download/", ASSETS],
        ["acme/pypi", f"{DOWNLOADS}../../../secret/releases/download/", ASSETS],
        ["acme/pypi", f"{DOWNLOADS}%2e%2e/", ASSETS],
        ["acme/pypi", "javascript://x/acme/pypi/releases/download/", ASSETS],
        ["acme/pypi/../secret", DOWNLOADS, ASSETS],
        ["..", DOWNLOADS, ASSETS],
        ["", DOWNLOADS, ASSETS],
        ["", "files/", "../"],
        ["", "../", "files/"],
        ["", "%2e%2e/", "files/"],
        ["", "files/", "/etc/"],
        ["", "//evil.example/", "files/"],
        ["", "files/", "..\\"],
        ["/srv/index", "files/", "files/../../"],
        ["", 1, "files/"],
    ],
)
def test_what_belongs_to_another_store_is_refused(location: list[object]) -> None:
    file = FOLDER if location[0] in {"", "/srv/index"} else GITHUB
    with pytest.raises(FailedError, match="is damaged"):
        read(changed(file, locations=[location]))


@pytest.mark.parametrize("tag", ["..", ".", "", "a/../b", "/etc", "a\\b", "a\nb", 1])
@pytest.mark.parametrize("file", [GITHUB, FOLDER], ids=["GitHub", "folder"])
def test_a_tag_that_could_leave_its_store_is_refused(file: File, tag: object) -> None:
    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        read(changed(file, releases=[[0, tag, 0]]))


@pytest.mark.parametrize("file", [GITHUB, FOLDER], ids=["GitHub", "folder"])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        (1, "../acme_lib-1.0-py3-none-any.whl"),
        (1, "acme_lib-1.0/../../x.tar.gz"),
        (1, "other-1.0-py3-none-any.whl"),
        (1, "acme_lib-1.0-nonsense.whl"),
        (1, "acme_lib.whl"),
        (1, 1),
        (2, "nonsense"),
        (2, "1" * 5000),
        (9, "../../secret"),
        (9, "7/../8"),
        (9, 7),
        (12, "http:evil"),
        (12, "javascript:alert(1)"),
        (12, "https://evil.example/acme/pypi/releases/download/v1/x.provenance"),
    ],
)
def test_a_row_that_could_leave_its_store_is_refused(
    file: File, column: int, value: object
) -> None:
    (row,) = json.loads(changed(file))["rows"]
    row += ["", 0, "", None, 0][len(row) - 9 :]  # what a short row leaves out
    row[column] = value
    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        read(changed(file, rows=[row]))


def test_an_asset_has_a_number_that_github_understands() -> None:
    (row,) = json.loads(changed(GITHUB))["rows"]
    row[9] = "\u0667"
    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        read(changed(GITHUB, rows=[row]))


ELSEWHERE = (
    "https://evil.example/acme/pypi/releases/download/",
    "https://github.example.evil.example/acme/pypi/releases/download/",
    "https://github.example:8443/acme/pypi/releases/download/",
    "http://github.example/acme/pypi/releases/download/",
    "https://github.example@evil.example/acme/pypi/releases/download/",
    "ftp://github.example/acme/pypi/releases/download/",
)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_file_on_another_host_is_refused_where_the_catalog_is_read(url: str) -> None:
    evil = changed(GITHUB, name="evil", locations=[["acme/pypi", url, ASSETS]])
    lines = changed(GITHUB), changed(FOLDER, name="beside"), evil
    catalog = site_of(*lines, server="https://github.example")
    with pytest.raises(FailedError, match=r"is not on https://github\.example") as caught:
        [line.long_text() for line in catalog.lines.values()]

    assert url in str(caught.value)


@pytest.mark.parametrize("server", ["https://github.example", "https://GitHub.example"])
def test_files_on_the_host_of_their_store_and_beside_the_site_are_read(server: str) -> None:
    catalog = site_of(changed(GITHUB), changed(FOLDER, name="beside"), server=server)

    assert all(line.long_text() for line in catalog.lines.values())


@pytest.mark.parametrize("key", ["locations", "location\\u0073"])
def test_a_line_that_says_in_two_ways_where_its_files_are_is_refused(key: str) -> None:
    url = ELSEWHERE[0]
    line = changed(GITHUB)[:-1] + f',"{key}": [["acme/pypi","{url}","{ASSETS}"]]}}'.encode()
    catalog = site_of(line)
    with pytest.raises(FailedError, match="two different values of"):
        list(catalog.entries())


@pytest.mark.parametrize(
    "theirs",
    [
        {"filename": "a-1.zip", "url": "javascript:alert(1)"},
        {"filename": "a-1.zip", "url": "../../secret"},
        {"filename": 1, "url": "https://index.example/a-1.zip"},
        {"filename": "a-1.zip"},
        "a-1.zip",
    ],
)
def test_a_file_of_another_index_needs_an_address(theirs: object) -> None:
    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        read(changed(GITHUB, upstream={"https://index.example/": [theirs]}))


@pytest.mark.parametrize(
    "line",
    [
        b'{"format":3,"pages":"","rules":"","indexes":["","../outside"]}\n',
        b'{"format":3,"pages":"","rules":"","indexes":[""],"owns":["../outside"]}\n',
        b'{"format":3,"pages":"","rules":"","indexes":[1]}\n',
        b'{"format":' + b"[" * 100_000 + b"\n",
        b'{"format":3,"pages":"\\ud800","rules":"","indexes":[""]}\n',
    ],
    ids=["index", "owned path", "number", "nested", "surrogate"],
)
def test_a_header_that_could_do_harm_is_refused(line: bytes) -> None:
    with pytest.raises(FailedError, match="is damaged"):
        Catalog.parse(line, source="the test", read=no_parts)


@pytest.mark.parametrize(
    "membership", [[["../outside"], [""], False], [[""], ["../outside"], False]]
)
def test_a_project_outside_of_the_site_is_refused(membership: list[object]) -> None:
    with pytest.raises(FailedError, match="is damaged"):
        read(changed(GITHUB), membership=membership)


@pytest.mark.parametrize(
    "text",
    [b'"refused":' + b"[" * 100_000 + b"]" * 100_000, b'"refused":[["\\ud800","","",""]]'],
    ids=["nested", "surrogate"],
)
def test_text_that_json_or_utf_8_cannot_hold_is_refused(text: bytes) -> None:
    line = changed(GITHUB).replace(b'"refused":[]', text)
    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        read(line)


@pytest.mark.parametrize("origin", ["../../index", "/srv/index", ".", "acme/pypi"])
def test_a_file_beside_its_site_is_the_sites_own_whatever_an_old_catalog_calls_its_folder(
    origin: str,
) -> None:
    assert read(changed(FOLDER, locations=[[origin, "files/", "files/"]])) == (FOLDER,)
