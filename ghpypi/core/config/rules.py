"""Rules for projects and versions: names, glob patterns and requirements."""

import re
from typing import NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ghpypi.core.model import Project
from ghpypi.core.names import version_key
from ghpypi.core.parsing import parse_requirement
from ghpypi.core.patterns import matches_glob

_GLOB = re.compile(r"[A-Za-z0-9*?\[][A-Za-z0-9._*?\[\]!-]*")


class InvalidRuleError(ValueError):
    """The text is not a valid rule; the message has the reason."""


class ProjectRule(NamedTuple):
    """One item of such a list.

    Attributes:
        glob: The normalized name of a project, or a glob pattern of such names.
        versions: The versions; empty for all.
    """

    glob: str
    versions: SpecifierSet

    @classmethod
    def parse(cls, text: str) -> "ProjectRule":
        """Read `acme-lib`, `acme-*` or `acme-lib>=2,<3`.

        Raises:
            InvalidRuleError: The text is not a rule.
        """
        if any(mark in text for mark in "*?[") and not set(text) & set("<>=~"):
            return cls(glob=name_pattern(text), versions=SpecifierSet())
        try:
            requirement = parse_requirement(text)
        except InvalidRequirement as error:
            raise InvalidRuleError(
                f"'{text}' is not a project, a pattern such as 'acme-*', or a requirement such as "
                "'acme-lib>=2'"
            ) from error
        if requirement.extras or requirement.marker or requirement.url:
            raise InvalidRuleError(f"'{text}' has more than a project and its versions")
        return cls(glob=canonicalize_name(requirement.name), versions=requirement.specifier)

    def takes(self, project: NormalizedName) -> bool:
        """Return whether the rule matches a project, for some or all versions."""
        return name_matches(self.glob, project)

    def takes_version(self, version: str) -> bool:
        """Return whether the rule matches a version, including prereleases."""
        if not self.versions:
            return True
        return self.versions.contains(version_key(version), prereleases=True)


def name_pattern(text: str) -> str:
    """Parse and normalize a pattern of project names, such as `acme-*` (PEP 503).

    Raises:
        InvalidRuleError: The text is not a pattern, so it would match nothing.
    """
    if not _GLOB.fullmatch(text.strip()):
        raise InvalidRuleError(f"'{text}' is not a pattern of project names, such as 'acme-*'")
    return re.sub(r"[-_.]+", "-", text.strip()).lower()


def name_patterns(text: str) -> tuple[str, ...]:
    """Parse patterns of project names, separated by commas.

    Raises:
        InvalidRuleError: One of them is not a pattern.
    """
    return tuple(name_pattern(part) for part in text.split(",") if part.strip())


def name_matches(glob: str, name: NormalizedName) -> bool:
    """Return whether a pattern matches a name."""
    return matches_glob(name, glob)


def chosen_versions(rules: tuple[ProjectRule, ...], project: Project) -> frozenset[Version]:
    """Return the versions of a project that match one of the rules."""
    meant = [rule for rule in rules if rule.takes(project.name)]
    return frozenset(
        version_key(version)
        for version in (project.versions if meant else ())
        if any(rule.takes_version(version) for rule in meant)
    )
