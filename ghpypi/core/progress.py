"""Formatting of progress as one line of text."""

from dataclasses import dataclass

from ghpypi.core.quantities import count_of, duration, human_size, number

BYTES = "byte"
BAR = 12
"""Width of the bar in characters."""

SETTLED_SECONDS = 2.0
"""Time after which the speed is steady enough to estimate the remaining time."""

SHORTEST_LABEL = 6
"""Minimum length of a truncated label, including its dots."""

_LEAST_WANTED = ("bar", "counts", "speed", "amount")
"""The parts to omit, in this order, until the line fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of a task.

    Attributes:
        label: Describes the task.
        done: The number of completed units.
        total: The total number of units; `None` if unknown.
        unit: What is counted: `byte`, or another noun in the singular such as `file`.
        elapsed: Seconds since the start of the task.
        speed: Recent units per second; 0 if unknown.
    """

    label: str
    done: int = 0
    total: int | None = None
    unit: str = BYTES
    elapsed: float = 0.0
    speed: float = 0.0

    def line(self, width: int) -> str:
        """Return the state in at most `width - 1` characters, because a full line would wrap.

        The bar is omitted first, then the counts, then the speed; then the label is truncated.
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
        # Omit the label if only a few characters would fit.
        label = f"{self.label[: room - 3]}..." if room > SHORTEST_LABEL else self.label[:room]
        return "  ".join([label, *rest])

    def summary(self) -> str:
        """Return the state without a bar, for a log."""
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
