"""The templates of the pages for people, and those of a user that extend them.

A user's template is found first by its name, such as `project.html`, and may extend ours as
`ghpypi/project.html`; its first line names the version of what it builds on (`API`).

User templates run in a sandbox. Whoever may write them may write to the index repository too, and
so has nothing to gain on the site; but a template is also run where its writer has no say: on the
machine of a colleague who looks at an index with `ghpypi index --output`, beside tokens of
workflows that only some may change, and in a server that has other stores. There it can make pages
and nothing else. The sandbox limits neither time nor memory, so that whoever runs templates of
others passes `run`, which does it in a child process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ghpypi.core.quantities import mebibytes
from ghpypi.core.site.text import harmless
from ghpypi.core.templates import Sources, folder_template, location, source, user_template
from ghpypi.core.text_comparison import suggestion
from ghpypi.errors import FailedError

API = 1
"""Changes when a user's template would have to change: its blocks, or what they are handed."""

FIRST_LINE = f"{{# ghpypi-templates: {API} #}}"
NAMES = ("404.html", "all.html", "base.html", "landing.html", "project.html")
STYLE = "site.css"
"""A user's style sheet: it is put after ours, and is no template."""

_FOLDER = "site/"

Run = Callable[[str, Sources, Mapping[str, Any]], bytes]
"""Renders a template: its name, all templates of the user, and the variables that it gets."""

LARGEST_PAGE = 32 << 20
"""Bytes of a page that a user's template may make."""


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of a user, if there are any; equal ones are one key of a cache.

    Attributes:
        sources: Their texts.
        run: Renders them.
    """

    sources: Sources = ()
    run: Run = field(default_factory=lambda: render_here, compare=False)

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.sources)


def user_templates(sources: Mapping[str, str], run: Run | None = None) -> Templates:
    """Check the templates of a user.

    Args:
        sources: Their texts, by name.
        run: Renders them; by default this process, which one of them can keep busy for ever.

    Raises:
        FailedError: With every fault: a name that nothing asks for, or another version.
    """
    checked = _checked(tuple(sorted(sources.items()))) if sources else ()
    return Templates(checked, run or render_here)


@lru_cache(maxsize=4)
def _checked(templates: Sources) -> Sources:
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
        return f"{name}: no page has that name{suggestion(name, NAMES)}"
    first = source.partition("\n")[0].strip()
    if first == FIRST_LINE:
        return ""
    if first.startswith("{# ghpypi-templates:"):
        return f"{name}: is written for another version than {API}: {first}"
    return f"{name}: does not say which version it is written for"


def renderer(name: str, templates: Templates) -> Callable[[Mapping[str, Any]], bytes]:
    """Give what renders a page."""
    if templates:
        return lambda facts: templates.run(name, templates.sources, facts)
    template = folder_template(_FOLDER, name)
    return lambda facts: template.render(facts).encode()


def render_here(name: str, sources: Sources, facts: Mapping[str, Any]) -> bytes:
    """Render a user's template in this process.

    Raises:
        FailedError: The template is wrong, or its page is too large.
    """
    try:
        page = harmless(user_template(_FOLDER, sources, name).render(facts)).encode()
    except MemoryError:
        raise
    except Exception as error:
        raise template_error(name, f"{error}{location(error, name)}") from error
    if len(page) > LARGEST_PAGE:
        raise template_error(name, f"its page has more than {mebibytes(LARGEST_PAGE)}")
    return page


def template_error(name: str, problem: str) -> FailedError:
    """Make the error for a template that cannot be rendered."""
    return FailedError(
        f"The template '{name}' of the site cannot be rendered: {problem}",
        hint="docs/templates.md says what templates are handed.",
    )


def asset(name: str, templates: Templates | None = None) -> bytes:
    """Give a static file, with what a user adds to it."""
    added = dict(templates.sources).get(name, "") if templates else ""
    return (source(f"{_FOLDER}assets/{name}") + added).encode()
