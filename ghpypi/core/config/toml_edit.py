"""Editing TOML, preserving comments, order, spacing and quotes.

All functions take and return text; a change without effect returns the same text. A path consists
of the unquoted names of tables and key from the root: `("tool", "uv", "index")`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, Item, KeyType, SingleKey

from ghpypi.core.text_comparison import changed_lines
from ghpypi.errors import UsageError

Path = Sequence[str]


class TomlEditError(UsageError):
    """The text is not valid TOML, or has another type of value at the path."""


def read(text: str, path: Path) -> Any:
    """Return the value at a path as plain Python; `None` if it is missing.

    Raises:
        TomlEditError: The text is not valid TOML.
    """
    found: Any = _parse(text).unwrap()
    for key in path:
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    return found


def set_key(text: str, path: Path, value: Any) -> str:
    """Set a key, and create its parent tables; a mapping becomes an inline table.

    Raises:
        TomlEditError: A parent is not a table.
    """
    if read(text, path) == value:
        return text
    document = _parse(text)
    table = _table(document, path[:-1])
    table[path[-1]] = _item(value)
    return _dump(document, text)


def set_texts(text: str, path: Path, values: Mapping[str, str]) -> str:
    """Set quoted keys of a table of strings; a new table is an inline table.

    Raises:
        TomlEditError: A parent is not a table.
    """
    there = read(text, path)
    if isinstance(there, dict) and values.items() <= there.items():
        return text
    document = _parse(text)
    parent = _table(document, path[:-1])
    table = parent.get(path[-1], tomlkit.inline_table())
    for key, value in values.items():
        table[key if key in table else SingleKey(key, KeyType.Basic)] = value
    if isinstance(table, InlineTable):
        parent[path[-1]] = _respaced(table)
    return _dump(document, text)


def remove_key(text: str, path: Path) -> str:
    """Remove a key if it exists."""
    if read(text, path) is None:
        return text
    document = _parse(text)
    table = _table(document, path[:-1])
    del table[path[-1]]
    if isinstance(table, InlineTable) and table:
        _table(document, path[:-2])[path[-2]] = _respaced(table)
    return _dump(document, text)


def add_to_array(text: str, path: Path, values: Iterable[Any]) -> str:
    """Append missing values to an array, which is created if needed.

    Raises:
        TomlEditError: The value at the path is not an array.
    """
    there = _members(text, path)
    missing = [each for each in dict.fromkeys(values) if each not in (there or ())]
    if not missing:
        return text
    if there is None:
        return set_key(text, path, missing)
    document = _parse(text)
    array = _array(document, path)
    for value in missing:
        array.append(value)
    return _dump(document, text)


def remove_from_array(text: str, path: Path, values: Iterable[Any]) -> str:
    """Remove values from an array, which may become empty.

    Raises:
        TomlEditError: The value at the path is not an array.
    """
    unwanted = [each for each in values if each in (_members(text, path) or ())]
    if not unwanted:
        return text
    document = _parse(text)
    array = _array(document, path)
    for value in unwanted:
        array.remove(value)
    return _dump(document, text)


def add_table(text: str, path: Path, values: Mapping[str, Any]) -> str:
    """Append a table to an array of tables, `[[...]]`, which is created if needed.

    Raises:
        TomlEditError: The value at the path is not an array of tables.
    """
    document = _parse(text)
    parent = _table(document, path[:-1], bare=True)
    there = parent.get(path[-1])
    if there is None:
        there = parent[path[-1]] = tomlkit.aot()
    table = tomlkit.table() if isinstance(there, AoT) else tomlkit.inline_table()
    for key, value in values.items():
        table[key] = _item(value)
    if not isinstance(there, AoT | Array):
        raise _misplaced(path, "an array of tables")
    there.append(table)
    return _dump(document, text)


def set_in_table(text: str, path: Path, where: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Set keys of a table in an array of tables, selected by its values.

    Args:
        text: The document.
        path: The path of the array.
        where: The values that select the table, such as its name.
        values: The values to set.

    Raises:
        TomlEditError: No table has these values.
    """
    document = _parse(text)
    for table in _table(document, path[:-1]).get(path[-1]) or ():
        if all(table.get(key) == value for key, value in where.items()):
            for key, value in values.items():
                _set(table, key, value)
            return _dump(document, text)
    raise _misplaced(path, f"a table with {dict(where)}")


