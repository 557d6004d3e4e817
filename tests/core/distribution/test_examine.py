"""Every rule for distributions, broken in every way that we know, and the files that keep them."""

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from ghpypi.core.distribution.examine import Examined, examine
from ghpypi.core.distribution.rules import Rule, Severity
from ghpypi.core.names import Filename
from tests.support.archives import (
    INFO,
    SDIST_NAME,
    TOP,
    WHEEL_NAME,
    WHEEL_TEXT,
    core_metadata,
    damaged_member,
    encrypted,
    link,
    patched,
    record_of,
    sdist_of,
    sparse_tar,
    special,
    tar_of,
    wheel_files,
    wheel_of,
    without_entry,
    zip_of,
)

ENTRY_POINTS = f"{INFO}/entry_points.txt"
STORED = dict.fromkeys(["data.txt"], zipfile.ZIP_STORED)
LINK = 0o120777
ZIP_NAME = "acme_lib-1.0.zip"
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
"""How the headers of members and the entries of the table of contents begin."""
UNCOMPRESSED = dict.fromkeys(["acme_lib.py"], zipfile.ZIP_STORED)
VARIANT_NAME = "acme_lib-1.0-py3-none-any-cu128.whl"
LOCAL_NAME = "acme_lib-1.0+cu128-py3-none-any.whl"


def found(content: bytes, name: str = WHEEL_NAME) -> Examined:
    return examine(io.BytesIO(content), Filename.parse(name), len(content))


def scripts(*lines: str, section: str = "console_scripts") -> bytes:
    return wheel_of({ENTRY_POINTS: "\n".join([f"[{section}]", *lines, ""]).encode()})


def commented(content: bytes, comment: bytes) -> bytes:
    return content[:-2] + len(comment).to_bytes(2, "little") + comment


