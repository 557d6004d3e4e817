"""No dependency may be of a version with a known vulnerability that concerns us."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]

FIXED = {
    "cryptography": ("50", "CVE-2026-69247"),
    "filelock": ("3.20.3", "CVE-2025-68146, CVE-2026-22701: locks followed links"),
    "h11": ("0.16", "CVE-2025-43859: request smuggling"),
    "jinja2": ("3.1.6", "CVE-2025-27516: a way out of the sandbox of templates"),
    "pyjwt": ("2.12", "CVE-2026-32597"),
    "requests": ("2.33", "CVE-2024-47081, CVE-2026-25645"),
    "urllib3": ("2.7", "CVE-2026-44431, CVE-2026-44432"),
}
"""Dependency to the first version that is not vulnerable."""

REQUIREMENTS = [
    Requirement(text)
    for texts in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for text in texts
]


def lowest(requirement: Requirement) -> Version:
    return max(Version(each.version) for each in requirement.specifier if each.operator == ">=")


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_lowest_version_is_not_vulnerable(requirement: Requirement) -> None:
    fixed, _ = FIXED.get(requirement.name.lower(), ("0", ""))

    assert lowest(requirement) >= Version(fixed)


def test_every_package_with_a_known_vulnerability_is_a_dependency() -> None:
    assert {*FIXED} <= {each.name.lower() for each in REQUIREMENTS}
