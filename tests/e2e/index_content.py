"""What the indexes of these tests hold, and a closed set of requirements it can satisfy.

The real files are in `real-input.txt`. What the public index cannot have (local versions) or
should not (a version for a Python to come) is built here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ghpypi.core.digest import digest_of
from ghpypi.core.names import Filename
from ghpypi.core.sample import build_wheel
from tests.e2e.real_input import Pin
from tests.support.packages import Built

EARLY: tuple[Built, ...] = (build_wheel("acme_clock", "1.0", {}),)
"""Uploaded days before all others."""

SAMPLES: tuple[Built, ...] = (
    build_wheel("acme_clock", "1.1", {}),
    build_wheel("acme_kernels", "1.0+cpu", {}),
    build_wheel("acme_kernels", "1.0+cu128", {"acme_kernels.py": "VARIANT = 'cu128'\n"}),
    build_wheel("acme_kernels", "1.0+rocm6.3", {}),
    build_wheel("acme_lib", "1.0", {"acme_lib.py": ""}, metadata="Requires-Python: >=3.9"),
    build_wheel("acme_lib", "2.0", {"acme_lib.py": ""}, metadata="Requires-Python: >=4"),
    build_wheel("acme_withdrawn", "1.0", {}),
    build_wheel("acme_withdrawn", "1.1", {}),
)

REASON = 'loses <data> & "time"'

CONFIG = """
[yanked]
acme-withdrawn = { "1.1" = 'loses <data> & "time"' }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a requirement comes to: pins, and the modules they bring."""

    pins: Mapping[str, str]
    modules: tuple[str, ...]


CLOSED = {
    "Jinja2 >=3.1, <4": Wanted(
        pins={"jinja2": "3.1.6", "markupsafe": "3.0.4"}, modules=("jinja2", "markupsafe")
    ),
    "pyYAML == 6.*": Wanted(pins={"pyyaml": "6.0.3"}, modules=("yaml",)),
    "ZOPE-Interface > 8": Wanted(pins={"zope-interface": "8.7"}, modules=("zope.interface",)),
    "zope.event": Wanted(pins={"zope-event": "6.2"}, modules=("zope.event",)),
    "Ruamel_Yaml != 0.18.*": Wanted(pins={"ruamel-yaml": "0.19.1"}, modules=("ruamel.yaml",)),
    "backports_tarfile": Wanted(
        pins={"backports-tarfile": "1.2.0"}, modules=("backports.tarfile",)
    ),
    "jaraco-classes >= 3": Wanted(
        pins={"jaraco-classes": "3.4.0", "more-itertools": "11.2.1"}, modules=("jaraco.classes",)
    ),
    "Python.DateUtil ~= 2.9": Wanted(
        pins={"python-dateutil": "2.9.0.post0", "six": "1.17.0"}, modules=("dateutil", "six")
    ),
    "psutil ~= 7.2": Wanted(pins={"psutil": "7.2.2"}, modules=("psutil",)),
    # 0.4.6rc1 is there too, and 0.4.0 as a zip.
    "Colorama > 0.4.0": Wanted(pins={"colorama": "0.4.6"}, modules=("colorama",)),
    "acme_kernels == 1.0+cu128": Wanted(
        pins={"acme-kernels": "1.0+cu128"}, modules=("acme_kernels",)
    ),
    # 2.0 is there, for a Python to come.
    "acme.lib": Wanted(pins={"acme-lib": "1.0"}, modules=("acme_lib",)),
}
"""Requirements, spelt as people do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """All files there are."""

    files: tuple[Pin, ...]

    def closed_set(self) -> dict[str, Wanted]:
        """Choose the requirements for which there are wheels for this platform and Python."""
        fitting = {(each.project, each.version) for each in self.files if each.fits}
        return {text: each for text, each in CLOSED.items() if fitting >= set(each.pins.items())}

    def wheels_of(self, pins: Mapping[str, str]) -> set[str]:
        """Name the wheels that this Python installs."""
        wanted = set(pins.items())
        return {x.filename for x in self.files if x.fits and (x.project, x.version) in wanted}

    def hashes_of(self, name: str, version: str) -> set[str]:
        """Give the digests of all files of a version, for whatever platform."""
        return {x.sha256 for x in self.files if (x.project, x.version) == (name, version)}

    def lock(self, pins: Mapping[str, str]) -> list[str]:
        """Write pins with hashes, a line each, as in a requirements file."""
        return [
            " ".join(
                [f"{name}=={version}"]
                + [f"--hash=sha256:{each}" for each in sorted(self.hashes_of(name, version))]
            )
            for name, version in pins.items()
        ]


def offer(real: Iterable[Pin]) -> Offer:
    """Make the whole of real files and samples."""
    built = [
        Pin(project=Filename.parse(name).project, filename=name, sha256=digest_of(content))
        for name, content in (*EARLY, *SAMPLES)
    ]
    return Offer(files=(*real, *built))


def pins_of(wanted: Mapping[str, Wanted]) -> dict[str, str]:
    """Give what has to be installed in the end."""
    return {name: version for each in wanted.values() for name, version in each.pins.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One pin of a requirements file with hashes."""

    version: str
    hashes: frozenset[str]


def read_compiled(text: str) -> dict[str, Compiled]:
    """Read what `uv pip compile --generate-hashes` prints."""
    lines = text.replace("\\\n", " ").splitlines()
    result = {}
    for line in lines:
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
            result[match[1]] = Compiled(version=match[2], hashes=hashes)
    return result