def large_descriptors(content: bytes) -> bytes:
    """Write data descriptors with 64 bits; all that follows moves on by 8 bytes for each."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    result, moved = bytearray(), 0
    central = content[archive.start_dir :]
    for info in archive.infolist():
        start = info.header_offset
        end = start + 30 + len(info.filename) + info.compress_size
        values = (info.CRC, info.compress_size, info.file_size)
        result += content[start:end] + b"PK\x07\x08" + struct.pack("<IQQ", *values)
        at = central.index(info.filename.encode()) - 4
        central = central[:at] + struct.pack("<I", start + moved) + central[at + 4 :]
        moved += 8
    start = archive.start_dir + moved
    return bytes(result) + central[:-6] + struct.pack("<I", start) + central[-2:]


def complete(**changes: bytes) -> dict[str, bytes]:
    files = dict(wheel_files(changes))
    return files | {f"{INFO}/RECORD": record_of(files)}


BROKEN = [
    # Not to be read
    (Rule.DAMAGED, WHEEL_NAME, b"no archive", "not a readable archive"),
    (Rule.DAMAGED, WHEEL_NAME, b"", "it is empty"),
    (Rule.DAMAGED, WHEEL_NAME, wheel_of()[:-40], "not a readable archive"),
    (
        Rule.DAMAGED,
        WHEEL_NAME,
        damaged_member(zip_of(complete(**{"data.txt": b"x" * 99}), methods=STORED), "data.txt"),
        "'data.txt' is damaged (Bad CRC-32",
    ),
    (
        Rule.DAMAGED,
        WHEEL_NAME,
        wheel_of({"nameless": b""}).replace(b"nameless", bytes(8)),
        "a member without a name",
    ),
    (Rule.DAMAGED, SDIST_NAME, sdist_of()[:60], "it is truncated"),
    (Rule.DAMAGED, SDIST_NAME, sdist_of()[:-4], "it is truncated"),
    (Rule.DAMAGED, SDIST_NAME, sdist_of()[:-8] + b"\0" * 8, "incorrect data check"),
    (Rule.DAMAGED, SDIST_NAME, sdist_of()[:-4] + b"\0" * 4, "incorrect length check"),
    (Rule.DAMAGED, SDIST_NAME, tar_of([(f"{TOP}/PKG-INFO", core_metadata())]), "header check"),
    (Rule.ENCRYPTED, WHEEL_NAME, encrypted(wheel_of()), "it is encrypted: 'acme_lib.py'"),
    (Rule.NO_JSON, "acme_lib-1.0-variants.json", b"{", "it is not JSON"),
    (Rule.VARIANT, VARIANT_NAME, wheel_of(), "its variant.json cannot be used: it is missing"),
    (Rule.VARIANT, VARIANT_NAME, wheel_of({f"{INFO}/variant.json": b"{"}), "cannot be used"),
    (Rule.NO_JSON, "acme_lib-1.0-variants.json", b"[" * 100_000, "it is not JSON"),
    # Members
    (Rule.UNSAFE_PATH, WHEEL_NAME, wheel_of({"../evil": b""}), "outside of its folder: '../evil'"),
    (Rule.UNSAFE_PATH, WHEEL_NAME, wheel_of({"a/../../evil": b""}), "outside"),
    (
        Rule.UNSAFE_PATH,
        WHEEL_NAME,
        wheel_of({"/bin/evil": b""}),
        "outside of its folder: '/bin/evil'",
    ),
    (Rule.UNSAFE_PATH, WHEEL_NAME, wheel_of({"C:/evil": b""}), "outside of its folder: 'C:/evil'"),
    (Rule.UNSAFE_PATH, WHEEL_NAME, wheel_of({"..\\evil": b""}), "outside"),
    (
        Rule.UNSAFE_PATH,
        WHEEL_NAME,
        zip_of(complete(passwords=b"../../etc/passwd"), modes={"passwords": LINK}),
        "'passwords' refers to '../../etc/passwd'",
    ),
    (Rule.UNSAFE_PATH, SDIST_NAME, sdist_of({f"{TOP}/../evil": b""}), "outside"),
    (Rule.UNSAFE_PATH, SDIST_NAME, sdist_of({"/evil": b""}), "outside of its folder: '/evil'"),
    *[
        (Rule.UNSAFE_PATH, SDIST_NAME, sdist_of(members=[link(f"{TOP}/l", target)]), "refers to")
        for target in ("/etc/passwd", "../x", "a/../../x", "C:\\x", "..\\x")
    ],
    (
        Rule.UNSAFE_PATH,
        SDIST_NAME,
        sdist_of(members=[link(f"{TOP}/l", "../x", tarfile.LNKTYPE)]),
        "the hard link",
    ),
    (Rule.SPECIAL_FILE, SDIST_NAME, sdist_of(members=[special(f"{TOP}/pipe")]), "'acme_lib-1.0/p"),
    (Rule.ODD_PATH, WHEEL_NAME, wheel_of({"a\\b": b""}), "control character: 'a\\b'"),
    (Rule.ODD_PATH, WHEEL_NAME, zip_of(complete() | {"a\nb": b""}), "'a\\nb'"),
    (
        Rule.ODD_PATH,
        WHEEL_NAME,
        wheel_of({"cafe.py": b""}).replace(b"cafe.py", b"caf\x82.py"),
        "in an encoding that installers guess: 'caf\u00e9.py'",
    ),
    (Rule.ODD_PATH, SDIST_NAME, sdist_of({f"{TOP}/a\\b": b""}), "backslash"),
    *[
        (Rule.COMPRESSION, WHEEL_NAME, zip_of(complete(), methods={"acme_lib.py": method}), "only")
        for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    ],
    (
        Rule.DUPLICATE,
        WHEEL_NAME,
        zip_of([*complete().items(), ("acme_lib.py", b"evil = 1")]),
        "several members of one name: 'acme_lib.py'",
    ),
    (
        Rule.DUPLICATE,
        SDIST_NAME,
        gzip.compress(tar_of([(f"{TOP}/PKG-INFO", core_metadata())] * 2)),
        "PKG-INFO",
    ),
    (
        Rule.REPEATED,
        SDIST_NAME,
        gzip.compress(tar_of([(f"{TOP}/PKG-INFO", core_metadata()), *[(f"{TOP}/x", b"")] * 2])),
        "'acme_lib-1.0/x'",
    ),
    (
        Rule.LINK,
        WHEEL_NAME,
        zip_of(complete(alias=b"acme_lib.py"), modes={"alias": LINK}),
        "become text files: 'alias'",
    ),
    (Rule.SPARSE, SDIST_NAME, gzip.compress(sparse_tar(f"{TOP}/x") + tar_of([])), "sparse"),
    # Bytes that readers read differently
    (Rule.STRAY_BYTES, WHEEL_NAME, wheel_of() + b"junk", "bytes after its end"),
    (Rule.STRAY_BYTES, WHEEL_NAME, b"#!/bin/sh\n" + wheel_of(), "its bytes 0 to 10"),
    (Rule.STRAY_BYTES, WHEEL_NAME, wheel_of() + wheel_of(), "belong to no member"),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        without_entry({"evil.py": b"", **complete()}, "evil.py"),
        "belong to no member",
    ),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        wheel_of().replace(b"\x08\x00", b"\x00\x00", 1),
        "contradicts the central directory",
    ),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        patched(wheel_of(), LOCAL, 22, b"\x01\x00\x00\x00"),
        "the header of 'acme_lib.py' contradicts",
    ),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        patched(zip_of(complete(), seekable=False), b"PK\x07\x08", 4, b"\0\0\0\0"),
        "belong to no member",
    ),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        patched(zip_of(complete(), methods=UNCOMPRESSED), CENTRAL, 24, b"\x01\0\0\0"),
        "contradicts the central directory",
    ),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        patched(wheel_of(), LOCAL, 28, b"\x05\0"),
        "its members overlap at byte",
    ),
    (
        Rule.STRAY_BYTES,
        WHEEL_NAME,
        commented(wheel_of(), b"PK\x05\x06" + bytes(18)),
        "belong to no member",
    ),
    (
        Rule.DAMAGED,
        WHEEL_NAME,
        patched(wheel_of(), LOCAL, 0, b"XX"),
        "its member 'acme_lib.py' has no header",
    ),
    (
        Rule.DAMAGED,
        WHEEL_NAME,
        patched(wheel_of(), CENTRAL, 16, b"\0\0\0\0"),
        "'acme_lib.py' is damaged (Bad CRC-32",
    ),
    (
        Rule.DAMAGED,
        WHEEL_NAME,
        patched(wheel_of(), CENTRAL, 24, b"\xff\0\0\0"),
        "'acme_lib.py' is damaged (7 bytes instead of 255)",
    ),
    (Rule.STRAY_BYTES, SDIST_NAME, sdist_of() + b"junk", "bytes after its end"),
    (Rule.STRAY_BYTES, SDIST_NAME, sdist_of() + bytes(3 << 20) + b"junk", "bytes after its end"),
    (
        Rule.STRAY_BYTES,
        SDIST_NAME,
        gzip.compress(gzip.decompress(sdist_of()) + b"junk" * (1 << 20)),
        "bytes after its end",
    ),
    (
        Rule.DAMAGED,
        SDIST_NAME,
        gzip.compress(tar_of([(f"{TOP}/PKG-INFO", core_metadata())])[:520]),
        "'acme_lib-1.0/PKG-INFO' is truncated",
    ),
    (Rule.STRAY_BYTES, SDIST_NAME, sdist_of() + sdist_of(), "bytes after its end"),
    (
        Rule.STRAY_BYTES,
        SDIST_NAME,
        gzip.compress(gzip.decompress(sdist_of()) + tar_of([("evil", b"")])),
        "bytes after its end",
    ),
    (
        Rule.STRAY_BYTES,
        SDIST_NAME,
        gzip.compress(gzip.decompress(sdist_of()).rstrip(b"\0") + b"\0" * 300 + b"x" * 512),
        "",
    ),
    # What makes a wheel
    (Rule.DIST_INFO, WHEEL_NAME, zip_of({"acme_lib.py": b""}), "no .dist-info folder"),
    (Rule.DIST_INFO, WHEEL_NAME, wheel_of(info="other-1.0.dist-info"), "but 'other-1.0.dist-info'"),
    (
        Rule.DIST_INFO,
        WHEEL_NAME,
        wheel_of({"vendored-2.0.dist-info/METADATA": core_metadata(name="vendored")}),
        "several .dist-info folders",
    ),
    (
        Rule.DIST_INFO,
        WHEEL_NAME,
        wheel_of({"Acme.Lib-1.0.dist-info/METADATA": core_metadata()}),
        "several .dist-info folders",
    ),
    (
        Rule.DIST_INFO,
        WHEEL_NAME,
        zip_of([*complete().items(), (f"{INFO}/METADATA", core_metadata())]),
        "several 'acme_lib-1.0.dist-info/METADATA'",
    ),
    *[
        (Rule.MISSING_FILE, WHEEL_NAME, wheel_of(without=[f"{INFO}/{name}"]), f"no '{INFO}/{name}'")
        for name in ("METADATA", "WHEEL", "RECORD")
    ],
    *[
        (Rule.WHEEL_VERSION, WHEEL_NAME, wheel_of({f"{INFO}/WHEEL": text}), "its Wheel-Version is")
        for text in (b"Wheel-Version: 2.0\n", b"Tag: py3-none-any\n", b"\xff")
    ],
    *[
        (Rule.DIST_INFO_VERSION, WHEEL_NAME, wheel_of(info=f"{name}.dist-info"), "other version")
        for name in ("acme_lib-2.0", "acme_lib-one", "acme_lib")
    ],
    *[
        (Rule.RECORD, WHEEL_NAME, wheel_of(record=text), "its RECORD cannot be read")
        for text in (b'"acme_lib.py,,\n', b"\xff,,\n", b"acme_lib.py\n", b"a" * 200_000 + b",,\n")
    ],
    (Rule.RECORD_DIFFERS, WHEEL_NAME, wheel_of(record=b""), "its RECORD does not list"),
    (
        Rule.RECORD_DIFFERS,
        WHEEL_NAME,
        wheel_of(record=record_of(wheel_files({"gone.py": b""}))),
        "lists missing files: 'gone.py'",
    ),
    (
        Rule.RECORD_DIFFERS,
        WHEEL_NAME,
        wheel_of(record=record_of(wheel_files({"acme_lib.py": b"other"}))),
        "different hashes for 'acme_lib.py'",
    ),
    (
        Rule.RECORD_DIFFERS,
        WHEEL_NAME,
        wheel_of(record=record_of(wheel_files()).replace(b"sha256=", b"sha256=\xc3\xa9")),
        "different hashes",
    ),
    *[
        (Rule.ENTRY_POINTS, WHEEL_NAME, scripts(f"{name} = acme_lib:main"), "would be outside")
        for name in ("/bin/evil", "../../evil", "a/b", "..", "..\\evil", "C:evil")
    ],
    (Rule.ENTRY_POINTS, WHEEL_NAME, scripts("/x = y:z", section="gui_scripts"), "be outside"),
    *[
        (Rule.ENTRY_POINTS, WHEEL_NAME, wheel_of({ENTRY_POINTS: text}), "cannot be read")
        for text in (b"console_scripts\n", b"[a]\nb=c\nb=d\n", b"[a]\n\xff=x\n")
    ],
    (Rule.SCRIPT_NAME, WHEEL_NAME, scripts("my tool = acme_lib:main"), "'my tool' has no valid"),
    (Rule.SCRIPT_NAME, WHEEL_NAME, scripts("tool = acme_lib:main; import os"), "no valid value"),
    # What makes a source distribution
    (Rule.TOP_FOLDER, SDIST_NAME, sdist_of({"other/x": b""}), "'acme_lib-1.0', 'other'"),
    (Rule.TOP_FOLDER, SDIST_NAME, sdist_of({"x": b""}), "'acme_lib-1.0', 'x'"),
    (Rule.TOP_FOLDER, SDIST_NAME, gzip.compress(tar_of([("./PKG-INFO", b"")])), "'PKG-INFO'"),
    (Rule.TOP_FOLDER, ZIP_NAME, zip_of({}), "but nothing"),
    (Rule.NO_PKG_INFO, SDIST_NAME, sdist_of(without=[f"{TOP}/PKG-INFO"]), "no PKG-INFO"),
    (Rule.NO_PKG_INFO, ZIP_NAME, zip_of({f"{TOP}/setup.py": b""}), "no PKG-INFO"),
    # What metadata says
    (Rule.METADATA, WHEEL_NAME, wheel_of(metadata=b"no metadata"), "no Metadata-Version"),
    (Rule.METADATA, WHEEL_NAME, wheel_of(metadata=core_metadata(name="")), "no Name"),
    (Rule.METADATA, WHEEL_NAME, wheel_of(metadata=core_metadata(version="one")), "not valid"),
    (
        Rule.METADATA,
        WHEEL_NAME,
        wheel_of(metadata=core_metadata(version="1" * 5000)),
        "is not valid (PEP 440)",
    ),
    (
        Rule.METADATA,
        WHEEL_NAME,
        wheel_of(metadata=core_metadata(*["Classifier: x"] * 20_000)),
        "more than 20,000 lines",
    ),
    (
        Rule.CONTRADICTION,
        WHEEL_NAME,
        wheel_of(metadata=core_metadata(name="other")),
        "its metadata has the project name 'other', its filename 'acme-lib'",
    ),
    (
        Rule.CONTRADICTION,
        WHEEL_NAME,
        wheel_of(metadata=core_metadata(version="1.0+cu128")),
        "its metadata has version '1.0+cu128', its filename '1.0'",
    ),
    (
        Rule.CONTRADICTION,
        LOCAL_NAME,
        wheel_of(metadata=core_metadata(version="1.0+cpu")),
        "its metadata has version '1.0+cpu', its filename '1.0+cu128'",
    ),
    (Rule.CONTRADICTION, "acme_lib-1.0+a.tar.gz", sdist_of(), "its filename '1.0+a'"),
    (Rule.LOCAL_VERSION, LOCAL_NAME, wheel_of(), "uv installs it, pip rejects it"),
    (
        Rule.ENCODING,
        WHEEL_NAME,
        wheel_of(metadata=core_metadata("Author: Ren\u00e9").decode().encode("cp1252")),
        "not UTF-8",
    ),
    (
        Rule.METADATA_FIELD,
        WHEEL_NAME,
        wheel_of(metadata=core_metadata("Description-Content-Type: text/html")),
        "its metadata is not valid, and PyPI refuses it: 'description-content-type' must be",
    ),
    *[
        (
            Rule.REQUIRES_PYTHON,
            WHEEL_NAME,
            wheel_of(metadata=core_metadata(f"Requires-Python: {text}")),
            f"its Requires-Python '{text}' is not a version specifier",
        )
        for text in (">=3.6.*", "python 3", ">=3.9 or so")
    ],
    *[
        (
            Rule.REQUIRES_DIST,
            WHEEL_NAME,
            wheel_of(metadata=core_metadata("Requires-Dist: fine", f"Requires-Dist: {text}")),
            "its Requires-Dist cannot be read (PEP 508), and pip ignores the file: '",
        )
        for text in (
            "dep>>1",
            "dep (>=1.0.*)",
            "dep==1 @ x",
            "dep; " + "(" * 5000,
            f"dep=={'1' * 5000}",
        )
    ],
    (
        Rule.REQUIRES_DIST,
        SDIST_NAME,
        sdist_of(metadata=core_metadata(*[f"Requires-Dist: a>>{n}" for n in range(5)])),
        "'a>>0', 'a>>1', 'a>>2' and 2 more",
    ),
]


@pytest.mark.parametrize(
    ("rule", "name", "content", "text"),
    BROKEN,
    ids=[f"{rule.name}-{number}" for number, (rule, *_) in enumerate(BROKEN)],
)
def test_a_broken_rule_is_found(rule: Rule, name: str, content: bytes, text: str) -> None:
    issues = found(content, name).verdict.issues

    assert [issue for issue in issues if issue.rule is rule and text in issue.text]


def test_every_rule_is_tried_but_the_limits() -> None:
    assert {rule for rule, *_ in BROKEN} == set(Rule) - {Rule.TOO_LARGE}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(WHEEL_NAME, wheel_of(), id="wheel"),
        pytest.param(WHEEL_NAME, wheel_of(info="Acme.Lib-1.0.0.dist-info"), id="other spelling"),
        pytest.param(
            LOCAL_NAME,
            wheel_of(metadata=core_metadata(version="1.0+cu128")),
            id="dist-info without local version",
        ),
        pytest.param(
            WHEEL_NAME,
            wheel_of({"acme_lib/_vendor/other-1.0.dist-info/METADATA": b"deeper"}),
            id="vendored",
        ),
        pytest.param(WHEEL_NAME, zip_of(complete(), seekable=False), id="data descriptors"),
        pytest.param(
            WHEEL_NAME,
            large_descriptors(zip_of(complete(), seekable=False)),
            id="data descriptors of 64 bits",
        ),
        pytest.param(WHEEL_NAME, commented(wheel_of(), b"a comment"), id="comment"),
        pytest.param(
            WHEEL_NAME, wheel_of(record=record_of(wheel_files()) + b"\n\n"), id="empty rows"
        ),
        pytest.param(
            WHEEL_NAME, zip_of({"acme_lib/": b"", f"{INFO}/": b"", **complete()}), id="folders"
        ),
        pytest.param(
            WHEEL_NAME,
            zip_of(complete() | {f"{INFO}/RECORD.jws": b"", f"{INFO}/RECORD.p7s": b""}),
            id="signed RECORD",
        ),
        pytest.param(
            WHEEL_NAME,
            wheel_of(record=record_of(wheel_files()).replace(b"dist-info/", b"dist-info\\")),
            id="RECORD of Windows",
        ),
        pytest.param(
            WHEEL_NAME,
            wheel_of(record=record_of(wheel_files()).replace(b"sha256=", b"sha512=")),
            id="other hashes",
        ),
        pytest.param(WHEEL_NAME, wheel_of({"caf\u00e9.py": b""}), id="not ASCII"),
        pytest.param(WHEEL_NAME, scripts("Tool.x-1 = acme_lib:main [extra]"), id="scripts"),
        pytest.param(
            WHEEL_NAME,
            wheel_of({ENTRY_POINTS: b"[pytest11]\nany thing = /x\n"}),
            id="entry points of others",
        ),
        pytest.param(
            WHEEL_NAME,
            wheel_of(
                metadata=core_metadata(
                    "Requires-Dist: a (>=1.0)",
                    "Requires-Dist: a[b] ; python_version >= '3'",
                    "Requires-Dist: z @ https://x.example/z.whl",
                    "Requires-Python: !=3.11.*",
                )
            ),
            id="requirements",
        ),
        pytest.param(SDIST_NAME, sdist_of(), id="sdist"),
        pytest.param(SDIST_NAME, sdist_of() + bytes(700), id="zeros after its end"),
        pytest.param(
            SDIST_NAME,
            gzip.compress(tar_of([(f"./{TOP}/PKG-INFO", core_metadata())])),
            id="leading dot",
        ),
        pytest.param(
            SDIST_NAME,
            gzip.compress(tar_of([(f"{TOP}/PKG-INFO", core_metadata())])[:1024]),
            id="no end mark",
        ),
        pytest.param(
            SDIST_NAME,
            gzip.compress(
                tar_of(
                    [(f"{TOP}/PKG-INFO", core_metadata()), (f"{TOP}/{'d/' * 99}x", b"")],
                    form=tarfile.GNU_FORMAT,
                )
            ),
            id="long name",
        ),
        pytest.param(
            SDIST_NAME,
            sdist_of(
                members=[
                    link(f"{TOP}/a", "pyproject.toml"),
                    link(f"{TOP}/b/c", "../pyproject.toml"),
                    link(f"{TOP}/h", f"{TOP}/pyproject.toml", tarfile.LNKTYPE),
                ]
            ),
            id="links",
        ),
        pytest.param(ZIP_NAME, zip_of({f"{TOP}/PKG-INFO": core_metadata()}), id="zip"),
        pytest.param(
            "acme-lib-1.0-2.tar.gz",
            sdist_of(metadata=core_metadata(version="1.0.post2")),
            id="implicit post release",
        ),
        pytest.param("acme_lib-1.0-variants.json", b"{}", id="variants"),
    ],
)
def test_what_installers_take_has_no_issues(name: str, content: bytes) -> None:
    assert found(content, name).verdict.issues == ()


def test_all_issues_of_a_file_are_found() -> None:
    files = wheel_files({"../evil": b""}, metadata=core_metadata("Requires-Python: 3"))
    content = zip_of([*files.items(), ("acme_lib.py", b"twice")]) + b"junk"

    assert {issue.rule for issue in found(content).verdict.issues} == {
        Rule.UNSAFE_PATH,
        Rule.DUPLICATE,
        Rule.STRAY_BYTES,
        Rule.MISSING_FILE,
        Rule.REQUIRES_PYTHON,
    }


def test_names_in_messages_are_printable_and_few() -> None:
    names = [f"../{number}\x1b[31m{'x' * 500}" for number in range(9)]
    (fault,) = found(wheel_of(dict.fromkeys(names, b""), record=b"")).verdict.unusable

    assert fault.isprintable()
    assert fault.endswith("and 6 more")
    assert len(fault) < 1000


def test_an_error_of_the_disk_is_not_about_the_archive() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        examine(Broken(b"x"), Filename.parse(SDIST_NAME), 1)


@pytest.mark.parametrize("name", [WHEEL_NAME, SDIST_NAME])
def test_the_metadata_comes_along_parsed_and_byte_for_byte(name: str) -> None:
    examined = found(wheel_of() if name is WHEEL_NAME else sdist_of(), name)

    assert examined.text == core_metadata()
    assert examined.metadata
    assert examined.metadata.name == "acme-lib"


def test_severities_decide_what_follows() -> None:
    verdict = found(
        zip_of(
            [
                *wheel_files(metadata=core_metadata("Requires-Python: 3")).items(),
                ("acme_lib.py", b""),
                (f"{INFO}/WHEEL", WHEEL_TEXT),
            ]
        )
    ).verdict
    by_severity = {
        severity: tuple(x.text for x in verdict.issues if x.rule.severity is severity)
        for severity in Severity
    }

    assert all(by_severity.values())
    assert verdict.unusable == by_severity[Severity.UNUSABLE]
    assert verdict.warnings == by_severity[Severity.DOUBTFUL]
    assert set(verdict.faults) == {
        *by_severity[Severity.UNUSABLE],
        *by_severity[Severity.UNACCEPTABLE],
    }
    assert set(verdict.remarks) == {
        *by_severity[Severity.UNACCEPTABLE],
        *by_severity[Severity.DOUBTFUL],
    }
