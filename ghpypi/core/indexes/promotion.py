"""Promotion and demotion: editing which versions a named index includes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import NamedIndex, is_address
from ghpypi.core.config.rules import ProjectRule, chosen_versions
from ghpypi.core.config.toml_edit import add_to_array, read, remove_from_array
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.model import Project
from ghpypi.errors import NotFoundError, RefusedError


def promote(text: str, index: str, pins: Iterable[Pin], *, source: str) -> str:
    """Edit the configuration so that an index includes certain versions.

    Raises:
        NotFoundError: The index does not exist.
        ConfigError: The configuration is invalid.
    """
    include = _named_index(text, index, source).include
    for pin in pins:
        place = ("indexes", index, "exclude")
        text = remove_from_array(text, place, _same(read(text, place) or (), pin))
        if include is not None and not any(_covers(rule, pin) for rule in include):
            text = add_to_array(text, ("indexes", index, "include"), [str(pin)])
    return text


def demote(text: str, index: str, pins: Mapping[Pin, Project], *, source: str) -> str:
    """Edit the configuration so that an index does not include certain versions any more.

    The rules for exactly these versions are removed from `include`. Versions that another rule
    still includes are added to `exclude`.

    Args:
        text: The configuration.
        index: The name of the index.
        pins: The versions, with their projects.
        source: The name of the configuration in messages.

    Raises:
        NotFoundError: The index does not exist.
        ConfigError: The configuration is invalid.
    """
    named = _named_index(text, index, source)
    for pin, project in pins.items():
        place = ("indexes", index, "include")
        text = remove_from_array(text, place, _same(read(text, place) or (), pin))
        include = Config.parse(text, source=source).indexes[index].include
        rules = (pin.rule,) if include is None else include
        versions = chosen_versions(rules, pin.files_of(project))
        if versions - chosen_versions(named.exclude, project):
            text = add_to_array(text, ("indexes", index, "exclude"), [str(pin)])
    return text


def is_promoted(config: Config, index: str, pin: Pin) -> bool:
    """Return whether an index has a rule for exactly this version, which may be deleted."""
    named = config.indexes.get(index)
    return named is not None and pin.rule in (named.include or ())


def inherited_from(
    config: Config, index: str, pins: Mapping[Pin, Project], store: str
) -> dict[Pin, str]:
    """Return the versions that an index inherits, with the index of the bases that has each.

    Args:
        config: The configuration.
        index: The name of the index, which does not include the versions itself.
        pins: The versions, with their projects.
        store: The store that is indexed if the configuration lists no repositories.
    """
    selection = Selection(config=config, store=store)
    found: dict[Pin, str] = {}
    for pin, project in pins.items():
        if any(pin.means(x.version) for x in selection.offer(index, project, {}).files):
            bases = (each for each in config.indexes[index].bases if not is_address(each))
            found[pin] = next(
                base
                for base in bases
                if any(pin.means(x.version) for x in selection.offer(base, project, {}).files)
            )
    return found


def _named_index(text: str, index: str, source: str) -> NamedIndex:
    """Return a named index of a configuration.

    Raises:
        NotFoundError: It does not exist.
        ConfigError: The configuration is invalid.
    """
    config = Config.parse(text, source=source)
    if index not in config.indexes:
        raise NotFoundError(
            f"{source} has no [indexes.{index}]",
            hint=f"it has {', '.join(config.indexes)}"
            if config.indexes
            else "add the table first, such as with 'include = []' for an empty index",
        )
    return config.indexes[index]


def check(text: str, index: str, pins: Mapping[Pin, Project], *, source: str, store: str) -> None:
    """Check that an index includes certain versions.

    Args:
        text: The edited configuration.
        index: The name of the index.
        pins: The versions, with their projects.
        source: The name of the configuration in messages.
        store: The store that is indexed if the configuration lists no repositories.

    Raises:
        RefusedError: Another rule of the index excludes a version.
    """
    config = Config.parse(text, source=source)
    selection = Selection(config=config, store=store)
    named = config.indexes[index]
    faults = [
        f"{pin}: {_obstacle(named, pin.files_of(project), selection)}"
        for pin, project in pins.items()
        if not selection.own(named, pin.files_of(project))
    ]
    if faults:
        raise RefusedError(
            f"other rules of the index {index} exclude these versions; nothing was changed",
            faults=faults,
            hint=f"change [indexes.{index}] in {source}",
        )


def _obstacle(named: NamedIndex, project: Project, selection: Selection) -> str:
    """Return the rule that excludes files: the first without which some would be included."""
    without = {
        "exclude": named._replace(exclude=()),
        "tags": named._replace(tags=replace(named.tags, tags=())),
        "exclude-tags": named._replace(tags=replace(named.tags, exclude=())),
        "prereleases": named._replace(prereleases=True),
    }
    for key, index in without.items():
        if selection.own(index, project):
            return f"'{key}' excludes it"
    origins = ", ".join(sorted({file.origin for file in project.files}))
    return f"its files are in {origins}, which 'repositories' does not include"


def _covers(rule: ProjectRule, pin: Pin) -> bool:
    return rule.takes(pin.name) and rule.takes_version(pin.version)


def _same(rules: Iterable[str], pin: Pin) -> list[str]:
    """Return the rules for exactly this version, in any spelling."""
    return [text for text in rules if ProjectRule.parse(text) == pin.rule]
