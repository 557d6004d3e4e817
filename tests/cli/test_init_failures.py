"""Every request that `ghpypi init` makes fails once; the next run finishes the work."""

from collections.abc import Iterable, Sequence

import pytest

from tests.cli.conftest import Bench
from tests.emulator import Emulator, Fault, Request
from tests.support.bad_answers import ALL
from tests.support.nightly import nightly
from tests.support.released_action import add_released_action

pytestmark = pytest.mark.slow
INIT = ("init", "acme/pypi", "--public", "-q", "--max-wait", "0", "--team", "devs:publish")


@pytest.fixture
def github(empty_github: Emulator, bench: Bench) -> Emulator:
    empty_github.add_organization("acme", owners=["ann"])
    empty_github.add_team("acme", "devs")
    add_released_action(empty_github)
    bench.set(GHPYPI_TOKEN=empty_github.add_token("ann"))
    return empty_github


def state(github: Emulator, name: str) -> object:
    """Everything that lasts, without the names that differ."""
    repository = github.repository(name)
    site = repository.site
    return (
        {
            path: text.replace(name.encode(), b"NAME")
            for path, text in repository.files("main").items()
            if path != "README.md"
        },
        sorted(repository.files("gh-pages")),
        (site.branch, site.path, site.build_type) if site else None,
        repository.immutable_releases,
        github.account("acme").teams["devs"].roles[repository.id],
    )


def numbers(requests: Sequence[Request], kind: str | int) -> Iterable[int]:
    """Choose the requests that fail.

    What was done and not answered is the hardest: each request that changes something. A request
    that only reads, and is not answered, is like one that never arrived. Of the other kinds, which
    take the same path, every twelfth request.
    """
    everything = range(1, len(requests) + 1)
    if ALL:
        return everything
    if kind == "reset_after":
        return [each for each in everything if requests[each - 1].method not in {"GET", "HEAD"}]
    return everything[0 if kind == 503 else 6 :: 12]


@pytest.mark.parametrize("kind", [nightly("reset_before"), "reset_after", nightly(503)])
def test_whatever_fails_the_next_run_finishes_it(
    bench: Bench, github: Emulator, kind: str | int
) -> None:
    assert bench.run(*INIT).code == 0
    requests, expected = list(github.requests), state(github, "acme/pypi")

    for number in numbers(requests, kind):
        github.delete_repository(github.repository("acme/pypi"))
        github.clear_log()
        github.faults.add(Fault.at(number, kind))
        broken = bench.run(*INIT)
        assert github.faults.fired, number
        assert broken.code in {0, 1, 7}, (number, broken)
        assert "Traceback" not in broken.err
        github.faults.clear()
        again = bench.run(*INIT)
        assert again.code == 0, (number, again)
        assert state(github, "acme/pypi") == expected, number
    github.clear_log()
    bench.run(*INIT)
    assert {each.method for each in github.requests} == {"GET"}
