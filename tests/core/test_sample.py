"""The two packages to try the loop with."""

import csv
import hashlib
import io
import tarfile
import zipfile
from base64 import urlsafe_b64encode

import pytest

from ghpypi.core.distribution.examine import examine, skim
from ghpypi.core.names import Filename
from ghpypi.core.sample import build_sdist, build_wheel, samples


def test_there_is_a_library_and_a_program_that_needs_it() -> None:
    assert list(samples()) == [
        "sample_greeting-1.0-py3-none-any.whl",
        "sample_hello-2.1-py3-none-any.whl",
    ]


def test_they_are_the_same_bytes_each_time() -> None:
    assert samples() == samples()


@pytest.mark.parametrize("name", list(samples()))
def test_an_upload_finds_nothing_wrong_with_them(name: str) -> None:
    content = samples()[name]
    examined = examine(io.BytesIO(content), Filename.parse(name), len(content))

    assert examined.verdict.issues == ()
    assert examined.metadata
    assert examined.metadata.requires_python == ">=3.9"
    assert examined.metadata.summary


@pytest.mark.parametrize("name", list(samples()))
def test_the_record_is_true(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(samples()[name])) as archive:
        assert archive.testzip() is None
        (record,) = [each for each in archive.namelist() if each.endswith("/RECORD")]
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
        contents = {each: archive.read(each) for each in archive.namelist()}

    assert [path for path, _, _ in rows] == list(contents)
    for path, said, _ in rows:
        digest = urlsafe_b64encode(hashlib.sha256(contents[path]).digest()).decode().rstrip("=")
        assert said == ("" if path == record else f"sha256={digest}")


def test_a_program_has_an_entry_point() -> None:
    with zipfile.ZipFile(io.BytesIO(samples()["sample_hello-2.1-py3-none-any.whl"])) as archive:
        text = archive.read("sample_hello-2.1.dist-info/entry_points.txt").decode()

    assert text == "[console_scripts]\nsample-hello = sample_hello:main\n"


def test_a_source_distribution_holds_its_files_in_one_folder() -> None:
    name, content = build_sdist("acme", "1.0", {"acme.py": "x = 'ü'\n"}, metadata="Summary: x")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = archive.getnames()
        module = archive.extractfile("acme-1.0/acme.py")

        assert module is not None
        assert module.read().decode() == "x = 'ü'\n"
    assert name == "acme-1.0.tar.gz"
    assert names == ["acme-1.0/acme.py", "acme-1.0/PKG-INFO"]


def test_metadata_has_the_lines_that_were_asked_for() -> None:
    _, content = build_wheel("acme", "1.0", {}, metadata="\nSummary: x\nRequires-Python: >=3.9\n")
    text = skim(io.BytesIO(content), Filename.parse("acme-1.0-py3-none-any.whl")).text

    assert text == (
        b"Metadata-Version: 2.4\nName: acme\nVersion: 1.0\nSummary: x\nRequires-Python: >=3.9\n"
    )
