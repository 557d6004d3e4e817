"""The jinja2 environments of all templates.

`AUTOESCAPE` decides whether values are escaped. Templates are compiled once per process:
environments are cached, and jinja2 caches their templates.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

AUTOESCAPE = select_autoescape(
    disabled_extensions=("yml", "toml", "md"), default=True, default_for_string=True
)
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
def template(name: str) -> Template:
    """Return a template of the package, compiled once in a process.

    Args:
        name: Path below `ghpypi/templates`.
    """
    square = name.startswith(WORKFLOWS)
    return _workflow_files().get_template(name) if square else _texts().get_template(name)


@cache
def folder_template(folder: str, name: str) -> Template:
    """Return a template of a folder of the package, whose templates include each other.

    Args:
        folder: Folder below `ghpypi/templates`, ending in `/`.
        name: Name of the template in it.
    """
    return _folder(folder).get_template(name)


def user_template(folder: str, sources: Sources, name: str) -> Template:
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
    if isinstance(error, TemplateSyntaxError):
        return f" ({error.name or name}, line {error.lineno})"
    return ""


class _FolderLoader(BaseLoader):
    """Loads custom templates, and those of a folder of the package."""

    def __init__(self, folder: str, theirs: Mapping[str, str]) -> None:
        self._folder = folder
        self._theirs = theirs

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        if template in self._theirs:
            return self._theirs[template], template, None
        name = template.removeprefix(OURS)
        if "/" in name:
            raise TemplateNotFound(template)
        return _package().get_source(environment, self._folder + name)


def _settings(loader: BaseLoader) -> dict[str, Any]:
    return {
        "loader": loader,
        "autoescape": AUTOESCAPE,
        "auto_reload": False,  # templates do not change while a process runs
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
    }


@cache
def _package() -> PackageLoader:
    return PackageLoader("ghpypi")


@cache
def _texts() -> Environment:
    return _without_globals(Environment(**_settings(_package())))  # noqa: S701 - see AUTOESCAPE


@cache
def _workflow_files() -> Environment:
    settings = _settings(_package()) | _SQUARE
    return _without_globals(Environment(**settings))  # noqa: S701 - see AUTOESCAPE


@cache
def _folder(folder: str) -> Environment:
    loader = _FolderLoader(folder, {})
    return _without_globals(Environment(**_settings(loader)))  # noqa: S701 - see AUTOESCAPE


@lru_cache(maxsize=4)
def _sandbox(folder: str, sources: Sources) -> Environment:
    # Values are always escaped, whatever the extension of a custom template.
    settings = _settings(_FolderLoader(folder, dict(sources))) | {"autoescape": True}
    return ImmutableSandboxedEnvironment(**settings)


def _without_globals(made: Environment) -> Environment:
    """Remove the globals: no template uses them, and each rendering copies them."""
    made.globals.clear()
    return made
