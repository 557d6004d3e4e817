"""The indexes of a site, and which files of a project each of them offers.

One stock of files makes many indexes: the main one, those named in the configuration, one for each
variant found in the files, and aliases of variants. All of it follows from the configuration and
the catalog; nothing is listed by hand.

What stands in several releases under one filename is never silently dropped: files of different
variants are kept apart, each in the index of its variant, and of files of one variant the oldest
is offered, because that is the one that users have locked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.catalog import Entry, Line, Refused, Standing
from ghpypi.core.config import Config
from ghpypi.core.config_indexes import MAIN, NamedIndex, is_address
from ghpypi.core.model import File, Offer, Project
from ghpypi.core.namesakes import by_name, in_order, is_prerelease, merged, oldest, where
from ghpypi.core.rules import chosen_versions, name_matches
from ghpypi.core.variants import variant_of

MAIN_FOLDER = ""
"""The main index has no folder of its own, and no other name within the program."""

PLAIN = ""
"""The variant of files that have none."""


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
    def names(self) -> tuple[str, ...]:
        """The folders of all indexes: main, named, variants, aliases; each once."""
        named = [MAIN_FOLDER, *self.config.indexes]
        return tuple(dict.fromkeys([*named, *self.variants, *self._aliases]))

    def kind(self, name: str) -> str:
        """Tell what an index is: `main`, `named`, `variant` or `alias`."""
        if name == MAIN_FOLDER:
            return MAIN
        if name in self.config.indexes:
            return "named"
        return "variant" if name in self.variants else "alias"

    def stand(self, project: Project) -> Standing:
        """Say where a project stands, as far as that does not depend on others."""
        main = self._of_main(project.files)
        indexes = [MAIN_FOLDER] if self._side_by_side(main) else []
        indexes += [name for name in self.config.indexes if self._named(name, project)]
        variants = {variant_of(file, self.config.variants) for file in main}
        flawed = len({file.filename for file in project.files}) < len(project.files)
        return Standing(tuple(indexes), tuple(sorted(variants)), flawed)

    def holding(self, standing: Standing) -> tuple[str, ...]:
        """Name the indexes that hold a project that stands so."""
        if standing not in self._held:
            names = [name for name in self.names if self._holds(name, standing)]
            self._held[standing] = tuple(names)
        return self._held[standing]

    def offers(self, entry: Entry, names: Iterable[str]) -> Iterator[tuple[str, Offer]]:
        """Say what indexes that hold a project offer of it."""
        project = entry.project
        main = self._of_main(project.files)
        by_variant: dict[str, list[File]] = {}
        for file in main:
            by_variant.setdefault(variant_of(file, self.config.variants), []).append(file)
        for name in names:
            if name == MAIN_FOLDER:
                yield name, Offer(self._side_by_side(main))
            elif name in self.config.indexes:
                yield name, self._inherited(name, entry)
            else:
                yield name, Offer(self._of_variant(self._stand_in(name, by_variant), by_variant))

    def left_out(self, project: Project) -> Iterator[Refused]:
        """Tell which files the main index or all indexes leave out because of another's name."""
        chosen = set(self._side_by_side(self._of_main(project.files)))
        for name, files in by_name(project.files).items():
            firsts: dict[str, File] = {}
            for file in files:
                variant = variant_of(file, self.config.variants)
                first = firsts.setdefault(variant, file)
                if first.sha256 != file.sha256:
                    reason = f"another file of this name was uploaded earlier, to {where(first)}"
                    yield Refused(filename=name, where=where(file), reason=reason, stamp=file.stamp)
            if len({file.sha256 for file in firsts.values()}) > 1:
                yield self._kept_apart(name, firsts, chosen)

    def public_bases(self, project: Project) -> tuple[str, ...]:
        """Name the indexes elsewhere whose files of a project are merged into ours."""
        found: dict[str, None] = {}
        for name, index in self.config.indexes.items():
            if self._overlays(index, project.name) and self._named(name, project):
                found.update(dict.fromkeys(index.public_bases))
        return tuple(found)

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
        return shared or self._stand_in(name, standing.variants) in standing.variants

    def _stand_in(self, name: str, there: Iterable[str]) -> str:
        """Find the variant that stands in for one that a project lacks."""
        there = set(there)
        while name not in there and name in self._aliases:
            name = self._aliases[name]
        return name

    def _of_main(self, files: tuple[File, ...]) -> tuple[File, ...]:
        index = self.config.index
        elsewhere = any(each.repositories for each in self.config.indexes.values())
        if index.prereleases and not elsewhere:
            return files
        return tuple(
            file
            for file in files
            if (index.prereleases or not file.prerelease)
            and (not elsewhere or self._is_from(file, ()))
        )

    def _is_from(self, file: File, repositories: tuple[str, ...]) -> bool:
        """Tell whether a file is from certain repositories; if none, from the main index's."""
        origin = file.origin.lower()
        index = self.config.index
        if any(fnmatchcase(origin, each.lower()) for each in index.exclude_repositories):
            return False
        wanted = repositories or index.repositories or (self.store,)
        return any(fnmatchcase(origin, each.lower()) for each in wanted)

    def _side_by_side(self, files: tuple[File, ...]) -> tuple[File, ...]:
        """Take one file of each name, or none where none of them is the default."""
        if len({file.filename for file in files}) == len(files):
            return files
        config = self.config.variants
        chosen = []
        for same in by_name(files).values():
            wanted = [x for x in same if variant_of(x, config) == config.default]
            if len({x.sha256 for x in same}) == 1 or not self._differ(same):
                chosen.append(same[0])
            elif wanted:
                chosen.append(wanted[0])
        return in_order(chosen)

    def _differ(self, files: list[File]) -> bool:
        return len({variant_of(file, self.config.variants) for file in files}) > 1

    def _of_variant(self, name: str, by_variant: Mapping[str, list[File]]) -> tuple[File, ...]:
        """Take the files of a variant, and those of none whose names they leave free."""
        own = oldest(by_variant.get(name, ()))
        plain = oldest(by_variant.get(PLAIN, ())) if self.config.variants.shared else {}
        if not own:
            return in_order(plain.values())
        return in_order({**plain, **own}.values())

    def _overlays(self, index: NamedIndex, name: NormalizedName) -> bool:
        return any(name_matches(glob, name) for glob in index.overlay)

    def _inherited(self, name: str, entry: Entry) -> Offer:
        files = self._named(name, entry.project)
        index = self.config.indexes[name]
        if not self._overlays(index, entry.project.name):
            return Offer(files)
        taken = {file.filename for file in files}
        upstream: dict[str, dict[str, Any]] = {}
        for base in index.public_bases:
            for document in entry.upstream.get(base, ()):
                if document["filename"] not in taken:
                    upstream.setdefault(document["filename"], document)
        return Offer(files, tuple(upstream.values()))

    def _named(self, name: str, project: Project) -> tuple[File, ...]:
        """Take what a named index has of a project: its own, then what its bases add to it."""
        if name == MAIN:
            return self._side_by_side(self._of_main(project.files))
        index = self.config.indexes[name]
        files = self._side_by_side(self._own(index, project))
        overlay = self._overlays(index, project.name)
        for base in index.bases:
            if files and not overlay:
                break
            if not is_address(base):
                files = merged(files, self._named(base, project))
        return files

    def _own(self, index: NamedIndex, project: Project) -> tuple[File, ...]:
        files = project.files
        if index.include is not None:
            meant = chosen_versions(index.include, project)
            if not meant:
                return ()
            files = tuple(file for file in files if file.version in meant)
        if index.exclude:
            without = chosen_versions(index.exclude, project)
            files = tuple(file for file in files if file.version not in without)
        if index.tags:
            files = tuple(x for x in files if any(fnmatchcase(x.tag, t) for t in index.tags))
        if not index.prereleases:
            files = tuple(file for file in files if not is_prerelease(file))
        if any(each.repositories for each in self.config.indexes.values()):
            files = tuple(file for file in files if self._is_from(file, index.repositories))
        return files

    def _kept_apart(self, name: str, files: Mapping[str, File], chosen: Iterable[File]) -> Refused:
        names = ", ".join(variant or "none" for variant in sorted(files))
        taken = next((file for file in files.values() if file in chosen), None)
        if taken:
            variant = variant_of(taken, self.config.variants)
            told = (
                f"the main index takes that of '{variant}'"
                if variant
                else ("the main index takes the one without")
            )
        else:
            told = "the main index takes none of them: choose one with 'default' in [variants]"
        return Refused(
            filename=name,
            where=", ".join(sorted({where(file) for file in files.values()})),
            reason=f"this name stands for files of several variants ({names}); {told}",
            stamp="",
        )
