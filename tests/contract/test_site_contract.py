"""What every site promises, whatever it is made of."""

import io
from collections.abc import Container, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.site.ownership import Everything
from ghpypi.core.site.paths import Page
from ghpypi.errors import DamagedError, NotFoundError, OccupiedError, OutdatedError
from ghpypi.ports import Comparison, Published, Site, SiteChange, SiteFile
from tests.contract.harness import SiteHarness

ACME = ("simple/acme/index.html", "simple/acme/index.json")


def change(
    pages: dict[str, bytes],
    *,
    removed: tuple[str, ...] = (),
    owned: Container[str] | None = None,
) -> SiteChange:
    """Change a site of which `owned` was written by earlier runs: all of the tree, usually."""
    ours = tree().keys() if owned is None else owned
    return SiteChange(
        pages=pages.items,
        removed=removed,
        owned=ours,
        added=lambda: [path for path in pages if path not in ours],
        message="Add 1 file\n",
    )


def tree(catalog: bytes = b"one\n") -> dict[str, bytes]:
    """All there is to a small site, in the order it is written."""
    return {
        ACME[0]: "<p>Grüße</p>\n".encode(),
        ACME[1]: b"{}\n",
        ".nojekyll": b"",
        "simple/index.html": b"<p>root</p>\n",
        "index.html": b"<p>people</p>\n",
        CATALOG_PATH: catalog,
    }


@pytest.fixture
def built(sites: SiteHarness) -> SiteHarness:
    """A site that was published once."""
    sites.site().publish(change(tree()), base=None)
    return sites


def test_nothing_was_published_at_first(sites: SiteHarness) -> None:
    site = sites.site()

    assert site.name
    assert site.catalog() is None


def test_published_pages_are_readable(sites: SiteHarness) -> None:
    published = sites.site().publish(change(tree()), base=None)

    assert sites.pages() == tree()
    assert sites.site().catalog() == b"one\n"
    assert (published.written, published.removed, published.changed) == (6, 0, True)


def test_the_mark_changes_with_the_catalog_only(sites: SiteHarness) -> None:
    assert sites.site().mark() == ""
    sites.site().publish(change(tree()), base=None)
    first = sites.site().mark()
    sites.place("note.txt", b"by hand")
    same = sites.site().mark()
    sites.site().publish(change({CATALOG_PATH: b"two\n"}), base=b"one\n")

    assert first == same != ""
    assert sites.site().mark() not in {"", first}


def test_pages_that_are_not_named_stay(built: SiteHarness) -> None:
    published = built.site().publish(change({CATALOG_PATH: b"two\n"}), base=b"one\n")

    assert built.pages() == tree(b"two\n")
    assert (published.written, published.removed) == (1, 0)


def test_equal_pages_are_not_touched(built: SiteHarness) -> None:
    before = built.state()
    published = built.site().publish(change(tree()), base=b"one\n")

    assert published == Published(written=0, removed=0, revision=published.revision)
    assert not published.changed
    assert built.state() == before


def test_only_pages_that_differ_are_counted(built: SiteHarness) -> None:
    pages = tree(b"two\n") | {ACME[0]: b"<p>new</p>\n"}
    published = built.site().publish(change(pages), base=b"one\n")

    assert (published.written, published.removed) == (2, 0)
    assert built.pages() == pages


def test_pages_are_added_beside_others(built: SiteHarness) -> None:
    pages = {"simple/zebra/index.html": b"z", CATALOG_PATH: b"two\n"}
    published = built.site().publish(change(pages), base=b"one\n")

    assert published.written == 2
    assert built.pages() == tree() | pages


def test_removed_paths_go(built: SiteHarness) -> None:
    published = built.site().publish(change({CATALOG_PATH: b"two\n"}, removed=ACME), base=b"one\n")

    assert (published.written, published.removed) == (1, 2)
    assert not [path for path in built.pages() if path.startswith("simple/acme")]


