"""The command line, run within the process of the tests: a process of its own takes a second."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper

from ghpypi.cli.main import run
from ghpypi.report import forget_secrets
from tests.support.keyrings import NONE, MemoryKeyring, system_keyring

Done = subprocess.CompletedProcess[str]


def run_here(arguments: list[str], environment: Mapping[str, str]) -> Done:
    """Run a command with exactly these environment variables and without a keyring.

    No other thread may do this at the same time: the environment is that of the whole process.
    """
    out, err = _stream(), _stream()
    with _environment(environment), system_keyring(MemoryKeyring(NONE)):
        forget_secrets()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(arguments)
    return subprocess.CompletedProcess(arguments, code, _text(out), _text(err))


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    _replace(variables)
    try:
        yield
    finally:
        _replace(before)


def _replace(variables: Mapping[str, str]) -> None:
    """Change what differs, so that what other threads need is there at every moment."""
    os.environ.update(variables)
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]


def _stream() -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding="utf-8", newline="")


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode()
