"""The parts of a catalog: divided, written one by one, read, and torn."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import CATALOG_PATH, Entry, Line, Membership
from ghpypi.core.catalog.parts import (
    PART_BYTES,
    READ_AHEAD,
    PartReader,
    is_part,
    parts_of,
    possible_parts,
    transitional,
)
from ghpypi.core.model import Project
from ghpypi.errors import FailedError, PartMismatchError
from tests.support.catalogs import former_format, published, read_back, reading
from tests.support.strategies import catalogs, entries

MEMBERSHIP = Membership(("",), ("",), flawed=False)
SMALL = 1000
"""A limit that a handful of projects exceeds."""


def line_of(name: str, mark: str = "ab") -> Line:
    project = Project(name=NormalizedName(name), files=())
    return Entry(fingerprint=mark, project=project).line(MEMBERSHIP)


def of_size(name: str, size: int) -> Line:
    return line_of(name)._replace(size=size)


def divided(limit: int, *lines: Line) -> dict[str, list[str]]:
    found = parts_of({line.name: line for line in lines}, limit)
    return {path: [line.name for line in part] for path, part in found.items()}


# Which part a project is in


def test_a_small_catalog_has_one_part() -> None:
    lines = [of_size(name, PART_BYTES // 3) for name in ("b", "a", "c")]

    assert divided(PART_BYTES, *lines) == {"catalog/part.jsonl": ["a", "b", "c"]}
    assert divided(PART_BYTES) == {}


def test_a_large_part_is_divided_where_names_differ() -> None:
    names = ("acme", "acme-lib", "acme-web", "b", "zope")

    assert divided(2, *(of_size(name, 1) for name in names)) == {
        "catalog/part-acme.jsonl": ["acme"],
        "catalog/part-acme-.jsonl": ["acme-lib", "acme-web"],
        "catalog/part-b.jsonl": ["b"],
        "catalog/part-z.jsonl": ["zope"],
    }


def test_one_project_is_never_divided() -> None:
    assert divided(1, of_size("acme", 9)) == {"catalog/part.jsonl": ["acme"]}
    assert divided(1, of_size("acme", 9), of_size("acme-lib", 9)) == {
        "catalog/part-acme.jsonl": ["acme"],
        "catalog/part-acme-.jsonl": ["acme-lib"],
    }


names = st.text("ab-", max_size=6).map(lambda text: f"a{text}a")


@given(st.dictionaries(names, st.integers(0, 40)), st.integers(1, 100))
def test_parts_hold_all_projects_in_order_and_are_small(sizes: dict[str, int], limit: int) -> None:
    lines = {NormalizedName(name): of_size(name, size) for name, size in sizes.items()}
    parts = parts_of(lines, limit)

    assert [line.name for part in parts.values() for line in part] == sorted(sizes)
    for path, part in parts.items():
        assert is_part(path)
        assert all(path in possible_parts(line.name) for line in part)
        assert len(part) == 1 or sum(line.size for line in part) <= limit
    assert parts_of(dict(reversed(lines.items())), limit) == parts


@pytest.mark.parametrize(
    "path", ["catalog/part-../x.jsonl", "catalog/parts.jsonl", "catalog/x.jsonl", "part.jsonl"]
)
def test_other_paths_are_no_parts(path: str) -> None:
    assert not is_part(path)


# Written part by part, and read back


class Store:
    """Published files, of which the reads are counted."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.reads: list[Sequence[str]] = []

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        self.reads.append(paths)
        return reading(self.files)(paths)

    def publish(self, after: Catalog, before: Catalog | None) -> list[str]:
        changed = dict(after.changed_parts(before))
        gone = (before.parts.keys() if before else set()) - after.parts.keys()
        self.files = {x: y for x, y in (self.files | changed).items() if x not in gone}
        self.files[CATALOG_PATH] = after.dump()
        return list(changed)

    def catalog(self) -> Catalog:
        text = self.files[CATALOG_PATH]
        return Catalog.parse(text, source="the test", read=self.read)


