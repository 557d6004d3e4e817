"""Generated files that are updated as long as users do not change them.

Their first line contains a digest of the rest. If it matches, the file is updated when its template
changes; otherwise a user has changed the file, and it is kept. The commits of Actions are not part
of the digest, because Dependabot and Renovate update them.
"""

import re
from enum import Enum, auto
from hashlib import sha256

from ghpypi.core.action_reference import without_pins

_MARK = re.compile(r"\(ghpypi:([0-9a-f]{16})\)")


class ManagedFileState(Enum):
    """The state of an existing file, compared with the generated one."""

    CURRENT = auto()
    OUTDATED = auto()
    CHANGED = auto()
    FOREIGN = auto()


def sign(text: str, comment: str) -> str:
    """Prepend the line with the digest to a text.

    Args:
        text: The rest of the file.
        comment: The syntax of a comment, with `{}` for its text.
    """
    notice = "Written by 'ghpypi init', which updates it unless it was changed (ghpypi:{})"
    return f"{comment.format(notice.format(_digest(text)))}\n{text}"


def compare_managed(found: str, wanted: str) -> ManagedFileState:
    """Return the state of an existing file, which decides whether it may be replaced."""
    found, wanted = _unix(found), _unix(wanted)
    if found == wanted:
        return ManagedFileState.CURRENT
    first, _, rest = found.partition("\n")
    mark = _MARK.search(first)
    if mark is None:
        return ManagedFileState.FOREIGN
    return ManagedFileState.OUTDATED if mark[1] == _digest(rest) else ManagedFileState.CHANGED


def _digest(text: str) -> str:
    return sha256(without_pins(text).encode()).hexdigest()[:16]


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
