"""The templates of the pages for people, and those of a user that extend them.

A user's template is found first by its name, such as `project.html`, and may extend ours as
`ghpypi/project.html`; its first line names the version of what it builds on (`API`).

User templates run in a sandbox. Whoever may write them may write to the index repository too, and
so has nothing to gain on the site; but a template is also run where its writer has no say: on the
machine of a colleague who looks at an index with `ghpypi index --output`, and beside tokens of
workflows that only some may change. There it can make pages and nothing else.
"""

import difflib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import (
    BaseLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ghpypi.core.site.text import harmless
from ghpypi.errors import FailedError

API = 1
"""Changes when a user's template would have to change: its blocks, or what they are handed."""

FIRST_LINE = f"{{# ghpypi-templates: {API} #}}"
NAMES = ("404.html", "all.html", "base.html", "landing.html", "project.html")
STYLE = "site.css"
"""A user's style sheet: it is put after ours, and is no template."""

_FOLDER = "site/"
_OURS = "ghpypi/"

Templates = tuple[tuple[str, str], ...]
"""A user's templates by name, sorted: what can be the key of a cache."""


def user_templates(sources: Mapping[str, str]) -> Templates:
    """Check the templates of a user.

    Raises:
        FailedError: With every fault: a name that nothing asks for, or another version.
    """
    return _checked(tuple(sorted(sources.items()))) if sources else ()


@lru_cache(maxsize=4)
def _checked(templates: Templates) -> Templates:
    faults = [fault for name, source in templates if (fault := _fault(name, source))]
    if faults:
        raise FailedError(
            "The templates of the site cannot be used",
            hint=f"The first line of each has to be {FIRST_LINE}. Templates that others include "
            "have names that begin with '_'.",
            faults=faults,
        )
    return templates


def _fault(name: str, source: str) -> str:
    if name == STYLE:
        return ""
    if name not in NAMES and not name.startswith("_"):
        near = difflib.get_close_matches(name, NAMES, n=1)
        return f"{name}: no page has that name" + (f", did you mean '{near[0]}'?" if near else "")
    first = source.partition("\n")[0].strip()
    if first == FIRST_LINE:
        return ""
    if first.startswith("{# ghpypi-templates:"):
        return f"{name}: is written for another version than {API}: {first}"
    return f"{name}: does not say which version it is written for"


@lru_cache(maxsize=16)
def renderer(name: str, templates: Templates) -> Callable[[Mapping[str, Any]], bytes]:
    """Give what renders a page, compiled once."""
    if not templates:
        template = _plain().get_template(name)
        return lambda facts: template.render(facts).encode()
    try:
        checked = _sandbox(templates).get_template(name)
    except TemplateError as error:
        _fail(name, error)
    return lambda facts: _rendered(name, checked, facts)


def asset(name: str, templates: Templates = ()) -> bytes:
    """Give a static file, with what a user adds to it."""
    source, _, _ = _package().get_source(_plain(), f"site/assets/{name}")
    return (source + dict(templates).get(name, "")).encode()


def _rendered(name: str, template: Template, facts: Mapping[str, Any]) -> bytes:
    try:
        return harmless(template.render(facts)).encode()
    except Exception as error:  # noqa: BLE001 - a template computes, and can fail in any way
        _fail(name, error)


def _fail(name: str, error: Exception) -> NoReturn:
    where = ""
    if isinstance(error, TemplateSyntaxError):
        where = f" ({error.name or name}, line {error.lineno})"
    raise FailedError(
        f"The template '{name}' of the site cannot be rendered: {error}{where}",
        hint="docs/templates.md says what templates are handed.",
    ) from error


class _Loader(BaseLoader):
    """Finds a user's template first, and ours under our name always."""

    def __init__(self, templates: Templates) -> None:
        self._theirs = dict(templates)

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        if template in self._theirs:
            return self._theirs[template], template, None
        name = template.removeprefix(_OURS)
        if "/" in name:
            raise TemplateNotFound(template)
        return _package().get_source(environment, _FOLDER + name)


def _settings(templates: Templates) -> dict[str, Any]:
    return {
        "loader": _Loader(templates),
        "autoescape": True,
        "auto_reload": False,  # no template changes while a site is made
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
    }


@lru_cache(maxsize=1)
def _package() -> PackageLoader:
    return PackageLoader("ghpypi")


@lru_cache(maxsize=1)
def _plain() -> Environment:
    made = Environment(**_settings(()))  # noqa: S701 - autoescape is on
    made.globals.clear()  # our templates ask for none, and each rendering copies them
    return made


@lru_cache(maxsize=4)
def _sandbox(templates: Templates) -> Environment:
    return ImmutableSandboxedEnvironment(**_settings(templates))
