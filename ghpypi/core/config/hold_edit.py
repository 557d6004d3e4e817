"""Editing the table `[hold]` of `ghpypi.toml`, which keeps comments and order."""

from ghpypi.core.config.hold import HOLD, Hold
from ghpypi.core.config.toml_edit import remove_key, set_key


def set_hold(text: str, hold: Hold, *, current: Hold | None) -> str:
    """Set the table.

    Args:
        text: The configuration.
        hold: The new state. If the same commit is held already, the time stays, and so does the
            reason if there is no new one.
        current: The state that the configuration has.
    """
    same = current is not None and current.commit == hold.commit
    since = current.since if current and same else hold.since
    reason = hold.reason or (current.reason if current and same else "")
    for key, value in (("commit", hold.commit), ("since", since), ("reason", reason)):
        text = set_key(text, (HOLD, key), value) if value else remove_key(text, (HOLD, key))
    return text


def end_hold(text: str) -> str:
    """Remove the table."""
    return remove_key(text, (HOLD,))
