"""One version of a project, as commands name it."""

from dataclasses import replace
from typing import NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from ghpypi.core.config.rules import ProjectRule
from ghpypi.core.model import Project
from ghpypi.core.parsing import parse_requirement, parse_version
from ghpypi.errors import UsageError


class Pin(NamedTuple):
    """One version of one project."""

    name: NormalizedName
    version: str

    @classmethod
    def parse(cls, text: str) -> "Pin":
        """Parse a pin such as `acme-lib==1.0`.

        Raises:
            UsageError: The text is not a pin.
        """
        try:
            requirement = parse_requirement(text)
            (only,) = requirement.specifier
            if only.operator == "==" and not (requirement.extras or requirement.marker):
                return cls(canonicalize_name(requirement.name), str(parse_version(only.version)))
        except (InvalidRequirement, InvalidVersion, ValueError):
            pass
        raise UsageError(
            f"'{text}' is not a version of a project", hint="use the form acme-lib==1.0"
        )

    def __str__(self) -> str:
        """Return the pin as a requirement."""
        return f"{self.name}=={self.version}"

    @property
    def rule(self) -> ProjectRule:
        """The rule for exactly this version."""
        return ProjectRule.parse(str(self))

    def as_known(self, project: Project) -> "Pin":
        """Return the pin with the version as spelled in the project's files."""
        known = next((x.version for x in self.files_of(project).files), self.version)
        return self._replace(version=known if "+" in self.version else known.partition("+")[0])

    def means(self, version: str) -> bool:
        """Return whether the pin matches a version; `1.0` includes `1.0+cu128` (PEP 440)."""
        return self.rule.takes_version(version)

    def files_of(self, project: Project) -> Project:
        """Return the project with matching files only."""
        return replace(project, files=tuple(x for x in project.files if self.means(x.version)))
