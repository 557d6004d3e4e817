"""Random schedules of failures, and what has to be true whatever fails.

A schedule is a sequence of commands, each with faults at random requests. It follows from its
number alone, so that a failure can be repeated. `python -m tests.stress.schedules 1000` runs
many; `python -m tests.stress.schedules 1 --first 417` runs one.

What has to be true:

- a command ends with one of the documented exit codes, and without a traceback;
- what ends with 0 has done what it says: after `upload`, all files and metadata files are public;
  after `index`, the site offers every public file;
- a published site never loses a file, whatever fails;
- when nothing fails any more, the same commands again end with 0 and finish the work, and leave
  no draft and no broken upload;
- no output holds the token;
- `serve` never answers 500, and goes on with the last index.
"""

import argparse
import contextlib
import io
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from ghpypi.cli.main import run
from ghpypi.core.names import SIDECAR_SUFFIX, Filename
from ghpypi.core.upload.tags import default_tag
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.support.packages import Built, sdist, sidecar_of, wheel, written

CODES = frozenset({0, 1, 4, 5, 6, 7})
"""Exit codes that a failure of the remote may have."""

OK, FOUND = 200, 302
FILE_STATUSES = frozenset({FOUND, 401, 403, 404, 502, 503})
"""Answers to a request for a file while GitHub fails."""

LATE = 20
"""Faults happen at one of so many first requests of a command."""

REPORT_EVERY = 25
"""Schedules between two lines of progress."""

STORE = "acme/pypi"
HTML = {"Content-Type": "text/html"}
_LINK = re.compile(rb'<a href="([^"#]+)#sha256=([0-9a-f]{64})"([^>]*)>')


class WrongError(AssertionError):
    """Something that has to be true is not."""


@dataclass
class World:
    """A GitHub, a repository, and what was sent to it.

    Attributes:
        github: The emulator.
        repository: The store.
        folder: The working directory.
        token: Of the publisher.
        sent: The files of each upload, by its folder.
        offered: Filenames that the site has offered so far.
    """

    github: Emulator
    repository: Repository
    folder: Path
    token: str
    sent: dict[str, tuple[Built, ...]] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command, and check what has to be true of every command."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = run(arguments)
        text = out.getvalue()
        what = f"{' '.join(arguments)} ended with {code}: {text}"
        require(code in CODES, what)
        require("Traceback" not in text and "bug" not in text, what)
        require(self.token not in text, "the token was printed")
        self._check_site()
        return code, text

    def _check_site(self) -> None:
        """No reader ever finds fewer files than before, or a page that is not whole."""
        pages = self.repository.files("gh-pages")
        now = {name for name, _ in offered_by(pages)}
        require(now >= self.offered, f"the site lost {sorted(self.offered - now)}")
        self.offered = now


def require(true: object, otherwise: str) -> None:
    """Stop a schedule."""
    if not true:
        raise WrongError(otherwise)


