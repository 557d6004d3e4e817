"""The metadata inside wheels and source distributions, whole, broken and hostile."""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Mapping

import pytest

from ghpypi.core.archive import METADATA_LIMIT, read_metadata
from ghpypi.core.metadata import InvalidMetadataError
from ghpypi.core.names import Filename
from ghpypi.errors import TryLaterError
from tests.support.packages import sdist, wheel

METADATA = b"Metadata-Version: 2.4\nName: acme_lib\nVersion: 1.0\n"
WHEEL = Filename.parse("acme_lib-1.0-py3-none-any.whl")
TAR = Filename.parse("acme_lib-1.0.tar.gz")
ZIP = Filename.parse("acme_lib-1.0.zip")


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes | int]) -> bytes:
    """Make a source archive; a number instead of content is a size nobody has to believe."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, int):
                member.size = content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def read(content: bytes, filename: Filename) -> bytes:
    return read_metadata(io.BytesIO(content), filename)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_the_metadata_of_a_wheel_comes_byte_for_byte(method: int) -> None:
    content = METADATA + b"\r\n\r\nDescription \xff\r\n"
    archive = zipped({"acme_lib-1.0.dist-info/METADATA": content, "x.py": b""}, method)

    assert read(archive, WHEEL) == content


@pytest.mark.parametrize("folder", ["acme_lib-1.0", "Acme.Lib-1.0", "acme_lib-1", "acme_lib-1.0.0"])
def test_the_folder_of_metadata_may_be_spelt_otherwise(folder: str) -> None:
    assert read(zipped({f"{folder}.dist-info/METADATA": METADATA}), WHEEL) == METADATA


def test_vendored_metadata_is_passed_over() -> None:
    archive = zipped(
        {
            "acme_lib/_vendor/other-3.0.dist-info/METADATA": b"vendored",
            "other-3.0.dist-info/METADATA": b"another project's",
            "acme_lib-1.0.dist-info/METADATA": METADATA,
            "acme_lib-1.0.dist-info/licenses/METADATA": b"deeper",
            "acme_lib-1.0.data/METADATA": b"data",
        }
    )

    assert read(archive, WHEEL) == METADATA


def test_a_wheel_with_two_metadata_files_is_refused() -> None:
    archive = zipped(
        {
            "acme_lib-1.0.dist-info/METADATA": METADATA,
            "Acme_Lib-1.0.dist-info/METADATA": METADATA,
        }
    )

    with pytest.raises(InvalidMetadataError) as caught:
        read(archive, WHEEL)
    assert str(caught.value) == (
        "it holds several metadata files: Acme_Lib-1.0.dist-info/METADATA, "
        "acme_lib-1.0.dist-info/METADATA"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_wheel_with_one_metadata_file_twice_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("acme_lib-1.0.dist-info/METADATA", METADATA)
        archive.writestr("acme_lib-1.0.dist-info/METADATA", b"another")

    with pytest.raises(InvalidMetadataError, match="several metadata files"):
        read(buffer.getvalue(), WHEEL)


def test_a_wheel_without_metadata_of_its_project_is_refused() -> None:
    with pytest.raises(InvalidMetadataError, match=r"no \*\.dist-info/METADATA of its project"):
        read(zipped({"other-1.0.dist-info/METADATA": METADATA}), WHEEL)


@pytest.mark.parametrize("top", ["acme_lib-1.0", "acme-lib-1.0", "./acme_lib-1.0", "whatever"])
@pytest.mark.parametrize("filename", [TAR, ZIP], ids=["tar.gz", "zip"])
def test_the_metadata_of_a_source_distribution_is_in_its_top_folder(
    filename: Filename, top: str
) -> None:
    files = {
        f"{top}/src/acme_lib.egg-info/PKG-INFO": b"deeper",
        "PKG-INFO": b"higher",
        f"{top}/PKG-INFO": METADATA,
    }
    archive = tarred(files) if filename is TAR else zipped(files)

    assert read(archive, filename) == METADATA


@pytest.mark.parametrize("filename", [TAR, ZIP], ids=["tar.gz", "zip"])
def test_a_source_archive_without_metadata_is_no_source_distribution(filename: Filename) -> None:
    files = {"acme_lib-1.0/README": b"from a tag"}
    archive = tarred(files) if filename is TAR else zipped(files)

    with pytest.raises(InvalidMetadataError, match="no PKG-INFO in its top folder"):
        read(archive, filename)


def test_a_folder_of_the_name_is_not_the_file() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        folder = tarfile.TarInfo("acme_lib-1.0/PKG-INFO")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)

    with pytest.raises(InvalidMetadataError, match="no PKG-INFO"):
        read(buffer.getvalue(), TAR)


def test_what_is_behind_the_metadata_of_a_stream_is_not_read() -> None:
    noise = random.Random(1).randbytes(1 << 20)  # noqa: S311 - nothing here is secret
    archive = tarred({"acme_lib-1.0/PKG-INFO": METADATA, "acme_lib-1.0/noise": noise})
    file = io.BytesIO(archive)

    assert read_metadata(file, TAR) == METADATA
    assert file.tell() < len(archive) / 2


@pytest.mark.parametrize("filename", [WHEEL, TAR, ZIP], ids=["wheel", "tar.gz", "zip"])
@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"nonsense" * 100, gzip.compress(b"nonsense" * 100), METADATA],
    ids=["empty", "begun", "nonsense", "compressed", "text"],
)
def test_what_is_no_archive_is_refused(filename: Filename, content: bytes) -> None:
    with pytest.raises(InvalidMetadataError):
        read(content, filename)


@pytest.mark.parametrize(("name", "content"), [wheel(), sdist()], ids=["wheel", "sdist"])
def test_an_archive_cut_short_is_refused_wherever_it_was_cut(name: str, content: bytes) -> None:
    filename = Filename.parse(name)
    whole = read(content, filename)
    for end in range(0, len(content), 7):
        try:
            found = read(content[:end], filename)
        except InvalidMetadataError:
            continue

        assert found == whole


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_damaged_wheel_raises_nothing_else(method: int) -> None:
    whole = zipped({"acme_lib-1.0.dist-info/METADATA": METADATA * 5}, method)
    damage_everywhere(whole, WHEEL)


def test_a_damaged_source_distribution_raises_nothing_else() -> None:
    whole = gzip.decompress(tarred({"acme_lib-1.0/PKG-INFO": METADATA}))[:2048]
    damage_everywhere(whole, TAR)


def damage_everywhere(whole: bytes, filename: Filename) -> None:
    """Change bytes here and there, the same ones in every run."""
    chance = random.Random(7)  # noqa: S311 - nothing here is secret
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 2, 8])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        content = gzip.compress(damaged, 1) if filename is TAR else bytes(damaged)
        try:
            read(content, filename)
        except InvalidMetadataError as error:
            assert str(error)  # noqa: PT017 - that nothing else is raised is the point


def test_a_wheel_whose_metadata_is_a_bomb_is_refused() -> None:
    archive = zipped({"acme_lib-1.0.dist-info/METADATA": b"\0" * (METADATA_LIMIT + 1)})

    assert len(archive) < METADATA_LIMIT / 100
    with pytest.raises(InvalidMetadataError, match="has 16,777,217 bytes"):
        read(archive, WHEEL)


def test_a_source_distribution_whose_metadata_is_a_bomb_is_refused() -> None:
    with pytest.raises(InvalidMetadataError, match=r"acme_lib-1\.0/PKG-INFO has 16,777,217 bytes"):
        read(tarred({"acme_lib-1.0/PKG-INFO": METADATA_LIMIT + 1}), TAR)


def test_an_encrypted_wheel_is_refused() -> None:
    archive = bytearray(zipped({"acme_lib-1.0.dist-info/METADATA": METADATA}))
    archive[archive.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(InvalidMetadataError, match="it is encrypted"):
        read(bytes(archive), WHEEL)


class Unreadable(io.BytesIO):
    """A file whose reading ends in an error that is not about the archive."""

    def __init__(self, error: Exception) -> None:
        super().__init__(b"x" * 1000)
        self._error = error

    def read(self, size: int | None = -1) -> bytes:
        raise self._error


@pytest.mark.parametrize(
    ("filename", "error"),
    [
        pytest.param(WHEEL, TryLaterError("limit"), id="wheel, remote"),
        pytest.param(TAR, TryLaterError("limit"), id="sdist, remote"),
        pytest.param(TAR, OSError(5, "Input/output error"), id="sdist, disk"),
    ],
)
def test_an_error_of_whoever_reads_is_passed_on(filename: Filename, error: Exception) -> None:
    with pytest.raises(type(error)):
        read_metadata(Unreadable(error), filename)
