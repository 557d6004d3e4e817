"""Files that are ours as long as nobody changes them.

Their first line holds a digest of the rest. As long as it is true the file is renewed when its
template is; once it is not, somebody has changed the file, and it is theirs.
"""

import re
from enum import Enum, auto
from hashlib import sha256

_MARK = re.compile(r"\(ghpypi:([0-9a-f]{16})\)")


class ManagedFileState(Enum):
    """How a file that is there stands to the one that is wanted."""

    CURRENT = auto()
    OUTDATED = auto()
    CHANGED = auto()
    FOREIGN = auto()


def sign(text: str, comment: str) -> str:
    """Put the first line before a text.

    Args:
        text: The rest of the file.
        comment: How a comment is written, with `{}` for what it says.
    """
    told = "Written by 'ghpypi init', which renews it while nobody changes it (ghpypi:{})"
    return f"{comment.format(told.format(_digest(text)))}\n{text}"


def judge(found: str, wanted: str) -> ManagedFileState:
    """Tell whether a file may be replaced by the one that is wanted."""
    found, wanted = _unix(found), _unix(wanted)
    if found == wanted:
        return ManagedFileState.CURRENT
    first, _, rest = found.partition("\n")
    mark = _MARK.search(first)
    if mark is None:
        return ManagedFileState.FOREIGN
    return ManagedFileState.OUTDATED if mark[1] == _digest(rest) else ManagedFileState.CHANGED


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
