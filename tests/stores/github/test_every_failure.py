"""Each kind of request of an upload and of an index run fails once, in every way that differs.

GHPYPI_STRESS_ANSWERS=all lets every request fail in every way.

The run finishes right, or ends with a `GhpypiError`; the same run again ends in exactly the
state of a run that met no failure.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ghpypi.errors import DamagedError, GhpypiError, NotAllowedError, TryLaterError
from ghpypi.jobs.index.outcome import IndexReport
from tests.emulator import Emulator, Fault, Request
from tests.stores.github.scene import Past, Scene
from tests.support.bad_answers import ALL
from tests.support.nightly import nightly

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


SAME_PATH = {
    *("500", "502", "504", "429 with Retry-After", "429 without Retry-After"),
    *("reset before the work", "slow"),
}
"""Faults that take the path of another one through the code, or none of their own."""

TRIED = [name for name in FAULTS if ALL or name not in SAME_PATH]

EVERYWHERE = {"503", "reset after the work", "cut in half", "403 without Retry-After"}
"""Faults that are tried at each kind of request; the others at every third one, beginning with
another kind each."""

EACH_RUN = {"503", "reset after the work", "403 with Retry-After", "hourly limit"}
"""Faults that are tried in each run of the tests, not only at night."""

FORBIDDEN = [name for name in FAULTS if name.startswith(("403", "hourly"))]
IMPATIENT = [
    *("503", "reset after the work"),
    *(
        ("403 without Retry-After", "429 without Retry-After", "reset before the work")
        if ALL
        else ()
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One of the two jobs, and how it ends when nothing fails.

    Attributes:
        run: Does it, and waits for so many seconds at most.
        past: The state before it.
        requests: The kinds of its requests, in order.
        state: The state after it.
    """

    run: Callable[[Scene, float], object]
    past: Past
    requests: tuple[str, ...]
    state: object

    @classmethod
    def tried(cls, run: Callable[[Scene, float], object], past: Past) -> "Job":
        """Do it once without failure."""
        scene = past.restored()
        run(scene, 7200)
        requests = tuple(kind_of(each) for each in scene.github.requests)
        return cls(run=run, past=past, requests=requests, state=scene.state())

    def chosen(self, name: str) -> list[int]:
        """Choose the requests at which a fault is tried: one of each kind, or all of them."""
        if ALL:
            return list(range(1, len(self.requests) + 1))
        turn = list(FAULTS).index(name)
        kinds: dict[str, list[int]] = {}
        for number, kind in enumerate(self.requests, 1):
            kinds.setdefault(kind, []).append(number)
        chosen = [numbers[turn % len(numbers)] for numbers in kinds.values()]
        if name == "502 that leaves a starter":
            return [number for number in chosen if "uploads" in self.requests[number - 1]]
        return chosen if name in EVERYWHERE else chosen[turn % 3 :: 3]

    def attempt(self, number: int, fault: Fault, *, max_wait: float) -> GhpypiError | None:
        """Do it with a failure at one request; every failure must be a `GhpypiError`.

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
    """Upload, and index after it; each starts from the same state for every failure."""
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


@pytest.mark.parametrize(
    "name", [name if name in EACH_RUN else nightly(name, id=name) for name in TRIED]
)
def test_a_run_that_retries_survives_it(name: str, jobs: tuple[Job, Job]) -> None:
    for job in jobs:
        for number in job.chosen(name):
            error = job.attempt(number, FAULTS[name], max_wait=7200)
            scene = job.past.scene
            (hit,) = scene.github.faults.fired

            # git does not tell a limit from a missing right; saying so is all that can be done.
            if hit.origin == "git" and name in FORBIDDEN:
                assert isinstance(error, NotAllowedError | None)
                job.run(scene, 7200)
            else:
                assert error is None, f"{error} at request {number}"
            assert scene.state() == job.state, f"with failure at request {number}"


@pytest.mark.parametrize("name", IMPATIENT)
def test_the_repetition_of_a_run_without_retries_finishes_it(
    name: str, jobs: tuple[Job, Job]
) -> None:
    failed = tried = 0
    for job in jobs:
        for number in job.chosen(name):
            tried += 1
            error = job.attempt(number, FAULTS[name], max_wait=0)
            scene = job.past.scene
            failed += error is not None

            at_git = job.requests[number - 1].startswith("git") and name in FORBIDDEN
            assert isinstance(error, (NotAllowedError if at_git else TryLaterError) | None)
            assert scene.token not in str(error)
            if error is None:
                assert scene.state() == job.state, f"silent about failure at request {number}"
            job.run(scene, 7200)
            assert scene.state() == job.state, f"after failure at request {number}"
    # An upload that is cut off is looked for, and a download continued, without waiting.
    assert failed > tried / 2


def kind_of(request: Request) -> str:
    """Tell the kind of a request: what it does, whichever release or file it is about."""
    path = re.sub(r"\d+", "N", request.path) if request.origin in {"api", "uploads"} else ""
    path = request.path.rpartition(".git")[2] if request.origin == "git" else path
    return f"{request.origin} {request.method} {path}"
