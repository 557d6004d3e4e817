"""From a listing to what has to be found out."""

from dataclasses import replace

import pytest

from ghpypi.core.catalog import Catalog, Entry
from ghpypi.core.digest import digest_of
from ghpypi.core.facts import Facts, offer
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import Asset, Project, StoredRelease
from ghpypi.core.names import normalize
from ghpypi.core.stock import Change, Found, Stock, compare, take_stock

WHEEL = "acme_lib-1.0-py3-none-any.whl"
SDIST = "acme_lib-1.0.tar.gz"
ACME = normalize("acme-lib")


def asset(name: str, *, key: str = "", at: str = "2026-01-01", complete: bool = True) -> Asset:
    return Asset(
        key=key or name,
        name=name,
        size=10,
        sha256=digest_of(f"{key} {name}".encode()),
        url=f"files/{name}",
        uploaded_at=f"{at}T00:00:00Z",
        complete=complete,
        stamp=f"stamp of {key} {name}",
    )


def release(
    *assets: Asset, tag: str = "v1", draft: bool = False, prerelease: bool = False
) -> StoredRelease:
    return StoredRelease(
        key=tag,
        origin="acme/pypi",
        tag=tag,
        draft=draft,
        prerelease=prerelease,
        immutable=False,
        assets=assets,
    )


def names(stock: Stock) -> dict[str, list[str]]:
    return {name: [each.asset.name for each in found] for name, found in stock.projects.items()}


def judged(change: Change) -> Entry:
    """Do what the index job does with what is wanted, without reading."""
    files = []
    for filename, found in change.wanted:
        metadata = Metadata(
            name=filename.project,
            version=str(filename.version),
            requires_python=None,
            summary="",
        )
        facts = Facts(
            sha256=found.asset.sha256 or digest_of(b"read"), metadata=metadata, sidecar=None
        )
        files.append(offer(filename, found, facts)[0])
    return Entry(
        fingerprint=change.fingerprint,
        project=Project(name=change.name, files=(*change.kept, *files)),
        refused=change.refused,
    )


def catalog_of(stock: Stock, before: Catalog | None = None, *, salt: str = "") -> Catalog:
    entries = [judged(each) for each in compare(stock, before or Catalog(), salt=salt)]
    return Catalog(lines={each.project.name: each.line() for each in entries})


def test_stock_is_sorted_by_project() -> None:
    stock = take_stock(
        [release(asset("zebra-1.0.tar.gz"), asset(SDIST)), release(asset(WHEEL), tag="v2")]
    )

    assert list(stock.projects) == ["acme-lib", "zebra"]
    assert names(stock)["acme-lib"] == [SDIST, WHEEL]
    assert (stock.nameless, stock.ignored, stock.unfinished) == ((), 0, 0)


def test_drafts_and_what_was_not_finished_do_not_count() -> None:
    stock = take_stock(
        [
            release(asset(WHEEL), draft=True),
            release(asset(SDIST), asset("x-1.0.tar.gz", complete=False)),
        ]
    )

    assert names(stock) == {"acme-lib": [SDIST]}
    assert stock.unfinished == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_prereleases_count_if_they_are_wanted(*, wanted: bool) -> None:
    stock = take_stock([release(asset(WHEEL), prerelease=True)], prereleases=wanted)

    assert names(stock) == ({"acme-lib": [WHEEL]} if wanted else {})


def test_a_sidecar_belongs_to_its_wheel_and_is_not_ignored() -> None:
    stock = take_stock(
        [
            release(asset(WHEEL), asset(f"{WHEEL}.metadata"), asset("lonely-1.0.zip.metadata")),
            release(asset(SDIST), asset("notes.txt"), asset("x.metadata"), tag="v2"),
        ]
    )
    found = {each.asset.name: each for each in stock.projects[ACME]}

    assert found[WHEEL].sidecar == asset(f"{WHEEL}.metadata")
    assert found[SDIST].sidecar is None
    assert stock.ignored == 2


def test_a_sidecar_in_another_release_belongs_to_nobody() -> None:
    stock = take_stock([release(asset(WHEEL)), release(asset(f"{WHEEL}.metadata"), tag="v2")])

    assert stock.projects[ACME][0].sidecar is None


def test_a_sidecar_that_was_not_finished_does_not_count() -> None:
    stock = take_stock([release(asset(WHEEL), asset(f"{WHEEL}.metadata", complete=False))])

    assert stock.projects[ACME][0].sidecar is None
    assert stock.unfinished == 1


def test_files_without_a_project_name_are_told_of() -> None:
    stock = take_stock(
        [release(asset("1.0.tar.gz"), asset("-1.0.zip"), asset("日本-1.0.tar.gz"), asset(SDIST))]
    )

    assert [each.filename for each in stock.nameless] == [
        "-1.0.zip",
        "1.0.tar.gz",
        "日本-1.0.tar.gz",
    ]
    assert {each.reason for each in stock.nameless} == {
        "its name does not begin with a project name"
    }
    assert {each.where for each in stock.nameless} == {"acme/pypi v1"}


