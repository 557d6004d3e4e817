"""How far a task is, as one line of text that fits the terminal."""

from dataclasses import dataclass

from ghpypi.core.quantities import count_of, duration, human_size, number

BYTES = "byte"
BAR = 12
"""Characters of the bar."""

SETTLED_SECONDS = 2.0
"""After this time the speed is steady enough to tell how long the rest will take."""

SHORTEST_LABEL = 6
"""Characters of a label, with its dots, that still tell something."""

_LEAST_WANTED = ("bar", "counts", "speed", "amount")
"""What is left out, in this order, until the line fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of a task.

    Attributes:
        label: What is being done.
        done: How many units are done.
        total: How many there are; `None` if that is not known.
        unit: What is counted: `byte`, or another noun in the singular such as `file`.
        elapsed: Seconds since the task began.
        speed: Units per second lately; 0 if that is not known.
    """

    label: str
    done: int = 0
    total: int | None = None
    unit: str = BYTES
    elapsed: float = 0.0
    speed: float = 0.0

    def line(self, width: int) -> str:
        """Write the state in at most `width - 1` characters: a full line would wrap.

        The bar is left out first, then the counts, then the speed; then the label is cut.
        """
        parts = self._parts()
        rest: list[str] = []
        for least in range(len(_LEAST_WANTED) + 1):
            left_out = _LEAST_WANTED[:least]
            rest = [text for name, text in parts if text and name not in left_out]
            line = "  ".join([self.label, *rest])
            if len(line) < width:
                return line
        room = width - 1 - sum(len(text) + 2 for text in rest)
        # A label of a letter or two tells nothing.
        label = f"{self.label[: room - 3]}..." if room > SHORTEST_LABEL else self.label[:room]
        return "  ".join([label, *rest])

    def summary(self) -> str:
        """Write the state without a bar, for a log."""
        parts = [text for name, text in self._parts() if text and name not in {"bar", "percent"}]
        return f"{self.label}: {', '.join(parts)}" if parts else self.label

    def _parts(self) -> list[tuple[str, str]]:
        if not self.total:
            return [
                ("amount", self._amount(self.done) if self.done else ""),
                ("speed", self._rate()),
                ("time", duration(self.elapsed)),
            ]
        part = min(max(self.done / self.total, 0.0), 1.0)
        filled = round(part * BAR)
        return [
            ("bar", f"[{'#' * filled}{'.' * (BAR - filled)}]"),
            ("percent", f"{part:4.0%}"),
            ("counts", f"{self._number(self.done)} of {self._amount(self.total)}"),
            ("speed", self._rate()),
            ("time", self._remaining()),
        ]

    def _number(self, count: float) -> str:
        return human_size(count) if self.unit == BYTES else number(count)

    def _amount(self, count: float) -> str:
        return human_size(count) if self.unit == BYTES else count_of(count, self.unit)

    def _rate(self) -> str:
        if self.speed <= 0:
            return ""
        small = self.unit != BYTES and self.speed < 10  # noqa: PLR2004 - one digit after the point
        return f"{self.speed:.1f}/s" if small else f"{self._number(self.speed)}/s"

    def _remaining(self) -> str:
        if self.speed <= 0 or self.elapsed < SETTLED_SECONDS or self.total is None:
            return ""
        return f"{duration(max(self.total - self.done, 0) / self.speed)} left"