def offered_by(pages: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """List what the pages offer: names and digests."""
    for path, page in pages.items():
        if re.fullmatch(r"simple/[^/]+/index\.html", path):
            for url, digest, _ in _LINK.findall(page):
                yield url.decode().rpartition("/")[2], digest.decode()


def random_fault(chance: random.Random) -> Fault:
    """Make a failure of one of the kinds that were seen."""
    # Not for git: it waits without a timeout when a push is answered with 200 and something else.
    pages = [
        Fault.status(200, HTML, "<html>sign in</html>", origin="api"),
        Fault.status(200, body="{", origin="api"),
        Fault.status(200, body=b"", origin="api"),
    ]
    if chance.random() < len(pages) / (len(pages) + 16):
        return replace(chance.choice(pages), nth=chance.randint(1, LATE))
    kinds = [
        *(Fault.status(code) for code in (401, 403, 404, 409, 422, 429, 500, 502, 503, 504)),
        Fault.status(502, HTML, "<html>bad gateway</html>"),
        Fault.secondary_limit(retry_after=0),
        Fault.primary_limit(reset_in=3600),
        Fault.reset_before(),
        Fault.reset_after(),
        Fault.cut(),
        Fault.starter_502(),
    ]
    return Fault.at(
        chance.randint(1, LATE), chance.choice(kinds), times=chance.choice((1, 1, 1, 3))
    )


def random_files(chance: random.Random) -> dict[str, tuple[Built, ...]]:
    """Make the files of one to three uploads; some are of one version."""
    sent = {}
    for number in range(chance.randint(1, 3)):
        version = f"{chance.randint(1, 2)}.0"
        name = chance.choice(("acme_lib", "acme_app"))
        text = f"x = {number}\n" * chance.choice((1, 2000))
        files = [
            (f"{name}-{version}-{number}-py3-none-any.whl", wheel(name, version, text=text)[1])
        ]
        if number == 0:
            files.append(sdist(name, version))
        sent[f"dist{number}"] = tuple(files)
    return sent


@contextlib.contextmanager
def world(folder: Path, chance: random.Random) -> Iterator[World]:
    """Set the scene; the environment of this process is made to fit, and put back."""
    (folder / "github").mkdir()
    before, here = dict(os.environ), Path.cwd()
    with Emulator(folder / "github") as github:
        github.add_organization("acme")
        github.add_user("bot")
        repository = github.add_repository(STORE)
        repository.grant("bot", "admin")
        repository.immutable_releases = False
        made = World(github, repository, folder, github.add_token("bot"))
        made.sent = random_files(chance)
        for name, files in made.sent.items():
            written(folder / name, *files)
        kept = {key: value for key, value in before.items() if key in {"PATH", "TMPDIR", "LANG"}}
        os.environ.clear()
        os.environ.update(
            kept,
            HOME=str(folder),
            GHPYPI_TOKEN=made.token,
            GHPYPI_STORE=STORE,
            GITHUB_API_URL=github.api_url,
            GITHUB_SERVER_URL=github.server_url,
        )
        os.chdir(folder)
        try:
            yield made
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)


def commands(chance: random.Random, sent: Sequence[str]) -> list[tuple[str, ...]]:
    """Choose a sequence of commands that a publisher may run."""
    chosen: list[tuple[str, ...]] = []
    if chance.random() < 0.3:
        chosen.append(("init", STORE, "--public", "--no-immutable"))
    for name in sent:
        upload = ("upload", name, "--no-rebuild")
        if chance.random() < 0.25:
            chosen += [(*upload, "--draft"), ("publish", name)]
        else:
            chosen.append(upload)
        if chance.random() < 0.5:
            chosen.append(("index",))
    return [*chosen, ("index",)]


def perform(made: World, command: tuple[str, ...]) -> tuple[int, str]:
    """Run one command of a schedule."""
    if command[0] == "publish":
        tags = sorted({default_tag(Filename.parse(name)) for name, _ in made.sent[command[1]]})
        return max(made.run("publish", tag, "--no-rebuild", "--max-wait", "0") for tag in tags)
    done = made.run(*command, "--max-wait", "0")
    if done[0] == 0 and command[0] == "upload" and "--draft" not in command:
        check_published(made, made.sent[command[1]])
    if done[0] == 0 and command[0] == "index":
        check_offered(made)
    return done


def check_published(made: World, files: Sequence[Built]) -> None:
    """Every file of an upload that ended with 0 is public, and so is its metadata file."""
    public = {
        asset.name: asset.data
        for release in made.repository.releases
        if not release.draft
        for asset in release.assets
        if asset.state == "uploaded"
    }
    for file in files:
        beside = [sidecar_of(file)] if file[0].endswith(".whl") else []
        for name, content in (file, *beside):
            require(
                public.get(name) == content, f"{name} is not public, though upload ended with 0"
            )


def check_offered(made: World) -> None:
    """After an index run that ended with 0 the site offers every public file, with its digest."""
    pages = dict(offered_by(made.repository.files("gh-pages")))
    for release in made.repository.releases:
        for asset in release.assets:
            ours = not release.draft and asset.state == "uploaded"
            if ours and not asset.name.endswith(SIDECAR_SUFFIX):
                digest = sha256(asset.data).hexdigest()
                require(pages.get(asset.name) == digest, f"the site does not offer {asset.name}")


