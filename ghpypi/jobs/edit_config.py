"""Changes of the configuration of a store."""

from collections.abc import Callable
from typing import NamedTuple

from ghpypi.errors import FailedError, OutdatedError
from ghpypi.ports import ConfigFile

ATTEMPTS = 5
"""How often an edit begins again because someone else changed the file first."""


class ConfigEdit(NamedTuple):
    """The outcome of an edit.

    Attributes:
        changed: Whether there was anything to change.
        proposal: The URL of the pull request that proposes it; empty if the file was changed.
    """

    changed: bool
    proposal: str = ""


def edit_config(
    file: ConfigFile, change: Callable[[str], str], message: str, *, propose: bool = False
) -> ConfigEdit:
    """Change the text of a configuration, or propose the change.

    If it is changed by someone else first, the change is made again to the new text.

    Args:
        file: The configuration.
        change: Takes the text and returns the new one; may be called again.
        message: What happened, for a store that keeps such things.
        propose: Open a pull request instead of changing the file.

    Raises:
        FailedError: It changes all the time.
        NotAllowedError: It may not be written.
        UsageError: Changes of it cannot be proposed.
    """
    reason = ""
    for _ in range(ATTEMPTS):
        base = file.read()
        after = change(base.text)
        if after == base.text:
            # After a refusal, our own first attempt may have been carried out.
            return ConfigEdit(changed=bool(reason))
        try:
            if propose:
                return ConfigEdit(
                    changed=True, proposal=file.propose(after, base=base, message=message)
                )
            file.write(after, base=base, message=message)
        except OutdatedError as error:
            reason = error.message
        else:
            return ConfigEdit(changed=True)
    raise FailedError(f"{file.name} cannot be written: {reason}")
