"""Settings of Dependabot and Renovate for an index.

The files refer to a secret by name; users must add it to the secrets of GitHub or Renovate.
"""

import io
import json
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from ghpypi.core.clients.files import Edited
from ghpypi.core.clients.options import ClientOptions
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.errors import UsageError

SECRET = "GHPYPI_TOKEN"  # noqa: S105 - the name, not the value
USER = "__token__"
_ECOSYSTEMS = ("pip", "uv")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def edit_dependabot(text: str, options: ClientOptions, *, ecosystem: str = "pip") -> Edited:
    """Add a registry to `.github/dependabot.yml`, and to the entries for Python.

    Comments, order and quotes are preserved.

    Args:
        text: The content of the file; empty if there is none.
        options: The index.
        ecosystem: `pip` (which includes Poetry and Pipenv) or `uv`, for a file without an entry
            for Python.

    Returns:
        The new content, and a clash if a registry of this name has another URL.

    Raises:
        UsageError: The file is not valid ("Dependabot options reference"), or YAML would not parse
            the name of the index as a string.
    """
    if not _NAME.fullmatch(options.name):
        raise UsageError(
            f"invalid registry name {options.name!r} for dependabot.yml",
            hint="choose a name of letters, digits, '-' and '_' with --name",
        )
    head, text = _split_head(before := text)
    yaml = _round_trip(text)
    document = _load(yaml, text)
    changed, clashes = _register(document, options)
    entries = [x for x in document["updates"] if x.get("package-ecosystem") in _ECOSYSTEMS]
    if not entries:
        document["updates"].append(_new_entry(options.name, ecosystem))
        changed = True
    for entry in entries:
        changed |= _allow(entry, options.name)
    after = head + _dump(yaml, document, text) if changed else before
    return Edited(text=after, clashes=clashes)


def edit_renovate(text: str, options: ClientOptions) -> Edited:
    """Edit `renovate.json`: the packages from the index, and the credentials.

    The registry is the index's JSON API. From HTML pages, which are all that GitHub Pages sends,
    Renovate reads no upload times, and `minimumReleaseAge` then holds back every update.

    Raises:
        UsageError: The text is not JSON.
    """
    try:
        document = parse_json(text) if text.strip() else _first_renovate()
    except ValueError as error:
        raise UsageError(f"invalid JSON: {error}") from error
    before = json.dumps(document)
    rules = document.setdefault("packageRules", [])
    registry = json_api_url(options.url)
    ours = ([registry], [options.url])  # the latter was written by earlier versions
    rule = next((each for each in rules if each.get("registryUrls") in ours), None)
    if rule is not None:
        rule["registryUrls"] = [registry]
    if rule is None and options.packages:
        rule = {
            "matchDatasources": ["pypi"],
            "matchPackageNames": [],
            "registryUrls": [registry],
        }
        rules.append(rule)
    for package in options.packages:
        names = rule.setdefault("matchPackageNames", []) if rule else []
        if package not in names:
            names.append(package)
    if options.private:
        _sign_in(document, options)
    if not rules:
        del document["packageRules"]
    if json.dumps(document) == before and text.strip():
        return Edited(text=text)
    indent = re.search(r"\n([ \t]+)\"", text)
    spaces = indent[1] if indent else "  "
    return Edited(text=json.dumps(document, indent=spaces, ensure_ascii=False) + "\n")


def json_api_url(index_url: str) -> str:
    """Return the URL of an index's JSON API, without the name of a project and `/json`."""
    return index_url.removesuffix("simple/") + "pypi/"


def _first_renovate() -> dict[str, Any]:
    return {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "extends": ["config:recommended"],
    }


def _sign_in(document: dict[str, Any], options: ClientOptions) -> None:
    """Add the credentials, for the address of the server.

    A host without a scheme would also match its subdomains, and `http://`; one with a port would
    match nothing (Renovate documentation, "hostRules.matchHost").
    """
    parts = split_url(options.url)
    address = f"{parts.scheme}://{parts.netloc}/"
    rules = document.setdefault("hostRules", [])
    if not any(each.get("matchHost") in {address, parts.netloc} for each in rules):
        password = f"{{{{ secrets.{SECRET} }}}}"
        rule = {"hostType": "pypi", "matchHost": address, "username": USER, "password": password}
        rules.append(rule)


