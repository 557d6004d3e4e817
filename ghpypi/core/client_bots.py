"""The settings of Dependabot and Renovate, which look for new versions in the index.

Neither gets a token from us: the files name a secret, which is put into GitHub's or Renovate's own
store of secrets. `dependabot.yml` is changed line by line, so that comments stay; where it is
written in a way that we do not understand, it is left alone and said what to put in.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ghpypi.core.client_files import Edited
from ghpypi.core.clients import Wish
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.errors import UsageError

SECRET = "GHPYPI_TOKEN"  # noqa: S105 - its name, not its value
USER = "__token__"
_ECOSYSTEM = re.compile(
    r"(?P<indent>\s*)-\s+package-ecosystem:\s*[\"']?(?P<name>\w+)[\"']?\s*(#.*)?"
)
_OURS = ("pip", "uv")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""What is text in YAML whatever stands around it."""


def edit_dependabot(text: str, wish: Wish, *, ecosystem: str = "pip") -> Edited:
    """Change `.github/dependabot.yml`: a registry, and who may use it.

    Args:
        text: What it is; empty if there is none.
        wish: The index.
        ecosystem: `pip` (which is Poetry and Pipenv, too) or `uv`, where there is no entry yet.
    """
    lines = text.splitlines() or ["version: 2"]
    url = _registered(lines, wish.name)
    clashes = []
    if url is None:
        _insert_registry(lines, wish)
    elif url != wish.url:
        if wish.replace:
            number = next(n for n, line in enumerate(lines) if line.strip().endswith(url))
            lines[number] = lines[number].replace(url, wish.url)
        else:
            clashes.append(f"registries.{wish.name}: url is {url}")
    entries = list(_entries(lines))
    if not entries:
        _insert_entry(lines, wish, ecosystem)
    for start, stop, indent in reversed(entries):
        _allow(lines, range(start, stop), indent, wish.name)
    if lines == text.splitlines():
        return Edited(text=text, clashes=tuple(clashes))
    end = "\r\n" if "\r\n" in text else "\n"
    return Edited(text="".join(line + end for line in lines), clashes=tuple(clashes))


def edit_renovate(text: str, wish: Wish) -> Edited:
    """Change `renovate.json`: which packages come from the index, and how to sign in.

    Raises:
        UsageError: It is no JSON.
    """
    try:
        document = parse_json(text) if text.strip() else _first_renovate()
    except ValueError as error:
        raise UsageError(f"the configuration of Renovate is no plain JSON: {error}") from error
    before = json.dumps(document)
    rules = document.setdefault("packageRules", [])
    rule = next((each for each in rules if each.get("registryUrls") == [wish.url]), None)
    if rule is None and wish.packages:
        rule = {"matchDatasources": ["pypi"], "matchPackageNames": [], "registryUrls": [wish.url]}
        rules.append(rule)
    for package in wish.packages:
        names = rule.setdefault("matchPackageNames", []) if rule else []
        if package not in names:
            names.append(package)
    if wish.private:
        _sign_in(document, wish)
    if not rules:
        del document["packageRules"]
    if json.dumps(document) == before and text.strip():
        return Edited(text=text)
    indent = re.search(r"\n([ \t]+)\"", text)
    spaces = indent[1] if indent else "  "
    return Edited(text=json.dumps(document, indent=spaces, ensure_ascii=False) + "\n")


def _first_renovate() -> dict[str, Any]:
    return {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "extends": ["config:recommended"],
    }


def _sign_in(document: dict[str, Any], wish: Wish) -> None:
    host = split_url(wish.url).netloc
    rules = document.setdefault("hostRules", [])
    if not any(each.get("matchHost") == host for each in rules):
        password = f"{{{{ secrets.{SECRET} }}}}"
        rule = {"hostType": "pypi", "matchHost": host, "username": USER, "password": password}
        rules.append(rule)


def _registered(lines: list[str], name: str) -> str | None:
    """Find the address a registry of this name has; `None` if there is no such registry."""
    start = _top(lines, "registries")
    inside = False
    for line in lines[start + 1 :] if start is not None else ():
        if _is_top(line):
            break
        if re.fullmatch(rf"\s+[\"']?{re.escape(name)}[\"']?:\s*(#.*)?", line):
            inside = True
        elif inside and (found := re.fullmatch(r"\s+url:\s*[\"']?(\S+?)[\"']?\s*(#.*)?", line)):
            return found[1]
    return "" if inside else None


