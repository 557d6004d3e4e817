"""Numbers of bytes and seconds as people write them."""

KILO = 1000
MINUTE = 60
HOUR = 3600


def human_size(size: float) -> str:
    """Write a number of bytes."""
    for unit in ("B", "kB", "MB"):
        if size < KILO:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= KILO
    return f"{size:.1f} GB"


def duration(seconds: float) -> str:
    """Write a number of seconds; in minutes from two minutes on, and in hours from two hours on."""
    whole = round(seconds)
    if whole < 2 * MINUTE:
        return f"{whole} s"
    if whole < 2 * HOUR:
        return _pair(whole, MINUTE, "min", "s")
    return _pair(round(whole / MINUTE), MINUTE, "h", "min")


def _pair(number: int, size: int, large: str, small: str) -> str:
    first, rest = divmod(number, size)
    return f"{first} {large} {rest} {small}" if rest else f"{first} {large}"
