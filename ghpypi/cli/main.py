"""The command line: the list of commands, and the handling of errors.

The module of a command is imported when the command is used, so that `ghpypi --help` is fast.
"""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from ghpypi import __version__
from ghpypi.cli.failures import explain
from ghpypi.cli.output import say_error
from ghpypi.cli.signals import Interrupted
from ghpypi.cli.variables import name_variables, switched_off
from ghpypi.errors import GhpypiError
from ghpypi.report import GitHubReporter, TerminalReporter, choose_reporter, reporting_log

COMMANDS = {
    "demo": ("ghpypi.cli.demo", "Show the whole loop on this machine: build, upload, install."),
    "init": ("ghpypi.cli.init", "Set up a package index, or repair one."),
    "upload": ("ghpypi.cli.upload", "Upload wheels and source distributions."),
    "publish": ("ghpypi.cli.upload", "Publish a draft made by 'upload --draft'."),
    "index": ("ghpypi.cli.index", "Rebuild and publish the index."),
    "backfill": (
        "ghpypi.cli.backfill",
        "Add missing metadata files to releases, and replace wrong ones.",
    ),
    "list": ("ghpypi.cli.listing", "List the projects of the published index."),
    "show": ("ghpypi.cli.listing", "Show one project of the published index."),
    "stats": ("ghpypi.cli.stats", "Show how often projects were downloaded."),
    "promote": ("ghpypi.cli.promote", "Add versions to a named index."),
    "demote": ("ghpypi.cli.promote", "Remove versions from a named index."),
    "yank": ("ghpypi.cli.yank", "Withdraw versions, except for users who pinned them."),
    "unyank": ("ghpypi.cli.yank", "Take back the yanks of versions."),
    "status": ("ghpypi.cli.status", "Set the status of a project."),
    "verify": ("ghpypi.cli.verify", "Check an index as pip and uv see it."),
    "doctor": ("ghpypi.cli.doctor", "Check the setup of the store, and say what to repair."),
    "delete": ("ghpypi.cli.delete", "Delete versions for good: files, releases and tags."),
    "prune": ("ghpypi.cli.prune", "Delete old versions of projects."),
    "history": (
        "ghpypi.cli.history",
        "Show what happened to a project, and who changed its settings.",
    ),
    "rollback": ("ghpypi.cli.rollback", "Publish an earlier state of the index."),
    "client": ("ghpypi.cli.client", "Print the settings of an installer, or write them."),
    "serve": ("ghpypi.cli.serve", "Serve a private index with the access rights of GitHub."),
    "run": ("ghpypi.cli.run", "Run a command whose installers use a private index."),
    "access": ("ghpypi.cli.access", "Show and change who may read, publish and administer."),
    "login": ("ghpypi.cli.login", "Store a GitHub token for ghpypi and installers."),
    "logout": ("ghpypi.cli.login", "Remove the token that 'ghpypi login' stored."),
    "whoami": ("ghpypi.cli.whoami", "Show whose token is used, and what it may do."),
}
"""The module and help line of each command; `tests/test_docs.py` compares the lines."""

INTERRUPTED = 130


class LazyGroup(click.Group):
    """A click group that imports a command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands, in the order of typical use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        prefix = f"GHPYPI_{cmd_name.upper()}"
        name_variables(command, prefix)
        ctx.default_map = {cmd_name: switched_off(command, prefix, os.environ)}
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a command line.

        Raises:
            click.UsageError: There is none of this name; a similar one is suggested.
        """
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            # Imported here for speed: most command lines are right.
            from ghpypi.core.text_comparison import suggestion  # noqa: PLC0415

            ctx.fail(f"there is no command '{name}'{suggestion(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 a check found "
    "differences, 4 not allowed, 5 not found, 6 conflict, 7 try again later, 130 interrupted. "
    "Every option can be set in the environment: --dry-run of 'ghpypi index' is "
    "GHPYPI_INDEX_DRY_RUN=1.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """A Python package index without a server.

    Distribution files are GitHub release assets; the index is a static site. Without a command,
    ghpypi says what to do next in the current folder.
    """
    if context.invoked_subcommand is None:
        from ghpypi.cli.surroundings import say_next_steps  # noqa: PLC0415 - for speed, as above

        say_next_steps()


def run(arguments: Sequence[str] | None = None, *, in_log: bool = False) -> int:
    """Run the command line; report each failure as a message and return its exit code.

    Args:
        arguments: The arguments; `None` for those of the process.
        in_log: Show progress in a log, too: the process does nothing else.
    """
    reporter = choose_reporter(sys.stderr, os.environ)
    with reporting_log(reporter):
        return _run(arguments, reporter, in_log=in_log)


def _run(
    arguments: Sequence[str] | None,
    reporter: TerminalReporter | GitHubReporter,
    *,
    in_log: bool,
) -> int:
    try:
        cli.main(args=arguments, prog_name="ghpypi", standalone_mode=False, obj=in_log)
    except GhpypiError as error:
        reporter.error(error)
        return error.exit_code
    except click.ClickException as error:
        say_error(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        return _interrupted(stopped, reporter)
    except SystemExit as error:
        # Click exits this way if the reader of the output has closed the pipe.
        return error.code if isinstance(error.code, int) else 1
    except Exception as error:  # noqa: BLE001 - the last place that can explain it
        explained = explain(error)
        reporter.error(explained)
        return explained.exit_code
    return 0


def _interrupted(stopped: BaseException, reporter: TerminalReporter | GitHubReporter) -> int:
    """Report an interruption; click hides the original exception."""
    cause = stopped.__cause__ or stopped
    notes = "".join(f"; {note}" for note in getattr(cause, "__notes__", ()))
    reporter.warn(f"interrupted{notes}")
    reporter.step("run the same command again to continue")
    return cause.exit_code if isinstance(cause, Interrupted) else INTERRUPTED
