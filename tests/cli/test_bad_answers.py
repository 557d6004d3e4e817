"""Every request that a command makes gets every kind of bad answer.

A command ends with a documented exit code and a message that names what was asked for, never with
a traceback, and the next run without faults leaves what a run without faults leaves.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.cli.conftest import Bench, Outcome
from tests.emulator import Emulator, Fault, Request
from tests.stores.github.scene import Past, Scene
from tests.support.bad_answers import ALL, ANSWERS, chosen
from tests.support.packages import sdist, sidecar_of, wheel, written
from tests.support.released_action import add_released_action

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0 if ALL else 300)]
CODES = {0, 1, 2, 4, 5, 7}
"""All but 3 (a check), 6 (another file has the name) and 130 (interrupted)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, and how to restore the state before it.

    Attributes:
        arguments: The command line.
        begin: Sets everything back to the state before it.
        state: Reads what it leaves.
    """

    arguments: tuple[str, ...]
    begin: Callable[[], object]
    state: Callable[[], object]


class Walk:
    """Runs a command once for each pair of a request and an answer.

    Args:
        bench: Runs commands.
        github: Answers.
        command: The command.
    """

    def __init__(self, bench: Bench, github: Emulator, command: Command) -> None:
        self._bench = bench
        self._github = github
        self._command = command

    def run(self) -> Outcome:
        """Run the command."""
        outcome = self._bench.run(*self._command.arguments, "--max-wait", "0")
        self._requests = list(self._github.requests)
        return outcome

    def check(self) -> None:
        """Check every pair."""
        self._command.begin()
        assert self.run().code == 0
        requests, expected = self._requests, self._command.state()
        for number, request in enumerate(requests, 1):
            for name in chosen(request, number):
                self._command.begin()
                self._github.faults.add(Fault.at(number, ANSWERS[name]))
                outcome = self.run()
                where = f"{request.method} {request.target} of {request.origin}: {name}: {outcome}"
                self._github.faults.clear()

                check_outcome(outcome, name, request, where)
                if ALL:
                    self._github.clear_log()
                    assert self.run().code == 0, where
                    assert self._command.state() == expected, where


def check_outcome(outcome: Outcome, answer: str, request: Request, where: str) -> None:
    """Check how a command ended."""
    told = outcome.out + outcome.err

    assert outcome.code in CODES, where
    assert "Traceback" not in told, where
    assert "ghp_" not in told, where
    if outcome.code == 0:
        return
    assert "error: " in outcome.err, where
    named = ("acme", "git ", *filter(None, request.path.split("/")[-2:]))
    assert any(each in outcome.err for each in named), where
    # What is not GitHub's says nothing about tokens or names.
    if request.origin == "api" and not answer.endswith("with JSON"):
        assert outcome.code in {1, 7}, where


@pytest.fixture
def scene(github: Emulator, bench: Bench) -> Scene:
    """A repository with an index, one release that is new to it, one draft and one new file."""
    github.rate_limit = 10**9
    github.counts_downloads = False
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "admin")
    written(bench.folder / "dist", wheel("acme_lib", "2.0"), sdist("acme_lib", "2.0"))
    repository.add_release("acme-old-1.0").add_asset(*wheel("acme_old", "1.0"))
    assert bench.run("index", "-q").code == 0
    new = wheel("acme_new", "1.0")
    release = repository.add_release("acme-new-1.0")
    release.add_asset(*new)
    release.add_asset(*sidecar_of(new))
    draft = repository.add_release("acme-draft-1.0", draft=True)
    draft.add_asset(*wheel("acme_draft", "1.0"))
    token = os.environ["GHPYPI_TOKEN"]
    return Scene(github=github, repository=repository, token=token, files=())


@pytest.mark.parametrize(
    "arguments",
    [
        ("upload", "dist", "--no-rebuild"),
        ("index",),
        ("index", "--full"),
        ("publish", "acme-draft-1.0", "--no-rebuild"),
        ("list",),
        ("show", "acme-old"),
    ],
    ids=" ".join,
)
def test_a_bad_answer_is_a_clear_error(
    bench: Bench, github: Emulator, scene: Scene, arguments: tuple[str, ...]
) -> None:
    past = Past.of(scene)
    command = Command(arguments=arguments, begin=past.restored, state=scene.state)

    Walk(bench, github, command).check()


def test_a_bad_answer_to_init_is_a_clear_error(bench: Bench, github: Emulator) -> None:
    github.rate_limit = 10**9
    github.add_team("acme", "devs")
    github.account("acme").owners.add("bot")
    add_released_action(github)

    def begin() -> None:
        if found := github.find_repository("acme/pypi"):
            github.delete_repository(found)
        github.clear_log()

    def state() -> object:
        repository = github.repository("acme/pypi")
        files = {"main": repository.files("main"), "gh-pages": repository.files("gh-pages")}
        return {branch: sorted(found) for branch, found in files.items()}, repository.site

    arguments = ("init", "acme/pypi", "--public", "-q", "--team", "devs:publish")
    Walk(bench, github, Command(arguments=arguments, begin=begin, state=state)).check()
