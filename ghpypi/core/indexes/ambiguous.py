"""Wheels in one index that differ in their local versions only.

`kern-1.0+cu124` and `kern-1.0+cu124avx` with the same tags fit the same machines. Installers choose
the higher local version (PEP 440), which may not be the right build.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ghpypi.core.indexes.same_file import identity, public_version
from ghpypi.core.model import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Builds of one version for the same tags.

    Attributes:
        index: The name of the index in the configuration.
        filenames: Their sorted filenames; at least two.
    """

    index: str
    filenames: tuple[str, ...]


def ambiguous(index: str, files: Iterable[File]) -> Iterator[Ambiguous]:
    """Yield the wheels of a project in an index with the same version and tags.

    Args:
        index: The name of the index in the configuration.
        files: Its files, without pure wheels that have no variant: those have the same content,
            whatever their local versions.
    """
    slots: dict[object, set[str]] = {}
    for file in files:
        if file.filename.endswith(".whl"):
            slots.setdefault((public_version(file), identity(file)[1]), set()).add(file.filename)
    for names in slots.values():
        if len({name.split("-")[1] for name in names}) > 1:
            yield Ambiguous(index=index, filenames=tuple(sorted(names)))
