"""Differences between texts, and suggestions for unknown names.

No other module uses difflib.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches, unified_diff


def diff(before: str, after: str, name: str, *, source: str | None = None) -> list[str]:
    """Compare two texts as `diff -u` does.

    Args:
        before: The old text.
        after: The new text.
        name: Name of the file, for the head of the diff.
        source: Name of the file that the old text is from, if that is another.

    Returns:
        Lines without their ends; none if the texts have the same lines.
    """
    old, new = before.splitlines(), after.splitlines()
    return list(unified_diff(old, new, name if source is None else source, name, lineterm=""))


def diff_text(before: str, after: str, name: str, *, source: str | None = None) -> str:
    """Return the output of `diff -u` for two texts; the arguments are those of `diff`."""
    return "".join(f"{line}\n" for line in diff(before, after, name, source=source))


def changed_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, int, int]]:
    """Yield the blocks of lines of a text, and whether they are new.

    Args:
        old: Lines of the text before.
        new: Lines of the text after.

    Yields:
        For each block of lines of the new text whether it was inserted, its first line, and the
        line after its last.
    """
    for kind, _, _, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield kind == "insert", start, stop


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most similar to an unknown one; empty if none is similar."""
    return next(iter(get_close_matches(name, list(known), n=1)), "")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the suggestion for an unknown name: `, did you mean 'NEAREST'?`, or nothing."""
    near = nearest(name, known)
    return f", did you mean '{near}'?" if near else ""
