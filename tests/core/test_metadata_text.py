import zipfile
from pathlib import Path

import pkginfo
import pytest
from pkginfo.distribution import HEADER_ATTRS

from ghpypi.core.metadata import Metadata
from ghpypi.core.metadata_text import LATER_FIELDS, LONGEST_VALIDATED, MetadataText, fields_of

HEAD = b"Metadata-Version: 2.5\nName: acme\nVersion: 1.0\n"
LAGGING = {version: fields for version, fields in HEADER_ATTRS.items() if version < "2.4"}


def names(version: str) -> set[str]:
    return {name for name, _, _ in fields_of(version, LAGGING)}


def test_fields_that_a_release_of_pkginfo_does_not_know_are_added_by_version() -> None:
    assert "License-Expression" not in names("2.3")
    assert {"License-Expression", "License-File"} < names("2.4")
    assert "Import-Name" not in names("2.4")
    assert {"Import-Name", "Import-Namespace", "License-File"} < names("2.5") == names("2.6")


@pytest.mark.parametrize("version", ["2.7", "2.10", "1.3", "new", "2." + "1" * 5000])
def test_an_unknown_version_is_read_as_the_newest(version: str) -> None:
    assert fields_of(version, LAGGING) == fields_of("2.6", LAGGING)
    assert fields_of(version) == fields_of("2.6")


def test_what_is_added_here_is_what_pkginfo_knows_in_later_releases() -> None:
    for version, fields in LATER_FIELDS.items():
        if version in HEADER_ATTRS:
            assert {*fields} <= {*HEADER_ATTRS[version]}


def test_the_newest_fields_are_read() -> None:
    found = MetadataText(HEAD + b"Import-Name: acme\nImport-Name: _acme; private\n")

    assert list(found.import_names) == ["acme", "_acme; private"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("License-Expression: Foo", "'foo' is invalid for 'license-expression'"),
        ("License-Expression: " + "(" * 300, "'license-expression'"),
        ("License-File: ../LICENSE", "parent directory"),
        ("Provides-Extra: -x-", "'provides-extra'"),
        ("Import-Name: a-b", "not a valid identifier"),
        ("Dynamic: Name", "dynamic"),
        ("Description-Content-Type: text/html", "description-content-type"),
    ],
)
def test_fields_are_validated(line: str, fault: str) -> None:
    (found,) = Metadata.parse(HEAD + line.encode() + b"\n").faults

    assert fault in found.lower()


@pytest.mark.parametrize(
    "line",
    [
        "License-Expression: MIT OR Apache-2.0",
        "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM",
        "License-Expression: " + "(" * (LONGEST_VALIDATED + 1),
    ],
)
def test_what_is_valid_or_too_long_has_no_faults(line: str) -> None:
    assert Metadata.parse(HEAD + line.encode() + b"\n").faults == ()


def test_pkginfo_reads_another_metadata_file_of_a_wheel_than_installers_do(tmp_path: Path) -> None:
    """The reason why archives are not opened by pkginfo: if this fails, it may be by now."""
    path = tmp_path / "acme-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("acme-1.0.dist-info/METADATA", HEAD)
        archive.writestr("METADATA", HEAD.replace(b"acme", b"other"))

    assert pkginfo.Wheel(str(path)).name == "other"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
def test_fields_are_found_whatever_ends_lines_and_however_names_are_spelled(end: str) -> None:
    lines = ["metadata-version: 2.4", "NAME: acme", "Version: 1.0", "license-EXPRESSION: MIT"]
    found = MetadataText(end.join(lines).encode())

    assert (found.name, found.version, found.license_expression) == ("acme", "1.0", "MIT")
