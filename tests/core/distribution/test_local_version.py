"""Renamed wheels that are made correct."""

import io
import zipfile
from collections.abc import Callable

import pytest

from ghpypi.core.distribution.examine import examine
from ghpypi.core.distribution.local_version import fix_local_version
from ghpypi.core.distribution.rules import Rule
from ghpypi.core.names import Filename
from ghpypi.core.sample import build_wheel

RENAMED = Filename.parse("acme_lib-1.0+CU128.torch2.8-py3-none-any.whl")
OLD, NEW = "acme_lib-1.0", "acme_lib-1.0+cu128.torch2.8"


def fixed(content: bytes, filename: Filename = RENAMED) -> bytes:
    target = io.BytesIO()
    fix_local_version(io.BytesIO(content), target, filename)
    return target.getvalue()


def renamed_wheel() -> bytes:
    description = "\nVersion: 0 is in the description and stays."
    return build_wheel(
        "acme_lib",
        "1.0",
        {
            "acme_lib/__init__.py": "x = 1\n" * 1000,
            "acme_lib/a_b.py": "",
            f"{OLD}.data/scripts/acme": "#!python\n",
            f"{OLD}.dist-info/RECORD.jws": "{}",
        },
        metadata=f"Summary: Renamed\n{description}",
        scripts="acme = acme_lib:main",
    )[1]


def test_a_renamed_wheel_becomes_one_without_a_fault() -> None:
    before, content = renamed_wheel(), fixed(renamed_wheel())
    wrong = examine(io.BytesIO(before), RENAMED, len(before))
    right = examine(io.BytesIO(content), RENAMED, len(content))

    assert [each.rule for each in wrong.verdict.issues] == [Rule.LOCAL_VERSION]
    assert right.verdict.issues == ()
    assert right.metadata
    assert right.metadata.version == "1.0+cu128.torch2.8"
    assert (right.text or b"").endswith(b"Version: 0 is in the description and stays.\n")


def test_members_are_renamed_and_otherwise_as_they_were() -> None:
    with (
        zipfile.ZipFile(io.BytesIO(renamed_wheel())) as before,
        zipfile.ZipFile(io.BytesIO(fixed(renamed_wheel()))) as after,
    ):
        assert after.testzip() is None
        assert after.namelist() == [
            "acme_lib/__init__.py",
            "acme_lib/a_b.py",
            f"{NEW}.data/scripts/acme",
            f"{NEW}.dist-info/WHEEL",
            f"{NEW}.dist-info/entry_points.txt",
            f"{NEW}.dist-info/METADATA",
            f"{NEW}.dist-info/RECORD",
        ]
        for name in after.namelist()[:5]:
            old, new = before.getinfo(name.replace(NEW, OLD)), after.getinfo(name)
            assert (old.CRC, old.compress_size, old.date_time, old.external_attr) == (
                new.CRC,
                new.compress_size,
                new.date_time,
                new.external_attr,
            )
        times = {info.date_time for info in after.infolist()}
        assert times == {info.date_time for info in before.infolist()}


def test_the_same_wheel_becomes_the_same_bytes() -> None:
    assert fixed(renamed_wheel()) == fixed(renamed_wheel())
    assert fixed(fixed(renamed_wheel())) == fixed(renamed_wheel())


def test_large_members_are_not_held_in_memory() -> None:
    class Watched(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            self.largest = max(self.largest, len(found))
            return found

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        with archive.open("acme_lib/data.bin", "w", force_zip64=True) as member:
            member.write(bytes(5_000_000))
        for name, text in (
            ("METADATA", "Name: acme-lib\nVersion: 1.0\n"),
            ("WHEEL", "Wheel-Version: 1.0\n"),
            ("RECORD", ""),
        ):
            archive.writestr(f"{OLD}.dist-info/{name}", text)
    source, target = Watched(buffer.getvalue()), io.BytesIO()
    fix_local_version(source, target, RENAMED)

    assert source.largest < 2_000_000
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert archive.getinfo("acme_lib/data.bin").file_size == 5_000_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda parts: parts.pop(f"{OLD}.dist-info/METADATA"), "it has no .*METADATA"),
        (lambda parts: parts.pop(f"{OLD}.dist-info/RECORD"), "it has no .*RECORD"),
        (
            lambda parts: parts.update({f"{OLD}.dist-info/METADATA": "Name: x\n\nVersion: 1"}),
            "no version",
        ),
        (
            lambda parts: parts.update({"b-1.dist-info/METADATA": ""}),
            "exactly one .dist-info folder",
        ),
    ],
    ids=["no metadata", "no record", "no version", "two folders"],
)
def test_what_is_no_wheel_is_refused(
    change: Callable[[dict[str, str]], object], message: str
) -> None:
    with zipfile.ZipFile(io.BytesIO(renamed_wheel())) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    with pytest.raises(ValueError, match=message):
        fixed(buffer.getvalue())
