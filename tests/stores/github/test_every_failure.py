"""Requests of an upload and of an index run fail once, in every way that differs.

The run finishes right, or ends with an error of ours; the same run again ends in exactly the
state of a run that met no failure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ghpypi.errors import DamagedError, GhpypiError, NotAllowedError, TryLaterError
from ghpypi.jobs.index import IndexReport
from tests.emulator import Emulator, Fault
from tests.stores.github.scene import Past, Scene
from tests.support.bad_answers import ALL

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


SAME_PATH = {"500", "502", "504", "429 with Retry-After"}
"""Faults that take the path of another one through the code; they are tried only with
GHPYPI_STRESS_ANSWERS=all."""

TRIED = {name: fault for name, fault in FAULTS.items() if ALL or name not in SAME_PATH}

EVERYWHERE = {"503", "reset after the work", "cut in half", "403 without Retry-After"}
"""Faults that are tried at each request; the others at every third one, beginning with another
request each, unless all are wanted."""


def chosen_requests(fault: Fault, count: int) -> range:
    """Choose the requests at which a fault is tried."""
    name = next(name for name, each in FAULTS.items() if each is fault)
    if ALL or name in EVERYWHERE:
        return range(1, count + 1)
    return range(1 + list(FAULTS).index(name) % 3, count + 1, 3)


FORBIDDEN = [FAULTS[name].kind for name in FAULTS if name.startswith(("403", "hourly"))]
IMPATIENT = ("503", "429 without Retry-After", "reset before the work", "reset after the work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One of the two jobs, and how it ends when nothing fails."""

    run: Callable[[Scene, float], object]
    past: Past
    requests: int
    state: object

    @classmethod
    def tried(cls, run: Callable[[Scene, float], object], past: Past) -> "Job":
        """Do it once without failure."""
        scene = past.restored()
        run(scene, 7200)
        return cls(run=run, past=past, requests=len(scene.github.requests), state=scene.state())

    def attempt(self, number: int, fault: Fault, *, max_wait: float) -> GhpypiError | None:
        """Do it with a failure at one request; whatever goes wrong must be an error of ours.

        What the command line makes of files that could not be read is an error, too.
        """
        scene = self.past.restored()
        scene.github.faults.add(Fault.at(number, fault))
        try:
            report = self.run(scene, max_wait)
        except GhpypiError as error:
            return error
        if isinstance(report, IndexReport) and report.unread:
            return DamagedError("; ".join(x.reason for x in report.unread))
        return None


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Job, Job]]:
    """Upload, and index after it; each begins anew from where it began, for every failure."""
    uploading, indexing = tmp_path_factory.mktemp("upload"), tmp_path_factory.mktemp("index")
    with Emulator(uploading) as first, Emulator(indexing) as second:
        scenes = Scene.set(first, uploading), Scene.set(second, indexing)
        for scene in scenes:
            scene.github.rate_limit = 10**9
            scene.github.counts_downloads = False  # a repetition would differ by them
            scene.seed()
        scenes[1].upload()
        yield (
            Job.tried(lambda scene, wait: scene.upload(max_wait=wait), Past.of(scenes[0])),
            Job.tried(lambda scene, wait: scene.index(max_wait=wait), Past.of(scenes[1])),
        )


@pytest.mark.parametrize("fault", TRIED.values(), ids=TRIED.keys())
def test_a_patient_run_survives_it(fault: Fault, jobs: tuple[Job, Job]) -> None:
    for job in jobs:
        for number in chosen_requests(fault, job.requests):
            error = job.attempt(number, fault, max_wait=7200)
            scene = job.past.scene
            (hit,) = scene.github.faults.fired

            # git does not tell a limit from a missing right; saying so is all that can be done.
            if hit.origin == "git" and fault.kind in FORBIDDEN:
                assert isinstance(error, NotAllowedError | None)
                job.run(scene, 7200)
            else:
                assert error is None, f"{error} at request {number}"
            assert scene.state() == job.state, f"with failure at request {number}"


@pytest.mark.parametrize("fault", [FAULTS[name] for name in IMPATIENT], ids=IMPATIENT)
def test_the_repetition_of_an_impatient_run_finishes_it(
    fault: Fault, jobs: tuple[Job, Job]
) -> None:
    failed = tried = 0
    for job in jobs:
        for number in chosen_requests(fault, job.requests):
            tried += 1
            error = job.attempt(number, fault, max_wait=0)
            scene = job.past.scene
            failed += error is not None

            assert isinstance(error, TryLaterError | None)
            assert scene.token not in str(error)
            if error is None:
                assert scene.state() == job.state, f"silent about failure at request {number}"
            job.run(scene, 7200)
            assert scene.state() == job.state, f"after failure at request {number}"
    # An upload that is cut off is looked for, and a download continued, without waiting.
    assert failed > tried / 2
