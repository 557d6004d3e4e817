"""Every text refers to the repository and the major version that `core/project.py` knows."""

import re
from collections.abc import Iterator
from pathlib import Path

from ghpypi.core.project import ACTION, IMAGE, MAJOR_TAG, REPOSITORY, URL

ROOT = Path(__file__).parents[1]
FOLDERS = (".github", "action", "docs", "examples", "ghpypi", "scripts", "workflow-templates")
SUFFIXES = {".cff", ".html", ".j2", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"}

_NAME = re.escape(REPOSITORY.partition("/")[2])
_ACTION = re.compile(rf"\b([\w.-]+/{_NAME})@(v[\w.]+|main|[0-9a-f]{{40}})\b")
_PAGE = re.compile(rf"https://github\.com/([\w.-]+/{_NAME})\b")
_IMAGE = re.compile(rf"\bghcr\.io/([\w.-]+/{_NAME})\b(?::([\w.-]+))?")


def texts() -> Iterator[tuple[str, str]]:
    """List all texts of the project, except tests and changes of the past."""
    paths = [each for each in ROOT.iterdir() if each.name != "CHANGELOG.md"]
    paths += [each for folder in FOLDERS for each in (ROOT / folder).rglob("*")]
    for path in paths:
        if path.is_file() and (path.suffix in SUFFIXES or path.name == "Dockerfile"):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_the_action_is_the_same_everywhere() -> None:
    found = {
        f"{path}: {match[0]}"
        for path, text in texts()
        for match in _ACTION.finditer(text)
        if match[0] != ACTION
    }

    assert found == set()
    assert any(ACTION in text for path, text in texts() if path == "README.md")


def test_the_addresses_of_the_project_are_the_same_everywhere() -> None:
    pages = {match[1] for _, text in texts() for match in _PAGE.finditer(text)}
    images = {match[1] for _, text in texts() for match in _IMAGE.finditer(text)}

    assert pages == {REPOSITORY}
    assert images <= {REPOSITORY}
    assert URL.endswith(REPOSITORY)
    assert IMAGE.endswith(REPOSITORY)


def test_only_one_module_writes_the_repository_down() -> None:
    modules = {
        path
        for path, text in texts()
        if path.startswith("ghpypi/") and path.endswith(".py") and f'"{REPOSITORY}' in text
    }

    assert modules == {"ghpypi/core/project.py"}
    assert re.fullmatch(r"v\d+", MAJOR_TAG)
