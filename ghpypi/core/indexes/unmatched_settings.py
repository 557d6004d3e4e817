"""Settings of `ghpypi.toml` that match nothing, usually because of spelling mistakes.

Whether a setting matches depends on the content of the stores, so this is reported by each index
run, not when the file is parsed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ghpypi.core.catalog.entry import Line
from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import ALL_TAGS, NamedIndex, TagRules
from ghpypi.core.config.rules import ProjectRule, name_matches
from ghpypi.core.config.table import key_path
from ghpypi.core.config.variants import NAMELESS, Dimension, Values, each_value
from ghpypi.core.indexes.selection import is_origin
from ghpypi.core.indexes.variants import matches_file
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename, version_key
from ghpypi.core.release_parts import matches_tag
from ghpypi.core.text_comparison import nearest, suggestion

SUGGESTIONS = 10
"""Maximum number of suggestions; each takes 0.2 seconds with ten thousand projects."""

SHOWN_VERSIONS = 5


def unmatched(
    config: Config,
    lines: Mapping[NormalizedName, Line],
    releases: Mapping[str, Collection[str]],
    variants: Collection[Values],
    excluded: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """Describe all settings that match nothing, each with its key and the nearest match.

    Args:
        config: The settings.
        lines: The projects of the catalog.
        releases: The tags of all listed releases, by origin.
        variants: The values of files in the dimensions of variants.
        excluded: How many assets each glob of `exclude-assets` excludes.
    """
    search = _Search(lines=lines, removed=config.removed, releases=releases, variants=variants)
    return (
        *search.yanks(config),
        *search.statuses(config),
        *search.removals(config),
        *search.repositories("index.repositories", config.index.repositories),
        *search.tags("index", config.index.tags),
        *search.tags("variants", config.variants.tags or ALL_TAGS),
        *search.tag_globs(
            {f"index.may-shrink[{n}]": x for n, x in enumerate(config.index.may_shrink)}
            | {key_path("retention", x.glob): x.glob for x in config.retention.rules}
        ),
        *(
            f"index.exclude-assets: '{glob}' matches no asset, or none that another one does not"
            for glob, count in (excluded or {}).items()
            if not count
        ),
        *search.variant_settings(config),
        *(
            problem
            for name, index in config.indexes.items()
            for problem in search.named(key_path("indexes", name), index)
        ),
    )


@dataclass(kw_only=True)
class _Search:
    """Compares settings with projects, releases and variants.

    Versions that are recorded as deleted count as if they were there: `delete` and `prune` leave
    the yanks and promotions of what they delete.
    """

    lines: Mapping[NormalizedName, Line]
    removed: Mapping[NormalizedName, Collection[Version]]
    releases: Mapping[str, Collection[str]]
    variants: Collection[Values]
    _suggested: int = 0
    _projects: dict[NormalizedName, Project] = field(default_factory=dict)

    def yanks(self, config: Config) -> Iterator[str]:
        for name, versions in config.yanked.items():
            place = key_path("yanked", name)
            if not self._knows(name):
                yield f"{place}: there is no project '{name}'{self._project_like(name)}"
                continue
            removed = self.removed.get(name, ())
            project = self._project(name)
            known = {*map(version_key, project.versions), *removed}
            files = {file.filename for file in project.files}
            for key in versions:
                if isinstance(key, str):
                    if key not in files and Filename.parse(key).version not in removed:
                        like = self._like(key, files)
                        yield f"{key_path(place, key)}: {name} has no such file{like}"
                elif key not in known:
                    yield (
                        f"{key_path(place, str(key))}: {name} has no version {key}"
                        f"{_version_like(key, project.versions)}"
                    )

    def statuses(self, config: Config) -> Iterator[str]:
        for name in config.statuses:
            if not self._knows(name):
                like = self._project_like(name)
                yield f"{key_path('projects', name)}: there is no project '{name}'{like}"

    def removals(self, config: Config) -> Iterator[str]:
        """Find versions that are recorded as deleted, and are in the index."""
        for name, versions in config.removed.items():
            there = {*map(version_key, self._project(name).versions)}
            for version in versions:
                if version in there:
                    yield (
                        f"{key_path(key_path('removed', name), str(version))}: the index has it; "
                        "remove this record to keep the version, or delete the version with "
                        f"'ghpypi delete {name}=={version}'"
                    )

    def named(self, place: str, index: NamedIndex) -> Iterator[str]:
        for key, rules in (("include", index.include or ()), ("exclude", index.exclude)):
            for number, rule in enumerate(rules):
                if problem := self._rule(rule):
                    yield f"{place}.{key}[{number}]: {problem}"
        for number, glob in enumerate(index.overlay):
            if problem := self._glob(glob):
                yield f"{place}.overlay[{number}]: {problem}"
        yield from self.repositories(f"{place}.repositories", index.repositories)
        yield from self.tags(place, index.tags)

    def tags(self, place: str, rules: TagRules) -> Iterator[str]:
        for key, patterns in (("tags", rules.tags), ("exclude-tags", rules.exclude)):
            yield from self.tag_globs({f"{place}.{key}[{n}]": x for n, x in enumerate(patterns)})

    def tag_globs(self, patterns: Mapping[str, str]) -> Iterator[str]:
        """Find the globs, by their places, that match no tag."""
        tags = {*chain.from_iterable(self.releases.values())} if patterns else set[str]()
        for place, pattern in patterns.items():
            if not any(matches_tag(tag, pattern) for tag in tags):
                like = self._like(pattern, tags)
                yield f"{place}: '{pattern}' matches no tag of a release{like}"

    def repositories(self, place: str, patterns: Collection[str]) -> Iterator[str]:
        origins = {*self.releases}
        for number, pattern in enumerate(patterns):
            if not any(is_origin(origin, pattern) for origin in origins):
                like = self._like(pattern, origins - {*patterns})
                yield (
                    f"{place}[{number}]: '{pattern}' matches no repository with releases that this "
                    f"token can read{like}"
                )

    def variant_settings(self, config: Config) -> Iterator[str]:
        for number, dimension in enumerate(config.variants.dimensions):
            several = (each_value(values[number]) for values in self.variants)
            found = {value for values in several for value in values} - NAMELESS
            if self.lines and not found:
                what = "value of this dimension" if dimension.name else "variant"
                yield f"{dimension.at('pattern')}: no file has a {what}"
                continue
            for place, name in _wanted_values(dimension):
                if name not in found:
                    like = self._like(name, found)
                    yield f"{place}: no file has the variant '{name}'{like}"
            for glob, _ in dimension.files if self.lines else ():
                if not any(matches_file(glob, file) for file in self._files_like(glob)):
                    yield f"{dimension.at('files')}: '{glob}' matches no file"

    def _files_like(self, glob: str) -> Iterator[File]:
        """Yield the files of the projects that a glob of filenames may match."""
        name = glob.rpartition("/")[2].partition("-")[0]
        is_glob = any(mark in name for mark in "*?[")
        for project in self.lines if is_glob else {canonicalize_name(name)} & self.lines.keys():
            yield from self._project(project).files

    def _rule(self, rule: ProjectRule) -> str:
        if problem := self._glob(rule.glob):
            return problem
        if not rule.versions:
            return ""
        # A rule with versions has a name, not a pattern.
        versions = self._project(NormalizedName(rule.glob)).versions
        removed = map(str, self.removed.get(NormalizedName(rule.glob), ()))
        if any(map(rule.takes_version, chain(versions, removed))):
            return ""
        there = ", ".join(versions[-SHOWN_VERSIONS:]) or "none"
        return f"'{rule.glob}{rule.versions}' matches no version of {rule.glob}, which has {there}"

    def _glob(self, glob: str) -> str:
        if self._knows(NormalizedName(glob)):
            return ""
        if set("*?[") & set(glob):
            found = any(name_matches(glob, name) for name in chain(self.lines, self.removed))
            return "" if found else f"'{glob}' matches no project"
        return f"there is no project '{glob}'{self._project_like(glob)}"

    def _knows(self, name: NormalizedName) -> bool:
        return name in self.lines or name in self.removed

    def _project(self, name: NormalizedName) -> Project:
        """Return a project; without files if the catalog does not have it."""
        if name not in self._projects:
            line = self.lines.get(name)
            self._projects[name] = line.entry().project if line else Project(name=name, files=())
        return self._projects[name]

    def _project_like(self, name: str) -> str:
        return self._like(name, self.lines)

    def _like(self, name: str, known: Iterable[str]) -> str:
        if self._suggested >= SUGGESTIONS:
            return ""
        self._suggested += 1
        return suggestion(name, known)


def _wanted_values(dimension: Dimension) -> Iterator[tuple[str, str]]:
    """Yield the values in settings, each with its key."""
    if dimension.default:
        yield dimension.at("default"), dimension.default
    for name, _ in dimension.plain:
        if name not in NAMELESS:
            yield f"{dimension.at('plain')} ({name})", name
    for name, renamed in dimension.rename:
        yield key_path(dimension.at("rename"), name), renamed
    aliases = dict(dimension.aliases)
    for name, target in aliases.items():
        if target not in aliases:
            yield key_path(dimension.at("aliases"), name), target


def _version_like(version: Version, known: Iterable[str]) -> str:
    """Suggest versions: first those with a local part, which PEP 440 considers different."""
    known = list(known)
    builds = [x for x in known if version_key(version_key(x).public) == version]
    near = " or ".join(builds[:SHOWN_VERSIONS]) or nearest(str(version), known)
    return f", did you mean {near}?" if near else ""
