"""Patterns from users: regular expressions and globs. No other module compiles any.

Backtracking engines such as `re` take exponential time for some patterns, and a pattern in the
configuration of one store must not block a server with several stores. So regular expressions of
users use `regex`, which has a timeout and releases the GIL.
"""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from ghpypi.core.quantities import count_of, duration
from ghpypi.errors import ConfigError

if TYPE_CHECKING:
    import regex

MATCH_SECONDS = 1.0
"""Maximum processor time of a search, in seconds; most take microseconds."""

LONGEST_PATTERN = 1000
"""Maximum length of a regular expression in characters."""

MOST_REPETITIONS = 10_000
"""Maximum product of all counts such as `{3}`, because `regex` expands nested ones."""

QUOTED = 40
"""Maximum number of characters of a text in an error."""

_EDGE = "(?:(?<![a-z0-9])|(?![a-z0-9]))"
"""A word boundary: a position without a letter or digit on one side."""

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)")
_GROUP = re.compile(r"\(\?(?![:=!>#(]|<[=!]|P[<=]|[aimsu]+[:)])")
"""Groups of `regex` that `re` lacks, such as recursion, which can use unlimited memory; and verbose
mode, in which `_COUNT` does not match all counts."""


class InvalidPatternError(ValueError):
    """The text is not a regular expression, or is too large; the message has the reason."""


@dataclass(slots=True)
class _Compiled:
    """A compiled pattern, which is disabled after a timeout."""

    pattern: "regex.Pattern[str]"
    slow_for: str = ""


def check_pattern(pattern: str) -> None:
    """Check a regular expression, in the syntax of Python's `re` without its verbose mode.

    Raises:
        InvalidPatternError: It is invalid, or takes too much memory or time to compile.
    """
    _compiled(pattern)


def found_by(pattern: str, text: str, *, key: str) -> str:
    """Search for a regular expression, regardless of case.

    A pattern without a group matches whole words only: `cu124` matches in `gabc.cu124`, but not in
    `cu124avx`, which is something else. A pattern with a group matches anywhere.

    Args:
        pattern: The regular expression, already checked.
        text: The text to search.
        key: The configuration key of the pattern, for errors.

    Returns:
        The match of the first group, or the whole match without a group; empty for no match.

    Raises:
        ConfigError: The search took longer than `MATCH_SECONDS`, now or earlier.
    """
    compiled = _compiled(pattern)
    if not compiled.slow_for:
        try:
            return _found(pattern, text)
        except (TimeoutError, MemoryError):
            compiled.slow_for = text
    shown = compiled.slow_for[:QUOTED] + "..." * (len(compiled.slow_for) > QUOTED)
    raise ConfigError(
        f"{key}: the search for '{pattern}' in '{shown}' took longer than "
        f"{duration(MATCH_SECONDS)}",
        hint="avoid nested repetitions: use 'x+' instead of '(x+)+'",
    )


def matches_glob(text: str, glob: str) -> bool:
    """Return whether a text matches a glob (`*`, `?`, `[abc]`), case-sensitively.

    Globs need no timeout: the standard library translates `*` into an atomic group, which does not
    backtrack, so `*a*a*a*b` takes one pass.
    """
    return _compiled_glob(glob).match(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _Compiled:
    import regex  # noqa: PLC0415 - only configurations with variants need it

    _check_size(pattern)
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE)
        if not compiled.groups:
            whole_words = f"{_EDGE}(?:{pattern}){_EDGE}"
            compiled = regex.compile(whole_words, regex.IGNORECASE)
        return _Compiled(compiled)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise InvalidPatternError(str(error) or "it is too large") from error


def _check_size(pattern: str) -> None:
    if len(pattern) > LONGEST_PATTERN:
        raise InvalidPatternError(f"it is longer than {count_of(LONGEST_PATTERN, 'character')}")
    bare = _ESCAPED.sub("", pattern)
    if group := _GROUP.search(bare):
        raise InvalidPatternError(f"'{bare[group.start() :][:4]}' is not supported")
    product = 1
    for count in _COUNT.findall(bare):
        product *= max(1, int(count))
        if product > MOST_REPETITIONS:
            raise InvalidPatternError(f"it repeats more than {count_of(MOST_REPETITIONS, 'time')}")


@lru_cache(maxsize=16_384)
def _found(pattern: str, text: str) -> str:
    """Search, with a cache: files have few different local versions."""
    compiled = _compiled(pattern).pattern
    found = compiled.search(text, timeout=MATCH_SECONDS, concurrent=True)
    if not found:
        return ""
    return (found.group(1) if compiled.groups else found.group()) or ""


@lru_cache(maxsize=4096)
def _compiled_glob(glob: str) -> "re.Pattern[str]":
    return re.compile(translate(glob))