def test_paths_that_are_gone_already_count_for_nothing(built: SiteHarness) -> None:
    gone = ("simple/never/index.html", "simple/never/index.json")
    published = built.site().publish(change({CATALOG_PATH: b"two\n"}, removed=gone), base=b"one\n")

    assert (published.written, published.removed) == (1, 0)


def test_a_project_can_come_back_after_it_was_removed(built: SiteHarness) -> None:
    built.site().publish(change({CATALOG_PATH: b"two\n"}, removed=ACME), base=b"one\n")
    built.site().publish(change(tree(b"three\n")), base=b"two\n")

    assert built.pages() == tree(b"three\n")


@pytest.mark.parametrize("base", [None, b"zero\n"], ids=["nothing", "something else"])
def test_writing_over_another_state_is_refused(built: SiteHarness, base: bytes | None) -> None:
    with pytest.raises(OutdatedError):
        built.site().publish(change({ACME[0]: b"x", CATALOG_PATH: b"two\n"}), base=base)

    assert built.pages() == tree()


def test_writing_over_a_state_that_is_gone_is_refused(sites: SiteHarness) -> None:
    with pytest.raises(OutdatedError):
        sites.site().publish(change(tree()), base=b"one\n")

    assert sites.pages() == {}


def test_a_site_that_was_opened_before_another_wrote_is_refused(sites: SiteHarness) -> None:
    slow, fast = sites.site(), sites.site()
    base = slow.catalog()
    fast.publish(change(tree()), base=fast.catalog())
    with pytest.raises(OutdatedError):
        slow.publish(change(tree(b"other\n")), base=base)

    assert slow.catalog() == b"one\n"
    slow.publish(change(tree(b"two\n")), base=slow.catalog())
    assert fast.catalog() == b"two\n"


def test_published_pages_are_read_and_missing_ones_left_out(built: SiteHarness) -> None:
    site = built.site()
    site.catalog()

    assert site.read([]) == {}
    assert site.read([ACME[1]]) == {ACME[1]: b"{}\n"}
    assert site.read([ACME[0], "none", ".nojekyll", ACME[1], f"{ACME[0]}/none"]) == {
        path: tree()[path] for path in (ACME[0], ".nojekyll", ACME[1])
    }


def test_pages_are_read_while_others_are_written(built: SiteHarness) -> None:
    site = built.site()
    base = site.catalog()
    pages = tree(b"two\n")

    def written() -> Iterator[Page]:
        yield ACME[1], b"+".join(site.read([ACME[1], "index.html"]).values())
        yield CATALOG_PATH, pages[CATALOG_PATH]

    change = SiteChange(pages=written, owned=tree().keys())
    assert site.publish(change, base=base).written == 2
    site.catalog()
    assert site.read([ACME[1]]) == {ACME[1]: b"{}\n+<p>people</p>\n"}


OTHERS = {
    "CNAME": b"pypi.example.org\n",
    "robots.txt": b"User-agent: *\n",
    "docs/index.html": b"theirs",
    "docs/simple/index.html": b"theirs",
    "simple/notes.html": b"theirs",
    "simple/acme/notes.html": b"theirs",
    "assets/theme.css": b"theirs",
}
"""Files that no page of a site has to replace."""


@pytest.fixture
def shared(built: SiteHarness) -> SiteHarness:
    """A site that was published once, and has files of others beside its pages and among them."""
    for path, content in OTHERS.items():
        built.place(path, content)
    return built


def test_files_of_others_stay_when_everything_is_written_again(shared: SiteHarness) -> None:
    again = change(tree(b"two\n"), removed=tuple(tree()))
    published = shared.site().publish(again, base=b"one\n")

    assert (published.written, published.removed) == (1, 0)
    assert shared.pages() == tree(b"two\n") | OTHERS


def test_files_of_others_stay_when_a_project_goes(shared: SiteHarness) -> None:
    shared.site().publish(change({CATALOG_PATH: b"two\n"}, removed=ACME), base=b"one\n")

    gone = dict.fromkeys(ACME)
    assert shared.pages() == {
        path: page for path, page in (tree(b"two\n") | OTHERS).items() if path not in gone
    }


