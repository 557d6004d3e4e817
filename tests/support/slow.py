"""A pattern for which a search takes longer than the age of the universe."""

SLOW_PATTERN = "(x|xx)+y"
SLOW_TEXT = "x" * 80 + "zy"
"""Where it is searched; a search in `cu128` takes no time."""
