"""Thousands of pages of upstream indexes, JSON and HTML: what is read can be put on our pages."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.addresses import is_web_address
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.same_file import upstream_only
from ghpypi.core.model import Offer
from ghpypi.core.simple.documents import project_document, to_json
from ghpypi.core.simple.pages import project_html
from ghpypi.core.simple.upstream import UnreadablePageError, higher_version, read_page
from tests.hostile.fuzzing import MUTATED, TEXT_TOKENS, made_up, mutations
from tests.support.catalogs import read_back
from tests.support.files import made, project_of

URL = "https://index.example/simple/acme-lib/"
BASE = "https://index.example/simple/"
PROJECT = project_of(made("acme_lib-1.0-py3-none-any.whl", "v1"))
INDEXES = Indexes(config=Config(), store="acme/pypi")

ROW = {
    "filename": "acme_lib-2.0-py3-none-any.whl",
    "url": "../../files/acme_lib-2.0-py3-none-any.whl",
    "hashes": {"sha256": "0" * 64, "md5": "1" * 32},
    "size": 1234,
    "upload-time": "2026-01-31T12:00:00.123456Z",
    "requires-python": ">=3.9",
    "yanked": "a reason",
    "core-metadata": {"sha256": "2" * 64},
    "provenance": "https://index.example/provenance",
}
DOCUMENT = {"meta": {"api-version": "1.4"}, "name": "acme-lib", "versions": ["2.0"], "files": [ROW]}
HTML = f"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0">
<base href="https://files.example/x/"></head><body>
<a href="acme_lib-2.0.tar.gz#sha256={"0" * 64}" data-requires-python="&gt;=3.9" data-yanked=""
 data-size="12" data-core-metadata="sha256={"1" * 64}">acme_lib-2.0.tar.gz</a>
<a href="../acme_lib-3.0-py3-none-any.whl#md5={"1" * 32}">x</a></body></html>"""


def check_page(content: bytes, content_type: str) -> None:
    try:
        files = read_page(content, content_type=content_type, url=URL)
    except UnreadablePageError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the point
        return
    for file in files:
        assert is_web_address(file["url"])
    assert isinstance(higher_version(PROJECT, files), str)
    offer = Offer(PROJECT.files, upstream_only(PROJECT.files, files))
    document = project_document(PROJECT.name, offer, yanked={}, status=None)
    assert json.loads(to_json(document))["files"]
    assert project_html(document)
    entry = Entry(fingerprint="ab", project=PROJECT, upstream={BASE: files})
    line = entry.line(INDEXES.membership(PROJECT))
    (again,) = read_back(Catalog(lines={line.name: line})).entries()
    assert again == entry


def test_mutated_json_raises_nothing_else() -> None:
    for content in mutations([json.dumps(DOCUMENT).encode()], MUTATED, TEXT_TOKENS):
        check_page(content, "application/vnd.pypi.simple.v1+json")


def test_mutated_html_raises_nothing_else() -> None:
    for content in mutations([HTML.encode()], MUTATED // 2, TEXT_TOKENS):
        check_page(content, "text/html; charset=utf-8")


TEXT = st.one_of(
    st.sampled_from([
        "acme_lib-2.0.tar.gz", "http://[", "http://host:99999/x.whl", "javascript:x", "\ud800.whl",
        "//evil.example/x.whl", "..", "0" * 64, "1" * 5000, "2026-02-30T00:00:00Z", "sha256", ">=3",
        "https://a:b@c/x.whl", "x" * 3000 + ".whl", "a\nb.whl", "http://\u212aelvin/x.whl",
        "-1.whl",        "https://index.example/x\u2028.whl", "https://index.example/\\x.whl",
    ]),
    st.text(max_size=10),
)  # fmt: skip
VALUE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(ROW, VALUE)).map(lambda x: {**ROW, **x})
    | VALUE,
    max_size=3,
)


@made_up
@given(ROWS, VALUE)
def test_made_up_json_raises_nothing_else(rows: list[Any], meta: Any) -> None:
    document = {"meta": meta, "files": rows}
    content = json.dumps(document).encode("utf-8", "surrogatepass")
    check_page(content, "application/json")


ATTRIBUTE = st.tuples(
    st.sampled_from([
        "href", "data-size", "data-yanked", "data-requires-python", "data-core-metadata",
        "data-dist-info-metadata", "data-provenance", "data-upload-time", "name", "content",
    ]),
    TEXT,
)  # fmt: skip
write = '{0[0]}="{0[1]}"'.format
TAG = st.sampled_from(["a", "base", "meta", "script", "![x", "!--", "?x", "/a", "a\0"])


@made_up
@given(st.lists(st.tuples(TAG, st.lists(ATTRIBUTE, max_size=3)), max_size=4))
def test_made_up_html_raises_nothing_else(tags: list[tuple[str, list[tuple[str, str]]]]) -> None:
    text = "".join(f"<{tag} {' '.join(map(write, attributes))}>" for tag, attributes in tags)
    check_page(text.encode("utf-8", "surrogatepass"), "text/html")
