"""The files that GitHub, editors and bots read: valid, pinned, and about this version."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ghpypi import __version__
from ghpypi.core.project import URL

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
CHECK = [str(Path(sys.prefix) / "bin" / "check-jsonschema"), "--builtin-schema"]
_USES = re.compile(r"^ *(?:- )?uses: *(?P<action>\S+)(?P<comment>.*)$", re.MULTILINE)


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-issue-forms", sorted(GITHUB.glob("ISSUE_TEMPLATE/[!c]*.yml"))),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
        ("vendor.renovate", [GITHUB / "renovate.json"]),
        ("vendor.citation-file-format", [ROOT / "CITATION.cff"]),
    ],
    ids=["issue forms", "issue configuration", "Renovate", "citation"],
)
def test_files_are_what_their_schema_allows(schema: str, files: list[Path]) -> None:
    command = [*CHECK, schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)

    assert files
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda x: x.name)
def test_every_action_is_pinned_to_a_commit_with_its_version(path: Path) -> None:
    for action, comment in _USES.findall(path.read_text(encoding="utf-8")):
        if action != "./":
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_an_action_has_one_commit_everywhere() -> None:
    template = ROOT / "ghpypi" / "templates" / "workflows" / "_actions.yml"
    texts = [path.read_text(encoding="utf-8") for path in (*WORKFLOWS, template)]
    found = set(re.findall(r"([\w-]+/[\w-]+)@([0-9a-f]{40} # v[\d.]+)", "\n".join(texts)))

    assert len(found) == len({name for name, _ in found})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda x: x.name)
def test_a_job_has_the_rights_that_it_names_and_a_time_limit(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert "timeout-minutes" in job


def test_each_right_that_changes_something_is_explained() -> None:
    lines = [line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines()]
    writes = [line for line in lines if re.match(r" +[a-z-]+: (read|write)\b", line)]

    assert writes
    assert all(" # to " in line for line in writes)


def test_renovate_finds_the_actions_of_generated_workflows() -> None:
    configuration = json.loads((GITHUB / "renovate.json").read_text(encoding="utf-8"))
    (manager,) = configuration["customManagers"]
    (pattern,) = manager["matchStrings"]
    (place,) = manager["managerFilePatterns"]
    path = "ghpypi/templates/workflows/_actions.yml"
    text = (ROOT / path).read_text(encoding="utf-8")

    assert re.search(place.strip("/"), path)
    assert len(re.findall(pattern.replace("(?<", "(?P<"), text)) == text.count("@")


def test_renovate_knows_every_lock() -> None:
    configuration = json.loads((GITHUB / "renovate.json").read_text(encoding="utf-8"))
    patterns = configuration["pip_requirements"]["managerFilePatterns"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    locks = [
        *re.findall(r"-o ([\w/.-]+\.txt)", makefile),
        *(x.relative_to(ROOT).as_posix() for x in ROOT.glob("ghpypi/templates/workflows/locks/*")),
    ]

    assert len(locks) >= 6
    assert all(any(re.search(x.strip("/"), lock) for x in patterns) for lock in locks)


def test_the_hooks_are_the_tools_of_the_environment() -> None:
    (local,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    tools = {hook["entry"].split()[0] for hook in local["hooks"]}

    assert local["repo"] == "local"
    assert all((ROOT / tool).exists() for tool in tools)


def test_the_version_and_the_addresses_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert read(ROOT / "CITATION.cff")["version"] == __version__
    assert read(ROOT / "CITATION.cff")["repository-code"] == URL
    assert project["urls"]["Source"] == URL


def test_the_badges_are_of_workflows_and_of_the_license_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    badges = re.findall(r"!\[[^]]+\]\((https://[^)]+)\)", text)

    assert badges == [
        f"{URL}/actions/workflows/ci.yml/badge.svg?branch=main",
        f"https://img.shields.io/pypi/v/{project['name']}",
        f"https://img.shields.io/badge/license-{project['license']}-blue",
    ]
    assert GITHUB / "workflows" / "ci.yml" in WORKFLOWS
