"""`ghpypi doctor`."""

from datetime import UTC, datetime

import click
from packaging.utils import NormalizedName

from ghpypi.cli.command import Command
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import say
from ghpypi.cli.settings import Settings
from ghpypi.cli.store_setup import InitOptions, setup_of
from ghpypi.cli.workflow_files import StepOutputs, deliver
from ghpypi.core.config.index import PUBLIC_INDEX
from ghpypi.core.config.trust import Trust
from ghpypi.core.doctor.setup_rules import SetupRule
from ghpypi.core.quantities import count_of
from ghpypi.core.verify.finding import VerifyFinding, count_levels
from ghpypi.core.verify.rules import Level
from ghpypi.errors import DifferenceError, NotAllowedError
from ghpypi.jobs.doctor import DoctorInput, examine_setup
from ghpypi.jobs.init import State, set_up
from ghpypi.stores.upstream import HttpUpstream

_RULES = {
    State.BLOCKED: SetupRule.STEP_BLOCKED,
    State.MISSING: SetupRule.STEP_MISSING,
    State.LEFT: SetupRule.STEP_CHANGED,
}
"""The rules for the outcomes of steps that are not complete."""


@click.command("doctor", cls=Command)
@click.option(
    "--names/--no-names", default=None,
    help="Look up the names of all projects in the public index, which learns them. "
    "[default: if 'pypi-check' is set in [index]]",
)  # fmt: skip
@click.option(
    "--check-trust", "trusted", metavar="RULE", multiple=True,
    help="Check the environment that this rule of trusted publishing names; the rules are those of "
    "'ghpypi serve --trust'. Can be repeated.",
)  # fmt: skip
@shared_options
def doctor_command(settings: Settings, names: bool | None, trusted: tuple[str, ...]) -> None:
    """Check the setup of the store, and say what to repair.

    Checks what 'ghpypi init' sets up, the rights and the expiration of the token, the index
    workflow and its last runs, the rules of its branch, the last build of Pages, limits of GitHub
    that are near, the repositories of the index, and names that the public index has too. Changes
    nothing.
    'ghpypi verify' checks the published index.

    \b
    Exit codes: 0 no errors, 3 errors were found.

    \b
    Examples:
      ghpypi doctor
      ghpypi doctor --store acme/pypi --json
    """  # noqa: D301 - \b makes click keep the lines
    report = examine_setup(
        settings.backend, HttpUpstream(), settings.reporter, _input(settings, names, trusted)
    )
    settings.reporter.close()
    if not settings.json:
        for line in report.lines():
            say(line)
    deliver(report.document(), StepOutputs, as_json=settings.json, summary=report.markdown())
    if report.failed:
        errors = count_levels(report.findings)[Level.ERROR]
        raise DifferenceError(f"the setup of {report.store} has {count_of(errors, 'error')}")


def _input(settings: Settings, names: bool | None, trusted: tuple[str, ...]) -> DoctorInput:
    config = settings.config
    rules = [Trust.parse(text, store="") for text in trusted]
    state = settings.backend.setup_state(config)
    setup, skipped = _steps(settings) if state or config.site.store else ([], [])
    public_index = config.index.public_check or (PUBLIC_INDEX if names else "")
    projects: tuple[NormalizedName, ...] = ()
    if public_index and names is not False:
        projects = tuple(settings.opened.catalog().lines)
    return DoctorInput(
        now=datetime.now(UTC),
        config=config,
        state=state,
        setup=tuple(setup),
        skipped=tuple(skipped),
        projects=projects,
        public_index=public_index if projects else "",
        environments=tuple((x.repository, x.environment) for x in rules if x.environment),
    )


def _steps(settings: Settings) -> tuple[list[VerifyFinding], list[str]]:
    """Check the steps of `ghpypi init`; return findings, and what the token may not read."""
    choices = InitOptions(private=None, pages=None, immutable=False, teams=(), action="")
    setup = setup_of(settings, choices)
    findings, skipped = [], []
    for outcome in set_up(setup.steps(), settings.reporter, dry_run=True):
        detail = f"{outcome.title}: {outcome.text}"
        hint = outcome.error.hint if outcome.error else ""
        if isinstance(outcome.error, NotAllowedError) or outcome.text.startswith("requires: "):
            skipped.append(f"{detail} ({hint})" if hint else detail)
        elif (rule := _RULES.get(outcome.state)) and not outcome.intended:
            text = f"{detail} ({hint})" if hint else detail
            findings.append(VerifyFinding(rule=rule, url=outcome.page, detail=text))
    return findings, skipped
