"""Thousands of catalogs: what is accepted can be served and written again, and leads nowhere."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.addresses import is_on_server, is_plain_path
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import (
    CATALOG_PATH,
    Entry,
    Membership,
    Refused,
    Shown,
    digest_of,
    encode,
)
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import OWN, Project, UpstreamFile
from ghpypi.core.served_paths import file_path
from ghpypi.core.serving import Snapshot
from ghpypi.core.simple.documents import project_document, to_json
from ghpypi.core.simple.pages import project_html
from ghpypi.errors import GhpypiError
from ghpypi.server.catalog_view import CatalogView
from tests.hostile.fuzzing import MUTATED, TEXT_TOKENS, made_up, mutations
from tests.support.catalogs import published, read_back, reading
from tests.support.files import made, project_of

SERVER = "https://github.example"
KEY = "repos/acme/pypi/releases/assets/7"
NAME = "acme_lib-1.0-py3-none-any.whl"
FILE = made(NAME, "v1")._replace(key=KEY, provenance=f"{SERVER}/a/{NAME}.provenance")
OWN_FILE = made("acme_lib-2.0.tar.gz", "v2")._replace(
    origin=OWN, url="files/v2/acme_lib-2.0.tar.gz", key="files/v2/acme_lib-2.0.tar.gz"
)
UPSTREAM: UpstreamFile = {
    "filename": "acme_lib-3.0.tar.gz",
    "url": "https://index.example/acme_lib-3.0.tar.gz",
    "hashes": {},
}
CONFIG = Config.parse("[variants]\n[indexes.stable]\ninclude = ['acme-*']\n")
INDEXES = Indexes(config=CONFIG, store="acme/pypi")


def entry() -> Entry:
    return Entry(
        fingerprint="ab12",
        project=project_of(FILE, OWN_FILE),
        refused=(Refused(filename="x.whl", where="v1", reason="no", stamp="s"),),
        shown=Shown("1.0", "2026-01-01T00:00:00Z", "A library", "one two", ""),
        upstream={"https://index.example/simple/": [UPSTREAM]},
    )


LINE = entry().line(INDEXES.membership(entry().project))
CATALOG = Catalog(pages="p", rules="r", indexes=("", "stable"), lines={LINE.name: LINE})
PAGES = dict(CATALOG.files())


def with_line(text: bytes) -> dict[str, bytes]:
    """Replace the long line, and its digest in the short one."""
    header, short, _ = PAGES[CATALOG_PATH].split(b"\n")
    data = json.loads(short) | {"size": len(text), "digest": digest_of(text)}
    first = b"\n".join([header, encode(data).encode(), b""])
    return {CATALOG_PATH: first, "catalog/part.jsonl": text + b"\n"}


def check_catalog(pages: Mapping[str, bytes]) -> None:
    try:
        found = published(pages, server=SERVER)
        entries = list(found.entries())
        for line in found.lines.values():
            assert {*line.origins} >= {file.origin for file in line.entry().project.files}
            assert isinstance(line.shown, Shown)
    except GhpypiError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the point
        check_served(pages)
        return
    assert all(not name or name == name.lower() for name in found.indexes)
    assert list(read_back(found, server=SERVER).entries()) == entries
    for each in entries:
        check_entry(each)
    check_served(pages)


def check_entry(found: Entry) -> None:
    for file in found.project.files:
        if file.origin == OWN or "://" not in file.url:
            assert not file.url or is_plain_path(file.url)
            assert not file.key or is_plain_path(file.key)
        else:
            assert is_on_server(file.url, SERVER)
            assert file.key.startswith(("repos/", ""))
        assert is_plain_path(file_path(file, "acme/pypi"))
    for _, offer in INDEXES.offers(found, ["", "stable", "cu128"]):
        document = project_document(found.project.name, offer, yanked={}, status=None)
        assert json.loads(to_json(document))
        assert project_html(document)


def check_served(pages: Mapping[str, bytes]) -> None:
    """Give a catalog to a server, which takes it or keeps what it has."""
    catalog_view = CatalogView("acme/pypi", server=SERVER)
    snapshot = Snapshot(mark="", catalog=pages[CATALOG_PATH], config=CONFIG)
    try:
        catalog_view.take(snapshot, reading(pages))
    except GhpypiError as error:
        assert str(error)  # noqa: PT017
        assert not catalog_view.revision.records
        return
    for name, record in catalog_view.revision.records.items():
        try:
            assert record.entry().project.name == name
        except GhpypiError as error:
            assert "damaged" in str(error) or record.text is None  # noqa: PT017


def test_mutated_catalogs_raise_nothing_else() -> None:
    for text in mutations([PAGES[CATALOG_PATH]], MUTATED // 2, TEXT_TOKENS):
        check_catalog(PAGES | {CATALOG_PATH: text})


def test_mutated_lines_raise_nothing_else() -> None:
    for text in mutations([LINE.long_text()], MUTATED // 2, TEXT_TOKENS):
        check_catalog(with_line(text))


VALUE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(
            ["", "..", "acme/pypi", KEY, NAME, "1.0", SERVER, "files/", "\ud800", "v1"]
        ),
        st.text(max_size=8),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=3,
)


@st.composite
def changed_lines(draw: st.DrawFn, text: bytes) -> bytes:
    """Replace values at any depth of a line."""
    data = json.loads(text)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = data
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
                place[key] = draw(VALUE)
                break
            place = place[key]
    line = json.dumps(data, separators=(",", ":"), ensure_ascii=draw(st.booleans()))
    return line.encode("utf-8", "surrogatepass")


@made_up
@given(changed_lines(LINE.long_text()))
def test_long_lines_with_other_values_raise_nothing_else(text: bytes) -> None:
    check_catalog(with_line(text))


@made_up
@given(changed_lines(bytes(LINE.text)))
def test_short_lines_with_other_values_raise_nothing_else(text: bytes) -> None:
    header = PAGES[CATALOG_PATH].partition(b"\n")[0]
    check_catalog(PAGES | {CATALOG_PATH: b"\n".join([header, text, b""])})


HEADER = st.dictionaries(
    st.sampled_from(["format", "pages", "rules", "indexes", "owns", "part-bytes"]),
    VALUE,
    max_size=5,
)


@made_up
@given(HEADER, st.booleans())
def test_made_up_headers_raise_nothing_else(values: dict[str, Any], complete: bool) -> None:
    usual = (
        {"format": 3, "pages": "", "rules": "", "indexes": [""], "part-bytes": 9}
        if complete
        else {}
    )
    check_catalog({CATALOG_PATH: json.dumps({**usual, **values}).encode() + b"\n"})


def test_the_catalog_that_is_mutated_is_a_good_one() -> None:
    check_catalog(PAGES)
    (found,) = published(PAGES, server=SERVER).entries()

    assert found == entry()
    assert found.project.name == Project(name=found.project.name, files=()).name
    assert isinstance(Membership(("",), ("",), flawed=False), Membership)
