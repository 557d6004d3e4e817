"""The upload times of published files."""

from ghpypi.core.catalog.entry import Line, Membership
from ghpypi.core.catalog.upload_times import place_of, published_time, with_published_times
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from tests.support.files import entry_of, made

PUBLISHED = made("acme_lib-1.0-py3-none-any.whl")._replace(
    sha256=Sha256("a" * 64), uploaded_at="2023-01-01T00:00:00Z"
)
LISTED = PUBLISHED._replace(uploaded_at="2026-01-01T00:00:00Z")
COPY = LISTED._replace(tag="v2")
ASSET = Asset(
    folder="files/v1", name=PUBLISHED.filename, size=PUBLISHED.size, version=1, uploaded=0
)
RELEASE = StoredRelease(
    key="v1", origin=PUBLISHED.origin, tag=PUBLISHED.tag, draft=False, prerelease=False,
    immutable=False, assets=(ASSET,),
)  # fmt: skip
MEMBERSHIP = Membership(("",), ("",), flawed=False)


def test_a_copy_in_a_second_release_has_its_own_time() -> None:
    files = [LISTED, COPY]
    assert with_published_times(files, [PUBLISHED], {*map(place_of, files)}) == [PUBLISHED, COPY]


def test_a_moved_file_keeps_its_time() -> None:
    (found,) = with_published_times([COPY], [PUBLISHED], {place_of(COPY)})
    assert found.uploaded_at == PUBLISHED.uploaded_at


def test_without_a_digest_files_are_not_known_to_be_the_same() -> None:
    unknown = [file._replace(sha256=Sha256("")) for file in (LISTED, PUBLISHED)]
    assert with_published_times(unknown[:1], unknown[1:], {place_of(LISTED)}) == unknown[:1]


def test_only_projects_that_are_asked_about_are_read() -> None:
    entry, other = entry_of(PUBLISHED), entry_of(made("other-1.0.tar.gz"))
    lines = {each.project.name: each.line(MEMBERSHIP) for each in (entry, other)}
    read = []

    def details(line: Line) -> bytes:
        read.append(line.name)
        return lines[line.name].long_text()

    time_of = published_time({name: x._replace(details=details) for name, x in lines.items()})

    assert read == []
    assert [time_of(RELEASE, ASSET) for _ in range(2)] == [PUBLISHED.uploaded_at] * 2
    assert time_of(RELEASE, ASSET._replace(size=PUBLISHED.size + 1)) == "1970-01-01T00:00:00Z"
    assert read == ["acme-lib"]


def test_times_of_projects_that_cannot_be_read_are_those_of_the_listing() -> None:
    line = entry_of(PUBLISHED).line(MEMBERSHIP)._replace(details=b"damaged")

    assert published_time({line.name: line})(RELEASE, ASSET) == ASSET.uploaded_at
