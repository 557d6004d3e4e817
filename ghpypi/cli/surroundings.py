"""`ghpypi` without a command: say what to do next in the current folder."""

import os
from contextlib import suppress
from pathlib import Path

from ghpypi.cli.choice import choose
from ghpypi.cli.output import print_table, say
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.next_steps import Surroundings, next_steps
from ghpypi.core.parsing import parse_toml
from ghpypi.errors import GhpypiError
from ghpypi.ports import read_config
from ghpypi.stores import built, capabilities_of
from ghpypi.stores.directory.config_file import DirectoryConfigFile

_CATALOG = "catalog.jsonl"
_USUAL_INDEX = "index"


def say_next_steps() -> None:
    """Print what is in the current folder, and commands that fit it."""
    sentence, steps = next_steps(look(Path()))
    say(sentence)
    say("")
    print_table([(f"  {each.command}", each.text) for each in steps])
    say("")
    say("'ghpypi --help' lists all commands.")


def look(folder: Path) -> Surroundings:
    """Look at the current folder, without a request.

    A configuration that cannot be read is reported by the command that needs it.
    """
    config = Config()
    with suppress(GhpypiError):
        config = read_config(DirectoryConfigFile(folder / CONFIG_FILE))
    locator = None
    with suppress(GhpypiError):
        locator = choose(None, config, os.environ.get("GITHUB_API_URL")).locator
    has_index = (folder / _USUAL_INDEX / _CATALOG).is_file()
    return Surroundings(
        store=str(locator or ""),
        is_repository=locator is not None and capabilities_of(locator).has_roles,
        is_index=(folder / _CATALOG).is_file(),
        index=f"./{_USUAL_INDEX}" if has_index else "",
        is_project=_is_project(folder / "pyproject.toml"),
        distributions=_distributions(folder / "dist"),
    )


def _is_project(path: Path) -> bool:
    try:
        document = parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool({"project", "build-system"} & set(document))


def _distributions(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    with suppress(GhpypiError):
        return len(built.find([str(folder)]).files)
    return 0
