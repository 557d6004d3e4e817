"""What holds for every test: where it writes, hypothesis in moderation, and the golden files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import place

FOLDER = place.move_in()

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, bytes], None]
"""Compare bytes with the golden file of a name; or rewrite it."""

settings.register_profile(
    "moderate",
    max_examples=40,
    deadline=None,  # two busy cores make a clock a poor judge
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("moderate")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="Write the golden files anew; read the diff like code.",
    )


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
        place.move_out(FOLDER)
