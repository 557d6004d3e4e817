"""The inputs of the Action become arguments, or an error that says which input to change."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def run(
    inputs: dict[str, str], *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, ROOT / "action" / "start.py", *arguments],
        env={**{f"INPUT_{name.upper()}": value for name, value in inputs.items()}, **environment},
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ["index"]),
        ({"command": "index", "store": "acme/pypi"}, ["index", "--store", "acme/pypi"]),
        ({"config": "conf/ghpypi.toml"}, ["index", "--config", "conf/ghpypi.toml"]),
        ({"args": "--full --allow-shrink"}, ["index", "--full", "--allow-shrink"]),
        ({"args": "--output 'a folder'"}, ["index", "--output", "a folder"]),
        (
            {"command": "upload", "files": "dist/*.whl\n dist/*.tar.gz", "tag": "v1"},
            ["upload", "--tag", "v1", "--", "dist/*.whl", "dist/*.tar.gz"],
        ),
        ({"command": "upload", "files": "--token"}, ["upload", "--", "--token"]),
        ({"command": "publish", "tag": "v1"}, ["publish", "--", "v1"]),
        ({"command": "show", "args": "acme-lib"}, ["show", "acme-lib"]),
        ({"command": "verify", "args": "--all"}, ["verify", "--all"]),
        ({"store": "$(reboot)"}, ["index", "--store", "$(reboot)"]),
        (
            {"command": "run", "args": "pip install 'acme lib'", "store": "acme/pypi"},
            ["run", "--store", "acme/pypi", "--", "pip", "install", "acme lib"],
        ),
        ({"command": "serve", "args": "--no-upstream"}, ["run", "--detach", "--no-upstream"]),
        ({"allow_shrink": "true", "args": "--full"}, ["index", "--allow-shrink", "--full"]),
        ({"accept_removed": "v1 -v2"}, ["index", "--accept-removed=v1", "--accept-removed=-v2"]),
        ({"max_time": " 50m "}, ["index", "--max-time", "50m"]),
        ({"allow_shrink": "false", "command": "list"}, ["list"]),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_inputs_become_arguments(
    start: ModuleType, inputs: dict[str, str], expected: list[str]
) -> None:
    environment = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}

    assert start.arguments(environment) == expected


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"command": "rm"}, "command: 'rm' is not one of"),
        ({"command": "upload"}, "files: are given with 'command: upload'"),
        ({"files": "dist/*"}, "files: are given with 'command: upload'"),
        ({"command": "publish"}, "tag: is needed"),
        ({"command": "run"}, "args: say what to run"),
        ({"allow_shrink": "$(x)"}, "allow-shrink: '$(x)' is neither true nor false"),
        ({"allow_shrink": "true", "command": "list"}, "allow-shrink: means nothing with"),
        ({"accept_removed": "v1", "command": "list"}, "accept-removed: means nothing with"),
        ({"max_time": "50m", "command": "list"}, "max-time: means nothing with"),
        ({"tag": "v1"}, "tag: means nothing with 'command: index'"),
    ],
)
def test_inputs_that_make_no_sense_are_refused(inputs: dict[str, str], problem: str) -> None:
    done = run(inputs)

    assert done.returncode == 2
    assert done.stdout.startswith(f"::error title=ghpypi::{problem}")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("requirements.txt", set[str]()),
        ("requirements-serve.txt", {"starlette"}),
        ("requirements-attest.txt", {"starlette", "pypi-attestations", "sigstore", "cramjam"}),
        ("requirements-objects.txt", {"obstore"}),
    ],
)
def test_the_lock_holds_what_the_package_needs(name: str, extra: set[str]) -> None:
    """`make lock` writes it; with hashes, as pip demands of a file that has any."""
    lock = (ROOT / "action" / name).read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    constraints = dict(
        re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    )

    own = {"click", "filelock", "jinja2", "packaging", "pkginfo", "pygithub"}
    assert (extra if name == "requirements-objects.txt" else own | extra) <= pins.keys()
    assert pins.items() <= constraints.items()
    assert lock.count("--hash=sha256:") > len(pins)


@pytest.mark.parametrize(
    ("command", "args", "lock"),
    [
        ("index", "", "requirements.txt"),
        ("upload", "--draft", "requirements.txt"),
        ("upload", "--attest", "requirements-attest.txt"),
        ("upload", "--fetch-attestations --draft", "requirements-attest.txt"),
        ("serve", "", "requirements-serve.txt"),
        ("run", "--require-provenance acme/lib pip install acme", "requirements-attest.txt"),
    ],
)
def test_a_command_gets_the_packages_that_it_needs(
    start: ModuleType, command: str, args: str, lock: str
) -> None:
    environment = {"INPUT_COMMAND": command, "INPUT_ARGS": args}

    assert [each.name for each in start.locks_of(environment)] == [lock]


@pytest.mark.parametrize(
    "environment",
    [
        {"INPUT_STORE": "s3://acme-pypi/team"},
        {"INPUT_ARGS": "acme-lib==1.0 --store az://acme"},
        {"GHPYPI_STORE": "gs://acme-pypi"},
        {"INPUT_CONFIG": "conf/ghpypi.toml"},
    ],
    ids=lambda value: next(iter(value)),
)
def test_stores_in_buckets_need_one_more_lock(
    start: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/ghpypi.toml").write_text('[site]\nstore = "s3://acme-pages"\n')
    locks = [each.name for each in start.locks_of({"INPUT_COMMAND": "serve", **environment})]

    assert locks == ["requirements-serve.txt", "requirements-objects.txt"]


def test_an_empty_token_is_a_secret_that_is_not_set() -> None:
    done = run({"command": "index"}, GHPYPI_TOKEN="")

    assert done.returncode != 0
    assert "token: it is empty. A secret that is not set" in done.stdout + done.stderr


def test_the_token_of_the_workflow_is_for_its_own_github(start: ModuleType) -> None:
    runner = {"GITHUB_SERVER_URL": "https://code.example"}

    assert start.token_host({**runner, "INPUT_TOKEN_OF_WORKFLOW": "true"}) == {
        "GHPYPI_TOKEN_HOST": "https://code.example"
    }
    assert start.token_host({**runner, "INPUT_TOKEN_OF_WORKFLOW": "false"}) == {}


def test_no_input_is_a_command_of_the_runner() -> None:
    done = run({"command": "x\r\n::set-env name=PATH::/evil\n::add-mask::a%0Ab"})

    assert done.returncode == 2
    assert done.stdout == (
        "::error title=ghpypi::command: 'x%0D%0A::set-env name=PATH::/evil%0A::add-mask::a%250Ab' "
        "is not one of index, upload, publish, list, show, verify, doctor, run, serve\n"
    )


REPLACED = """
import sys, start
start.install = lambda _: sys.argv[1]
sys.executable = sys.argv[2]
sys.exit(start.main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be replaced on Windows")
def test_ghpypi_replaces_the_process_that_the_runner_sends_signals_to(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho $$\n")
    python.chmod(0o755)
    started = subprocess.Popen(
        [sys.executable, "-c", REPLACED, tmp_path, python],
        cwd=ROOT / "action", env={}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    assert started.communicate()[0] == f"{started.pid}\n"
