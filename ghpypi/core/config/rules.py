"""Which projects and versions a list of names, globs and requirements means."""

import re
from dataclasses import dataclass

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
    """The text means no projects; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRule:
    """One item of such a list.

    Attributes:
        glob: The projects meant, as a normalized name or a pattern of such names.
        versions: Which of their versions; all of them, if it says nothing.
    """

    glob: str
    versions: SpecifierSet

    @classmethod
    def parse(cls, text: str) -> "ProjectRule":
        """Read `acme-lib`, `acme-*` or `acme-lib>=2,<3`.

        Raises:
            InvalidRuleError: It is none of these.
        """
        if any(mark in text for mark in "*?[") and not set(text) & set("<>=~"):
            return cls(glob=name_pattern(text), versions=SpecifierSet())
        try:
            requirement = parse_requirement(text)
        except InvalidRequirement as error:
            raise InvalidRuleError(
                f"'{text}' is no project, no pattern such as 'acme-*', "
                "and no requirement such as 'acme-lib>=2'"
            ) from error
        if requirement.extras or requirement.marker or requirement.url:
            raise InvalidRuleError(f"'{text}' says more than a project and its versions")
        return cls(glob=canonicalize_name(requirement.name), versions=requirement.specifier)

    def takes(self, project: NormalizedName) -> bool:
        """Tell whether a project is meant, in some or all of its versions."""
        return name_matches(self.glob, project)

    def takes_version(self, version: str) -> bool:
        """Tell whether a version of such a project is meant; prereleases are versions."""
        if not self.versions:
            return True
        return self.versions.contains(version_key(version), prereleases=True)


def name_pattern(text: str) -> str:
    """Read a pattern of project names, such as `acme-*`, in the form that names have (PEP 503).

    Raises:
        InvalidRuleError: It is not a pattern, so it would match nothing.
    """
    if not _GLOB.fullmatch(text.strip()):
        raise InvalidRuleError(f"'{text}' is not a pattern of project names, such as 'acme-*'")
    return re.sub(r"[-_.]+", "-", text.strip()).lower()


def name_patterns(text: str) -> tuple[str, ...]:
    """Read patterns of project names with commas between them.

    Raises:
        InvalidRuleError: One of them is not a pattern.
    """
    return tuple(name_pattern(part) for part in text.split(",") if part.strip())


def name_matches(glob: str, name: NormalizedName) -> bool:
    """Tell whether a name is one that a pattern means."""
    return matches_glob(name, glob)


def chosen_versions(rules: tuple[ProjectRule, ...], project: Project) -> frozenset[Version]:
    """Name the versions of a project that a list means."""
    meant = [rule for rule in rules if rule.takes(project.name)]
    return frozenset(
        version_key(version)
        for version in (project.versions if meant else ())
        if any(rule.takes_version(version) for rule in meant)
    )
