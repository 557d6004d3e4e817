"""The plan of the house: each library has one home, and the core does no I/O.

The directions of imports are contracts of import-linter, in `pyproject.toml`. `violations` is
handed a tree of sources, so that it can be shown to fail on a planted one.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import ghpypi
from ghpypi.stores import KINDS

HOMES = {
    "github": "ghpypi.stores.github.pygithub",
    "click": "ghpypi.cli",
    "difflib": "ghpypi.core.text_comparison",
    "filelock": "ghpypi.stores.directory",
    "glob": "ghpypi.stores.built",
    "fnmatch": "ghpypi.core.patterns",
    "jinja2": "ghpypi.core.templates",
    "keyring.backend": "ghpypi.keyring_backend",
    "obstore": "ghpypi.stores.objects.connection",
    "pkginfo": "ghpypi.core.metadata_text",
    "docutils": "ghpypi.core.site.rst",
    "cryptography.fernet": "ghpypi.server.auth.sessions",
    "cryptography.x509": "ghpypi.attestation",
    "starlette": "ghpypi.server",
    "urllib3.exceptions": "ghpypi.connection_errors",
    "uvicorn": "ghpypi.server",
    "jwt": "ghpypi.server",
    "python_multipart": "ghpypi.server.upload.multipart",
    "nh3": "ghpypi.core.site.readme",
    "pebble": "ghpypi.process_pool",
    "readme_renderer": "ghpypi.core.site",
    "regex": "ghpypi.core.patterns",
    "tomlkit": "ghpypi.core.config.toml_edit",
}
"""A library that touches the world, or changes often, and the one place that knows it."""

PURE = {"core", "ports", "errors"}
"""Floors that never ask the world."""

WORLDLY = {
    "asyncio",
    "getpass",
    "glob",
    "http",
    "os",
    "platform",
    "requests",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "time",
    "urllib.request",
    "urllib3",
}
"""Modules that are the world."""

PARSERS = {
    "Version",
    "SpecifierSet",
    "Requirement",
    "json.loads",
    "tomllib.loads",
    "urlsplit",
    "urlparse",
    "urljoin",
}
"""Functions that raise undocumented errors for text that was made to break them."""

PARSING = "ghpypi.core.parsing"
"""The only module that calls them."""

MATCHERS = {
    f"re.{name}"
    for name in (
        "compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn",
    )
}  # fmt: skip
"""Functions of a backtracking engine, which takes exponential time for some patterns."""

OWN_PATTERNS = {"ghpypi.stores.github.error_rules", "ghpypi.stores.github.git_errors"}
"""Modules whose patterns are in tables of their own, none of which a user writes."""

PATTERNS = "ghpypi.core.patterns"
"""The only module that compiles what a user wrote."""

QUANTITIES = "ghpypi.core.quantities"
"""The only module that writes sizes, and counts with their nouns."""

COUNTED = re.compile(
    r" (?:[kMGT]i?B|bytes?|files?|projects?|releases?|versions?|repositor(?:y|ies)|index(?:es)?|"
    r"assets?|pages?|names?|members?|lines?|characters?|requests?|attempts?|times?|"
    r"seconds?|minutes?|hours?|days?)\b"
)
"""What follows a number in a sentence for people."""

NOW = {"now", "utcnow", "today"}

SOURCES = {
    path.relative_to(Path(ghpypi.__file__).parents[1]).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(Path(ghpypi.__file__).parent.rglob("*.py"))
}


def violations(sources: Mapping[str, str]) -> list[str]:
    """Tell every way in which a tree of sources, by path, breaks the plan."""
    return [
        f"{module_of(path)}: {fault}"
        for path, text in sources.items()
        for fault in faults(module_of(path), ast.parse(text))
    ]


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def floor_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def within(module: str, home: str) -> bool:
    return module == home or module.startswith(f"{home}.")


def faults(module: str, tree: ast.Module) -> Iterator[str]:
    floor = floor_of(module)
    for imported in imports(tree):
        for library, home in HOMES.items():
            if within(imported, library) and not within(module, home):
                yield f"imports {imported}, whose home is {home}"
        if floor in PURE and any(within(imported, each) for each in WORLDLY):
            yield f"imports {imported}, which is the world"
        if floor in PURE and imported == "pathlib.Path":
            yield "imports pathlib.Path, which opens files"
    if floor in PURE:
        yield from questions(tree)
    yield from uses(module, tree)


def imports(tree: ast.Module) -> Iterator[str]:
    """Name what is imported, anywhere in a module."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(level=0, module=str(source)):
                for alias in node.names:
                    name = f"{source}.{alias.name}"
                    yield name if name in {"pathlib.Path", *WORLDLY} else source
            case _:
                pass


def uses(module: str, tree: ast.Module) -> Iterator[str]:
    """Tell where a module does itself what a single module is there for."""
    if module != PARSING:
        yield from parsers(tree)
    if module not in {PATTERNS, *OWN_PATTERNS}:
        yield from matchers(tree)
    if module != QUANTITIES:
        yield from quantities(tree)


