"""The Action on systems that these tests do not run on, as far as that can be told from here."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
START = (ROOT / "action" / "start.py").read_text(encoding="utf-8")
OLD = (3, 8)
"""The `python3` of the oldest systems that runners still have."""


def test_an_old_python_can_parse_the_check_of_its_version() -> None:
    tree = ast.parse(START, feature_version=OLD)
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    sources = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}

    assert sources == {"__future__", "collections.abc", "pathlib"}, "annotations are not evaluated"
    assert imported <= sys.stdlib_module_names


def test_every_step_runs_in_the_shell_that_all_systems_have() -> None:
    assert ACTION.count("shell: bash\n") == ACTION.count(" run: |") == 1


def test_python_is_found_by_either_of_its_names() -> None:
    commands = re.findall(r"^        (.+action/start\.py.*)$", ACTION, re.MULTILINE)

    assert len(commands) == 1
    for command in commands:
        assert '"$(command -v python3 || command -v python)"' in command
        assert '"$GITHUB_ACTION_PATH/action/start.py"' in command, "it may have blanks"


def test_no_script_asks_for_what_only_some_systems_have() -> None:
    assert not re.search(r"/bin/|/tmp|Scripts|sudo|\.exe\b", ACTION + START)


@pytest.mark.parametrize(
    "place", ["/opt/tool cache/ghpypi/1", r"C:\hostedtoolcache\ghpypi\new", '/it\'s/"here"']
)
def test_any_path_is_carried_into_the_program(start: ModuleType, place: str) -> None:
    line = start.command_line(Path(place), ["index"])
    code = line[line.index("-c") + 1]
    statement = ast.parse(code).body[1]

    assert isinstance(statement, ast.Assign)
    assert ast.literal_eval(statement.value) == [str(ROOT), str(Path(place))]
    assert line[-1] == "index"


def test_the_program_writes_utf_8_into_whatever_pipe_it_is_given(start: ModuleType) -> None:
    line = start.command_line(Path(), [])
    code = "import sys; print(sys.flags.isolated, sys.flags.utf8_mode, '\\N{SNOWMAN}')"
    done = subprocess.run(
        [*line[: line.index("-c") + 1], code],
        env={"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
        capture_output=True, check=True,
    )  # fmt: skip

    assert done.stdout.decode() == "1 1 \N{SNOWMAN}\n"
