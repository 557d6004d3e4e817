"""A cache for functions of texts that others choose.

The cache of a function has a number of results at most, but an argument may be as long as a file:
metadata of a distribution, a page of another index. Long ones are rare, and are not remembered.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

LONGEST = 1000
"""Maximum length of a text that is remembered, in characters or bytes."""

Text = TypeVar("Text", str, bytes)
Others = ParamSpec("Others")
Result = TypeVar("Result")
Function = Callable[Concatenate[Text, Others], Result]


def remembered(
    most: int, *, longest: int = LONGEST
) -> Callable[[Function[Text, Others, Result]], Function[Text, Others, Result]]:
    """Return a decorator that remembers the results of a function for short texts.

    Args:
        most: Maximum number of results.
        longest: Maximum length of the first argument; the others have to be short.
    """

    def decorated(function: Function[Text, Others, Result]) -> Function[Text, Others, Result]:
        cached = lru_cache(maxsize=most)(function)

        @wraps(function)
        def of_text(text: Text, /, *args: Others.args, **kwargs: Others.kwargs) -> Result:
            known = cached if len(text) <= longest else function
            return known(text, *args, **kwargs)

        of_text.cache_info = cached.cache_info  # type: ignore[attr-defined]  # as that of lru_cache
        return of_text

    return decorated
