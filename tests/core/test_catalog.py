"""The catalog: written, read back, and damaged."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.catalog.catalog import Catalog, fingerprint
from ghpypi.core.catalog.entry import CATALOG_PATH, Entry, Membership, Refused, Shown
from ghpypi.core.model import Project
from ghpypi.core.names import normalize
from ghpypi.errors import FailedError, OldFormatError
from tests.golden.nasty import file
from tests.support.catalogs import no_parts, read_back
from tests.support.strategies import catalogs, entries, memberships
from tests.support.upstreams import elsewhere

WHEEL = file("acme_lib-1.0-py3-none-any.whl")
ENTRY = Entry(fingerprint="ab12", project=Project(name=normalize("acme-lib"), files=(WHEEL,)))
REFUSED = Refused(filename="x.whl", where="acme/pypi v1", reason="no", stamp="s")


MEMBERSHIP = Membership(("", "stable"), ("", "cu128"), flawed=False)
LINE = bytes(ENTRY.line(MEMBERSHIP).text)
HEADER = (
    b'{"format":3,"pages":"p","simple":"s","rules":"r","indexes":["","cu128"],'
    b'"owns":["index.html","a/*/b"],"part-bytes":2097152}\n'
)


def catalog_of(*found: Entry) -> Catalog:
    lines = {entry.project.name: entry.line(MEMBERSHIP) for entry in found}
    return Catalog(pages="p", rules="r", indexes=("", "cu128"), lines=lines)


@given(catalogs())
def test_a_catalog_reads_back_as_it_was_written(catalog: Catalog) -> None:
    again = read_back(catalog)

    assert [again.pages, again.rules, again.indexes] == [
        catalog.pages, catalog.rules, catalog.indexes
    ]  # fmt: skip
    assert dict(again.files()) == dict(catalog.files())
    assert list(again.entries()) == list(catalog.entries())


@given(entries(), memberships)
def test_an_entry_reads_back_as_it_was_written(entry: Entry, membership: Membership) -> None:
    line = entry.line(membership)
    (again,) = read_back(Catalog(lines={line.name: line})).lines.values()

    assert again._replace(details=again.long_text()) == line
    assert line.entry() == entry
    assert (line.name, line.fingerprint) == (entry.project.name, entry.fingerprint)
    assert (line.files, line.membership) == (len(entry.project.files), membership)
    assert line.shown == entry.shown


@given(catalogs())
def test_a_line_is_one_line(catalog: Catalog) -> None:
    files = dict(catalog.files())
    lines = files.pop(CATALOG_PATH).split(b"\n")
    assert len(lines) == len(catalog.lines) + 2
    for text in files.values():
        assert text.count(b"\n") == len(catalog.lines)
        lines += text.split(b"\n")
    assert all(json.loads(line) for line in lines if line)


def test_lines_are_sorted_by_name() -> None:
    other = replace(ENTRY, project=replace(ENTRY.project, name=normalize("a")))

    assert catalog_of(ENTRY, other).dump() == catalog_of(other, ENTRY).dump()


def test_the_beginning_of_a_line_says_what_is_needed_most() -> None:
    catalog = catalog_of(ENTRY, replace(ENTRY, refused=(REFUSED,), fingerprint="cd"))
    (line,) = read_back(catalog).lines.values()

    assert (line.name, line.fingerprint, line.files) == ("acme-lib", "cd", 1)
    assert (line.membership, line.shown) == (MEMBERSHIP, Shown())
    assert bytes(line.text) == (
        b'{"name":"acme-lib","fingerprint":"cd","files":1,"size":%d,"digest":"%s",'
        b'"origins":[""],"membership":[["","stable"],["","cu128"],false],'
        b'"shown":["","","","",""]}' % (len(line.long_text()), line.digest.encode())
    )


def test_a_line_says_where_its_files_are_from() -> None:
    (file,) = ENTRY.project.files
    releases = "https://github.example/{}/releases/download/v1/" + file.filename
    others = tuple(
        file._replace(origin=origin, url=releases.format(origin))
        for origin in ("acme/pypi", "acme/lib", "acme/lib")
    )
    theirs = elsewhere("x", locations=[["evil", "", ""]], releases=[])
    entry = replace(
        ENTRY,
        project=replace(ENTRY.project, files=others),
        upstream={"https://index.example/": [theirs]},
    )
    (line,) = read_back(catalog_of(entry)).lines.values()

    assert sorted(line.origins) == ["acme/lib", "acme/pypi"]
    with pytest.raises(FailedError, match="line of acme-lib: its files are not of acme/lib"):
        line._replace(origins=("acme/lib",)).entry()


def test_an_empty_catalog_is_a_header() -> None:
    empty = Catalog(
        pages="p", simple="s", rules="r", indexes=("", "cu128"), owns=("index.html", "a/*/b")
    )

    assert empty.dump() == HEADER
    assert Catalog.parse(HEADER, source="it", read=no_parts) == empty


def test_a_catalog_that_was_written_before_there_was_a_record() -> None:
    before = HEADER.replace(b'"owns":["index.html","a/*/b"],', b"").replace(b'"simple":"s",', b"")
    catalog = Catalog.parse(before, source="it", read=no_parts)

    assert catalog.owns == ()
    assert catalog.simple == ""


@pytest.mark.parametrize("path", ["../x", "/x", "a/../b", "a//b", "", "a/", "..\\\\x", "."])
def test_a_record_of_what_lies_outside_the_site_is_refused(path: str) -> None:
    text = HEADER.replace(b"a/*/b", path.encode())

    with pytest.raises(FailedError, match=r"catalog\.jsonl of it is damaged: .* below the site"):
        Catalog.parse(text, source="it", read=no_parts)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"nonsense\n",
        b"[]\n",
        b"1\n",
        b"null\n",
        b"{}\n",
        b'{"format":3}\n',
        HEADER.replace(b"2097152", b'"x"'),
        HEADER + b"nonsense\n",
        HEADER + LINE.replace(b'"acme-lib"', b'"Acme"') + b"\n",
        HEADER + LINE.replace(b',"shown":[', b',"show":[') + b"\n",
        HEADER + LINE.replace(b'"origins":[""]', b'"origins":["../pypi"]') + b"\n",
        HEADER + LINE.replace(b'[["","stable"]', b'[1,["","stable"]') + b"\n",
        HEADER + b'{"name":"acme"}\n',
        b"\xff" + HEADER,
    ],
)
def test_what_is_no_catalog_is_refused(text: bytes) -> None:
    with pytest.raises(FailedError, match=r"catalog\.jsonl of acme/pypi is damaged") as caught:
        Catalog.parse(text, source="acme/pypi", read=no_parts)

    assert "ghpypi index --full" in caught.value.hint


@pytest.mark.parametrize("number", [4, 99])
def test_a_catalog_of_a_newer_format_is_refused(number: int) -> None:
    with pytest.raises(FailedError) as caught:
        Catalog.parse(b'{"format":%d,"pages":"p"}\n' % number, source="acme/pypi", read=no_parts)

    assert str(caught.value) == (
        f"the catalog of acme/pypi has format {number}, this ghpypi reads 3"
    )
    assert "upgrade ghpypi" in caught.value.hint


def test_a_catalog_of_an_older_format_is_not_an_empty_one() -> None:
    with pytest.raises(OldFormatError, match="the catalog of it has the older format 1"):
        Catalog.parse(b'{"format":1,"pages":"p"}\n{}\n', source="it", read=no_parts)


@given(st.data())
def test_a_line_cut_short_is_found_out(data: st.DataObject) -> None:
    line = ENTRY.line(MEMBERSHIP)
    text = line.long_text()[: data.draw(st.integers(0, line.size - 1))]

    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        line._replace(details=text).entry()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"rows":', b'"rose":'),
        (b'"rows":[[', b'"rows":[["more",'),
        (b'"rows":[[0,', b'"rows":[[7,'),
        (b'"refused":[]', b'"refused":[[]]'),
        (b'"rows":[[', b'"rows":[1,['),
        (b'"1.0"', b'"one"'),
    ],
)
def test_a_line_with_something_else_in_it_is_found_out(old: bytes, new: bytes) -> None:
    line = ENTRY.line(MEMBERSHIP)
    text = line.long_text()

    assert old in text
    with pytest.raises(FailedError, match="is damaged in the line of acme-lib"):
        line._replace(details=text.replace(old, new)).entry()


@pytest.mark.parametrize("told", [b'["1.0"]x', b'["1.0"]', b"1", b"\xff", b""])
def test_what_lists_show_is_found_damaged_when_it_is_read(told: bytes) -> None:
    line = ENTRY.line(MEMBERSHIP)
    before, key, _ = bytes(line.text).partition(b',"shown":')

    with pytest.raises(FailedError, match="is damaged in the line of acme-lib") as caught:
        _ = line._replace(text=before + key + told + b"}").shown

    assert "ghpypi index --full" in caught.value.hint


@given(st.lists(st.text()), st.text())
def test_a_fingerprint_does_not_depend_on_order(stamps: list[str], salt: str) -> None:
    mark = fingerprint(stamps, salt=salt)

    assert mark == fingerprint(reversed(stamps), salt=salt)
    assert len(mark) == 32
    assert mark != fingerprint([*stamps, "more"], salt=salt)
    assert mark != fingerprint(stamps, salt=salt + "x")