def check_served(made: World, chance: random.Random) -> int:
    """Serve while GitHub fails: pages that were served once go on, and nothing is answered 500."""
    from tests.stress.serving import Reader  # noqa: PLC0415 - needs the extra `serve`

    with Reader(made.github.api_url, STORE, made.token) as reader:
        names = _projects(made)
        pages = {name: reader.page(name) for name in names}
        for name, page in pages.items():
            require(
                page.status_code == OK, f"the page of {name} was answered with {page.status_code}"
            )
        made.github.clear_log()
        for _ in range(chance.randint(1, 4)):
            made.github.faults.add(random_fault(chance))
        for name in names * 3:
            reader.refresh()
            status = reader.page(name).status_code
            require(status == OK, f"the page of {name} was answered with {status} during faults")
            status = reader.file(pages[name], name)
            require(status in FILE_STATUSES, f"a file of {name} was answered with {status}")
        fired = len(made.github.faults.fired)
        made.github.faults.clear()
        reader.refresh()
        for name in names:
            require(reader.page(name).status_code == OK, f"the page of {name} is not served again")
            status = reader.file(pages[name], name)
            # That GitHub refused a token is cached for a minute.
            require(status in {FOUND, 401, 403, 404}, f"a file of {name} is answered with {status}")
        return fired


def _projects(made: World) -> list[str]:
    pages = made.repository.files("gh-pages")
    found = (re.fullmatch(r"simple/([^/]+)/index\.html", path) for path in pages)
    return sorted(match[1] for match in found if match)


def run_schedule(number: int) -> int:
    """Run one schedule, and return how many faults happened.

    Raises:
        WrongError: Something that has to be true is not.
    """
    chance = random.Random(number)  # noqa: S311 - to be repeated
    with tempfile.TemporaryDirectory(prefix="schedule-") as name, world(Path(name), chance) as made:
        todo, fired = commands(chance, list(made.sent)), 0
        for command in todo:
            made.github.clear_log()
            for _ in range(chance.randint(0, 3)):
                made.github.faults.add(random_fault(chance))
            perform(made, command)
            fired += len(made.github.faults.fired)
            made.github.faults.clear()
        let_time_pass(made)
        for command in todo:
            code, text = perform(made, command)
            require(code == 0, f"{' '.join(command)} again ended with {code}: {text}")
        check_end(made)
        return fired + check_served(made, chance)


def let_time_pass(made: World) -> None:
    """Make broken uploads old: a fresh one may be of a process that is still sending."""
    for release in made.repository.releases:
        for asset in release.assets:
            if asset.state != "uploaded":
                asset.created_at -= timedelta(hours=2)
                asset.updated_at -= timedelta(hours=2)


def check_end(made: World) -> None:
    """Everything sent is public and offered, and nothing is left over."""
    for files in made.sent.values():
        check_published(made, files)
    check_offered(made)
    drafts = [release.tag_name for release in made.repository.releases if release.draft]
    require(not drafts, f"drafts are left: {drafts}")
    broken = [
        x.name for each in made.repository.releases for x in each.assets if x.state != "uploaded"
    ]
    require(not broken, f"broken uploads are left: {broken}")


def main() -> None:
    """Run many schedules, and tell which went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    chosen = parser.parse_args()
    wrong, fired = {}, 0
    for number in range(chosen.first, chosen.first + chosen.count):
        try:
            fired += run_schedule(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, it went wrong
            wrong[number] = f"{type(error).__name__}: {error}"
            sys.stderr.write(f"schedule {number}: {wrong[number]}\n")
        if number % REPORT_EVERY == REPORT_EVERY - 1:
            sys.stderr.write(f"{number} done, {fired} faults, {len(wrong)} wrong\n")
    sys.stdout.write(
        json.dumps({"schedules": chosen.count, "faults": fired, "wrong": wrong}) + "\n"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
