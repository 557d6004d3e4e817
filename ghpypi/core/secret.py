"""A secret that does not show itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A token; only `reveal` gives it away, and only the code that sends it calls that."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Give it away."""
        return self._text

    @property
    def sendable(self) -> bool:
        """Tell whether it can stand in a header: tokens are ASCII, without spaces or line ends."""
        text = self._text
        return bool(text) and text.isascii() and text.isprintable() and " " not in text

    def __str__(self) -> str:
        return "***"
