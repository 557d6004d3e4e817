"""The tags of a wheel's filename as text, and as cells of the coverage table."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from ghpypi.core.names import split_label

ANY_SYSTEM = "any system"
"""The row of wheels for any system."""


class Tags(NamedTuple):
    """The systems and Python versions that a filename is for.

    Attributes:
        words: A description for users.
        pythons: The columns of the table, such as `3.12`, `3.13t` or `PyPy 3.10`.
        since: With the stable ABI: the first minor version of Python 3; 0 for all.
        free_since: The same for free-threaded Python (PEP 803).
        systems: The rows of the table.
    """

    words: str
    pythons: tuple[str, ...]
    since: int | None
    free_since: int | None
    systems: tuple[str, ...]


class _Pythons(NamedTuple):
    """The part of `Tags` from the Python and ABI tags."""

    words: str
    columns: tuple[str, ...] = ()
    since: int | None = None
    free_since: int | None = None


SOURCE = Tags("source", (), None, None, ())
"""The tags of a source distribution."""

_MACHINES = {
    "x86_64": "x86-64",
    "amd64": "x86-64",
    "i686": "x86, 32 bits",
    "i386": "x86, 32 bits",
    "aarch64": "ARM64",
    "arm64": "ARM64",
    "arm64_v8a": "ARM64",
    "armeabi_v7a": "ARMv7",
    "armv7l": "ARMv7",
    "armv6l": "ARMv6",
    "ppc64le": "POWER",
    "s390x": "IBM Z",
    "riscv64": "RISC-V",
    "loongarch64": "LoongArch",
}
_APPLE = {"arm64": "Apple silicon", "x86_64": "Intel", "universal2": "universal"}
_OLD_GLIBC = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}
_WINDOWS = {"win32": "Windows x86, 32 bits", "win_amd64": "Windows x86-64", "any": ANY_SYSTEM}
_KINDS = {"win": "Windows", "freebsd": "FreeBSD"}
_WASM = {"pyodide": "Pyodide", "emscripten": "Emscripten", "wasi": "WASI"}
_INTERPRETERS = {"cp": "", "pp": "PyPy ", "graalpy": "GraalPy "}
_INTERPRETER = re.compile(r"(cp|pp|graalpy)(\d)(\d+)")


@lru_cache(maxsize=1024)
def tags_of(filename: str) -> Tags:
    """Parse the tags in the name of a distribution file.

    A file is in a table of its release and in one of its project, and counts for the coverage.
    """
    if not filename.endswith(".whl"):
        return SOURCE
    plain, _ = split_label(filename)
    return _tags(*plain[:-4].rsplit("-", 3)[1:])


@lru_cache(maxsize=8192)
def _tags(python: str, abi: str, platform: str) -> Tags:
    words, pythons, since, free_since = _pythons(python.split("."), abi.split("."))
    systems = list(dict.fromkeys(_system(each) for each in sorted(platform.split("."), key=_age)))
    rows = dict.fromkeys(row for row, _ in systems)
    places_by_row: dict[str, str] = {}
    for row, more in systems:  # the oldest supported system per machine
        places_by_row.setdefault(row, more)
    places = ", ".join(f"{row}, {more}" if more else row for row, more in places_by_row.items())
    return Tags(f"{words} · {places}", pythons, since, free_since, tuple(rows))


def _pythons(tags: list[str], abis: list[str]) -> _Pythons:
    found = [match for tag in tags if (match := _INTERPRETER.fullmatch(tag))]
    if found and {"abi3", "abi3t"}.intersection(abis):
        return _stable(f"{found[0][2]}.{found[0][3]}", int(found[0][3]), abis)
    if found:
        return _versions(found, abis)
    if tags == ["py3"]:
        return _Pythons("Python 3", since=0, free_since=0)
    if "py3" in tags:
        return _Pythons("Python 2 and 3", since=0, free_since=0)
    newer = [tag[3:] for tag in tags if re.fullmatch(r"py3\d+", tag)]
    if newer:
        first = int(newer[0])
        return _Pythons(f"Python 3.{first} or newer", since=first, free_since=first)
    return _Pythons("Python 2" if tags == ["py2"] else ", ".join(tags))


def _stable(version: str, minor: int, abis: list[str]) -> _Pythons:
    """Parse a stable ABI: `abi3t` is for free-threaded Python only (PEP 803)."""
    plain, free = "abi3" in abis, "abi3t" in abis
    free_threaded = ", also free-threaded" if plain else ", free-threaded"
    return _Pythons(
        f"CPython {version} or newer{free_threaded if free else ''}",
        since=minor if plain else None,
        free_since=minor if free else None,
    )


def _versions(found: list["re.Match[str]"], abis: list[str]) -> _Pythons:
    """Parse versions of interpreters with version-specific ABIs."""
    columns: list[str] = []
    for match in found:
        kind, major, minor = match.groups()
        name = f"{_INTERPRETERS[kind]}{major}.{minor}"
        free = f"{match[0]}t" in abis
        if not free or match[0] in abis:
            columns.append(name)
        if free:
            columns.append(f"{name}t")
    words = [f"CPython {name}" if name[0].isdigit() else name for name in columns]
    free_only = all(name.endswith("t") for name in columns)
    return _Pythons(
        ", ".join(word.removesuffix("t") for word in words) + ", free-threaded"
        if free_only
        else ", ".join(f"{word[:-1]} free-threaded" if word[-1] == "t" else word for word in words),
        columns=tuple(columns),
    )


@lru_cache(maxsize=1024)
def _system(tag: str) -> tuple[str, str]:
    """Return the row of the table, and further requirements of the system."""
    for pattern, say in _SYSTEMS:
        if match := pattern.fullmatch(tag):
            return say(*match.groups())
    return _WINDOWS.get(tag, tag), ""


def _linux(libc: str, major: str, minor: str, machine: str) -> tuple[str, str]:
    kind, name = ("Linux", "glibc") if libc == "manylinux" else ("Linux (musl)", "musl")
    return f"{kind} {_MACHINES.get(machine, machine)}", f"{name} {major}.{minor} or newer"


def _old_linux(kind: str, machine: str) -> tuple[str, str]:
    glibc = f"glibc {_OLD_GLIBC[kind]} or newer" if kind in _OLD_GLIBC else ""
    return f"Linux {_MACHINES.get(machine, machine)}", glibc


def _macos(major: str, minor: str, machine: str) -> tuple[str, str]:
    version = major if int(major) > 10 else f"{major}.{minor}"  # noqa: PLR2004 - macOS 11 changed it
    return f"macOS {_APPLE.get(machine, machine)}", f"{version} or newer"


def _other(kind: str, rest: str) -> tuple[str, str]:
    return f"{_KINDS[kind]} {_MACHINES.get(rest, rest.replace('_', ' '))}", ""


def _apple_phone(major: str, minor: str, machine: str, device: str) -> tuple[str, str]:
    kind = "iOS" if device == "iphoneos" else "iOS simulator"
    return f"{kind} {_MACHINES.get(machine, machine)}", f"{major}.{minor} or newer"


def _android(level: str, machine: str) -> tuple[str, str]:
    return f"Android {_MACHINES.get(machine, machine)}", f"API level {level} or newer"


def _wasm(kind: str, version: str) -> tuple[str, str]:
    return "WebAssembly", f"{_WASM[kind]} {version.replace('_', '.')}"


_SYSTEMS: tuple[tuple["re.Pattern[str]", Callable[..., tuple[str, str]]], ...] = (
    (re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)"), _linux),
    (re.compile(r"(manylinux1|manylinux2010|manylinux2014|linux)_(\w+)"), _old_linux),
    (re.compile(r"macosx_(\d+)_(\d+)_(\w+)"), _macos),
    (re.compile(r"ios_(\d+)_(\d+)_(\w+)_(iphoneos|iphonesimulator)"), _apple_phone),
    (re.compile(r"android_(\d+)_(\w+)"), _android),
    (re.compile(r"(pyodide|emscripten|wasi)_(\d+(?:_\d+)*)_wasm32"), _wasm),
    (re.compile(r"(win|freebsd)_(?!amd64)(\w+)"), _other),
)


def _age(tag: str) -> tuple[str, int, int]:
    """Return a sort key for tags of a machine, by the required system, oldest first."""
    numbers = [int(each) for each in re.findall(r"_(\d+)(?=_)", tag)]
    old = re.match(r"manylinux(1|2010|2014)_", tag)
    if old:
        numbers = [int(each) for each in _OLD_GLIBC[f"manylinux{old[1]}"].split(".")]
    return _system(tag)[0], numbers[0] if numbers else 0, numbers[1] if len(numbers) > 1 else 0
