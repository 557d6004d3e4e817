"""The tags of a wheel's filename in words, and as places in the coverage grid."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

ANY_SYSTEM = "any system"
"""The row of wheels that run everywhere."""


class Tags(NamedTuple):
    """What a filename says of where the file runs.

    Attributes:
        words: All of it, for people.
        pythons: The columns of the grid it fills, such as `3.12`, `3.13t` or `PyPy 3.10`.
        since: With the stable interface: the first minor version of Python 3; 0 is all of them.
        systems: The rows of the grid it fills.
    """

    words: str
    pythons: tuple[str, ...]
    since: int | None
    systems: tuple[str, ...]


SOURCE = Tags("source", (), None, ())
"""A source distribution: it runs wherever it can be built."""

_MACHINES = {
    "x86_64": "x86-64",
    "amd64": "x86-64",
    "i686": "x86, 32 bits",
    "i386": "x86, 32 bits",
    "aarch64": "ARM64",
    "arm64": "ARM64",
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
_KINDS = {
    "win": "Windows",
    "android": "Android",
    "ios": "iOS",
    "freebsd": "FreeBSD",
    "pyodide": "WebAssembly",
    "emscripten": "WebAssembly",
}

_CPYTHON = re.compile(r"(cp|pp)(\d)(\d+)")


def tags_of(filename: str) -> Tags:
    """Read the tags out of the name of a distribution file."""
    if not filename.endswith(".whl"):
        return SOURCE
    return _tags(*filename[:-4].rsplit("-", 3)[1:])


@lru_cache(maxsize=8192)
def _tags(python: str, abi: str, platform: str) -> Tags:
    pythons, since, words = _pythons(python.split("."), abi)
    systems = list(dict.fromkeys(_system(each) for each in sorted(platform.split("."), key=_age)))
    rows = dict.fromkeys(row for row, _ in systems)
    told: dict[str, str] = {}
    for row, more in systems:  # of one machine, the oldest system that will do
        told.setdefault(row, more)
    places = ", ".join(f"{row}, {more}" if more else row for row, more in told.items())
    return Tags(f"{words} · {places}", pythons, since, tuple(rows))


def _pythons(tags: list[str], abi: str) -> tuple[tuple[str, ...], int | None, str]:
    found = [match for tag in tags if (match := _CPYTHON.fullmatch(tag))]
    free = abi.endswith("t") and abi != "abi3t"
    names = [
        ("PyPy " if kind == "pp" else "") + f"{major}.{minor}"
        for kind, major, minor in (match.groups() for match in found)
    ]
    if abi in {"abi3", "abi3t"} and found:
        since = int(found[0][3])
        return (), since, f"CPython {names[0]} or newer"
    if found:
        columns = tuple(f"{name}t" if free else name for name in names)
        words = ", ".join(name if name.startswith("PyPy") else f"CPython {name}" for name in names)
        return columns, None, words + (", free-threaded" if free else "")
    if tags == ["py3"]:
        return (), 0, "Python 3"
    if "py3" in tags:
        return (), 0, "Python 2 and 3"
    newer = [tag[3:] for tag in tags if re.fullmatch(r"py3\d+", tag)]
    if newer:
        return (), int(newer[0]), f"Python 3.{newer[0]} or newer"
    return (), None, "Python 2" if tags == ["py2"] else ", ".join(tags)


@lru_cache(maxsize=1024)
def _system(tag: str) -> tuple[str, str]:
    """Name the row of the grid, and what else the system must have."""
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


_SYSTEMS: tuple[tuple["re.Pattern[str]", Callable[..., tuple[str, str]]], ...] = (
    (re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)"), _linux),
    (re.compile(r"(manylinux1|manylinux2010|manylinux2014|linux)_(\w+)"), _old_linux),
    (re.compile(r"macosx_(\d+)_(\d+)_(\w+)"), _macos),
    (re.compile(r"(win|android|ios|freebsd|pyodide|emscripten)_(?!amd64)(\w+)"), _other),
)


def _age(tag: str) -> tuple[str, int, int]:
    """Order the tags of one machine by the system they ask for, the oldest first."""
    numbers = [int(each) for each in re.findall(r"_(\d+)(?=_)", tag)]
    old = re.match(r"manylinux(1|2010|2014)_", tag)
    if old:
        numbers = [int(each) for each in _OLD_GLIBC[f"manylinux{old[1]}"].split(".")]
    return _system(tag)[0], numbers[0] if numbers else 0, numbers[1] if len(numbers) > 1 else 0
