"""The indexes for combinations of values, and their files.

The index of a combination has a value for some dimensions and omits the others, whose value is
empty here. The main index omits all dimensions.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product

from ghpypi.core.config.variants import (
    ANY_VALUE,
    NAMELESS,
    Dimension,
    Values,
    each_value,
    variant_name,
)
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

_Group = tuple[Rank, Values, Sequence[File]]
"""Files with the same values, and how well they fit."""


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """The combinations of values of files, and the resulting indexes.

    Attributes:
        dimensions: The dimensions of the configuration.
        found: The values of all files that belong to variants.
        newest: Of files with the same name and variant, choose the last uploaded one.
    """

    dimensions: tuple[Dimension, ...]
    found: tuple[Values, ...] = ()
    newest: bool = False

    @cached_property
    def variants(self) -> Mapping[str, tuple[Values, ...]]:
        """Map the names of indexes to their combinations; two of them may have one name."""
        return _by_name(
            choice for values in self.found for choice in _choices(values, self.dimensions)
        )

    @cached_property
    def aliases(self) -> Mapping[str, tuple[Values, ...]]:
        """Map the names of further indexes, in which another value stands in, to combinations.

        It is one value that another stands in for: with several at once, a few aliases in each of
        several dimensions would make millions of indexes.
        """
        reaching = [_reaching(dimension) for dimension in self.dimensions]
        others = _by_name(
            (*choice[:place], name, *choice[place + 1 :])
            for choices in self.variants.values()
            for choice in choices
            for place, value in enumerate(choice)
            for name in reaching[place].get(value, ())
        )
        return {name: found for name, found in others.items() if name not in self.variants}

    def indexes_of(self, values: Values) -> frozenset[str]:
        """Name the indexes that may have files with some values; cached, as few differ."""
        if values not in self._indexes_of:
            self._indexes_of[values] = frozenset(
                name
                for name, stages in self._all_stages.items()
                if any(self._rank(stage, values) is not None for stage in stages)
            )
        return self._indexes_of[values]

    def files(self, name: str, grouped: Grouped) -> tuple[File, ...]:
        """Take the files of a variant, and shared ones whose names they leave free.

        Versions that it lacks altogether are those of the nearest stand-in that has them. Versions
        are compared without their local part: `1.0+cu124` and `1.0+cu128` are builds of one.
        """
        own: dict[Identity, File] = {}
        shared: dict[Identity, File] = {}
        for stage in self._stages(name):
            groups = self._fitting(stage, grouped)
            more = self._highest(stage, [group for group in groups if not group[0][0]])
            if own:
                more = _without(more, set(map(public_version, own.values())))
            own = self._best(more) | own
            shared = self._best(group for group in groups if group[0][0]) | shared
        return in_order({**shared, **own}.values())

    def files_of_main(self, grouped: Grouped) -> tuple[File, ...]:
        """Return the files of the index without dimensions, the main index."""
        stage = [("",) * len(self.dimensions)]
        return in_order(self._best(self._highest(stage, self._fitting(stage, grouped))).values())

    @cached_property
    def _indexes_of(self) -> dict[Values, frozenset[str]]:
        return {}

    @cached_property
    def _all_stages(self) -> dict[str, list[Sequence[Values]]]:
        return {name: list(self._stages(name)) for name in (*self.variants, *self.aliases)}

    def _stages(self, name: str) -> Iterator[Sequence[Values]]:
        """Yield the combinations of an index, then their aliases in order."""
        choices = self.variants.get(name) or self.aliases.get(name, ())
        ways = [list(self._with_aliases(choice)) for choice in choices]
        for number in range(max(map(len, ways), default=0)):
            yield [way[number] for way in ways if number < len(way)]

    def _with_aliases(self, choice: Values) -> Iterator[Values]:
        yield choice
        for place, dimension in enumerate(self.dimensions):
            for target in _chain(choice[place], dict(dimension.aliases)):
                yield (*choice[:place], target, *choice[place + 1 :])

    def _fitting(self, stage: Sequence[Values], grouped: Grouped) -> list[_Group]:
        """Take the files that fit one of some combinations, those that fit best last."""
        ranks = {values: self._rank(stage, values) for values in grouped}
        found = [(rank, values, grouped[values]) for values, rank in ranks.items() if rank]
        return sorted(found, key=lambda group: group[0], reverse=True)

    def _rank(self, stage: Sequence[Values], values: Values) -> Rank | None:
        ranks = (self._rank_of(choice, values) for choice in stage)
        return min((rank for rank in ranks if rank is not None), default=None)

    def _rank_of(self, choice: Values, values: Values) -> Rank | None:
        """Return how well values match a combination; `None` if they do not."""
        shared = blank = 0
        for wanted, value, dimension in zip(choice, values, self.dimensions, strict=True):
            if wanted:
                if wanted in each_value(value):
                    continue
                if value != ANY_VALUE and (value or not dimension.shared):
                    return None
                shared += 1
            elif value in NAMELESS:
                blank += 1
            elif dimension.main_value not in each_value(value) and not _takes_highest(dimension):
                return None
        return shared, blank

    def _highest(self, stage: Sequence[Values], groups: Sequence[_Group]) -> Sequence[_Group]:
        """Of builds of one version for one machine, take those for the highest value.

        It is the highest of each version and machine, and not of each version alone: where there
        is no build for the newest torch on Windows, the one for the torch before it is.
        """
        for place, dimension in enumerate(self.dimensions):
            if _takes_highest(dimension) and not any(choice[place] for choice in stage):
                groups = _highest_at(place, groups)
        return groups

    def _best(self, groups: Iterable[_Group]) -> dict[Identity, File]:
        """Take one file of each name: of those that fit best, the one of the right age."""
        found: dict[Identity, File] = {}
        for _, same in groupby(groups, key=lambda group: group[0]):
            files = [file for _, _, files in same for file in files]
            found |= chosen(files, newest=self.newest)
        return found


def _by_name(choices: Iterable[Values]) -> dict[str, tuple[Values, ...]]:
    found: dict[str, dict[Values, None]] = {}
    for choice in choices:
        if name := variant_name(choice):
            found.setdefault(name, {})[choice] = None
    return {name: tuple(found[name]) for name in sorted(found, key=natural_key)}


def _choices(values: Values, dimensions: tuple[Dimension, ...]) -> Iterator[Values]:
    """Yield the combinations that files with some values belong to."""
    yield from product(
        *(
            [choice for one in each_value(value) for choice in _left_out(one, dimension)]
            for value, dimension in zip(values, dimensions, strict=True)
        )
    )


def _left_out(value: str, dimension: Dimension) -> list[str]:
    """Return the value, and the empty value if indexes may omit it."""
    named = "" if value in NAMELESS else value
    coarser = dimension.optional and (value == dimension.main_value or _takes_highest(dimension))
    return ["", named] if coarser and named else [named]


def _reaching(dimension: Dimension) -> dict[str, list[str]]:
    """Map values to the aliases for which they may stand in."""
    targets = dict(dimension.aliases)
    found: dict[str, list[str]] = {}
    for name in targets:
        for target in _chain(name, targets):
            found.setdefault(target, []).append(name)
    return found


def _chain(name: str, targets: Mapping[str, str]) -> list[str]:
    """Follow aliases, which have no cycles."""
    found = []
    while name := targets.get(name, ""):
        found.append(name)
    return found


def _takes_highest(dimension: Dimension) -> bool:
    return dimension.newest and not dimension.main_value


def _highest_at(place: int, groups: Sequence[_Group]) -> list[_Group]:
    best: dict[object, tuple[tuple[int, str], ...]] = {}
    for _, values, files in groups:
        if values[place] not in NAMELESS:
            key = _highest_key(values[place])
            for slot in map(_slot, files):
                best[slot] = max(best.get(slot, key), key)
    return [
        (rank, values, files)
        if values[place] in NAMELESS
        else (rank, values, [x for x in files if best[_slot(x)] == _highest_key(values[place])])
        for rank, values, files in groups
    ]


def _highest_key(value: str) -> tuple[tuple[int, str], ...]:
    """Return the sort key of the highest of a file's values in one dimension."""
    return max(map(natural_key, each_value(value)))


def _slot(file: File) -> tuple[str, object]:
    return public_version(file), identity(file)[1]


def _without(groups: Iterable[_Group], versions: Container[str]) -> list[_Group]:
    """Leave out the files of certain versions."""
    return [
        (rank, values, [x for x in files if public_version(x) not in versions])
        for rank, values, files in groups
    ]
