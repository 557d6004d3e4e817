"""The indexes of a site, and which files of a project each of them offers.

One stock of files makes many indexes: the main one, those named in the configuration, one for each
variant found in the files, and aliases of variants. All of it follows from the configuration and
the catalog; nothing is listed by hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ghpypi.core.catalog.catalog import Entry, Line, Standing
from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.identity import Identity
from ghpypi.core.indexes.ambiguous import ambiguous
from ghpypi.core.indexes.same_file import all_differ, in_order, oldest, public_version
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.indexes.variants import is_unlabelled, variant_of
from ghpypi.core.model import File, Offer, Project

MAIN_FOLDER = ""
"""The main index has no folder of its own, and no other name within the program."""

PLAIN = ""
"""The variant of files that have none: source distributions and pure wheels, which the indexes of
all variants share, and platform wheels, which none of them has."""


@dataclass(frozen=True, kw_only=True)
class Indexes:
    """All indexes of a site.

    Attributes:
        config: What there is to be.
        store: The store that is indexed when the configuration names no repositories.
        variants: What variants there are, sorted.
    """

    config: Config
    store: str
    variants: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Config, store: str, lines: Iterable[Line]) -> "Indexes":
        """Find the variants in what is known of all projects."""
        found = {PLAIN}.union(*(standing.variants for standing in {x.standing for x in lines}))
        return cls(config=config, store=store, variants=tuple(sorted(found - {PLAIN})))

    @cached_property
    def selection(self) -> Selection:
        """The rules by which the main index and the named ones are filled."""
        return Selection(config=self.config, store=self.store)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The folders of all indexes: main, named, variants, aliases; each once."""
        named = [MAIN_FOLDER, *self.config.indexes]
        return tuple(dict.fromkeys([*named, *self.variants, *self._aliases]))

    @property
    def shadowed(self) -> tuple[str, ...]:
        """The variants that have no index, because a named one has their name."""
        return tuple(name for name in self.variants if name in self.config.indexes)

    def kind(self, name: str) -> str:
        """Tell what an index is: `main`, `named`, `variant` or `alias`."""
        if name == MAIN_FOLDER:
            return MAIN
        if name in self.config.indexes:
            return "named"
        return "variant" if name in self.variants else "alias"

    def stand(self, project: Project) -> Standing:
        """Say where a project stands, as far as that does not depend on others."""
        stock = self.selection.of_main(project)
        offered = {MAIN_FOLDER: self.selection.offer(MAIN, project, {}).files}
        for name in self.config.indexes:
            offered[name] = self.selection.offer(name, project, {}).files
        settings = self.config.variants
        unlabelled = self.unlabelled(stock)
        variants = {file: variant_of(file, settings) for file in stock if file not in unlabelled}
        named = {name: offered[name] for name in self.config.indexes}
        flawed = (
            bool(unlabelled)
            or any(ambiguous(stock, named, settings))
            or is_source_only(offered[MAIN_FOLDER], stock)
            or not all_differ(project.files)
            or self._leaves_out(project, offered.values(), variants)
        )
        return Standing(
            indexes=tuple(name for name, files in offered.items() if files),
            variants=tuple(sorted(set(variants.values()))),
            flawed=flawed,
        )

    def unlabelled(self, files: Iterable[File]) -> frozenset[File]:
        """Find the platform wheels that are in no variant's index, as no variant of them is known.

        Without variants, or with `shared = false`, there are none: then files without a variant
        are meant to be in the main index only.
        """
        settings = self.config.variants
        if not settings.source or not settings.shared:
            return frozenset()
        return frozenset(file for file in files if is_unlabelled(file, settings))

    def holding(self, standing: Standing) -> tuple[str, ...]:
        """Name the indexes that hold a project that stands so."""
        if standing not in self._held:
            names = [name for name in self.names if self._holds(name, standing)]
            self._held[standing] = tuple(names)
        return self._held[standing]

    def offers(self, entry: Entry, names: Iterable[str]) -> Iterator[tuple[str, Offer]]:
        """Say what indexes that hold a project offer of it."""
        by_variant: dict[str, list[File]] | None = None
        for name in names:
            if name == MAIN_FOLDER or name in self.config.indexes:
                yield name, self.selection.offer(name or MAIN, entry.project, entry.upstream)
                continue
            if by_variant is None:
                by_variant = self._by_variant(entry.project)
            yield name, Offer(self._of_variant(name, by_variant))

    def _leaves_out(
        self,
        project: Project,
        offered: Iterable[tuple[File, ...]],
        variants: Mapping[File, str],
    ) -> bool:
        """Check whether some file, none of which is there twice, is in no index.

        Args:
            project: The project.
            offered: What the main index and the named ones have of it.
            variants: The variants of files. A variant with the name of a named index has no index.
        """
        found = {
            file for file, name in variants.items() if name not in {PLAIN, *self.config.indexes}
        }
        return len(found.union(*offered)) < len(project.files)

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """Map aliases to the variants that stand in, as far as those are there."""
        aliases = self.config.variants.aliases
        there = set(self.variants)

        def reaches(name: str) -> bool:
            target = aliases.get(name)
            return target is not None and (target in there or reaches(target))

        return {name: target for name, target in aliases.items() if reaches(name)}

    @cached_property
    def _held(self) -> dict[Standing, tuple[str, ...]]:
        return {}

    def _holds(self, name: str, standing: Standing) -> bool:
        if name == MAIN_FOLDER or name in self.config.indexes:
            return name in standing.indexes
        shared = self.config.variants.shared and PLAIN in standing.variants
        return shared or not {*self._with_stand_ins(name)}.isdisjoint(standing.variants)

    def _with_stand_ins(self, name: str) -> list[str]:
        """List an index and the variants that stand in for it, the nearest first."""
        names = [name]
        while (name := self._aliases.get(name, "")) and name not in names:
            names.append(name)
        return names

    def _by_variant(self, project: Project) -> dict[str, list[File]]:
        found: dict[str, list[File]] = {}
        stock = self.selection.of_main(project)
        unlabelled = self.unlabelled(stock)
        for file in stock:
            if file not in unlabelled:
                found.setdefault(variant_of(file, self.config.variants), []).append(file)
        return found

    def _of_variant(self, name: str, by_variant: Mapping[str, list[File]]) -> tuple[File, ...]:
        """Take the files of a variant, and those of none whose names they leave free.

        Versions that it lacks altogether are those of the nearest stand-in that has them. Versions
        are compared without their local part: `1.0+cu124` and `1.0+cu128` are builds of one.
        """
        own: dict[Identity, File] = {}
        versions: set[str] = set()
        for each in self._with_stand_ins(name):
            files = [x for x in by_variant.get(each, ()) if public_version(x) not in versions]
            own |= oldest(files)
            versions.update(map(public_version, files))
        plain = oldest(by_variant.get(PLAIN, ())) if self.config.variants.shared else {}
        return in_order({**plain, **own}.values())


def is_source_only(main: Iterable[File], stock: Iterable[File]) -> bool:
    """Check whether the main index has source distributions of a project, and no wheel, though
    there are wheels: an installer without a variant would compile.

    Args:
        main: What the main index has.
        stock: The files that belong to the main index and to the variants.
    """  # noqa: D205 - one sentence
    names = [file.filename for file in main]
    return (
        bool(names)
        and not any(name.endswith(".whl") for name in names)
        and any(file.filename.endswith(".whl") for file in stock)
    )
