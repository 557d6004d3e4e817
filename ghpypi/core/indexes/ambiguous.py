"""Wheels of one index that an installer chooses among by nothing but their local versions.

`kern-1.0+cu124` and `kern-1.0+cu124avx` with the same tags fit the same machines. Installers take
the higher local version (PEP 440), which says nothing about which build is meant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ghpypi.core.indexes.same_file import identity, public_version
from ghpypi.core.model import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Builds of one version for the same tags.

    Attributes:
        index: The index that has them, as the configuration calls it.
        filenames: Their names, sorted; at least two.
    """

    index: str
    filenames: tuple[str, ...]


def ambiguous(index: str, files: Iterable[File]) -> Iterator[Ambiguous]:
    """Find the wheels of one project and one index that have the same version and tags.

    Args:
        index: The index, as the configuration calls it.
        files: What it has, but for pure wheels without a variant: those are builds of one source,
            whatever their local versions.
    """
    slots: dict[object, set[str]] = {}
    for file in files:
        if file.filename.endswith(".whl"):
            slots.setdefault((public_version(file), identity(file)[1]), set()).add(file.filename)
    for names in slots.values():
        if len({name.split("-")[1] for name in names}) > 1:
            yield Ambiguous(index=index, filenames=tuple(sorted(names)))
