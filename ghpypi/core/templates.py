"""The jinja2 environments of all templates.

`NOT_ESCAPED` decides where values are not escaped. Templates are compiled once per process:
environments are cached, and jinja2 caches their templates.

jinja2 is imported with the first template: it is slow to import, and most runs render nothing.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment, PackageLoader, Template

NOT_ESCAPED = ("yml", "toml", "md")
"""Values are escaped for HTML and XML in every template but YAML, TOML and Markdown: there they are
names of repositories and addresses, checked before, which need no escaping."""

WORKFLOWS = "workflows/"
"""Templates in this folder have square brackets as delimiters, so that `${{ }}` of GitHub Actions
needs no escaping."""

OURS = "ghpypi/"
"""Prefix of built-in templates when a custom template extends them."""

Sources = tuple[tuple[str, str], ...]
"""Names and texts of custom templates, sorted; used as a cache key."""

_SQUARE = {
    "block_start_string": "[%",
    "block_end_string": "%]",
    "variable_start_string": "[[",
    "variable_end_string": "]]",
    "comment_start_string": "[#",
    "comment_end_string": "#]",
}


@cache
def template(name: str) -> "Template":
    """Return a template of the package, compiled once in a process.

    Args:
        name: Path below `ghpypi/templates`.
    """
    square = name.startswith(WORKFLOWS)
    return _workflow_files().get_template(name) if square else _texts().get_template(name)


@cache
def folder_template(folder: str, name: str) -> "Template":
    """Return a template of a folder of the package, whose templates include each other.

    Args:
        folder: Folder below `ghpypi/templates`, ending in `/`.
        name: Name of the template in it.
    """
    return _folder(folder).get_template(name)


def user_template(folder: str, sources: Sources, name: str) -> "Template":
    """Return a custom template, or the built-in one of that name.

    It runs in a sandbox, in which it can only use its variables.

    Args:
        folder: Folder of the package whose templates it may extend, ending in `/`.
        sources: All custom templates.
        name: Name of the template.

    Raises:
        TemplateError: The template does not exist, or has a syntax error; see `location`.
    """
    return _sandbox(folder, sources).get_template(name)


def source(name: str) -> str:
    """Return the text of a file of the package.

    Args:
        name: Path below `ghpypi/templates`.
    """
    return _package().get_source(_texts(), name)[0]


def location(error: Exception, name: str) -> str:
    """Return the location of an error in a template: ` (NAME, line 3)`; empty if unknown.

    Args:
        error: The exception of rendering.
        name: The template that was rendered, which may have included others.
    """
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415

    if isinstance(error, TemplateSyntaxError):
        return f" ({error.name or name}, line {error.lineno})"
    return ""


@cache
def _package() -> "PackageLoader":
    from jinja2 import PackageLoader  # noqa: PLC0415

    return PackageLoader("ghpypi")


def _loader(folder: str, theirs: Mapping[str, str]) -> "BaseLoader":
    """Return what loads custom templates, and those of a folder of the package."""
    from jinja2 import FunctionLoader  # noqa: PLC0415

    def load(template: str) -> tuple[str, str | None, Any] | None:
        if template in theirs:
            return theirs[template], template, None
        name = template.removeprefix(OURS)
        return None if "/" in name else _package().get_source(_texts(), folder + name)

    return FunctionLoader(load)


def _settings(loader: "BaseLoader") -> dict[str, Any]:
    from jinja2 import StrictUndefined, select_autoescape  # noqa: PLC0415

    return {
        "loader": loader,
        "autoescape": select_autoescape(
            disabled_extensions=NOT_ESCAPED, default=True, default_for_string=True
        ),
        "auto_reload": False,  # templates do not change while a process runs
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
    }


def _environment(loader: "BaseLoader", **more: Any) -> "Environment":
    from jinja2 import Environment  # noqa: PLC0415

    made = Environment(**_settings(loader), **more)  # noqa: S701 - see NOT_ESCAPED
    made.globals.clear()  # no template uses them, and each rendering copies them
    return made


@cache
def _texts() -> "Environment":
    return _environment(_package())


@cache
def _workflow_files() -> "Environment":
    return _environment(_package(), **_SQUARE)


@cache
def _folder(folder: str) -> "Environment":
    return _environment(_loader(folder, {}))


@lru_cache(maxsize=4)
def _sandbox(folder: str, sources: Sources) -> "Environment":
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    # Values are always escaped, whatever the extension of a custom template.
    settings = _settings(_loader(folder, dict(sources))) | {"autoescape": True}
    return ImmutableSandboxedEnvironment(**settings)
