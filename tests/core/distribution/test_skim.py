"""The metadata inside wheels and source distributions, found without reading the rest."""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Mapping

import pytest

from ghpypi.core.distribution.examine import skim
from ghpypi.core.distribution.limits import METADATA_LIMIT
from ghpypi.core.distribution.rules import Rule
from ghpypi.core.metadata import InvalidMetadataError
from ghpypi.core.names import Filename
from ghpypi.errors import TryLaterError
from tests.support.archives import (
    INFO,
    SDIST_NAME,
    TOP,
    WHEEL_NAME,
    core_metadata,
    encrypted,
    many_entries,
    sdist_of,
    tar_of,
    wheel_files,
    wheel_of,
    zip_of,
)
from tests.support.packages import sdist, wheel

METADATA = core_metadata()
WHEEL = Filename.parse(WHEEL_NAME)
TAR = Filename.parse(SDIST_NAME)
ZIP = Filename.parse("acme_lib-1.0.zip")


def read(content: bytes, filename: Filename) -> bytes | None:
    return skim(io.BytesIO(content), filename).text


def archived(files: Mapping[str, bytes], filename: Filename) -> bytes:
    return gzip.compress(tar_of(files.items())) if filename is TAR else zip_of(files)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_metadata_of_a_wheel_comes_byte_for_byte(method: int) -> None:
    metadata = METADATA + b"\r\n\r\nDescription \xff\r\n"
    files = {**wheel_files(metadata=metadata), f"{INFO}/RECORD": b""}

    assert read(zip_of(files, methods=dict.fromkeys(files, method)), WHEEL) == metadata


@pytest.mark.parametrize("folder", [TOP, "Acme.Lib-1.0", "acme_lib-1", "acme_lib-1.0.0"])
def test_the_folder_of_metadata_may_be_spelled_differently(folder: str) -> None:
    assert read(wheel_of(info=f"{folder}.dist-info"), WHEEL) == METADATA


def test_metadata_deeper_down_is_of_others() -> None:
    files = {
        "acme_lib/_vendor/other-3.0.dist-info/METADATA": b"vendored",
        f"{INFO}/licenses/METADATA": b"deeper",
        "acme_lib-1.0.data/METADATA": b"data",
    }

    assert read(wheel_of(files), WHEEL) == METADATA


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            wheel_of({"other-3.0.dist-info/METADATA": b"another project's"}),
            "it has several .dist-info folders at the top: 'acme_lib-1.0.dist-info', "
            "'other-3.0.dist-info'",
            id="two folders",
        ),
        pytest.param(
            zip_of([*wheel_files().items(), (f"{INFO}/METADATA", b""), (f"{INFO}/RECORD", b"")]),
            f"it has several '{INFO}/METADATA'",
            id="twice",
        ),
        pytest.param(
            wheel_of(info="other-1.0.dist-info"),
            "it has no .dist-info folder of 'acme-lib' at the top, but 'other-1.0.dist-info'",
            id="another project",
        ),
        pytest.param(
            wheel_of(without=[f"{INFO}/RECORD", f"{INFO}/WHEEL"]),
            f"it has no '{INFO}/WHEEL'; it has no '{INFO}/RECORD'",
            id="files missing",
        ),
        pytest.param(
            wheel_of({"../evil": b""}), "outside of its folder: '../evil'", id="unsafe path"
        ),
        pytest.param(
            encrypted(zip_of({f"{INFO}/METADATA": METADATA})), "is encrypted", id="encrypted"
        ),
        pytest.param(
            wheel_of(metadata=core_metadata(version="2.0")),
            "its metadata has version '2.0', its filename '1.0'",
            id="contradiction",
        ),
        pytest.param(
            wheel_of(metadata=core_metadata(name="")), "its metadata has no Name", id="no metadata"
        ),
        pytest.param(
            zip_of({f"{INFO}/METADATA": b"\0" * (METADATA_LIMIT + 1)}),
            "has 16,777,217 bytes, the limit is 16,777,216",
            id="large",
        ),
        pytest.param(many_entries(200_001), "or 200,000 members", id="members"),
        pytest.param(many_entries(600, b"a" * 60_000), "33,554,432 bytes", id="names"),
    ],
)
def test_a_wheel_that_no_installer_accepts_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidMetadataError) as caught:
        read(content, WHEEL)

    assert reason in str(caught.value)


def test_metadata_that_is_not_deflated_is_not_read_but_the_wheel_is_offered() -> None:
    files = {**wheel_files(), f"{INFO}/RECORD": b""}
    content = zip_of(files, methods={f"{INFO}/METADATA": zipfile.ZIP_BZIP2})
    found = skim(io.BytesIO(content), WHEEL)

    assert found.text is None
    assert [issue.rule for issue in found.verdict.issues] == [Rule.COMPRESSION]


def test_a_wheel_that_some_installers_refuse_has_remarks() -> None:
    files = [*wheel_files().items(), (f"{INFO}/RECORD", b""), ("acme_lib.py", b"twice")]

    assert skim(io.BytesIO(zip_of(files)), WHEEL).verdict.remarks == (
        "it has several members of one name: 'acme_lib.py'",
    )


@pytest.mark.parametrize("top", [TOP, "acme-lib-1.0", f"./{TOP}", "whatever"])
@pytest.mark.parametrize("filename", [TAR, ZIP], ids=["tar.gz", "zip"])
def test_the_metadata_of_a_source_distribution_is_in_its_top_folder(
    filename: Filename, top: str
) -> None:
    files = {f"{top}/src/acme_lib.egg-info/PKG-INFO": b"deeper", f"{top}/PKG-INFO": METADATA}

    assert read(archived(files, filename), filename) == METADATA


@pytest.mark.parametrize("filename", [TAR, ZIP], ids=["tar.gz", "zip"])
def test_a_source_distribution_need_not_have_metadata(filename: Filename) -> None:
    assert read(archived({f"{TOP}/setup.py": b""}, filename), filename) is None


def test_a_folder_of_the_name_is_not_the_file() -> None:
    folder = tarfile.TarInfo(f"{TOP}/PKG-INFO")
    folder.type = tarfile.DIRTYPE

    assert read(gzip.compress(tar_of([], [folder])), TAR) is None


def test_what_comes_after_the_metadata_of_a_stream_is_not_read() -> None:
    noise = random.Random(1).randbytes(1 << 20)  # noqa: S311 - nothing here is secret
    archive = sdist_of({f"{TOP}/noise": noise})
    file = io.BytesIO(archive)

    assert skim(file, TAR).text == METADATA
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


def test_a_source_distribution_whose_metadata_is_too_large_is_refused() -> None:
    member = tarfile.TarInfo(f"{TOP}/PKG-INFO")
    member.size = METADATA_LIMIT + 1
    archive = gzip.compress(member.tobuf())
    with pytest.raises(InvalidMetadataError, match=r"'acme_lib-1\.0/PKG-INFO' has 16,777,217"):
        read(archive, TAR)


class Unreadable(io.BytesIO):
    """A file that cannot be read, for a reason that is not about the archive."""

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
def test_an_error_of_reading_is_passed_on(filename: Filename, error: Exception) -> None:
    with pytest.raises(type(error)):
        skim(Unreadable(error), filename)


def test_the_metadata_that_wheels_of_a_version_share_is_parsed_once() -> None:
    names = [f"acme_lib-1.0-cp3{minor}-none-any.whl" for minor in (11, 12)]
    one, other = (skim(io.BytesIO(wheel_of()), Filename.parse(name)).metadata for name in names)

    assert one is other is not None
