"""How much an index run asks of GitHub, counted by the emulator.

The store has thirty releases, each with a wheel and its sidecar. A run either stands nowhere, as
that of the index workflow does, and reads `ghpypi.toml` from the repository, or stands in a
checkout, beside it. Requests to api, web, uploads and git count; what the CDN hands out is
counted as downloads. The address of the site is configured, because the emulator's host does not
tell it, as github.com does by its name.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.child import Work, measure
from benchmarks.hub import STORE, ghpypi, hub
from benchmarks.table import Number, Row, note
from ghpypi.core.sample import build_wheel, core_metadata
from tests.emulator import Emulator
from tests.emulator.repository import Repository

RELEASES = 30
CONFIG = f'store = "{STORE}"\n[index]\nurl = "https://acme.example/"\n'
PLACES = {"repository": "", "checkout": " (ghpypi.toml beside)"}
"""Where the configuration is, and what is said of that."""

Counts = dict[str, int]


def rows(folder: Path) -> Iterator[Row]:
    note("requests: an index of thirty releases")
    for place, said in PLACES.items():
        counts: dict[str, Counts] = measure("request_counts:count", folder / place, place).result
        none, one = counts["unchanged"], counts["one release more"]
        yield _row(f"requests, nothing changed{said}", none, none["listing"] + 3, "listing + 3")
        yield Row(
            what=f"files downloaded, nothing changed{said}",
            measured=Number(value=none["downloads"], unit="downloads"),
            most=0,
            aim="none",
        )
        # git fetches with three requests (capabilities, refs, pack) and pushes with two; the
        # catalog and the repository are one each.
        most = one["listing"] + 5 + 2 + one["sidecars"]
        aim = "listing + 5 of git + 2 + sidecars"
        yield _row(f"requests, one release more{said}", one, most, aim)


def count(folder: str, place: str) -> Work:
    """Index, index again, and index one release more."""

    def work() -> dict[str, Counts]:
        here = Path(folder, "here")
        here.mkdir(parents=True)
        with hub(Path(folder)) as (github, repository, environment):
            os.environ.update(environment, GHPYPI_STORE=STORE)
            os.chdir(here)
            if place == "checkout":
                Path("ghpypi.toml").write_text(CONFIG, encoding="utf-8")
            else:
                repository.commit_files({"ghpypi.toml": CONFIG})
            for number in range(RELEASES):
                _publish(repository, f"1.{number}")
            index = ghpypi("index", "--quiet")
            index()
            unchanged = _counted(github, index)
            _publish(repository, "2.0")
            more = _counted(github, index)
            return {"unchanged": unchanged, "one release more": {**more, "sidecars": 1}}

    return work


def _row(what: str, counts: Counts, most: int, aim: str) -> Row:
    return Row(
        what=what,
        measured=Number(value=counts["requests"], unit="requests"),
        most=most,
        aim=f"at most {aim} = {most}",
    )


def _publish(repository: Repository, version: str) -> None:
    """Put a release into the state, as a maintainer's workflow would have made it."""
    name, content = build_wheel("acme_lib", version, {"acme_lib.py": ""})
    release = repository.add_release(f"acme-lib-{version}")
    release.add_asset(name, content)
    release.add_asset(f"{name}.metadata", core_metadata("acme_lib", version).encode())


def _counted(github: Emulator, index: Work) -> Counts:
    github.clear_log()
    index()
    asked = [each for each in github.requests if each.origin in {"api", "web", "uploads", "git"}]
    listing = [each for each in asked if each.path == f"/repos/{STORE}/releases"]
    return {
        "requests": len(asked),
        "listing": len(listing),
        "downloads": len(github.requests_to("cdn")),
    }
