"""Messages of commands about an index that is held at an earlier state."""

from ghpypi.cli.settings import Settings
from ghpypi.core.config.hold import END_HINT, Hold


def hold_notice(hold: Hold, store: str) -> str:
    """Return the sentence about an index that shows an earlier state.

    Args:
        hold: The state.
        store: The store that the index belongs to.
    """
    return f"the index of {store} is {hold.state}: changes since then are not shown; {END_HINT}"


def warn_of_hold(settings: Settings) -> None:
    """Warn if the index of a store shows an earlier state."""
    if settings.config.hold:
        settings.reporter.warn(hold_notice(settings.config.hold, settings.locator.value))
