import pytest

from ghpypi.core.model import File
from ghpypi.core.names import Sha256
from ghpypi.core.served_paths import file_path, split_sibling
from ghpypi.core.serving import Range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 9)),
        ("bytes=90-200", (90, 99)),
        ("bytes=50-", (50, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=0-0", (0, 0)),
        ("bytes=0-9,20-29", None),
        ("lines=0-9", None),
        ("bytes=a-b", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("nonsense", None),
    ],
)
def test_a_range_names_a_part_or_the_whole(header: str, part: tuple[int, int] | None) -> None:
    found = Range.parse(header, 100)

    assert (found and (found.first, found.last)) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=9-5", "bytes=-0", "bytes=200-300"])
def test_a_part_that_is_not_there_is_an_error(header: str) -> None:
    with pytest.raises(ValueError, match="for 100 bytes"):
        Range.parse(header, 100)


def file(origin: str = "acme/pypi", tag: str = "v1", name: str = "a-1.0.tar.gz") -> File:
    return File(
        filename=name,
        version="1.0",
        url="",
        size=0,
        sha256=Sha256(""),
        uploaded_at="",
        requires_python=None,
        core_metadata=None,
        origin=origin,
        tag=tag,
        prerelease=False,
        stamp="",
    )


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        (file(), "files/v1/a-1.0.tar.gz"),
        (file(origin="ACME/PyPI"), "files/v1/a-1.0.tar.gz"),
        (file(origin="acme/lib"), "files/@acme/lib/v1/a-1.0.tar.gz"),
        (file(tag="lib/v1"), "files/lib/v1/a-1.0.tar.gz"),
        (file(tag="1.0+cu128"), "files/1.0+cu128/a-1.0.tar.gz"),
        (file(tag="a b?#%"), "files/a%20b%3F%23%25/a-1.0.tar.gz"),
    ],
)
def test_a_file_has_an_address_below_its_store(stored: File, path: str) -> None:
    assert file_path(stored, "acme/pypi") == path


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a-1.0-py3-none-any.whl", ("a-1.0-py3-none-any.whl", "")),
        ("a-1.0-py3-none-any.whl.metadata", ("a-1.0-py3-none-any.whl", ".metadata")),
        ("a-1.0.tar.gz.provenance", ("a-1.0.tar.gz", ".provenance")),
    ],
)
def test_what_lies_beside_a_file_is_recognized_by_its_end(
    name: str, parts: tuple[str, str]
) -> None:
    assert split_sibling(name) == parts
