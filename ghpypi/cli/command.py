"""The class of all commands: their help lists the options that all commands share last."""

from copy import copy

import click


class SharedOption(click.Option):
    """An option of all commands that read a store."""


class Command(click.Command):
    """A command with the sections "Options" and "Shared options" in its help.

    The environment variable of each option is named by one sentence, instead of a remark on each
    option that doubles its lines.
    """

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both sections, and the sentence about environment variables."""
        own, shared = list[tuple[str, str]](), list[tuple[str, str]]()
        help_option = self.get_help_option(ctx)
        for option in self.get_params(ctx):
            if not isinstance(option, click.Option):
                continue
            described = copy(option)
            described.show_envvar = False
            if record := described.get_help_record(ctx):
                is_shared = isinstance(option, SharedOption) or option is help_option
                (shared if is_shared else own).append(record)
        for title, records in (("Options", own), ("Shared options", shared)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
        if variable := _example(self):
            formatter.write_paragraph()
            formatter.write_text(f"Each option can be set in the environment: {variable}.")


def _example(command: click.Command) -> str:
    """Return a clause about the variable of the first option."""
    for option in command.params:
        if isinstance(option, click.Option) and isinstance(option.envvar, str):
            return f"{option.envvar} sets {max(option.opts, key=len)}"
    return ""