def _respaced(table: InlineTable) -> Item:
    """Return an inline table with single spaces, which tomlkit's edits do not preserve."""
    body = [(key, item) for key, item in table.value.body if key]
    pairs = [f"{key.as_string().strip()} = {item.as_string()}" for key, item in body]
    spaced = tomlkit.value(f"{{ {', '.join(pairs)} }}")
    spaced.trivia.comment_ws = table.trivia.comment_ws
    spaced.trivia.comment = table.trivia.comment
    return spaced


def _set(table: Any, key: str, value: Any) -> None:
    there = table.get(key)
    if isinstance(there, Array) and isinstance(value, list) and value[: len(there)] == there:
        # Remaining members keep their lines and comments.
        for each in value[len(there) :]:
            there.append(each)
    elif there != value:
        table[key] = _item(value)


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text.replace("\r\n", "\n"))
    except TOMLKitError as error:
        raise TomlEditError(f"invalid TOML: {error}") from error


def _dump(document: tomlkit.TOMLDocument, before: str) -> str:
    """Serialize the document, and check that it can be parsed again."""
    text = _spaced(before.replace("\r\n", "\n"), tomlkit.dumps(document).replace("\r\n", "\n"))
    _parse(text)
    return text.replace("\n", "\r\n") if "\r\n" in before else text


def _spaced(before: str, after: str) -> str:
    """Separate tables with blank lines, and keep comments with the tables below them.

    tomlkit treats the comment above a table as the end of the preceding table, so that new keys
    and tables would be inserted between the two.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines: list[str] = []
    for inserted, start, stop in changed_lines(old, new):
        block = "".join(new[start:stop]).strip("\n").splitlines(keepends=True)
        if not inserted or not any(line.startswith("[") for line in block):
            above_table = inserted and stop < len(new) and new[stop].startswith("[")
            comment = _comment_above(lines) if above_table else []
            while comment and lines and not lines[-1].strip():
                lines.pop()
            lines += [*block, "\n", "\n", *comment] if comment else new[start:stop]
            continue
        comment = _comment_above(lines) if stop < len(new) else []
        for line in block:
            if line.startswith("[") and lines and lines[-1].strip():
                lines.append("\n")
            lines.append(line)
        lines += ["\n", "\n", *comment] if stop < len(new) else ["\n"]
    text = "".join(_separated(old, lines))
    if text.endswith("\n\n") and not before.endswith("\n\n"):
        text = text.rstrip("\n") + "\n"  # the last table was removed
    return text


def _separated(old: Sequence[str], new: Iterable[str]) -> Iterator[str]:
    """Add blank lines above tables that had one, and whose preceding table was removed."""
    tight = {line for above, line in pairwise(old) if _is_key(above)}
    above = ""
    for line in new:
        if line.startswith("[") and _is_key(above) and line not in tight:
            yield "\n"
        yield line
        above = line


def _is_key(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _comment_above(lines: list[str]) -> list[str]:
    """Remove and return the comment at the end, if a blank line precedes it."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and lines[start - 1].startswith("#"):
        start -= 1
    if start == end or (start and lines[start - 1].strip()):
        return []
    comment = lines[start:end]
    del lines[start:]
    return comment


def _table(document: tomlkit.TOMLDocument, path: Path, *, bare: bool = False) -> Any:
    """Return a table; create it and its parents if needed.

    Args:
        document: The document.
        path: The path of the table.
        bare: The table only has other tables, so it needs no header.
    """
    found: Any = document
    for number, key in enumerate(path):
        if key not in found:
            leads = bare or number < len(path) - 1
            inline = isinstance(found, InlineTable)
            found[key] = tomlkit.inline_table() if inline else tomlkit.table(leads)
        found = found[key]
        if not isinstance(found, Mapping):
            raise _misplaced(path[: number + 1], "a table")
    return found


def _members(text: str, path: Path) -> list[Any] | None:
    found = read(text, path)
    if found is not None and not isinstance(found, list):
        raise _misplaced(path, "an array")
    return found


def _array(document: tomlkit.TOMLDocument, path: Path) -> Array:
    found = _table(document, path[:-1])[path[-1]]
    if not isinstance(found, Array):
        raise _misplaced(path, "an array")
    return found


def _item(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: _item(each) for key, each in value.items()})
        return table
    return tomlkit.item(value)


def _misplaced(path: Path, expected: str) -> TomlEditError:
    return TomlEditError(f"{'.'.join(path)} is not {expected}")
