"""From a listing to what has to be found out."""

from collections.abc import Container

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.changes import Change, compare, rounded
from ghpypi.core.catalog.entry import Entry, Membership
from ghpypi.core.catalog.facts import Facts, offer
from ghpypi.core.catalog.stock import Found, Stock, take_stock
from ghpypi.core.digest import digest_of
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import Asset, Project, StoredRelease
from ghpypi.core.names import normalize

WHEEL = "acme_lib-1.0-py3-none-any.whl"
SDIST = "acme_lib-1.0.tar.gz"
ACME = normalize("acme-lib")
MEMBERSHIP = Membership(("",), ("",), flawed=False)


def asset(name: str, *, key: str = "", at: str = "2026-01-01", complete: bool = True) -> Asset:
    return Asset(
        folder="files",
        name=name,
        size=10,
        version="1",
        uploaded=f"{at}T00:00:00Z",
        sha256=digest_of(f"{key} {name}".encode()),
        complete=complete,
        identifier=key,
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
    return {name: [each.asset.name for each in found(stock, name)] for name in stock.projects}


def found(stock: Stock, name: NormalizedName = ACME) -> list[Found]:
    return list(stock.found(name, salt=""))


def compared(
    stock: Stock, catalog: Catalog, *, salt: str, refresh: Container[NormalizedName] = ()
) -> list[Change]:
    return [each.change() for each in compare(stock, catalog, salt=salt, refresh=refresh)]


def judged(change: Change) -> Entry:
    """Do what the index job does with what is wanted, without reading."""
    files = []
    for filename, each in change.wanted:
        metadata = Metadata.parse(
            f"Metadata-Version: 2.1\nName: {filename.project}\nVersion: {filename.version}".encode()
        )
        facts = Facts(
            sha256=each.asset.sha256 or digest_of(b"read"), metadata=metadata, core_metadata=None
        )
        files.append(offer(filename, each, facts)[0])
    return Entry(
        fingerprint=change.fingerprint,
        project=Project(name=change.name, files=(*change.unchanged, *files)),
        refused=change.refused,
    )


def catalog_of(stock: Stock, before: Catalog | None = None, *, salt: str = "") -> Catalog:
    entries = [judged(each) for each in compared(stock, before or Catalog(), salt=salt)]
    return Catalog(lines={each.project.name: each.line(MEMBERSHIP) for each in entries})


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
    by_name = {each.asset.name: each for each in found(stock)}

    assert by_name[WHEEL].sidecar == asset(f"{WHEEL}.metadata")
    assert by_name[SDIST].sidecar is None
    assert stock.ignored == 2
    assert list(stock.projects) == [ACME]


def test_attestations_belong_to_their_file() -> None:
    stock = take_stock([release(asset(SDIST), asset(f"{SDIST}.provenance"))])

    assert found(stock)[0].provenance == asset(f"{SDIST}.provenance")
    assert stock.ignored == 0


def test_a_release_that_is_listed_twice_counts_once() -> None:
    stock = take_stock([release(asset(WHEEL)), release(asset(WHEEL))])

    assert len(found(stock)) == 1


def test_a_sidecar_in_another_release_is_ignored() -> None:
    stock = take_stock([release(asset(WHEEL)), release(asset(f"{WHEEL}.metadata"), tag="v2")])

    assert found(stock)[0].sidecar is None


def test_a_sidecar_that_was_not_finished_does_not_count() -> None:
    stock = take_stock([release(asset(WHEEL), asset(f"{WHEEL}.metadata", complete=False))])

    assert found(stock)[0].sidecar is None
    assert stock.unfinished == 1


def test_files_without_a_project_name_are_reported() -> None:
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
    return [each.stamp for each in found(take_stock(releases))]


def test_a_stamp_changes_with_file_sidecar_and_mark() -> None:
    sidecar = asset(f"{WHEEL}.metadata")
    (bare,) = stamps(release(asset(WHEEL)))
    (described,) = stamps(release(asset(WHEEL), sidecar))
    (otherwise,) = stamps(release(asset(WHEEL), sidecar._replace(version="new")))
    (marked,) = stamps(release(asset(WHEEL), prerelease=True))
    (replaced,) = stamps(release(asset(WHEEL, key="2")))
    (attested,) = stamps(release(asset(WHEEL), asset(f"{WHEEL}.provenance")))

    assert len({bare, described, otherwise, marked, replaced, attested}) == 6


def test_everything_is_new_to_an_empty_catalog() -> None:
    stock = take_stock([release(asset(WHEEL), asset("acme_lib-oops.zip"))])
    (change,) = compared(stock, Catalog(), salt="")

    assert [filename.text for filename, _ in change.wanted] == [WHEEL]
    assert [each.filename for each in change.refused] == ["acme_lib-oops.zip"]
    assert (change.unchanged, change.before, change.known_digests) == ((), None, {})


def test_what_is_known_is_no_change() -> None:
    releases = [release(asset(WHEEL), asset("acme_lib-oops.zip"), asset("other-1.0.zip"))]
    catalog = catalog_of(take_stock(releases))

    assert list(compared(take_stock(releases), catalog, salt="")) == []


def test_the_order_of_a_listing_is_no_change() -> None:
    first, second = asset(WHEEL), asset(SDIST)
    catalog = catalog_of(take_stock([release(first, second), release(tag="v2")]))
    again = take_stock([release(tag="v2"), release(second, first)])

    assert list(compared(again, catalog, salt="")) == []


def test_only_what_is_new_is_wanted() -> None:
    before = catalog_of(take_stock([release(asset(WHEEL), asset("acme_lib-oops.zip"))]))
    stock = take_stock(
        [release(asset(WHEEL), asset("acme_lib-oops.zip")), release(asset(SDIST), tag="v2")]
    )
    (change,) = compared(stock, before, salt="")

    assert [filename.text for filename, _ in change.wanted] == [SDIST]
    assert [file.filename for file in change.unchanged] == [WHEEL]
    assert [each.filename for each in change.refused] == ["acme_lib-oops.zip"]
    assert change.before == before.lines[ACME].entry()
    assert [change.find(file) for file in change.unchanged] == [found(stock)[0]]


def test_a_sidecar_added_later_makes_a_file_wanted_and_its_digest_known() -> None:
    unknown = asset(WHEEL)._replace(sha256=None)
    before = catalog_of(take_stock([release(unknown)]))
    stock = take_stock([release(unknown, asset(f"{WHEEL}.metadata"))])
    (change,) = compared(stock, before, salt="")

    assert [filename.text for filename, _ in change.wanted] == [WHEEL]
    assert change.known_digest(change.wanted[0][1]) == digest_of(b"read")


def test_a_file_that_went_is_neither_kept_nor_wanted() -> None:
    before = catalog_of(take_stock([release(asset(WHEEL), asset(SDIST))]))
    (change,) = compared(take_stock([release(asset(SDIST))]), before, salt="")

    assert [file.filename for file in change.unchanged] == [SDIST]
    assert change.wanted == ()


def test_another_salt_makes_everything_wanted_again() -> None:
    stock = take_stock([release(asset(WHEEL), asset("acme_lib-oops.zip"))])
    before = catalog_of(stock, salt="1")
    (change,) = compared(stock, before, salt="2")

    assert [filename.text for filename, _ in change.wanted] == [WHEEL]
    assert change.unchanged == ()
    assert change.known_digest(change.wanted[0][1]) == asset(WHEEL).sha256
    assert list(compared(stock, catalog_of(stock, before, salt="2"), salt="2")) == []


def test_a_file_in_two_releases_is_wanted_twice() -> None:
    stock = take_stock([release(asset(SDIST), tag="a"), release(asset(SDIST, key="2"), tag="b")])
    (change,) = compared(stock, Catalog(), salt="")

    assert [each.release.tag for _, each in change.wanted] == ["a", "b"]


def test_a_refresh_looks_at_what_is_known_and_takes_over_new_counts() -> None:
    before = catalog_of(take_stock([release(asset(WHEEL))]))
    stock = take_stock([release(asset(WHEEL)._replace(downloads=1234))])

    assert list(compared(stock, before, salt="")) == []
    (change,) = compared(stock, before, salt="", refresh={ACME})
    assert [(file.filename, file.downloads) for file in change.unchanged] == [(WHEEL, 1200)]
    assert change.wanted == ()


@pytest.mark.parametrize(
    ("count", "told"), [(0, 0), (9, 9), (42, 42), (142, 140), (1999, 1900), (123456, 120000)]
)
def test_two_digits_of_a_count_are_reported(count: int, told: int) -> None:
    assert rounded(count) == told


def test_files_of_a_new_project_are_counted_before_they_are_compared() -> None:
    stock = take_stock([release(asset(WHEEL), asset(SDIST), asset(f"{WHEEL}.metadata"))])
    (new,) = compare(stock, Catalog(), salt="")
    (known,) = compare(stock, catalog_of(stock, salt="1"), salt="2")

    assert (new.published, new.files) == (False, 2)
    assert (known.published, known.files) == (True, 2)
    assert new.change().before is None