def quantities(tree: ast.Module) -> Iterator[str]:
    """Find numbers that are written for people by other means than those of one module."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, following in zip(node.values, [*node.values[1:], ast.Constant("")], strict=True):
            if isinstance(value, ast.FormattedValue) and _is_number(value, following):
                yield f"writes {ast.unparse(value.value)} by itself, not with {QUANTITIES}"


def _is_number(value: ast.FormattedValue, following: ast.expr) -> bool:
    """Tell whether a value of an f-string is a number with its noun, unit or separators."""
    if value.format_spec and "," in ast.unparse(value.format_spec):
        return True
    counted = isinstance(following, ast.Constant) and COUNTED.match(str(following.value))
    match value.value:
        case ast.IfExp(body=ast.Constant(value="s")) | ast.IfExp(orelse=ast.Constant(value="s")):
            return True
        case ast.Call(func=ast.Name(id="len")) | ast.BinOp():
            return bool(counted)
        case ast.Name(id=name):
            return bool(counted) and name.isupper()
        case _:
            return False


def parsers(tree: ast.Module) -> Iterator[str]:
    """Tell where a module parses text by itself; what is written in the code is no such text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Constant):
            name = ast.unparse(node.func)
            if name in PARSERS:
                yield f"calls {name}(), which {PARSING} guards"


def matchers(tree: ast.Module) -> Iterator[str]:
    """Find regular expressions that are not written in the code."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in MATCHERS:
            continue
        if not node.args or not is_written(node.args[0]):
            yield f"calls {ast.unparse(node.func)}() with a pattern that is not in the code"


def is_written(pattern: ast.expr) -> bool:
    """Tell whether a pattern consists of literals, constants and escaped text."""
    match pattern:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name.isupper()
        case ast.JoinedStr():
            return all(map(is_written, pattern.values))
        case ast.FormattedValue(value=ast.Call() as call):
            return ast.unparse(call.func) == "re.escape"
        case ast.FormattedValue(value=value):
            return is_written(value)
        case _:
            return False


def questions(tree: ast.Module) -> Iterator[str]:
    """Return where a module does I/O without importing a library for it."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="open" | "input" | "print" as name)):
                yield f"calls {name}()"
            case ast.Attribute(attr="environ" | "environb" | "getenv" as name):
                yield f"reads {name}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in NOW:
                yield f"calls {name}()"
            case _:
                pass


def test_modules_follow_the_plan() -> None:
    assert violations(SOURCES) == []


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        (
            "jobs/a.py",
            "import github",
            "imports github, whose home is ghpypi.stores.github.pygithub",
        ),
        (
            "cli/a.py",
            "from github.Auth import Token",
            "imports github.Auth, whose home is ghpypi.stores.github.pygithub",
        ),
        ("cli/a.py", "import uvicorn", "imports uvicorn, whose home is ghpypi.server"),
        ("report.py", "import click", "imports click, whose home is ghpypi.cli"),
        (
            "stores/a.py",
            "from filelock import FileLock",
            "imports filelock, whose home is ghpypi.stores.directory",
        ),
        (
            "stores/a.py",
            "import pkginfo",
            "imports pkginfo, whose home is ghpypi.core.metadata_text",
        ),
        (
            "server/a.py",
            "from jinja2 import Environment",
            "imports jinja2, whose home is ghpypi.core.templates",
        ),
        ("core/a.py", "import os", "imports os, which is the world"),
        ("core/a.py", "from os import environ", "imports os, which is the world"),
        ("core/a.py", "import time", "imports time, which is the world"),
        ("core/a.py", "import requests", "imports requests, which is the world"),
        ("core/a.py", "import subprocess", "imports subprocess, which is the world"),
        ("core/a.py", "import socket", "imports socket, which is the world"),
        (
            "core/a.py",
            "from urllib import request",
            "imports urllib.request, which is the world",
        ),
        (
            "core/a.py",
            "from pathlib import Path",
            "imports pathlib.Path, which opens files",
        ),
        ("ports.py", "import os.path", "imports os.path, which is the world"),
        ("errors.py", "import sys", "imports sys, which is the world"),
        ("core/a.py", "def f(): return open('x')", "calls open()"),
        ("core/a.py", "def f(m): return m.environ['x']", "reads environ"),
        ("core/a.py", "x = datetime.now()", "calls now()"),
        ("ports.py", "x = datetime.datetime.utcnow()", "calls utcnow()"),
        ("core/a.py", "print('x')", "calls print()"),
        ("cli/a.py", "Version(text)", f"calls Version(), which {PARSING} guards"),
        ("stores/a.py", "json.loads(text)", f"calls json.loads(), which {PARSING} guards"),
        (
            "core/a.py",
            "import re\nre.compile(config.pattern)",
            "calls re.compile() with a pattern that is not in the code",
        ),
        (
            "server/a.py",
            "import re\nre.search(rf'a{pattern}', text)",
            "calls re.search() with a pattern that is not in the code",
        ),
        (
            "cli/a.py",
            "x = f'{len(files)} files'",
            f"writes len(files) by itself, not with {QUANTITIES}",
        ),
        (
            "server/a.py",
            "x = f'at most {LIMIT >> 20} MiB'",
            f"writes LIMIT >> 20 by itself, not with {QUANTITIES}",
        ),
        ("jobs/a.py", "x = f'{n:,}'", f"writes n by itself, not with {QUANTITIES}"),
        (
            "jobs/a.py",
            """x = f"file{'' if n == 1 else 's'}\"""",
            f"writes '' if n == 1 else 's' by itself, not with {QUANTITIES}",
        ),
        (
            "cli/a.py",
            "from fnmatch import fnmatchcase",
            f"imports fnmatch, whose home is {PATTERNS}",
        ),
    ],
)
def test_a_planted_violation_is_found(path: str, text: str, fault: str) -> None:
    planted = {f"ghpypi/{path}": text}

    assert violations(planted) == [f"{module_of(f'ghpypi/{path}')}: {fault}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cli/a.py", "import click\nimport os\nfrom ghpypi.cli.main import main\nopen('x')"),
        ("cli/a.py", "from ghpypi.stores.github.client import x\nfrom ghpypi.jobs import index"),
        ("stores/github/pygithub.py", "import github\nfrom ghpypi.stores.github.client import x"),
        ("stores/a.py", "import os\nfrom datetime import datetime\ndatetime.now()"),
        ("jobs/a.py", "from ghpypi.ports import x\nfrom ghpypi.core import names"),
        ("core/a.py", "from ghpypi import __version__\nfrom pathlib import PurePath"),
        ("core/a.py", "import tarfile\ntarfile.open(fileobj=x)\nfrom urllib.parse import quote"),
        ("ports.py", "from ghpypi.errors import x"),
        (
            "core/patterns.py",
            "import re\nfrom fnmatch import translate\nre.compile(translate(x))",
        ),
        ("core/a.py", "import re\nre.search(rf'a{re.escape(text)}{_ODD}', text)"),
        ("core/a.py", "x = f'{count_of(len(files), \"file\")} of {len(files)}, and {name} files'"),
        ("core/a.py", "x = Version('2.6')\nSpecifierSet()\nself.Version(text)"),
    ],
)
def test_what_the_plan_allows_is_allowed(path: str, text: str) -> None:
    assert violations({f"ghpypi/{path}": text}) == []


