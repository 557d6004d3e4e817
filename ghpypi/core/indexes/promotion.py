"""Promotion: a version comes into a named index by an edit of the configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import NamedIndex
from ghpypi.core.config.rules import ProjectRule
from ghpypi.core.config.toml_edit import add_to_array, read, remove_from_array
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.model import Project
from ghpypi.core.parsing import parse_requirement, parse_version
from ghpypi.errors import NotFoundError, RefusedError, UsageError


class Pin(NamedTuple):
    """One version of one project."""

    name: NormalizedName
    version: str

    @classmethod
    def parse(cls, text: str) -> "Pin":
        """Read `acme-lib==1.0`.

        Raises:
            UsageError: It is something else.
        """
        try:
            requirement = parse_requirement(text)
            (only,) = requirement.specifier
            if only.operator == "==" and not (requirement.extras or requirement.marker):
                return cls(canonicalize_name(requirement.name), str(parse_version(only.version)))
        except (InvalidRequirement, InvalidVersion, ValueError):
            pass
        raise UsageError(
            f"'{text}' is not one version of one project", hint="write it as in acme-lib==1.0"
        )

    def __str__(self) -> str:
        """Write it as a requirement."""
        return f"{self.name}=={self.version}"

    def as_known(self, project: Project) -> "Pin":
        """Write the version as the files of its project do."""
        known = next((x.version for x in self.files_of(project).files), self.version)
        return self._replace(version=known if "+" in self.version else known.partition("+")[0])

    def means(self, version: str) -> bool:
        """Compare a version: `1.0` means `1.0.0` and `1.0+cu128` too (PEP 440)."""
        return ProjectRule.parse(str(self)).takes_version(version)

    def files_of(self, project: Project) -> Project:
        """Take the files that are meant."""
        return replace(project, files=tuple(x for x in project.files if self.means(x.version)))


def promote(text: str, index: str, pins: Iterable[Pin], *, source: str) -> str:
    """Change the text of the configuration so that an index takes certain versions.

    Raises:
        NotFoundError: There is no such index.
        ConfigError: The text is no configuration.
    """
    config = Config.parse(text, source=source)
    if index not in config.indexes:
        raise NotFoundError(
            f"{source} has no [indexes.{index}]",
            hint=f"it has {', '.join(config.indexes)}"
            if config.indexes
            else "add the table first; 'include = []' in it begins with nothing",
        )
    include = config.indexes[index].include
    for pin in pins:
        place = ("indexes", index, "exclude")
        text = remove_from_array(text, place, _same(read(text, place) or (), pin))
        if include is not None and not any(_covers(rule, pin) for rule in include):
            text = add_to_array(text, ("indexes", index, "include"), [str(pin)])
    return text


def check(text: str, index: str, pins: Mapping[Pin, Project], *, source: str, store: str) -> None:
    """See to it that an index really takes certain versions.

    Args:
        text: The configuration, changed.
        index: The index.
        pins: The versions, with the files that are known of their projects.
        source: Where the configuration is from.
        store: The store that is indexed when the configuration names no repositories.

    Raises:
        RefusedError: Another rule of the index leaves one out.
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
            f"the index {index} would still leave out what is to be promoted; nothing was changed",
            faults=faults,
            hint=f"change [indexes.{index}] in {source}",
        )


def _obstacle(named: NamedIndex, project: Project, selection: Selection) -> str:
    """Name the rule that leaves files out: the first without which some would be taken."""
    without = {
        "exclude": replace(named, exclude=()),
        "tags": replace(named, tags=replace(named.tags, tags=())),
        "exclude-tags": replace(named, tags=replace(named.tags, exclude=())),
        "prereleases": replace(named, prereleases=True),
    }
    for key, index in without.items():
        if selection.own(index, project):
            return f"'{key}' leaves it out"
    origins = ", ".join(sorted({file.origin for file in project.files}))
    return f"its files are in {origins}, which 'repositories' does not name"


def _covers(rule: ProjectRule, pin: Pin) -> bool:
    return rule.takes(pin.name) and rule.takes_version(pin.version)


def _same(rules: Iterable[str], pin: Pin) -> list[str]:
    """Find the rules that mean just this version, however they are written."""
    return [text for text in rules if ProjectRule.parse(text) == ProjectRule.parse(str(pin))]
