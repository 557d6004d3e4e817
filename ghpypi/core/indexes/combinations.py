"""Which combinations of values have an index, and which files each of these indexes has.

The index of a combination names a value for some dimensions, and leaves the others out: the value
of those is empty here. The main index is the one that leaves all of them out.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from ghpypi.core.config.variants import ANY_VALUE, NAMELESS, Dimension, Values, variant_name
from ghpypi.core.identity import Identity
from ghpypi.core.indexes.same_file import chosen, identity, in_order, public_version
from ghpypi.core.model import File
from ghpypi.core.names import natural_key

Grouped = Mapping[Values, Sequence[File]]
"""The files of a project by their values."""

Rank = tuple[int, int]
"""How well a file fits an index: in how many dimensions it is shared among all values, and in how
many of those that the index leaves out it has no value. Of files with one name the lowest counts.
"""


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """The combinations of values that files have, and the indexes that follow from them.

    Attributes:
        dimensions: The dimensions of the configuration.
        found: The values of all files that belong to variants.
        newest: Of files with one name and variant, take the one that was uploaded last.
    """

    dimensions: tuple[Dimension, ...]
    found: tuple[Values, ...] = ()
    newest: bool = False

    @cached_property
    def variants(self) -> Mapping[str, tuple[Values, ...]]:
        """Map the names of indexes to their combinations; two of them may have one name."""
        return _by_name(self._products(_left_out))

    @cached_property
    def aliases(self) -> Mapping[str, tuple[Values, ...]]:
        """Map the names of further indexes, in which other values stand in, to combinations."""
        others = _by_name(self._products(_aliased))
        return {name: found for name, found in others.items() if name not in self.variants}

    def holds(self, name: str, found: Iterable[Values]) -> bool:
        """Check whether an index has any file of a project.

        Args:
            name: The index.
            found: The values of the files of the project.
        """
        stages = list(self._stages(name))
        return any(self._rank(stage, values) is not None for values in found for stage in stages)

    def files(self, name: str, grouped: Grouped) -> tuple[File, ...]:
        """Take the files of a variant, and shared ones whose names they leave free.

        Versions that it lacks altogether are those of the nearest stand-in that has them. Versions
        are compared without their local part: `1.0+cu124` and `1.0+cu128` are builds of one.
        """
        own: dict[Identity, File] = {}
        shared: dict[Identity, File] = {}
        for stage in self._stages(name):
            ranked = self._ranked(stage, grouped)
            more = {rank: files for rank, files in ranked.items() if not rank[0]}
            if own:
                versions = set(map(public_version, own.values()))
                more = {rank: _without(files, versions) for rank, files in more.items()}
            own = self._best(more) | own
            shared = self._best({rank: x for rank, x in ranked.items() if rank[0]}) | shared
        return in_order({**shared, **own}.values())

    def files_of_main(self, grouped: Grouped) -> tuple[File, ...]:
        """Take the files of the index that names no dimension."""
        main = ("",) * len(self.dimensions)
        return in_order(self._best(self._ranked([main], grouped)).values())

    def _stages(self, name: str) -> Iterator[Sequence[Values]]:
        """List the combinations of an index, then those that stand in for them, one by one."""
        choices = self.variants.get(name) or self.aliases.get(name, ())
        ways = [list(product(*map(_with_targets, choice, self.dimensions))) for choice in choices]
        for number in range(max(map(len, ways), default=0)):
            yield [way[number] for way in ways if number < len(way)]

    def _ranked(self, stage: Sequence[Values], grouped: Grouped) -> dict[Rank, list[File]]:
        """Take the files that fit one of some combinations."""
        found: dict[Rank, list[tuple[Values, Sequence[File]]]] = defaultdict(list)
        for values, files in grouped.items():
            rank = self._rank(stage, values)
            if rank is not None:
                found[rank].append((values, files))
        return {
            rank: [file for _, files in self._highest(stage, groups) for file in files]
            for rank, groups in found.items()
        }

    def _rank(self, stage: Sequence[Values], values: Values) -> Rank | None:
        ranks = (self._rank_of(choice, values) for choice in stage)
        return min((rank for rank in ranks if rank is not None), default=None)

    def _rank_of(self, choice: Values, values: Values) -> Rank | None:
        """Say how files with some values fit a combination; `None` if it has none of them."""
        shared = blank = 0
        for wanted, value, dimension in zip(choice, values, self.dimensions, strict=True):
            if wanted:
                if value == wanted:
                    continue
                if value != ANY_VALUE and (value or not dimension.shared):
                    return None
                shared += 1
            elif value in NAMELESS:
                blank += 1
            elif value != dimension.main_value and not _takes_highest(dimension):
                return None
        return shared, blank

    def _highest(
        self, stage: Sequence[Values], groups: Sequence[tuple[Values, Sequence[File]]]
    ) -> Iterator[tuple[Values, Sequence[File]]]:
        """Of builds of one version for one machine, take those for the highest value.

        It is the highest of each version and machine, and not of each version alone: where there
        is no build for the newest torch on Windows, the one for the torch before it is.
        """
        places = [
            place
            for place, dimension in enumerate(self.dimensions)
            if _takes_highest(dimension) and not any(choice[place] for choice in stage)
        ]
        for place in places:
            groups = _highest_at(place, groups)
        yield from groups

    def _best(self, ranked: Mapping[Rank, Iterable[File]]) -> dict[Identity, File]:
        """Take one file of each name: the one that fits best, then by age."""
        found: dict[Identity, File] = {}
        for rank in sorted(ranked, reverse=True):
            found |= chosen(ranked[rank], newest=self.newest)
        return found

    def _products(self, options: Callable[[str, Dimension], Iterable[str]]) -> Iterator[Values]:
        for values in self.found:
            yield from product(*map(options, values, self.dimensions))


def _by_name(choices: Iterable[Values]) -> dict[str, tuple[Values, ...]]:
    found: dict[str, dict[Values, None]] = {}
    for choice in choices:
        if name := variant_name(choice):
            found.setdefault(name, {})[choice] = None
    return {name: tuple(found[name]) for name in sorted(found, key=natural_key)}


def _left_out(value: str, dimension: Dimension) -> list[str]:
    """Name a value as indexes do that have files with it: by itself, or not at all."""
    named = "" if value in NAMELESS else value
    coarser = dimension.optional and (value == dimension.main_value or _takes_highest(dimension))
    return ["", named] if coarser and named else [named]


def _aliased(value: str, dimension: Dimension) -> list[str]:
    """Name a value as indexes do that have files with it, and those for which it stands in."""
    targets = dict(dimension.aliases)
    reaching = [name for name in targets if value and value in _chain(name, targets)]
    return [*_left_out(value, dimension), *reaching]


def _with_targets(value: str, dimension: Dimension) -> list[str]:
    return [value, *_chain(value, dict(dimension.aliases))]


def _chain(name: str, targets: Mapping[str, str]) -> list[str]:
    """Follow aliases: the configuration has no circle of them."""
    found = []
    while name := targets.get(name, ""):
        found.append(name)
    return found


def _takes_highest(dimension: Dimension) -> bool:
    return dimension.newest and not dimension.main_value


def _highest_at(
    place: int, groups: Sequence[tuple[Values, Sequence[File]]]
) -> list[tuple[Values, Sequence[File]]]:
    best: dict[object, tuple[tuple[int, str], ...]] = {}
    for values, files in groups:
        if values[place] not in NAMELESS:
            key = natural_key(values[place])
            for slot in map(_slot, files):
                best[slot] = max(best.get(slot, key), key)
    return [
        (values, files)
        if values[place] in NAMELESS
        else (values, [x for x in files if best[_slot(x)] == natural_key(values[place])])
        for values, files in groups
    ]


def _slot(file: File) -> tuple[str, object]:
    return public_version(file), identity(file)[1]


def _without(files: Iterable[File], versions: Container[str]) -> list[File]:
    return [file for file in files if public_version(file) not in versions]
