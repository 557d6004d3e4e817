"""The environment variables of options: `GHPYPI_<COMMAND>_<OPTION>`.

By default, click would use the names of function parameters, which may differ from the options.
"""

from collections.abc import Mapping
from typing import Any

import click


def name_variables(command: click.Command, prefix: str) -> None:
    """Set the environment variable of every option of a command or group.

    Args:
        command: The command; its options are changed in place.
        prefix: The prefix of variables, such as `GHPYPI_INDEX`.
    """
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            name_variables(part, _variable(prefix, name))
    for option in _options(command):
        option.envvar = _variable(prefix, max(option.opts, key=len))
        option.show_envvar = True


def switched_off(
    command: click.Command, prefix: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Read the variables of `--no-rebuild`, `--private` and the like.

    Returns:
        Click's default map: the value of each parameter that is set this way, by name.

    Raises:
        click.BadParameter: A value is not a boolean.
    """
    if isinstance(command, click.Group):
        return {
            name: switched_off(part, _variable(prefix, name), environment)
            for name, part in command.commands.items()
        }
    found = {}
    for option in _options(command):
        for spelling in option.secondary_opts:
            variable = _variable(prefix, spelling)
            if value := environment.get(variable):
                found[str(option.name)] = not _boolean(value, variable)
    return found


def _boolean(value: str, variable: str) -> bool:
    try:
        return click.BOOL.convert(value, None, None)
    except click.BadParameter as error:
        error.param_hint = variable
        raise


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option)]


def _variable(prefix: str, name: str) -> str:
    return f"{prefix}_{name.lstrip('-').replace('-', '_').upper()}"
