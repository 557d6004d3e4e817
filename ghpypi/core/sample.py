"""Two small sample packages for `ghpypi demo`.

One is a library, the other a program that depends on it. Both are built in memory, reproducibly and
without a build backend, so that the demo needs no network access.
"""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping

EPOCH = (2026, 1, 1, 0, 0, 0)


def build_wheel(
    name: str, version: str, files: Mapping[str, str], *, metadata: str = "", scripts: str = ""
) -> tuple[str, bytes]:
    """Build a pure Python wheel (binary distribution format 1.0).

    Args:
        name: The project name, as an import name.
        version: Its version.
        files: Modules by path.
        metadata: More lines of core metadata.
        scripts: The `console_scripts` of its entry points, a line each.

    Returns:
        Filename and content.
    """
    folder = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{folder}/METADATA": core_metadata(name, version, metadata),
        f"{folder}/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: ghpypi\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    if scripts:
        contents[f"{folder}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n"
    rows = [f"{path},{_record(text)},{len(text.encode())}" for path, text in contents.items()]
    contents[f"{folder}/RECORD"] = "\n".join([*rows, f"{folder}/RECORD,,", ""])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in contents.items():
            archive.writestr(zipfile.ZipInfo(path, EPOCH), text)
    return f"{name}-{version}-py3-none-any.whl", buffer.getvalue()


def build_sdist(
    name: str, version: str, files: Mapping[str, str], *, metadata: str = ""
) -> tuple[str, bytes]:
    """Build a source distribution (source distribution format, PEP 625).

    Returns:
        Filename and content.
    """
    contents = {**files, "PKG-INFO": core_metadata(name, version, metadata)}
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path, text in contents.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return f"{name}-{version}.tar.gz", buffer.getvalue()


def core_metadata(name: str, version: str, more: str = "") -> str:
    """Return core metadata."""
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", more.strip(), ""]
    return "\n".join(line for line in lines[:-1] if line) + "\n"


def samples() -> dict[str, bytes]:
    """Return the content of both packages by filename."""
    greeting = '"""Greets."""\n\n\ndef greet(name):\n    return f"Hello, {name}!"\n'
    program = (
        '"""Greets whoever it is told to."""\n\nimport sys\n\n'
        "from sample_greeting import greet\n\n\n"
        "def main():\n    print(greet(sys.argv[1] if len(sys.argv) > 1 else 'world'))\n"
    )
    return dict(
        [
            build_wheel(
                "sample_greeting",
                "1.0",
                {"sample_greeting.py": greeting},
                metadata="Summary: Greets\nRequires-Python: >=3.9",
            ),
            build_wheel(
                "sample_hello",
                "2.1",
                {"sample_hello.py": program},
                metadata="Summary: A program that greets\nRequires-Python: >=3.9\n"
                "Requires-Dist: sample-greeting>=1.0",
                scripts="sample-hello = sample_hello:main",
            ),
        ]
    )


def _record(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