def named_twice(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Find the names that several modules give a public class."""
    found: dict[str, list[str]] = {}
    for path, text in sources.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module_of(path))
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def misplaced_protocols(sources: Mapping[str, str]) -> list[str]:
    """Find the public protocols that are not where protocols are."""
    return [
        f"{module_of(path)}.{node.name}"
        for path, text in sources.items()
        if not any(within(module_of(path), home) for home in PROTOCOLS)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    ]


def questions_of_kind(sources: Mapping[str, str]) -> list[str]:
    """Find comparisons with the name of a kind of store, instead of a question for a capability."""
    return [
        f"{module_of(path)}:{node.lineno}"
        for path, text in sources.items()
        if module_of(path) not in KNOWING_KINDS
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Compare | ast.MatchValue)
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and each.value in KINDS
    ]


KNOWING_KINDS = ("ghpypi.stores", "ghpypi.core.locator")
"""The registry of stores, and what reads the names of stores."""

PROTOCOLS = ("ghpypi.ports", "ghpypi.server.ports")
"""Where protocols are; those with Starlette in them cannot be where its home is not."""


def test_class_names_are_unique() -> None:
    assert named_twice(SOURCES) == {}


def test_protocols_are_where_protocols_are() -> None:
    assert misplaced_protocols(SOURCES) == []


def test_a_class_name_used_twice_is_found() -> None:
    planted = {
        "ghpypi/a.py": "class Outcome: ...\nclass _Own: ...\nclass One: ...",
        "ghpypi/b/__init__.py": "class Outcome: ...\nclass _Own: ...",
    }

    assert named_twice(planted) == {"Outcome": ["ghpypi.a", "ghpypi.b"]}


def test_a_protocol_elsewhere_is_found() -> None:
    planted = {
        "ghpypi/jobs/a.py": "class Reads(Protocol): ...\nclass _Own(Protocol): ...",
        "ghpypi/server/a.py": "class Limited(asyncio.Protocol): ...",
        "ghpypi/ports/a.py": "class Store(Protocol): ...",
    }

    assert misplaced_protocols(planted) == ["ghpypi.jobs.a.Reads"]


def test_nothing_asks_for_the_kind_of_a_store() -> None:
    assert questions_of_kind(SOURCES) == []


def test_a_question_for_a_kind_is_found() -> None:
    planted = {
        "ghpypi/cli/a.py": "if locator.kind == 'github': ...\nx = {'github': 1}",
        "ghpypi/server/a.py": "match kind:\n    case 'directory': ...",
        "ghpypi/jobs/a.py": "y = kind in {'memory'}",
        "ghpypi/stores/__init__.py": "kind == 'github'",
    }

    assert questions_of_kind(planted) == [
        "ghpypi.cli.a:1",
        "ghpypi.server.a:2",
        "ghpypi.jobs.a:1",
    ]