def test_files_of_others_stay_when_an_index_comes(sites: SiteHarness) -> None:
    for path, content in OTHERS.items():
        sites.place(path, content)
    sites.site().publish(change(tree(), owned=()), base=None)

    assert sites.pages() == tree() | OTHERS


IN_THE_WAY = {
    "at the path of a page": ("index.html", "index.html"),
    "at the path of a page, deep": (ACME[1], ACME[1]),
    "in the place of a folder": ("simple", "simple"),
    "in the place of a folder, deep": ("simple/acme", "simple/acme"),
    "a folder in the place of a page": ("index.html/more/x.txt", "index.html/"),
    "at the path of a list": ("simple/index.html", "simple/index.html"),
}


@pytest.mark.parametrize(("place", "named"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_files_of_others_in_the_way_are_named_and_nothing_is_written(
    sites: SiteHarness, place: str, named: str
) -> None:
    sites.place(place, b"theirs")
    before = sites.state()
    first = change(tree(), owned=())

    assert sites.site().compare(first).occupied == (named,)
    with pytest.raises(OccupiedError) as caught:
        sites.site().publish(first, base=None)
    assert caught.value.faults == (named,)
    assert sites.pages() == {place: b"theirs"}
    assert sites.state() == before


def test_a_new_page_does_not_replace_a_file_of_others(built: SiteHarness) -> None:
    built.place("simple/zebra/index.html", b"theirs")
    pages = {"simple/zebra/index.html": b"z", CATALOG_PATH: b"two\n"}
    with pytest.raises(OccupiedError):
        built.site().publish(change(pages), base=b"one\n")

    assert built.pages() == tree() | {"simple/zebra/index.html": b"theirs"}


def test_an_equal_file_of_others_is_not_in_the_way(sites: SiteHarness) -> None:
    sites.place(".nojekyll", b"")
    sites.place(ACME[0], tree()[ACME[0]])
    published = sites.site().publish(change(tree(), owned=()), base=None)

    assert published.written == 4
    assert sites.pages() == tree()


def test_files_of_others_are_replaced_where_that_is_allowed(sites: SiteHarness) -> None:
    sites.place("index.html", b"theirs")
    sites.place("CNAME", b"theirs")
    sites.site().publish(change(tree(), owned=Everything()), base=None)

    assert sites.pages() == tree() | {"CNAME": b"theirs"}


def test_a_comparison_says_what_would_be_written_and_removed(built: SiteHarness) -> None:
    built.place(ACME[0], b"by hand")
    before = built.state()
    pages = {path: page for path, page in tree().items() if path != "index.html"}
    found = built.site().compare(change(pages | {"new": b""}, removed=("index.html", "none")))

    assert found == Comparison(written=(ACME[0], "new"), removed=("index.html",), occupied=())
    assert built.state() == before


def test_a_comparison_of_what_is_not_there_yet(sites: SiteHarness) -> None:
    found = sites.site().compare(change(tree(), owned=()))

    assert found == Comparison(written=tuple(tree()), removed=(), occupied=())
    assert sites.pages() == {}


def test_a_site_that_is_equal_is_not_touched(built: SiteHarness) -> None:
    before = built.state()
    published = built.site().publish(change(tree(), removed=tuple(tree())), base=b"one\n")

    assert not published.changed
    assert built.state() == before


def test_rendering_that_fails_publishes_nothing(built: SiteHarness) -> None:
    def pages() -> Iterable[Page]:
        yield ACME[0], b"new"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        built.site().publish(SiteChange(pages=pages), base=b"one\n")

    assert built.site().catalog() == b"one\n"
    built.site().publish(change(tree(b"two\n")), base=b"one\n")
    assert built.pages() == tree(b"two\n")


def append(site: Site, line: bytes) -> int:
    """Add a line to the catalog, and begin again whenever another was faster."""
    attempts = 1
    while True:
        base = site.catalog()
        name = line.decode().strip()
        pages = {f"simple/{name}/index.html": line, CATALOG_PATH: (base or b"") + line}
        try:
            site.publish(change(pages, owned=[CATALOG_PATH]), base=base)
        except OutdatedError:
            attempts += 1
        else:
            return attempts


def test_publishers_at_the_same_time_lose_nothing(sites: SiteHarness) -> None:
    lines = [f"{number}\n".encode() for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda line: append(sites.site(), line), lines))

    pages = sites.pages()
    assert sorted(pages[CATALOG_PATH].splitlines(keepends=True)) == lines
    assert [pages[f"simple/{line.decode().strip()}/index.html"] for line in lines] == lines


def test_a_site_without_pages_lists_no_paths(sites: SiteHarness) -> None:
    assert sorted(sites.site().paths()) == []


def test_all_paths_are_listed_those_of_others_included(shared: SiteHarness) -> None:
    assert sorted(shared.site().paths()) == sorted(tree() | OTHERS)


# Files beside the pages

COPY = f"packages/ab/{'0' * 62}/acme-1.0.tar.gz"
TWO = tree(b"two\n")


def file(content: bytes, *, may_differ: bool = False, path: str = COPY) -> SiteFile:
    return SiteFile(
        path=path, size=len(content), open=lambda: io.BytesIO(content), may_differ=may_differ
    )


def never() -> io.BytesIO:
    raise AssertionError("it is opened")


def with_files(*files: SiteFile, removed: tuple[str, ...] = ()) -> SiteChange:
    found = change(TWO, removed=removed, owned={*TWO, COPY})
    return found._replace(files=lambda: files)


def test_files_are_published_beside_the_pages(built: SiteHarness) -> None:
    content = bytes(range(256)) * 5000
    published = built.site().publish(with_files(file(content)), base=b"one\n")

    assert built.pages() == {**TWO, COPY: content}
    assert (published.written, published.files, published.changed) == (1, 1, True)


def test_a_file_that_is_there_is_not_opened_and_can_be_removed(built: SiteHarness) -> None:
    built.site().publish(with_files(file(b"content")), base=b"one\n")
    before = built.state()
    known = SiteFile(path=COPY, size=7, open=never)
    published = built.site().publish(with_files(known), base=b"two\n")

    assert (published.written, published.files, published.changed) == (0, 0, False)
    assert built.site().compare(with_files(known)).written == ()
    assert built.state() == before
    assert built.site().publish(with_files(removed=(COPY,)), base=b"two\n").removed == 1
    assert built.pages() == TWO


def test_a_file_that_may_differ_is_compared(built: SiteHarness) -> None:
    built.site().publish(with_files(file(b"former!")), base=b"one\n")
    same = built.site().publish(with_files(file(b"former!", may_differ=True)), base=b"two\n")
    assert not same.changed
    assert built.site().compare(with_files(file(b"current", may_differ=True))).written == (COPY,)
    other = built.site().publish(with_files(file(b"current", may_differ=True)), base=b"two\n")

    assert other.files == 1
    assert built.pages()[COPY] == b"current"


def test_a_file_that_cannot_be_read_publishes_no_page(built: SiteHarness) -> None:
    @contextmanager
    def gone() -> Iterator[io.BytesIO]:
        if COPY:
            raise NotFoundError("it is gone")
        yield io.BytesIO()

    files = with_files(file(b"content"), SiteFile(path=f"{COPY}.metadata", size=3, open=gone))
    with pytest.raises(NotFoundError, match="it is gone"):
        built.site().publish(files, base=b"one\n")

    short = SiteFile(path=f"{COPY}.metadata", size=100, open=lambda: io.BytesIO(b"short"))
    with pytest.raises(DamagedError, match="has 5 bytes instead of 100"):
        built.site().publish(with_files(short), base=b"one\n")
    assert {path: page for path, page in built.pages().items() if path != COPY} == tree()
