"""What ghpypi needs is installed from the lock, for each step, and from nowhere else."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from ghpypi.core.digest import digest_of
from tests.support.packages import wheel

NAME, GOOD = wheel("acme_lib", "1.0")
_, EVIL = wheel("acme_lib", "1.0", text="evil = True\n")


@pytest.fixture
def environment(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """A runner, an index with one wheel, and a lock that names it."""
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / NAME).write_bytes(GOOD)
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"acme-lib==1.0 --hash=sha256:{digest_of(GOOD)}\n")
    monkeypatch.setattr(start, "LOCK", lock)
    (tmp_path / "temp").mkdir()
    return {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "index"),
        "GHPYPI_TOKEN": "secret",
    }


def test_each_step_installs_again_where_the_runner_tidies_up(
    start: ModuleType, environment: Mapping[str, str], tmp_path: Path
) -> None:
    first, second = (start.install(environment) for _ in range(2))

    assert first != second
    assert first.parent == second.parent == tmp_path / "temp"
    assert (first / "acme_lib.py").read_text() == (second / "acme_lib.py").read_text() == ""


def test_ghpypi_is_compiled_meanwhile(
    start: ModuleType,
    environment: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "ghpypi").mkdir()
    (tmp_path / "ghpypi" / "index.py").write_text("")
    monkeypatch.setattr(start, "CHECKOUT", tmp_path)
    start.install(environment)

    assert list((tmp_path / "ghpypi" / "__pycache__").iterdir())


def test_a_wheel_that_is_not_in_the_lock_is_refused(
    start: ModuleType, environment: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "index" / NAME).write_bytes(EVIL)
    with pytest.raises(start.InstallError, match="see its message above"):
        start.install(environment)

    assert list((tmp_path / "temp").iterdir()) == []


def test_pip_is_not_given_the_token(
    start: ModuleType,
    environment: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    start.install({**environment, "PATH": "/usr/bin:/bin"})

    assert "RUNNER_TEMP" in (tmp_path / "seen").read_text()
    assert "secret" not in (tmp_path / "seen").read_text()


def test_nothing_is_taken_from_an_earlier_run() -> None:
    """A job that runs untrusted code may have put it there."""
    root = Path(__file__).parents[2]
    texts = [
        (root / name).read_text(encoding="utf-8") for name in ("action.yml", "action/start.py")
    ]

    assert "RUNNER_TOOL_CACHE" not in "".join(texts)
    assert "uses:" not in texts[0]
