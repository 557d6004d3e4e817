"""The files of a project in the main index and named indexes, and what they inherit.

Files that installers consider the same, such as those with the same name in several releases, are
never dropped silently. Files of different variants are in the indexes of their variants. Of files
of the same variant, the oldest is listed, because it may be in lock files, or the newest, depending
on the configuration.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import MAIN, NamedIndex, TagRules, is_address
from ghpypi.core.config.rules import chosen_versions, name_matches
from ghpypi.core.config.variants import Values
from ghpypi.core.indexes.combinations import Combinations
from ghpypi.core.indexes.same_file import (
    all_differ,
    by_identity,
    in_order,
    is_prerelease,
    merged,
    upstream_only,
)
from ghpypi.core.indexes.variants import values_for_main, values_of
from ghpypi.core.model import File, Offer, Project, UpstreamFile
from ghpypi.core.names import version_key
from ghpypi.core.patterns import matches_glob

UpstreamFiles = Mapping[str, list[UpstreamFile]]
"""The files of a project in upstream indexes, by the URLs of those indexes."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rules for the content of indexes.

    Attributes:
        config: The configuration.
        store: The store that is indexed if the configuration lists no repositories.
    """

    config: Config
    store: str

    def offer(self, name: str, project: Project, upstream: UpstreamFiles) -> Offer:
        """Return the files of a project in an index: its own files, then those of its bases.

        The first index with a project hides it in all others, unless the index overlays it. Own
        files come before those of upstream indexes, whatever the order of the bases. Without an own
        file there is no page, so that projects of upstream indexes never appear.
        """
        if name == MAIN:
            return Offer(self._main(self.of_main(project)))
        index = self.config.indexes[name]
        overlay = overlays(index, project.name)
        files = self.side_by_side(self.own(index, project))
        theirs: list[UpstreamFile] = []
        for base in index.bases:
            if is_address(base):
                theirs += upstream.get(base, ()) if overlay else ()
            elif overlay or not files:
                below = self.offer(base, project, upstream)
                files = merged(files, below.files)
                theirs += below.upstream
        return Offer(files, upstream_only(files, theirs) if files and theirs else ())

    def public_bases(self, project: Project) -> tuple[str, ...]:
        """Return the upstream indexes whose files of a project are merged."""
        found: dict[str, None] = {}
        for name, index in self.config.indexes.items():
            asks = index.public_bases and overlays(index, project.name)
            if asks and self.offer(name, project, {}).files:
                found.update(dict.fromkeys(index.public_bases))
        return tuple(found)

    def of_main(self, project: Project) -> tuple[File, ...]:
        """Return the files that the rules of the main index include."""
        return self._tagged(self.stock(project), self.config.index.tags)

    def of_variants(self, project: Project) -> tuple[File, ...]:
        """Return the files that the rules of variants include."""
        tags = self.config.variants.tags
        return self._tagged(self.stock(project), self.config.index.tags if tags is None else tags)

    def stock(self, project: Project) -> tuple[File, ...]:
        """Return the files that are not exclusive to named indexes.

        These are all, except for prereleases and repositories that only named indexes include.
        """
        index = self.config.index
        if index.prereleases and not self._by_origin:
            return project.files
        return tuple(
            file
            for file in project.files
            if (index.prereleases or not file.prerelease)
            and (not self._by_origin or self._is_from(file, ()))
        )

    def own(self, index: NamedIndex, project: Project) -> tuple[File, ...]:
        """Return the files that the rules of a named index include."""
        files = project.files
        if index.include is not None:
            meant = chosen_versions(index.include, project)
            if not meant:
                return ()
            files = tuple(file for file in files if version_key(file.version) in meant)
        if index.exclude:
            without = chosen_versions(index.exclude, project)
            files = tuple(x for x in files if version_key(x.version) not in without)
        files = self._tagged(files, index.tags)
        if not index.prereleases:
            files = tuple(file for file in files if not is_prerelease(file))
        if self._by_origin:
            files = tuple(file for file in files if self._is_from(file, index.repositories))
        return files

    def side_by_side(self, files: tuple[File, ...]) -> tuple[File, ...]:
        """Return one file of each identity, or none if the main index has none of them."""
        if all_differ(files):
            return files
        return in_order(file for same in by_identity(files).values() for file in self._one_of(same))

    def _main(self, files: tuple[File, ...]) -> tuple[File, ...]:
        variants = self.config.variants
        if not variants.dimensions or variants.main == "all":
            return self.side_by_side(files)
        return self._of_default(files)

    def _of_default(self, files: Iterable[File]) -> tuple[File, ...]:
        """Return the files without a variant and those of the default variant."""
        grouped: dict[Values, list[File]] = {}
        for file in files:
            grouped.setdefault(values_for_main(file, self.config.variants), []).append(file)
        return self.combinations.files_of_main(grouped)

    def _one_of(self, same: list[File]) -> Iterable[File]:
        """Choose one of several files with the same identity, sorted by age."""
        variants = {values_of(file, self.config.variants) for file in same}
        if len(variants) == 1 or len({file.content for file in same}) == 1:
            return (same[-1 if self.config.index.newest else 0],)
        return self._of_default(same)

    @cached_property
    def combinations(self) -> Combinations:
        """The rules of variants, without the values that files have."""
        return Combinations(
            dimensions=self.config.variants.dimensions, newest=self.config.index.newest
        )

    @staticmethod
    def _tagged(files: tuple[File, ...], rules: TagRules) -> tuple[File, ...]:
        if not rules:
            return files
        taken = {tag: rules.take(tag) for tag in {file.tag for file in files}}
        return tuple(file for file in files if taken[file.tag])

    @cached_property
    def _by_origin(self) -> bool:
        """Whether any index has repositories of its own, so that origins of files matter."""
        return any(each.repositories for each in self.config.indexes.values())

    def _is_from(self, file: File, repositories: tuple[str, ...]) -> bool:
        """Return whether a file is from certain repositories, by default from the main index's."""
        index = self.config.index
        if any(is_origin(file.origin, each) for each in index.exclude_repositories):
            return False
        wanted = repositories or index.repositories or (self.store,)
        return any(is_origin(file.origin, each) for each in wanted)


def overlays(index: NamedIndex, name: NormalizedName) -> bool:
    """Return whether an index merges the files of a project with those of its bases."""
    return any(name_matches(glob, name) for glob in index.overlay)


def is_origin(origin: str, pattern: str) -> bool:
    """Return whether the origin of a file matches a repository, or a pattern of repositories."""
    origin, pattern = origin.lower(), pattern.lower()
    return origin == pattern or matches_glob(origin, pattern)


def names_store(config: Config, store: str) -> bool:
    """Return whether a configuration indexes a store, by its name or by a pattern."""
    if any(is_origin(store, each) for each in config.index.exclude_repositories):
        return False
    named = (each.repositories for each in config.indexes.values())
    wanted = chain(config.index.repositories, *named)
    return any(is_origin(store, each) for each in wanted)
