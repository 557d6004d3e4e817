"""`ghpypi stats`: the download counts of the published catalog."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from packaging.utils import NormalizedName

from ghpypi.cli.command import Command
from ghpypi.cli.listing import find_project, of_version, offered, published
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_json, print_table, say
from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.download_counts import (
    VersionCount,
    by_downloads,
    project_count,
    version_counts,
)
from ghpypi.core.download_history import DOWNLOADS_PATH, DownloadHistory, WeekCount
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.model import File
from ghpypi.core.names import normalize
from ghpypi.core.quantities import count_of, number
from ghpypi.core.text_plot import BLOCKS, text_bars

WIDEST_BAR = 40
"""The width of the longest bar, in characters; less in a narrow terminal."""

SHOWN_WEEKS = 13
"""Maximum number of weeks in the table: a quarter. The JSON has all."""

_Row = tuple[str, ...]


@click.command("stats", cls=Command)
@click.argument("project", metavar="[NAME[==VERSION]]", required=False)
@click.option(
    "--site", "output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Read the site in this folder instead of the published one.",
)  # fmt: skip
@shared_options
def stats_command(settings: Settings, project: str | None, output: Path | None) -> None:
    """Show how often projects were downloaded.

    Without a name, all projects are listed, with the downloads of the last full week; with a name
    its versions and its downloads per week, and with a version its files. The totals are those of
    GitHub, rounded to two digits, at the time of the last index run that updated them: the daily
    one, or 'ghpypi index --refresh'.

    \b
    Examples:
      ghpypi stats --store acme/pypi
      ghpypi stats acme-lib
      ghpypi stats acme-lib==1.0 --json
    """  # noqa: D301 - \b makes click keep the lines
    catalog = published(settings, output)
    history = _history(settings, catalog, output)
    weeks: list[WeekCount] = []
    if project is None:
        document, rows, counts = _all_projects(settings, catalog, history)
    else:
        document, rows, counts = _one_project(settings, catalog, project)
        if "==" not in project:
            weeks = history.per_week(normalize(project))
            document["project"]["weeks"] = [each._asdict() for each in weeks]
    if settings.json:
        print_json(document)
    else:
        _print_counts(rows, counts)
        _print_weeks(weeks[-SHOWN_WEEKS:])
    if not any(counts):
        _explain_zero(settings)


def _history(settings: Settings, catalog: Catalog, output: Path | None) -> DownloadHistory:
    """Read the downloads per week; empty if the site has none."""
    if DOWNLOADS_PATH not in catalog.owns:
        return DownloadHistory()
    text = settings.opened.site(output).read([DOWNLOADS_PATH]).get(DOWNLOADS_PATH, b"")
    try:
        return DownloadHistory.parse(text)
    except ValueError as error:
        settings.reporter.warn(f"cannot read {DOWNLOADS_PATH} of the site: {error}")
        return DownloadHistory()


def _all_projects(
    settings: Settings, catalog: Catalog, history: DownloadHistory
) -> tuple[dict[str, Any], list[_Row], list[int]]:
    """Return the counts of all projects: as JSON, as rows, and as numbers for bars."""
    counts = by_downloads(
        project_count(line.name, offer.files)
        for line, offer in offered(settings, catalog, None, catalog.lines.values())
    )
    document = {
        "downloads": sum(each.downloads for each in counts),
        "week": history.last_week,
        "project": None,
        "projects": [
            {**each._asdict(), "last-week": history.in_last_week(each.name)} for each in counts
        ],
    }
    rows: list[_Row] = [
        (
            each.name,
            count_of(each.downloads, "download"),
            *([_in_week(history, each.name)] if history.last_week else []),
            count_of(each.versions, "version"),
        )
        for each in counts
    ]
    return document, rows, [each.downloads for each in counts]


def _in_week(history: DownloadHistory, name: NormalizedName) -> str:
    """Return a cell with the downloads of the last full week; empty if unknown."""
    count = history.in_last_week(name)
    return "" if count is None else f"{number(count)} in {history.last_week}"


def _one_project(
    settings: Settings, catalog: Catalog, project: str
) -> tuple[dict[str, Any], list[_Row], list[int]]:
    """Return the counts of the versions of a project, or of the files of one version.

    Raises:
        NotFoundError: The index does not have it.
        UsageError: It is neither a name nor a version of a project.
    """
    pin = Pin.parse(project) if "==" in project else None
    name = pin.name if pin else normalize(project)
    line, offer = find_project(settings, catalog, None, name)
    versions = version_counts((of_version(offer, pin, line) if pin else offer).files)
    document: dict[str, Any] = {
        "downloads": sum(each.downloads for each in versions),
        "week": None,
        "projects": [],
        "project": {
            "name": name,
            "downloads": sum(each.downloads for each in versions),
            "versions": [_version(each) for each in versions],
            "weeks": [],
        },
    }
    if pin is None:
        rows: list[_Row] = [
            (
                each.version,
                count_of(each.downloads, "download"),
                count_of(len(each.files), "file"),
            )
            for each in versions
        ]
        return document, rows, [each.downloads for each in versions]
    files = [file for each in versions for file in each.files]
    rows = [(file.filename, count_of(file.downloads, "download")) for file in files]
    return document, rows, [file.downloads for file in files]


def _version(count: VersionCount) -> dict[str, Any]:
    return {
        "version": count.version,
        "downloads": count.downloads,
        "files": [_file(file) for file in count.files],
    }


def _file(file: File) -> dict[str, Any]:
    return {"filename": file.filename, "downloads": file.downloads}


def _print_counts(rows: Sequence[_Row], counts: Sequence[int]) -> None:
    """Print a table; in a terminal with a bar for each count."""
    if rows and sys.stdout.isatty():
        used = sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True))
        width = min(WIDEST_BAR, shutil.get_terminal_size().columns - used - 1)
        bars = text_bars(counts, width, ascii_only=not _can_print(BLOCKS)) if width > 0 else ()
        rows = [(*row, bar) for row, bar in zip(rows, bars, strict=True)] if bars else rows
    print_table(list(rows))


def _print_weeks(weeks: Sequence[WeekCount]) -> None:
    """Print the downloads of each week, the last one at the end."""
    if weeks:
        say("")
        _print_counts(
            [(each.week, count_of(each.downloads, "download")) for each in weeks],
            [each.downloads for each in weeks],
        )


def _can_print(text: str) -> bool:
    """Return whether standard output has an encoding for these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _explain_zero(settings: Settings) -> None:
    """Say why there are no downloads."""
    if settings.backend.capabilities.counts_downloads:
        settings.reporter.step(
            "no downloads yet; the daily run updates the counts, or 'ghpypi index --refresh'"
        )
    else:
        settings.reporter.step(
            f"{settings.locator} does not count downloads; only releases on GitHub do"
        )
