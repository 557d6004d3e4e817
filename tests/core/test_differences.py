"""What one catalog has that another has not."""

from hypothesis import given

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.differences import MESSAGE_LINES, Differences
from ghpypi.core.catalog.entry import Entry, Membership
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename
from tests.golden.nasty import file
from tests.support.strategies import catalogs


def catalog_of(*files: File) -> Catalog:
    by_project: dict[str, list[File]] = {}
    for each in files:
        by_project.setdefault(Filename.parse(each.filename).project, []).append(each)
    entries = [
        Entry(
            fingerprint="0",
            project=Project(name=Filename.parse(found[0].filename).project, files=tuple(found)),
        )
        for found in by_project.values()
    ]
    return Catalog(
        lines={
            entry.project.name: entry.line(Membership(("",), ("",), flawed=False))
            for entry in entries
        }
    )


def between(before: Catalog, after: Catalog) -> Differences:
    return Differences.between(before, after, {*before.lines, *after.lines}, {})


ONE, TWO, THREE = (file(f"acme-{number}.0.tar.gz") for number in (1, 2, 3))
OTHER = file("other-1.0.tar.gz")


def test_files_are_added_changed_and_removed() -> None:
    changed = TWO._replace(url="elsewhere")
    found = between(catalog_of(ONE, TWO, OTHER), catalog_of(THREE, changed, OTHER))

    assert found.added == ("acme-3.0.tar.gz",)
    assert found.changed == ("acme-2.0.tar.gz",)
    assert found.removed == ("acme-1.0.tar.gz",)
    assert found.lost == (("acme", ONE),)
    assert found.lines() == [
        "added: acme-3.0.tar.gz",
        "changed: acme-2.0.tar.gz",
        "removed: acme-1.0.tar.gz",
    ]
    assert found.message() == (
        "Add 1 file, change 1 file, remove 1 file\n"
        "\n"
        "added: acme-3.0.tar.gz\n"
        "changed: acme-2.0.tar.gz\n"
        "removed: acme-1.0.tar.gz\n"
    )


def test_projects_come_and_go() -> None:
    there, back = catalog_of(ONE, TWO, OTHER), catalog_of(ONE)

    assert between(back, there).added == ("acme-2.0.tar.gz", "other-1.0.tar.gz")
    assert between(there, back).removed == ("acme-2.0.tar.gz", "other-1.0.tar.gz")


def test_only_the_projects_named_are_compared() -> None:
    found = Differences.between(catalog_of(), catalog_of(ONE, OTHER), ["other"], {})  # type: ignore[list-item] # a normalized name, as it happens

    assert found.added == ("other-1.0.tar.gz",)


@given(catalogs())
def test_a_catalog_does_not_differ_from_itself(catalog: Catalog) -> None:
    found = between(catalog, catalog)

    assert found == Differences(added=(), changed=(), removed=())
    assert found.lines() == []
    assert found.message() == "Render the pages again\n"


def test_a_long_message_is_cut() -> None:
    files = [file(f"acme-{number}.0.tar.gz") for number in range(MESSAGE_LINES + 50)]
    message = between(catalog_of(), catalog_of(*files)).message()

    assert message.startswith("Add 150 files\n\nadded: acme-0.0.tar.gz\n")
    assert len(message.splitlines()) == MESSAGE_LINES + 2


def test_what_a_batch_adds_and_a_later_one_changes_is_added_by_the_run() -> None:
    batches = [
        Differences(added=("b.zip", "d.zip"), changed=("x.zip",), marks=("one",)),
        Differences(added=("a.zip", "d.zip"), changed=("b.zip", "x.zip"), marks=("two",)),
        Differences(removed=("c.zip",)),
    ]

    assert Differences.of_batches(batches) == Differences(
        added=("a.zip", "b.zip", "d.zip"),
        changed=("x.zip",),
        removed=("c.zip",),
        marks=("one", "two"),
    )
    assert Differences.of_batches([]) == Differences()
