"""The indexes of a site, and which files of a project each of them contains.

There is the main index, the named indexes in the configuration, one index for each variant found in
the files, and aliases of variants. All of them follow from the configuration and the catalog.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ghpypi.core.catalog.entry import Entry, Line, Membership
from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.config.variants import Values, VariantsConfig, variant_names
from ghpypi.core.identity import is_platform_wheel
from ghpypi.core.indexes.ambiguous import Ambiguous, ambiguous
from ghpypi.core.indexes.combinations import Combinations, Grouped
from ghpypi.core.indexes.same_file import all_differ
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.indexes.variants import is_unlabeled, lacks_value, values_of, variant_of
from ghpypi.core.model import File, Offer, Project

MAIN_FOLDER = ""
"""The name of the main index within the program; it has no folder of its own."""


@dataclass(frozen=True, kw_only=True)
class Indexes:
    """All indexes of a site.

    Attributes:
        config: The configuration.
        store: The store that is indexed if the configuration lists no repositories.
        found: The values of all files that belong to variants, sorted.
    """

    config: Config
    store: str
    found: tuple[Values, ...] = ()

    @classmethod
    def of(cls, config: Config, store: str, lines: Iterable[Line]) -> "Indexes":
        """Create the indexes from the configuration and the variants of all projects."""
        return cls.of_memberships(config, store, {line.membership for line in lines})

    @classmethod
    def of_memberships(
        cls, config: Config, store: str, memberships: Iterable[Membership]
    ) -> "Indexes":
        """Create the indexes from the configuration and the memberships of all projects."""
        found = {key for membership in memberships for key in _values(membership, config.variants)}
        return cls(config=config, store=store, found=tuple(sorted(found)))

    @cached_property
    def selection(self) -> Selection:
        """The rules for the content of the main index and named indexes."""
        return Selection(config=self.config, store=self.store)

    @cached_property
    def combinations(self) -> Combinations:
        """The variants that there are, and the files of each."""
        return replace(self.selection.combinations, found=self.found)

    @cached_property
    def variants(self) -> tuple[str, ...]:
        """The sorted names of the variants."""
        return tuple(self.combinations.variants)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all indexes: main, named, variants, aliases; without duplicates."""
        named = [MAIN_FOLDER, *self.config.indexes]
        return tuple(dict.fromkeys([*named, *self.variants, *self.combinations.aliases]))

    @cached_property
    def folders(self) -> Mapping[str, tuple[str, ...]]:
        """The folders of each index, see `IndexPaths.folders`."""
        return {name: self.config.index.paths.folders(name) for name in self.names}

    @property
    def shadowed(self) -> tuple[str, ...]:
        """The variants without an index, because a named index has the same name."""
        return tuple(name for name in self.variants if name in self.config.indexes)

    def kind(self, name: str) -> str:
        """Return the kind of an index: `main`, `named`, `variant` or `alias`."""
        if name == MAIN_FOLDER:
            return MAIN
        if name in self.config.indexes:
            return "named"
        return "variant" if name in self.combinations.variants else "alias"

    def membership(self, project: Project) -> Membership:
        """Return what decides which indexes contain a project, independent of other projects."""
        stock = self.selection.of_variants(project)
        named = self._named(project)
        offered = {MAIN_FOLDER: self.selection.offer(MAIN, project, {}).files, **named}
        grouped = self._grouped(stock)
        flawed = (
            bool(self.unlabeled(stock))
            or any(self._ambiguous(stock, grouped, named))
            or is_source_only(offered[MAIN_FOLDER], self.selection.of_main(project))
            or not all_differ(project.files)
            or self._leaves_out(project, offered.values(), grouped)
        )
        return Membership(
            indexes=tuple(name for name, files in offered.items() if files),
            variants=tuple(sorted("/".join(values) for values in grouped)),
            flawed=flawed,
        )

    def ambiguous(self, project: Project) -> Iterator[Ambiguous]:
        """Yield builds of a project that installers cannot distinguish in an index.

        The named indexes are for no single variant, so builds for several are ambiguous there.
        """
        stock = self.selection.of_variants(project)
        yield from self._ambiguous(stock, self._grouped(stock), self._named(project))

    def _named(self, project: Project) -> dict[str, tuple[File, ...]]:
        """Return the files of a project in each named index, without upstream indexes."""
        select = self.selection
        return {name: select.offer(name, project, {}).files for name in self.config.indexes}

    def _ambiguous(
        self, stock: Iterable[File], grouped: Grouped, named: Mapping[str, Iterable[File]]
    ) -> Iterator[Ambiguous]:
        variants = self.config.variants
        if not variants.dimensions:
            return
        combinations = replace(self.combinations, found=tuple(grouped))
        machines = {
            values: [x for x in files if any(values) or is_platform_wheel(x.filename)]
            for values, files in grouped.items()
        }
        plain = (x for x in stock if not variant_of(x, variants))
        yield from ambiguous(MAIN, (x for x in plain if is_platform_wheel(x.filename)))
        for name in combinations.variants:
            if name not in self.config.indexes:
                yield from ambiguous(name, combinations.files(name, machines))
        for name, files in named.items():
            yield from ambiguous(name, (x for x in files if variant_of(x, variants)))

    def unlabeled(self, files: Iterable[File]) -> frozenset[File]:
        """Return the platform wheels without a variant, which no variant's index contains.

        Without variants there are none, nor in dimensions with `shared = false`: there, files
        without a value are builds of their own.
        """
        settings = self.config.variants
        return frozenset(file for file in files if is_unlabeled(file, settings))

    def holding(self, membership: Membership) -> tuple[str, ...]:
        """Return the names of the indexes that contain a project with this `Membership`."""
        if membership not in self._held:
            values = _values(membership, self.config.variants)
            held = frozenset().union(*map(self.combinations.indexes_of, values))
            self._held[membership] = tuple(
                name
                for name in self.names
                if name in (membership.indexes if self._is_configured(name) else held)
            )
        return self._held[membership]

    def offers(self, entry: Entry, names: Iterable[str]) -> Iterator[tuple[str, Offer]]:
        """Yield the files of a project in each of the named indexes that contain it."""
        grouped: Grouped | None = None
        for name in names:
            if self._is_configured(name):
                yield name, self.selection.offer(name or MAIN, entry.project, entry.upstream)
                continue
            if grouped is None:
                grouped = self._grouped(self.selection.of_variants(entry.project))
            yield name, Offer(self.combinations.files(name, grouped))

    def _leaves_out(
        self, project: Project, offered: Iterable[tuple[File, ...]], grouped: Grouped
    ) -> bool:
        """Return whether some file of a project, all of which differ, is in no index.

        Args:
            project: The project.
            offered: Its files in the main index and the named ones.
            grouped: Its files by variant. A variant with the name of a named index has no index.
        """
        found = {
            file
            for values, files in grouped.items()
            if not variant_names(values) <= {"", *self.config.indexes}
            for file in files
        }
        return len(found.union(*offered)) < len(project.files)

    @cached_property
    def _held(self) -> dict[Membership, tuple[str, ...]]:
        return {}

    def _is_configured(self, name: str) -> bool:
        return name == MAIN_FOLDER or name in self.config.indexes

    def _grouped(self, stock: Iterable[File]) -> dict[Values, list[File]]:
        """Group the files that belong to variants by their values."""
        found: dict[Values, list[File]] = {}
        variants = self.config.variants
        for file in stock:
            values = values_of(file, variants)
            if not lacks_value(file, values, variants):
                found.setdefault(values, []).append(file)
        return found


def _values(membership: Membership, config: VariantsConfig) -> list[Values]:
    """Parse the values of a project's files, if they have the configured dimensions."""
    found = [tuple(key.split("/")) for key in membership.variants]
    return [values for values in found if len(values) == len(config.dimensions)]


def is_source_only(main: Iterable[File], stock: Iterable[File]) -> bool:
    """Check whether the main index has source distributions of a project, and no wheel, though
    there are wheels: an installer without a variant would compile.

    Args:
        main: The files of the main index.
        stock: The files of the main index and of the variants.
    """  # noqa: D205 - one sentence
    names = [file.filename for file in main]
    return (
        bool(names)
        and not any(name.endswith(".whl") for name in names)
        and any(file.filename.endswith(".whl") for file in stock)
    )