def _split_head(text: str) -> tuple[str, str]:
    """Split off the lines before the start of the document, `---`.

    ruamel.yaml drops comments in these lines.
    """
    head = re.match(r"(?:#.*\r?\n|[ \t]*\r?\n)*---[ \t]*\r?\n", text)
    return (head[0], text[head.end() :]) if head else ("", text)


def _round_trip(text: str) -> YAML:
    """Create a parser that preserves the formatting and indentation of the document."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10**6  # never fold a line
    mapping = re.search(
        r"^\w[^\r\n]*:[ \t]*(?:#.*)?\r?\n(?:[ \t]*#.*\r?\n)*( +)\w", text, re.MULTILINE
    )
    item = re.search(r"^( *)(-\s+)\w", text, re.MULTILINE)
    offset, dash = (len(item[1]), len(item[2])) if item else (2, 2)
    yaml.indent(mapping=len(mapping[1]) if mapping else 2, sequence=offset + dash, offset=offset)
    return yaml


def _load(yaml: YAML, text: str) -> CommentedMap:
    """Parse the document and validate the parts to be changed."""
    try:
        document = yaml.load(text) if text.strip() else CommentedMap({"version": 2})
    except YAMLError as error:
        problem = getattr(error, "problem", None) or "syntax error"
        raise UsageError(f"invalid YAML: {problem}") from error
    if not isinstance(document, CommentedMap):
        raise _unclear("settings")
    if not text.strip():
        document["registries"] = CommentedMap()
    if document.setdefault("updates", CommentedSeq()) is None:
        document["updates"] = CommentedSeq()
    registries = document.get("registries", CommentedMap())
    if not isinstance(registries, CommentedMap | None):
        raise _unclear("registries")
    if not isinstance(document["updates"], CommentedSeq):
        raise _unclear("updates")
    if not all(isinstance(each, CommentedMap) for each in document["updates"]):
        raise _unclear("updates")
    return document


def _register(document: CommentedMap, options: ClientOptions) -> tuple[bool, tuple[str, ...]]:
    """Add the registry; return whether something changed, and clashes."""
    if document.get("registries") is None:
        document["registries"] = CommentedMap()
    registries = document["registries"]
    present = registries.get(options.name)
    if present is None:
        registries[options.name] = _new_registry(options)
        return True, ()
    if not isinstance(present, CommentedMap):
        raise _unclear("registries")
    url = present.get("url")
    if url == options.url:
        return False, ()
    if not options.replace:
        return False, (f"registries.{options.name}: url is {url}",)
    present["url"] = options.url
    return True, ()


def _new_registry(options: ClientOptions) -> CommentedMap:
    registry = CommentedMap({"type": "python-index", "url": options.url})
    if options.private:
        registry["username"] = USER
        registry["password"] = f"${{{{ secrets.{SECRET} }}}}"
    return registry


def _new_entry(name: str, ecosystem: str) -> CommentedMap:
    return CommentedMap(
        {
            "package-ecosystem": ecosystem,
            "directory": "/",
            "registries": CommentedSeq([name]),
            "schedule": CommentedMap({"interval": "weekly"}),
        }
    )


def _allow(entry: CommentedMap, name: str) -> bool:
    """Allow an entry to use the registry; return whether it changed."""
    allowed = entry.get("registries")
    if allowed is None:
        entry["registries"] = CommentedSeq([name])
        return True
    if allowed == "*":
        return False
    if not isinstance(allowed, CommentedSeq):
        raise _unclear("registries of an entry")
    if "*" in allowed or name in allowed:
        return False
    allowed.append(name)
    return True


def _dump(yaml: YAML, document: CommentedMap, text: str) -> str:
    stream = io.StringIO()
    yaml.dump(document, stream)
    written = stream.getvalue()
    return written.replace("\n", "\r\n") if "\r\n" in text else written


def _unclear(what: str) -> UsageError:
    return UsageError(
        f"ghpypi cannot edit the format of '{what}' in dependabot.yml",
        hint="add the lines that 'ghpypi client dependabot' prints without --write",
    )
