"""The jinja2 environments of all templates, from one factory.

`AUTOESCAPE` decides for all of them whether values are escaped. Templates are compiled once in a
process: environments are cached, and each keeps its templates (jinja2's own cache).
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
"""Prefix with which a template of a user names the one of ours that it extends."""

Sources = tuple[tuple[str, str], ...]
"""Templates of a user by name, sorted; equal ones are one key of a cache."""

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
    """Return a template of one folder of the package, in which templates name each other.

    Args:
        folder: Folder below `ghpypi/templates`, ending in `/`.
        name: Name of the template in it.
    """
    return _folder(folder).get_template(name)


def user_template(folder: str, sources: Sources, name: str) -> Template:
    """Return a template of a user, or of the package where the user has none of that name.

    It runs in a sandbox, in which it can neither call nor change anything but what it is given.

    Args:
        folder: Folder of the package whose templates it may extend, ending in `/`.
        sources: All templates of the user.
        name: Name of the template.

    Raises:
        TemplateError: There is no such template, or its syntax is wrong; `location` says where.
    """
    return _sandbox(folder, sources).get_template(name)


def source(name: str) -> str:
    """Return a file of the package as it is.

    Args:
        name: Path below `ghpypi/templates`.
    """
    return _package().get_source(_texts(), name)[0]


def location(error: Exception, name: str) -> str:
    """Say where in a template an error is: ` (NAME, line 3)`, or nothing if it does not say so.

    Args:
        error: What rendering raised.
        name: The template that was rendered, which may have included others.
    """
    if isinstance(error, TemplateSyntaxError):
        return f" ({error.name or name}, line {error.lineno})"
    return ""


class _FolderLoader(BaseLoader):
    """Loads from a folder of the package, unless a user has a template of the same name."""

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
    # Whatever a user calls a template, its values are escaped.
    settings = _settings(_FolderLoader(folder, dict(sources))) | {"autoescape": True}
    return ImmutableSandboxedEnvironment(**settings)


def _without_globals(made: Environment) -> Environment:
    """Remove the globals: none of our templates uses any, and each rendering copies them."""
    made.globals.clear()
    return made
