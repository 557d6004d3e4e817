"""What `ghpypi serve` says about repositories before it accepts requests."""

import socket
from collections.abc import Sequence

import pytest

from ghpypi.server import run
from tests.cli.conftest import Bench
from tests.emulator import Emulator, Fault
from tests.support.index_workflow import add_index_repository


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, github: Emulator) -> list[int]:
    """The servers that were started, each with the number of its sockets."""
    found: list[int] = []

    def served(_app: object, sockets: Sequence[socket.socket], *_: object) -> None:
        for each in sockets:
            each.close()
        found.append(len(sockets))

    monkeypatch.setattr(run, "serve", served)
    add_index_repository(github)
    return found


def test_a_mistyped_repository_is_an_error(bench: Bench, started: list[int]) -> None:
    outcome = bench.run("serve", "acme/typo", "--port", "0")

    assert (outcome.code, started) == (5, [])
    assert outcome.err == (
        "error: GET /repos/acme/typo: not found, or this token may not see it\n"
        "hint: check the name and the permissions of the token\n"
    )


def test_a_server_of_several_stores_names_the_mistyped_one(
    bench: Bench, started: list[int]
) -> None:
    for other in ("acme/pypi", "memory:x"):
        outcome = bench.run("serve", "acme/typo", other, "--port", "0")

        assert outcome.code == 0
        assert (
            "warning: acme/typo cannot be read now: GET /repos/acme/typo: not found" in outcome.err
        )
    assert started == [1, 1]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.status(503), "GitHub responds with HTTP 503"),
        (Fault.status(401), "GitHub does not accept this token"),
    ],
    ids=["outage", "token"],
)
def test_a_server_starts_if_its_repository_cannot_be_read_now(
    bench: Bench, github: Emulator, started: list[int], fault: Fault, reason: str
) -> None:
    github.faults.add(fault)
    outcome = bench.run("serve", "acme/pypi", "--port", "0")

    assert (outcome.code, started) == (0, [1])
    assert "warning: acme/pypi cannot be read now: GET /repos/acme/pypi" in outcome.err
    assert reason in outcome.err


def test_without_a_token_nothing_is_read(
    bench: Bench, github: Emulator, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GHPYPI_TOKEN")
    github.clear_log()
    outcome = bench.run("serve", "acme/private", "--port", "0")

    assert (outcome.code, started, github.requests) == (0, [1], [])