def stamps(*releases: StoredRelease) -> list[str]:
    return [each.stamp for each in take_stock(releases).projects[ACME]]


def test_a_stamp_changes_with_file_sidecar_and_mark() -> None:
    sidecar = asset(f"{WHEEL}.metadata")
    (bare,) = stamps(release(asset(WHEEL)))
    (described,) = stamps(release(asset(WHEEL), sidecar))
    (otherwise,) = stamps(release(asset(WHEEL), replace(sidecar, stamp="new")))
    (marked,) = stamps(release(asset(WHEEL), prerelease=True))
    (replaced,) = stamps(release(asset(WHEEL, key="2")))

    assert len({bare, described, otherwise, marked, replaced}) == 5


def test_everything_is_new_to_an_empty_catalog() -> None:
    stock = take_stock([release(asset(WHEEL), asset("acme_lib-oops.zip"))])
    (change,) = compare(stock, Catalog(), salt="")

    assert [filename.text for filename, _ in change.wanted] == [WHEEL]
    assert [each.filename for each in change.refused] == ["acme_lib-oops.zip"]
    assert (change.kept, change.before, change.known_digests) == ((), (), {})


def test_what_is_known_is_no_change() -> None:
    releases = [release(asset(WHEEL), asset("acme_lib-oops.zip"), asset("other-1.0.zip"))]
    catalog = catalog_of(take_stock(releases))

    assert list(compare(take_stock(releases), catalog, salt="")) == []


def test_the_order_of_a_listing_is_no_change() -> None:
    first, second = asset(WHEEL), asset(SDIST)
    catalog = catalog_of(take_stock([release(first, second), release(tag="v2")]))
    again = take_stock([release(tag="v2"), release(second, first)])

    assert list(compare(again, catalog, salt="")) == []


def test_only_what_is_new_is_wanted() -> None:
    before = catalog_of(take_stock([release(asset(WHEEL), asset("acme_lib-oops.zip"))]))
    stock = take_stock(
        [release(asset(WHEEL), asset("acme_lib-oops.zip")), release(asset(SDIST), tag="v2")]
    )
    (change,) = compare(stock, before, salt="")

    assert [filename.text for filename, _ in change.wanted] == [SDIST]
    assert [file.filename for file in change.kept] == [WHEEL]
    assert [each.filename for each in change.refused] == ["acme_lib-oops.zip"]
    assert [file.filename for file in change.before] == [WHEEL]


def test_a_sidecar_added_later_makes_a_file_wanted_and_its_digest_known() -> None:
    unknown = replace(asset(WHEEL), sha256=None)
    before = catalog_of(take_stock([release(unknown)]))
    stock = take_stock([release(unknown, asset(f"{WHEEL}.metadata"))])
    (change,) = compare(stock, before, salt="")

    assert [filename.text for filename, _ in change.wanted] == [WHEEL]
    assert change.known_digests == {unknown.stamp: digest_of(b"read")}


def test_a_file_that_went_is_neither_kept_nor_wanted() -> None:
    before = catalog_of(take_stock([release(asset(WHEEL), asset(SDIST))]))
    (change,) = compare(take_stock([release(asset(SDIST))]), before, salt="")

    assert [file.filename for file in change.kept] == [SDIST]
    assert change.wanted == ()


def test_another_salt_makes_everything_wanted_again() -> None:
    stock = take_stock([release(asset(WHEEL), asset("acme_lib-oops.zip"))])
    before = catalog_of(stock, salt="1")
    (change,) = compare(stock, before, salt="2")

    assert [filename.text for filename, _ in change.wanted] == [WHEEL]
    assert change.kept == ()
    assert change.known_digests == {asset(WHEEL).stamp: asset(WHEEL).sha256}
    assert list(compare(stock, catalog_of(stock, before, salt="2"), salt="2")) == []


def twice(*, first: Asset, second: Asset) -> Change:
    stock = take_stock([release(second, tag="b"), release(first, tag="a")])
    (change,) = compare(stock, Catalog(), salt="")
    return change


def chosen(change: Change) -> list[tuple[Found, str]]:
    return [(found, found.release.tag) for _, found in change.wanted]


def test_of_files_with_one_name_the_oldest_is_offered() -> None:
    change = twice(first=asset(SDIST, key="1"), second=asset(SDIST, key="2", at="2025-12-31"))

    assert [tag for _, tag in chosen(change)] == ["b"]
    (refused,) = change.refused
    assert refused.where == "acme/pypi a"
    assert refused.reason == "another file of this name was uploaded earlier, to acme/pypi b"


def test_the_same_file_twice_is_nothing_to_speak_of() -> None:
    change = twice(first=asset(SDIST), second=asset(SDIST, at="2026-01-02"))

    assert [tag for _, tag in chosen(change)] == ["a"]
    assert change.refused == ()


def test_files_of_one_name_without_digests_are_not_taken_for_the_same() -> None:
    bare = replace(asset(SDIST), sha256=None)
    change = twice(first=bare, second=bare)

    assert [tag for _, tag in chosen(change)] == ["a"]
    assert len(change.refused) == 1