@given(st.lists(st.dictionaries(names, entries() | st.none(), max_size=4), max_size=4))
def test_any_changes_one_by_one_give_what_is_written_at_once(
    changes: list[dict[str, Entry | None]],
) -> None:
    store, before = Store(), None
    for change in changes:
        lines: dict[NormalizedName, Line] = dict(before.lines) if before else {}
        for name, entry in change.items():
            lines.pop(NormalizedName(name), None)
            if entry:
                project = Project(name=NormalizedName(name), files=())
                lines[project.name] = replace(entry, project=project).line(MEMBERSHIP)
        after = Catalog(lines=dict(sorted(lines.items())), part_bytes=SMALL // 3)
        store.publish(after, before)
        before = store.catalog()

        assert store.files == dict(before.files())
        assert store.files == dict(read_back(after).files())


def many(count: int) -> Catalog:
    made = [line_of(f"p{number:03}") for number in range(count)]
    return Catalog(lines={line.name: line for line in made}, part_bytes=SMALL)


def changed(catalog: Catalog, name: str) -> Catalog:
    """Change the long line of a project."""
    before = catalog.lines[NormalizedName(name)].entry()
    line = replace(before, upstream={"https://index.example/": []}).line(MEMBERSHIP)
    return replace(catalog, lines={**catalog.lines, line.name: line})


def test_one_changed_project_is_one_part_and_one_line() -> None:
    store = Store()
    store.publish(many(100), None)
    before, lines = store.catalog(), store.files[CATALOG_PATH].split(b"\n")

    assert store.publish(changed(before, "p042"), before) == ["catalog/part-p04.jsonl"]
    assert len({*store.files[CATALOG_PATH].split(b"\n")} - {*lines}) == 1
    assert store.reads == [["catalog/part-p04.jsonl"]]


def test_a_project_that_moves_to_another_index_changes_no_part() -> None:
    store = Store()
    store.publish(many(100), None)
    before = store.catalog()
    entry = before.lines[NormalizedName("p001")].entry()
    moved = entry.line(MEMBERSHIP._replace(indexes=("", "stable")))

    assert store.publish(replace(before, lines={**before.lines, moved.name: moved}), before) == []


def test_only_the_part_that_is_needed_is_read() -> None:
    store = Store()
    store.publish(many(100), None)
    catalog = store.catalog()

    assert store.reads == []
    assert catalog.lines[NormalizedName("p042")].entry().project.name == "p042"
    assert catalog.lines[NormalizedName("p043")].entry().project.name == "p043"
    assert store.reads == [["catalog/part-p04.jsonl"]]


def test_parts_that_are_all_needed_are_read_several_at_once() -> None:
    store = Store()
    store.publish(many(300), None)
    catalog = store.catalog()

    assert len(list(catalog.entries())) == 300
    assert [path for paths in store.reads for path in paths] == list(catalog.parts)
    assert len(store.reads) < len(catalog.parts) / 3


@pytest.mark.parametrize("cheap", [False, True])
def test_parts_are_held_where_reading_them_again_is_dear(cheap: bool) -> None:
    store = Store()
    store.publish(many(300), None)
    text = store.files[CATALOG_PATH]
    catalog = Catalog.parse(text, source="the test", read=store.read, cheap=cheap)
    list(catalog.entries())
    assert catalog.reader
    held = [path for path in catalog.parts if catalog.reader.cached(path)]

    assert held == [*catalog.parts][-READ_AHEAD if cheap else 0 :]


def test_a_catalog_that_was_published_is_read_from_the_site() -> None:
    store = Store()
    after = many(30)
    store.publish(after, None)

    assert dict(after.stored(store.read, "the test").files()) == store.files


# Transitional


def test_a_transitional_part_is_read_with_both_catalogs() -> None:
    store = Store()
    store.publish(many(12), None)
    before, files = store.catalog(), dict(store.files)
    after = changed(before, "p003")
    texts = {
        path: transitional(files.get(path, b""), text) for path, text in after.changed_parts(before)
    }
    for catalog in (before, after):
        files = {**store.files, **texts, CATALOG_PATH: catalog.dump()}
        found = Catalog.parse(files[CATALOG_PATH], source="the test", read=reading(files))

        assert dict(found.files()) == dict(catalog.files())
    ((path, text),) = texts.items()
    assert transitional(text, dict(after.files())[path]) == text


# Torn


def torn() -> dict[str, bytes]:
    """Write the parts of a catalog, and not its first file."""
    before = many(30)
    after = changed(changed(before, "p001"), "p022")
    return dict(before.files()) | dict(after.changed_parts(before))


def test_a_part_without_its_first_file_is_noticed() -> None:
    catalog = published(torn())
    with pytest.raises(PartMismatchError) as caught:
        catalog.lines[NormalizedName("p001")].entry()

    assert str(caught.value) == (
        "catalog/part-p00.jsonl of the test does not match catalog.jsonl, which has other versions "
        "of the lines of p001"
    )
    assert caught.value.names == {"p001"}
    assert catalog.lines[NormalizedName("p002")].entry().project.name == "p002"


def test_a_part_that_is_missing_is_noticed() -> None:
    pages = torn()
    del pages["catalog/part-p01.jsonl"]
    with pytest.raises(PartMismatchError) as caught:
        published(pages).lines[NormalizedName("p013")].entry()

    assert len(caught.value.names) == 10


def test_a_catalog_without_lost_projects_is_written_whole() -> None:
    pages = torn()
    known = published(pages).without([NormalizedName("p001"), NormalizedName("p022")])
    found = {**known.lines, **{line_of(x).name: line_of(x) for x in ("p001", "p022")}}
    after = replace(known, lines=dict(sorted(found.items())), in_parts=True)

    assert pages | dict(after.changed_parts(known)) == dict(many(30).files())


def test_a_short_line_that_names_other_repositories_is_refused() -> None:
    """It decides who may see the project."""
    reader = PartReader(reading(dict(many(1).files())), source="the test")
    line = line_of("p000")._replace(details=reader.read, origins=("acme/public",))
    reader.lines = {line.name: line}
    with pytest.raises(FailedError, match="damaged in the line of p000"):
        line.entry()


# The format before


@given(catalogs())
def test_a_catalog_of_the_former_format_is_read(catalog: Catalog) -> None:
    found = Catalog.parse(former_format(catalog), source="the test", read=reading({}))

    assert dict(found.files()) == dict(catalog.files())
    assert dict(catalog.changed_parts(found)).keys() == catalog.parts.keys()
