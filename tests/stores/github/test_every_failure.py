"""Every request of an upload and of an index run fails once, in every way there is.

The run finishes right, or ends with an error of ours; the same run again ends in exactly the
state of a run that met no failure.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ghpypi.errors import GhpypiError, NotAllowedError, TryLaterError
from tests.emulator import Emulator, Fault
from tests.stores.github.scene import Scene

FAULTS = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "503": Fault.status(503),
    "504": Fault.status(504),
    "403 with Retry-After": Fault.secondary_limit(retry_after=30),
    "403 without Retry-After": Fault.secondary_limit(),
    "429 with Retry-After": Fault.secondary_limit(retry_after=30, code=429),
    "429 without Retry-After": Fault.secondary_limit(code=429),
    "429 of a proxy": Fault.status(429, body="slow down"),
    "hourly limit": Fault.primary_limit(reset_in=600),
    "reset before the work": Fault.reset_before(),
    "reset after the work": Fault.reset_after(),
    "cut in half": Fault.cut(),
    "502 that leaves a starter": Fault.starter_502(),
    "slow": Fault.slow(0.05),
}


FORBIDDEN = [FAULTS[name].kind for name in FAULTS if name.startswith(("403", "hourly"))]
IMPATIENT = ("503", "429 without Retry-After", "reset before the work", "reset after the work")


@contextmanager
def scene_in(folder: Path) -> Iterator[Scene]:
    folder.mkdir(parents=True)
    with Emulator(folder) as github:
        scene = Scene.set(github, folder)
        scene.seed()
        yield scene


@pytest.fixture(scope="module")
def flawless(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, object]:
    """How many requests a run without failure makes, and what it leaves."""
    with scene_in(tmp_path_factory.mktemp("flawless") / "scene") as scene:
        scene.work()
        return len(scene.github.requests), scene.state()


def attempt(scene: Scene, fault: Fault, *, max_wait: float) -> GhpypiError | None:
    """Run once with a fault; whatever goes wrong must be an error of ours."""
    scene.github.faults.add(fault)
    try:
        scene.work(max_wait=max_wait)
    except GhpypiError as error:
        return error
    return None


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_patient_run_survives_it(
    fault: Fault, flawless: tuple[int, object], tmp_path: Path
) -> None:
    requests, state = flawless
    for number in range(1, requests + 1):
        with scene_in(tmp_path / str(number)) as scene:
            error = attempt(scene, Fault.at(number, fault), max_wait=7200)
            (hit,) = scene.github.faults.fired

            # git does not tell a limit from a missing right; saying so is all that can be done.
            if hit.origin == "git" and fault.kind in FORBIDDEN:
                assert isinstance(error, NotAllowedError | None)
                scene.work()
            else:
                assert error is None, f"{error} at request {number}"
            assert scene.state() == state, f"with failure at request {number}"


@pytest.mark.parametrize("fault", [FAULTS[name] for name in IMPATIENT], ids=IMPATIENT)
def test_the_repetition_of_an_impatient_run_finishes_it(
    fault: Fault, flawless: tuple[int, object], tmp_path: Path
) -> None:
    requests, state = flawless
    failed = 0
    for number in range(1, requests + 1):
        with scene_in(tmp_path / str(number)) as scene:
            error = attempt(scene, Fault.at(number, fault), max_wait=0)
            failed += error is not None

            assert isinstance(error, TryLaterError | None)
            assert scene.token not in str(error)
            scene.work()
            assert scene.state() == state, f"after failure at request {number}"
    assert failed > requests / 2
