"""The upload times of published files."""

from ghpypi.core.catalog.upload_times import place_of, with_published_times
from ghpypi.core.names import Sha256
from tests.support.files import made

PUBLISHED = made("acme_lib-1.0-py3-none-any.whl")._replace(
    sha256=Sha256("a" * 64), uploaded_at="2023-01-01T00:00:00Z"
)
LISTED = PUBLISHED._replace(uploaded_at="2026-01-01T00:00:00Z")
COPY = LISTED._replace(tag="v2")


def test_a_copy_in_a_second_release_has_its_own_time() -> None:
    files = [LISTED, COPY]
    assert with_published_times(files, [PUBLISHED], {*map(place_of, files)}) == [PUBLISHED, COPY]


def test_a_moved_file_keeps_its_time() -> None:
    (found,) = with_published_times([COPY], [PUBLISHED], {place_of(COPY)})
    assert found.uploaded_at == PUBLISHED.uploaded_at


def test_without_a_digest_files_are_not_known_to_be_the_same() -> None:
    unknown = [file._replace(sha256=Sha256("")) for file in (LISTED, PUBLISHED)]
    assert with_published_times(unknown[:1], unknown[1:], {place_of(LISTED)}) == unknown[:1]