def _insert_registry(lines: list[str], wish: Wish) -> None:
    start = _top(lines, "registries")
    if start is None:
        place = _top(lines, "updates")
        place = len(lines) if place is None else place
        while place and lines[place - 1].startswith("#"):
            place -= 1
        lines[place:place] = ["registries:", *_registry(wish, "  "), ""]
        return
    if lines[start].split(":", 1)[1].split("#")[0].strip():
        raise _unclear("registries")
    following = next((line for line in lines[start + 1 :] if line.strip()), "")
    indent = following[: len(following) - len(following.lstrip())] or "  "
    lines[start + 1 : start + 1] = _registry(wish, indent)


def _registry(wish: Wish, indent: str) -> list[str]:
    if not _PLAIN.fullmatch(wish.name):
        raise UsageError(
            f"{wish.name!r} cannot be the name of a registry in dependabot.yml",
            hint="choose letters, digits, '-' and '_' with --name",
        )
    lines = [f"{indent}{wish.name}:", f"{indent * 2}type: python-index"]
    lines.append(f"{indent * 2}url: {wish.url}")
    if wish.private:
        lines.append(f"{indent * 2}username: {USER}")
        lines.append(f"{indent * 2}password: ${{{{ secrets.{SECRET} }}}}")
    return lines


def _entries(lines: list[str]) -> Iterator[tuple[int, int, int]]:
    """Find the entries for Python: first line, the one after the last, column of their keys."""
    for number, line in enumerate(lines):
        found = _ECOSYSTEM.fullmatch(line)
        if found is None or found["name"] not in _OURS:
            continue
        column = line.index("package-ecosystem")
        stop = number + 1
        while stop < len(lines) and _within(lines[stop], column):
            stop += 1
        yield number, stop, column


def _within(line: str, column: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip()) >= column


def _insert_entry(lines: list[str], wish: Wish, ecosystem: str) -> None:
    if _top(lines, "updates") is None:
        lines.append("updates:")
    elif _top(lines, "updates") != max(n for n, line in enumerate(lines) if _is_top(line)):
        raise _unclear("updates")
    lines += [
        f"  - package-ecosystem: {ecosystem}",
        "    directory: /",
        "    registries:",
        f"      - {wish.name}",
        "    schedule:",
        "      interval: weekly",
    ]


def _allow(lines: list[str], entry: range, column: int, name: str) -> None:
    """Let an entry use the registry."""
    indent = " " * column
    for number in entry:
        if not lines[number].startswith(f"{indent}registries:"):
            continue
        value = lines[number].partition(":")[2].partition("#")[0].strip()
        members = (
            _members(lines, number + 1, column)
            if not value
            else re.findall(r"[^\s\[\],\"']+", value)
        )
        if "*" in members or name in members:
            return
        if not value:
            item = lines[number + 1].partition("-")[0] if members else f"{indent}  "
            lines.insert(number + 1, f"{item}- {name}")
        elif value.startswith("[") and value.endswith("]"):
            lines[number] = f"{indent}registries: [{', '.join([*members, name])}]"
        else:
            raise _unclear("registries of an entry")
        return
    lines[entry.start + 1 : entry.start + 1] = [f"{indent}registries:", f"{indent}  - {name}"]


def _members(lines: list[str], start: int, column: int) -> list[str]:
    found = []
    for line in lines[start:]:
        member = re.fullmatch(r"(\s*)-\s+[\"']?([^\s\"']+)[\"']?\s*(#.*)?", line)
        if member is None or len(member[1]) < column:
            break
        found.append(member[2])
    return found


def _top(lines: list[str], name: str) -> int | None:
    return next((n for n, line in enumerate(lines) if line.startswith(f"{name}:")), None)


def _is_top(line: str) -> bool:
    return bool(line) and not line[0].isspace() and line[0] not in "#-"


def _unclear(what: str) -> UsageError:
    return UsageError(
        f"the '{what}' of dependabot.yml are written in a way that cannot be changed here",
        hint="'ghpypi client dependabot' without --write prints what has to be in it",
    )
