"""Secrets that are not printed by accident."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A token whose `str` and `repr` are masked; only code that sends it calls `reveal`."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    @property
    def sendable(self) -> bool:
        """Whether it is valid in an HTTP header: printable ASCII without spaces."""
        text = self._text
        return bool(text) and text.isascii() and text.isprintable() and " " not in text

    def __str__(self) -> str:
        return "***"
