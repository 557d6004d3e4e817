"""Changes to an INI file, such as pip's, that leave everything else as it is."""

import re

from ghpypi.errors import UsageError

_SECTION = re.compile(r"\[(?P<name>[^\]]+)\]\s*(?:[#;].*)?")
_OPTION = re.compile(r"(?P<key>[^=:\s#;\[][^=:]*?)\s*[=:]\s*(?P<value>.*)")


def read_option(text: str, section: str, key: str) -> str | None:
    """Read an option as its lines stand, joined by spaces; `None` if there is none."""
    place = _find(text.splitlines(), section, key)
    if place is None:
        return None
    lines = text.splitlines()[place]
    found = _OPTION.match(lines[0].strip())
    first = found["value"] if found else ""
    return " ".join([first, *(line.strip() for line in lines[1:])]).strip()


def set_option(text: str, section: str, key: str, value: str) -> str:
    """Set an option, in its place if it is there, else at the beginning of its section.

    Raises:
        UsageError: The value has control characters, which would begin another line.
    """
    if not value.isprintable():
        raise UsageError(f"{value!r} cannot be the value of {key}: it has control characters")
    if read_option(text, section, key) == value:
        return text
    lines = text.splitlines()
    place = _find(lines, section, key)
    start = _section(lines, section)
    line = f"{key} = {value}"
    if place is not None:
        lines[place] = [line]
    elif start is not None:
        lines.insert(start, line)
    else:
        lines += [*([""] if lines else []), f"[{section}]", line]
    end = "\r\n" if "\r\n" in text else "\n"
    return "".join(line + end for line in lines)


def _section(lines: list[str], section: str) -> int | None:
    """Find the first line after the header of a section."""
    for number, line in enumerate(lines):
        header = _SECTION.fullmatch(line.rstrip())
        if header and header["name"] == section:
            return number + 1
    return None


def _find(lines: list[str], section: str, key: str) -> slice | None:
    """Find the lines of an option: its own, and those that go on with it, which are indented."""
    start = _section(lines, section)
    for number, line in enumerate(lines[start:], start or 0) if start is not None else ():
        if _SECTION.fullmatch(line.rstrip()):
            return None
        option = None if line[:1].isspace() else _OPTION.match(line)
        # To pip, `index_url` is `index-url`.
        if option and option["key"].lower().replace("_", "-") == key:
            stop = number + 1
            while stop < len(lines) and lines[stop][:1].isspace() and lines[stop].strip():
                stop += 1
            return slice(number, stop)
    return None
