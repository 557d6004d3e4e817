"""Run commands in many processes at the same moment: `python concurrent_commands.py COMMAND...`.

Each argument is a command, its words as JSON. The processes are forked after everything is
imported, so that they begin together. Prints exit code and output of each as JSON.
"""

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

from ghpypi.cli import index, upload  # noqa: F401 - imported once, before the processes part
from ghpypi.cli.main import run
from ghpypi.stores.github import connection  # noqa: F401


def main(commands: list[str]) -> None:
    """Fork a process for each command, and let them begin."""
    ready, start = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / str(number) for number in range(len(commands))]
        children = [
            _forked(json.loads(command), output, ready)
            for command, output in zip(commands, outputs, strict=True)
        ]
        os.write(start, b"!" * len(children))
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        texts = [output.read_text(encoding="utf-8") for output in outputs]
    sys.stdout.write(json.dumps(list(zip(codes, texts, strict=True))))


def _forked(command: list[str], output: Path, ready: int) -> int:
    child = os.fork()
    if child:
        return child
    handle = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    code = 70
    try:
        os.read(ready, 1)
        code = run(command)
    except BaseException:  # noqa: BLE001 - the parent tells it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
