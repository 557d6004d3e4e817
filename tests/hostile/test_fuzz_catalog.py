"""Thousands of catalogs: what is accepted can be served and written again, and leads nowhere."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.addresses import is_on_server, is_plain_path
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry, Membership, Refused, Shown
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import OWN, Project, UpstreamFile
from ghpypi.core.served_paths import file_path
from ghpypi.core.serving import Snapshot
from ghpypi.core.simple.pages import project_document, project_html, to_json
from ghpypi.errors import GhpypiError
from ghpypi.server.catalog_view import CatalogView
from tests.hostile.fuzzing import MUTATED, TEXT_TOKENS, made_up, mutations
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


def catalog() -> bytes:
    found = entry()
    line = found.line(INDEXES.membership(found.project))
    return Catalog(pages="p", rules="r", indexes=("", "stable"), lines={line.name: line}).dump()


TEXT = catalog()


def check_catalog(text: bytes) -> None:
    try:
        found = Catalog.parse(text, source="the test", server=SERVER)
        entries = list(found.entries())
        for line in found.lines.values():
            assert {*line.origins} >= {file.origin for file in line.entry().project.files}
            assert isinstance(line.shown, Shown)
    except GhpypiError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the point
        check_location(text)
        return
    assert all(not name or name == name.lower() for name in found.indexes)
    assert list(Catalog.parse(found.dump(), source="again", server=SERVER).entries()) == entries
    for each in entries:
        check_entry(each)
    check_location(text)


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


def check_location(text: bytes) -> None:
    """Give a catalog to a server, which takes it or keeps what it has."""
    catalog_view = CatalogView("acme/pypi", server=SERVER)
    try:
        catalog_view.take(Snapshot(mark="", catalog=text, config=CONFIG))
    except GhpypiError as error:
        assert str(error)  # noqa: PT017
        assert not catalog_view.revision.records
        return
    for name, record in catalog_view.revision.records.items():
        try:
            assert record.entry().project.name == name
        except GhpypiError as error:
            assert "damaged" in str(error)  # noqa: PT017


def test_mutated_catalogs_raise_nothing_else() -> None:
    for text in mutations([TEXT], MUTATED, TEXT_TOKENS):
        check_catalog(text)


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
def changed_lines(draw: st.DrawFn) -> bytes:
    """Replace values at any depth of a line."""
    header, text, _ = TEXT.split(b"\n")
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
    return b"\n".join([header, line.encode("utf-8", "surrogatepass"), b""])


@made_up
@given(changed_lines())
def test_lines_with_other_values_raise_nothing_else(text: bytes) -> None:
    check_catalog(text)


HEADER = st.dictionaries(
    st.sampled_from(["format", "pages", "rules", "indexes", "owns"]), VALUE, max_size=5
)


@made_up
@given(HEADER, st.booleans())
def test_made_up_headers_raise_nothing_else(values: dict[str, Any], complete: bool) -> None:
    usual = {"format": 2, "pages": "", "rules": "", "indexes": [""]} if complete else {}
    check_catalog(json.dumps({**usual, **values}).encode() + b"\n")


def test_the_catalog_that_is_mutated_is_a_good_one() -> None:
    check_catalog(TEXT)
    (found,) = Catalog.parse(TEXT, source="the test", server=SERVER).entries()

    assert found == entry()
    assert found.project.name == Project(name=found.project.name, files=()).name
    assert isinstance(Membership(("",), ("",), flawed=False), Membership)
