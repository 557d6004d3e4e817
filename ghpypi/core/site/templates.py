"""The templates of pages for browsers, and custom templates of users.

A custom template overrides the built-in one of the same name, such as `project.html`, and may
extend it as `ghpypi/project.html`. Its first line has the version of the template API (`API`).

Custom templates run in a sandbox. Their authors can write to the index repository, and so to the
site anyway. But templates also run on machines of colleagues (`ghpypi index --output`), in
workflows with tokens, and in servers with other stores, where they must only be able to render
pages. The sandbox limits neither time nor memory, so callers pass `run` to render in a child
process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ghpypi.core.quantities import mebibytes
from ghpypi.core.site.text import sanitize
from ghpypi.core.templates import Sources, folder_template, location, source, user_template
from ghpypi.core.text_comparison import suggestion
from ghpypi.errors import FailedError

API = 1
"""The version of the template API, which changes with incompatible blocks or variables."""

FIRST_LINE = f"{{# ghpypi-templates: {API} #}}"
NAMES = ("404.html", "all.html", "base.html", "landing.html", "project.html", "version.html")
STYLE = "site.css"
"""A custom style sheet, which is appended to the built-in one; not a template."""

_FOLDER = "site/"

Run = Callable[[str, Sources, Mapping[str, Any]], bytes]
"""Renders a template: its name, all templates of the user, and the variables that it gets."""

LARGEST_PAGE = 32 << 20
"""Maximum size of a page rendered by a custom template, in bytes."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Custom templates, possibly none; hashable, for use as a cache key.

    Attributes:
        sources: Their names and texts.
        run: Renders them.
    """

    sources: Sources = ()
    run: Run = field(default_factory=lambda: render_in_process, compare=False)

    def __bool__(self) -> bool:
        """Return whether there are custom templates."""
        return bool(self.sources)


def user_templates(sources: Mapping[str, str], run: Run | None = None) -> Templates:
    """Validate custom templates.

    Args:
        sources: Their texts, by name.
        run: Renders them; by default in this process, without time limit.

    Raises:
        FailedError: A template has an unknown name or another version of the API; the error has
            all faults.
    """
    checked = _checked(tuple(sorted(sources.items()))) if sources else ()
    return Templates(checked, run or render_in_process)


@lru_cache(maxsize=4)
def _checked(templates: Sources) -> Sources:
    faults = [fault for name, source in templates if (fault := _fault(name, source))]
    if faults:
        raise FailedError(
            "the templates of the site are invalid",
            hint=f"the first line of each must be {FIRST_LINE}; templates that others include "
            "have names that begin with '_'.",
            faults=faults,
        )
    return templates


def _fault(name: str, source: str) -> str:
    if name == STYLE:
        return ""
    if name not in NAMES and not name.startswith("_"):
        return f"{name}: unknown template name{suggestion(name, NAMES)}"
    first = source.partition("\n")[0].strip()
    if first == FIRST_LINE:
        return ""
    if first.startswith("{# ghpypi-templates:"):
        return f"{name}: unsupported version of the template API (supported: {API}): {first}"
    return f"{name}: missing version of the template API"


def renderer(name: str, templates: Templates) -> Callable[[Mapping[str, Any]], bytes]:
    """Return a function that renders a page."""
    if templates:
        return lambda facts: templates.run(name, templates.sources, facts)
    template = folder_template(_FOLDER, name)
    return lambda facts: template.render(facts).encode()


def render_in_process(name: str, sources: Sources, facts: Mapping[str, Any]) -> bytes:
    """Render a custom template in this process.

    Raises:
        FailedError: The template has an error, or its page is too large.
    """
    try:
        page = sanitize(user_template(_FOLDER, sources, name).render(facts)).encode()
    except MemoryError:
        raise
    except Exception as error:
        raise template_error(name, f"{error}{location(error, name)}") from error
    if len(page) > LARGEST_PAGE:
        raise template_error(name, f"its page has more than {mebibytes(LARGEST_PAGE)}")
    return page


def template_error(name: str, problem: str) -> FailedError:
    """Return the error for a template that cannot be rendered."""
    return FailedError(
        f"cannot render the template '{name}' of the site: {problem}",
        hint="see docs/reference/templates.md for the variables of templates",
    )


def asset(name: str, templates: Templates | None = None) -> bytes:
    """Return a static file, with the user's additions."""
    added = dict(templates.sources).get(name, "") if templates else ""
    return (source(f"{_FOLDER}assets/{name}") + added).encode()
