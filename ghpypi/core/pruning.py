"""Pruning: which old versions of projects are not kept."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from packaging.version import Version

from ghpypi.core.config.config import Config
from ghpypi.core.config.rules import ProjectRule, chosen_versions
from ghpypi.core.model import File, Project, Yanks
from ghpypi.core.names import version_key


class PruneRules(NamedTuple):
    """Which versions are kept.

    Attributes:
        keep: How many of the newest versions of each project are kept; yanked ones do not count.
        older_than: The minimum age of the others to be deleted.
        prereleases: Only delete prereleases, of which the newest `keep` are kept.
    """

    keep: int
    older_than: timedelta = timedelta()
    prereleases: bool = False


def pinned_versions(config: Config, project: Project, index: str | None) -> frozenset[Version]:
    """Return the versions that are never pruned.

    These are the versions that `exclude` of `[prune]` names, and those that a named index includes
    by a rule with a version, such as after a promotion.

    Args:
        config: The configuration.
        project: The project.
        index: The named index that is pruned; its own rules do not count.
    """
    rules: list[ProjectRule] = list(config.prune_keep)
    for name, named in config.indexes.items():
        if name != index:
            rules += [rule for rule in named.include or () if rule.versions]
    return chosen_versions(tuple(rules), project)


def prunable(
    project: Project,
    rules: PruneRules,
    *,
    pinned: Iterable[Version],
    yanked: Yanks,
    now: datetime,
) -> Iterator[Version]:
    """Yield the versions of a project that are not kept, newest first; never all of them.

    The highest version always stays, and so does the highest that is neither a prerelease nor
    yanked, which is what installers choose.

    The builds of a version, such as `1.0+cu126` and `1.0+cu128`, are kept or deleted together. The
    age of a version is that of the file that was uploaded last.

    Args:
        project: The project, with the files of the index that is pruned.
        rules: Which versions are kept.
        pinned: Versions that are kept in any case.
        yanked: The yanked versions and files.
        now: The time, with its zone.
    """
    groups: dict[Version, list[File]] = {}
    for file in project.files:
        groups.setdefault(version_key(version_key(file.version).public), []).append(file)
    kept_versions = {*pinned}
    kept, has_default = 0, False
    for number, (version, files) in enumerate(sorted(groups.items(), reverse=True)):
        is_final = not (version.is_prerelease or all(x.prerelease for x in files))
        if rules.prereleases and is_final:
            continue
        withdrawn = all(file.yank(yanked) for file in files)
        # What installers choose: the first that is neither a prerelease nor yanked.
        is_default = is_final and not withdrawn and not has_default
        has_default = has_default or is_default
        if kept < rules.keep and not withdrawn:
            kept += 1
            continue
        if number == 0 or is_default:
            continue
        builds = {version_key(file.version) for file in files}
        if not builds & kept_versions and _is_old(files, rules, now):
            yield from sorted(builds, reverse=True)


def _is_old(files: Iterable[File], rules: PruneRules, now: datetime) -> bool:
    last = max(file.uploaded_at for file in files)
    return not rules.older_than or datetime.fromisoformat(last) < now - rules.older_than
