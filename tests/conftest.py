"""What holds for every test: where it writes, the order, hypothesis in moderation, golden files."""

import os
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import scratch
from tests.support.sharing import shared

FOLDER = scratch.move_in()

GOLDEN = Path(__file__).parent / "golden"

NIGHTLY = bool(os.environ.get("GHPYPI_NIGHTLY"))

Golden = Callable[[str, bytes], None]
"""Compare bytes with the golden file of a name; or rewrite it."""

settings.register_profile(
    "moderate",
    max_examples=100 if NIGHTLY else 25,
    deadline=None,  # two busy cores make a clock a poor judge
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("moderate")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="Write the golden files again; read the diff like code.",
    )


@pytest.hookimpl(trylast=True)  # after markers were added
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not NIGHTLY:
        reason = pytest.mark.skip(reason="GHPYPI_NIGHTLY is not set")
        for item in items:
            if item.get_closest_marker("nightly"):
                item.add_marker(reason)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    modules = [list(module) for _, module in groupby(items, lambda item: item.path)]
    long = [each for each in modules if any(_takes_long(item) for item in each)]
    short = [each for each in modules if not any(_takes_long(item) for item in each)]
    items[:] = shared(long, short, workers)


def _takes_long(item: pytest.Item) -> bool:
    if item.get_closest_marker("skip"):
        return False
    return any(item.get_closest_marker(name) for name in ("e2e", "slow"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    rewrite = bool(request.config.getoption("--rewrite-golden"))

    def compare(name: str, content: bytes) -> None:
        path = GOLDEN / name
        if rewrite:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

        assert path.is_file(), f"{name} is new: run pytest --rewrite-golden, and read it"
        assert content.decode() == path.read_bytes().decode()

    return compare


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.OK:
        scratch.move_out(FOLDER)
