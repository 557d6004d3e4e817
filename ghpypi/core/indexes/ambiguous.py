"""Wheels of one index that an installer chooses among by nothing but their local versions.

`kern-1.0+cu124` and `kern-1.0+cu124avx` with the same tags fit the same machines. Installers take
the higher local version (PEP 440), which says nothing about which build is meant.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ghpypi.core.config.indexes import MAIN, VariantsConfig
from ghpypi.core.identity import is_platform_wheel
from ghpypi.core.indexes.same_file import identity, public_version
from ghpypi.core.indexes.variants import variant_of
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


def ambiguous(
    stock: Iterable[File], named: Mapping[str, Iterable[File]], config: VariantsConfig
) -> Iterator[Ambiguous]:
    """Find the wheels of one project that have the same version, tags and variant.

    Args:
        stock: The files that belong to the main index and to the variants.
        named: The files of each named index. These are for no single variant, so builds for
            several variants are ambiguous there, too.
        config: How variants are found; without variants nothing is ambiguous.
    """
    slots: dict[tuple[str, object], set[str]] = {}
    for index, file in _indexed(stock, named, config) if config.source else ():
        slot = (index, (public_version(file), identity(file)[1]))
        slots.setdefault(slot, set()).add(file.filename)
    for (index, _), names in slots.items():
        if len({name.split("-")[1] for name in names}) > 1:
            yield Ambiguous(index=index, filenames=tuple(sorted(names)))


def _indexed(
    stock: Iterable[File], named: Mapping[str, Iterable[File]], config: VariantsConfig
) -> Iterator[tuple[str, File]]:
    """List the wheels that were built for a machine, each with the index that has it."""
    for file in stock:
        variant = variant_of(file, config)
        # Pure wheels without a variant are builds of one source, whatever their local versions.
        built = file.filename.endswith(".whl") and (variant or is_platform_wheel(file.filename))
        if built and variant not in named:
            yield variant or MAIN, file
    for name, files in named.items():
        for file in files:
            if file.filename.endswith(".whl") and variant_of(file, config):
                yield name, file
