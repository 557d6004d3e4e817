"""`ghpypi verify`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from ghpypi.cli.command import Command
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import say, say_text
from ghpypi.cli.provenance_options import publisher_option, signature_verifier
from ghpypi.cli.settings import Settings
from ghpypi.cli.verify_install import choose_installer, install
from ghpypi.cli.verify_target import VerifyTarget, own_index
from ghpypi.cli.workflow_files import StepOutputs, deliver
from ghpypi.core.names import normalize
from ghpypi.core.provenance import ExpectedPublisher
from ghpypi.core.quantities import count_of
from ghpypi.core.verify.finding import count_levels, ordered
from ghpypi.core.verify.report import VerifyReport
from ghpypi.core.verify.rules import Level
from ghpypi.core.verify.sampling import EVERYTHING, NAMED, Sampling
from ghpypi.core.verify.sarif import sarif_document
from ghpypi.errors import DifferenceError, UsageError
from ghpypi.jobs.verify import VerifyOptions, verify_index
from ghpypi.report import printable_json
from ghpypi.text_files import write_text

STDOUT = "-"


@click.command("verify", cls=Command)
@click.argument("url", required=False, metavar="[URL]")
@click.option(
    "--index", metavar="NAME", help="Named index of the store to check, instead of the main index."
)
@click.option(
    "--project", "projects", metavar="NAME", multiple=True,
    help="Check only this project, and all of its files. Can be repeated.",
)  # fmt: skip
@click.option(
    "--all", "everything", is_flag=True,
    help="Check all projects and files, and download all files for their hashes.",
)  # fmt: skip
@click.option(
    "--install", "requirement", metavar="NAME[==VERSION]",
    help="Also install a project from the index into a temporary environment, without its "
    "dependencies. Source distributions run code.",
)  # fmt: skip
@click.option(
    "--installer", type=click.Choice(["pip", "uv"]),
    help="Installer for --install. [default: uv if it is on PATH, otherwise pip]",
)  # fmt: skip
@click.option(
    "--require-provenance", is_flag=True,
    help="Require provenance (PEP 740) of each file that is checked, and verify its signatures.",
)  # fmt: skip
@publisher_option
@click.option(
    "--sarif", metavar="FILE", help="Also write the findings as SARIF; - for standard output."
)
@shared_options
def verify_command(
    settings: Settings,
    url: str | None,
    index: str | None,
    projects: tuple[str, ...],
    everything: bool,
    requirement: str | None,
    installer: str | None,
    sarif: str | None,
    require_provenance: bool,
    publishers: tuple[ExpectedPublisher, ...],
) -> None:
    """Check an index as pip and uv see it.

    Reads the pages of any simple repository and a sample of its files, and reports what breaks for
    whom, and what to do. URL is that of the index (https://, or http:// on this machine) or a
    folder; without it, the index of the store is checked. Credentials are those in URL or .netrc,
    and are sent to the host of the index only.

    \b
    Exit codes: 0 no errors, 3 errors were found, 7 the index could not be read.

    \b
    Examples:
      ghpypi verify
      ghpypi verify https://acme.github.io/pypi/simple/ --all
      ghpypi verify ./index --project acme-lib --json
      ghpypi verify --install acme-lib --sarif verify.sarif
      ghpypi verify --all --require-provenance --publisher acme/lib
    """  # noqa: D301 - \b makes click keep the lines
    if url and index:
        raise UsageError("--index is for the indexes of the store, and has no effect with a URL")
    if sarif == STDOUT and settings.json:
        raise UsageError("--json and '--sarif -' both write to standard output")
    if installer and not requirement:
        raise UsageError("--installer has no effect without --install")
    if publishers and not require_provenance:
        raise UsageError("--publisher has no effect without --require-provenance")
    chosen = choose_installer(installer) if requirement else ""
    target = VerifyTarget.of(url) if url else own_index(settings, index)
    options = VerifyOptions(
        now=datetime.now(UTC),
        projects=tuple(map(normalize, projects)),
        sampling=_sampling(everything=everything, named=bool(projects)),
        verifier=signature_verifier(publishers) if require_provenance else None,
    )
    report = verify_index(target.url, target.fetcher(settings.max_wait), settings.reporter, options)
    if requirement:
        report = _installed(settings, report, target, requirement, chosen)
    settings.reporter.close()
    _print(settings, report, sarif)
    if report.failed:
        errors = count_levels(report.findings)[Level.ERROR]
        raise DifferenceError(f"{report.url} has {count_of(errors, 'error')}")


def _sampling(*, everything: bool, named: bool) -> Sampling:
    if everything:
        return EVERYTHING
    return NAMED if named else Sampling()


def _installed(
    settings: Settings, report: VerifyReport, target: VerifyTarget, requirement: str, installer: str
) -> VerifyReport:
    """Add the result of an installation to a report."""
    label = f"installing {requirement} with {installer}"
    with settings.reporter.progress(label):
        findings = install(target, requirement, installer)
    installed = "" if findings else f"{requirement} with {installer}"
    return report._replace(findings=ordered([*report.findings, *findings]), installed=installed)


def _print(settings: Settings, report: VerifyReport, sarif: str | None) -> None:
    if sarif:
        text = printable_json(json.dumps(sarif_document(report), indent=2) + "\n")
        if sarif == STDOUT:
            say_text(text)
        else:
            write_text(Path(sarif), text)
    if not settings.json and sarif != STDOUT:
        for line in report.lines():
            say(line)
    deliver(
        report.document(),
        lambda: StepOutputs(
            index_url=report.url if report.url.startswith("http") else "",
            projects=report.counts.projects,
            files=report.counts.listed,
        ),
        as_json=settings.json,
        summary=report.markdown(),
    )
