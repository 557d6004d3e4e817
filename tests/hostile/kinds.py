"""Hostile distributions, one generator for each kind, and what becomes of each."""

import gzip
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.hostile import bombs
from tests.support.archives import (
    INFO,
    SDIST_NAME,
    TOP,
    WHEEL_NAME,
    core_metadata,
    damaged_member,
    encrypted,
    link,
    many_entries,
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

LOCAL_NAME = "acme_lib-1.0+cu128-py3-none-any.whl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One hostile file.

    Attributes:
        name: Its filename.
        make: Generates its content.
        accepted: An upload takes it, with a warning.
        offered: The index offers it, because some installer can use it.
        bomb: It stands for much more than its size, so that memory is counted.
    """

    name: str = WHEEL_NAME
    make: Callable[[], bytes]
    accepted: bool = False
    offered: bool = False
    bomb: bool = False


def sdist(make: Callable[[], bytes], *, accepted: bool = False, offered: bool = False) -> Hostile:
    return Hostile(name=SDIST_NAME, make=make, accepted=accepted, offered=offered)


UNSEEN = {"bzip2 metadata", "WHEEL", "RECORD", "one large member", "zeros after the end"}
"""Bombs in a part of a file that the index does not read."""


def bomb(kind: str) -> Hostile:
    name, make, _ = bombs.BOMBS[kind]
    return Hostile(name=name, make=make, offered=kind in UNSEEN, bomb=True)


def complete(files: dict[str, bytes] | None = None) -> dict[str, bytes]:
    members = dict(wheel_files(files))
    return {**members, f"{INFO}/RECORD": record_of(members)}


def with_metadata(*lines: str, **fields: str) -> Callable[[], bytes]:
    return lambda: wheel_of(metadata=core_metadata(*lines, **fields))


def with_script(name: str) -> Callable[[], bytes]:
    text = f"[console_scripts]\n{name} = acme_lib:main\n".encode()
    return lambda: wheel_of({f"{INFO}/entry_points.txt": text})


def crc_of_a_member() -> bytes:
    content = zip_of(complete({"data": b"x" * 99}), methods={"data": zipfile.ZIP_STORED})
    return damaged_member(content, "data")


ARCHIVES: dict[str, Hostile] = {
    "empty": Hostile(make=lambda: b""),
    "text": Hostile(make=lambda: b"<html>not a wheel</html>"),
    "cut short": Hostile(make=lambda: wheel_of()[:-30]),
    "crc": Hostile(make=crc_of_a_member, offered=True),
    "encrypted": Hostile(make=lambda: encrypted(wheel_of())),
    "parent folder": Hostile(make=lambda: wheel_of({"../../evil.py": b""})),
    "absolute path": Hostile(make=lambda: wheel_of({"/etc/cron.d/evil": b""})),
    "drive": Hostile(make=lambda: wheel_of({"C:\\evil.py": b""})),
    "backslash": Hostile(make=lambda: wheel_of({"a\\b.py": b""}), offered=True),
    "control character": Hostile(
        make=lambda: zip_of(complete() | {"a\x1b[2J\n.py": b""}), offered=True
    ),
    "symbolic link out": Hostile(
        make=lambda: zip_of(complete({"x": b"/etc/passwd"}), modes={"x": 0o120777}), offered=True
    ),
    "member twice": Hostile(
        make=lambda: zip_of([*complete().items(), ("acme_lib.py", b"evil")]), offered=True
    ),
    "metadata twice": Hostile(
        make=lambda: zip_of([*complete().items(), (f"{INFO}/METADATA", core_metadata())])
    ),
    "bzip2": Hostile(
        make=lambda: zip_of(complete(), methods={"acme_lib.py": zipfile.ZIP_BZIP2}), offered=True
    ),
    "bytes after the end": Hostile(make=lambda: wheel_of() + b"junk", offered=True),
    "bytes before the start": Hostile(make=lambda: b"#!/bin/sh\n" + wheel_of(), offered=True),
    "hidden member": Hostile(
        make=lambda: without_entry({"evil.py": b"", **complete()}, "evil.py"), offered=True
    ),
    "second dist-info": Hostile(
        make=lambda: wheel_of({"other-1.0.dist-info/METADATA": core_metadata(name="other")})
    ),
    "foreign dist-info": Hostile(make=lambda: wheel_of(info="other-1.0.dist-info")),
    "no WHEEL": Hostile(make=lambda: wheel_of(without=[f"{INFO}/WHEEL"])),
    "no RECORD": Hostile(make=lambda: wheel_of(without=[f"{INFO}/RECORD"])),
    "script in /bin": Hostile(make=with_script("/bin/evil"), offered=True),
    "script in a parent folder": Hostile(make=with_script("../../evil"), offered=True),
    "RECORD of megabytes": Hostile(
        make=lambda: wheel_of(record=b'"' + bytes(5 << 20)), offered=True
    ),
    "empty table of contents": Hostile(make=partial(many_entries, 0)),
    "zip as sdist": sdist(lambda: zip_of({f"{TOP}/PKG-INFO": core_metadata()})),
    "sdist cut short": sdist(lambda: sdist_of()[:60]),
    "gzip trailer": sdist(lambda: sdist_of()[:-4] + b"\0\0\0\0", offered=True),
    "sdist with parent folder": sdist(lambda: sdist_of({f"{TOP}/../x": b""}), offered=True),
    "sdist with link out": sdist(
        lambda: sdist_of(members=[link(f"{TOP}/l", "/etc/passwd")]), offered=True
    ),
    "sdist with pipe": sdist(lambda: sdist_of(members=[special(f"{TOP}/p")]), offered=True),
    "sdist with device": sdist(
        lambda: sdist_of(members=[special(f"{TOP}/p", tarfile.CHRTYPE)]), offered=True
    ),
    "sparse": sdist(lambda: gzip.compress(sparse_tar(f"{TOP}/x") + tar_of([])), offered=True),
    "archive after the archive": sdist(
        lambda: gzip.compress(gzip.decompress(sdist_of()) + tar_of([("x", b"")])), offered=True
    ),
    "two gzip members": sdist(lambda: sdist_of() + sdist_of(), offered=True),
    **{f"bomb: {kind}": bomb(kind) for kind in bombs.BOMBS},
}

METADATA: dict[str, Hostile] = {
    "nothing": Hostile(make=lambda: wheel_of(metadata=b"\n")),
    "binary": Hostile(make=lambda: wheel_of(metadata=bytes(range(256)) * 9)),
    "no name": Hostile(make=with_metadata(name="")),
    "another name": Hostile(make=with_metadata(name="other")),
    "version of 5,000 digits": Hostile(make=with_metadata(version="1" * 5000)),
    "another version": Hostile(make=with_metadata(version="1.1")),
    "metadata version of 5,000 digits": Hostile(
        make=lambda: wheel_of(
            metadata=core_metadata().replace(b"Version: 2.1", b"Version: " + b"9" * 5000)
        )
    ),
    "Windows-1252": Hostile(
        make=lambda: wheel_of(metadata=core_metadata("Author: \u00e9").decode().encode("cp1252")),
        accepted=True,
        offered=True,
    ),
    "local version in the filename only": Hostile(
        name=LOCAL_NAME, make=wheel_of, accepted=False, offered=False
    ),
    "Requires-Python": Hostile(
        make=with_metadata("Requires-Python: >=3.6.*"), accepted=True, offered=True
    ),
    "Requires-Python of 5,000 digits": Hostile(
        make=with_metadata(f"Requires-Python: >={'9' * 5000}"), accepted=True, offered=True
    ),
    "Requires-Dist": Hostile(make=with_metadata("Requires-Dist: dep>>1"), offered=True),
    "Requires-Dist of parentheses": Hostile(
        make=with_metadata(f"Requires-Dist: dep; {'(' * 50_000}"), offered=True
    ),
    "Requires-Dist of 5,000 digits": Hostile(
        make=with_metadata(f"Requires-Dist: dep=={'1' * 5000}"), offered=True
    ),
    "escape sequences": Hostile(
        make=with_metadata("Requires-Dist: \x1b]0;owned\x07 ==", "Summary: \x1b[2J"), offered=True
    ),
    "many fields": Hostile(make=with_metadata(*["Classifier: x"] * 50_000)),
    "attachments": Hostile(
        make=with_metadata("Content-Type: multipart/mixed; boundary=x", "", "--x", "", "--x--"),
        accepted=True,
        offered=True,
    ),
    "attachments in attachments": Hostile(
        make=with_metadata(
            *(
                f"Content-Type: multipart/mixed; boundary={number}\n\n--{number}"
                for number in range(300)
            )
        ),
        accepted=True,
        offered=True,
    ),
}

FILENAMES = (
    "acme_lib-1.0-py3-none-any (1).whl",
    "acme_lib-1.0-py3-none-any.whl\n",
    "acme_lib-1.0-py3-none-any\x1b[2J.whl",
    "acme_lib-1.0-py3-none-\u0430ny.whl",
    "\u00e1cme_lib-1.0-py3-none-any.whl",
    "\u212ait-1.0.tar.gz",
    "acme_lib-1.0-.tar.gz",
    "-1.0.tar.gz",
    "acme_lib-.tar.gz",
    ".whl",
    "acme_lib-1.0.whl",
    "acme_lib-1.0-py3-none-any-extra-parts-here.whl",
    f"acme_lib-{'1' * 200}!1.0-py3.whl",
    "acme_lib-1.0-py3..py2-none-any.whl",
    "acme_lib-one.tar.gz",
    "acme_lib-1.0 .tar.gz",
    "\udcff\udcfe-1.0.tar.gz",
    f"{'a' * 240}-1.0.tar.gz",
    "..-1.0.tar.gz",
    "%2e%2e-1.0.tar.gz",
    "acme&lt;lib-1.0.tar.gz",
)
"""Names that no distribution has; all can be written to a Linux file system."""
