"""Changes of the configuration of a store."""

from collections.abc import Callable

from ghpypi.errors import FailedError, OutdatedError
from ghpypi.ports import ConfigFile

ATTEMPTS = 5
"""How often an edit begins again because someone else changed the file first."""


def edit_config(file: ConfigFile, change: Callable[[str], str], message: str) -> bool:
    """Change the text of a configuration.

    If it is changed by someone else first, the change is made again to the new text.

    Args:
        file: The configuration.
        change: Takes the text and returns the new one; may be called again.
        message: What happened, for a store that keeps such things.

    Returns:
        Whether there was anything to change.

    Raises:
        FailedError: It changes all the time.
        NotAllowedError: It may not be written.
    """
    reason = ""
    for _ in range(ATTEMPTS):
        base = file.read()
        after = change(base.text)
        if after == base.text:
            return bool(reason)  # after a refusal, our own first attempt may have been carried out
        try:
            file.write(after, base=base, message=message)
        except OutdatedError as error:
            reason = error.message
        else:
            return True
    raise FailedError(f"{file.name} cannot be written: {reason}")
