"""Rendering of untrusted text."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol


class Rendered(NamedTuple):
    """A description as HTML.

    Attributes:
        html: Sanitized HTML.
        problem: Why the text is shown as plain text instead of its markup; usually empty.
    """

    html: str
    problem: str = ""


class Renderer(Protocol):
    """Renders untrusted descriptions of projects and custom templates of sites."""

    @property
    def version(self) -> str:
        """Identify everything besides its source that the HTML of a description depends on."""
        ...

    def render(self, description: str, content_type: str) -> Rendered:
        """Render a description, or return it as plain text; never raises.

        Args:
            description: The text.
            content_type: Its markup, such as `text/markdown`; reStructuredText if empty.
        """
        ...

    def template(
        self, name: str, sources: tuple[tuple[str, str], ...], facts: Mapping[str, Any]
    ) -> bytes:
        """Render a template of a site.

        Args:
            name: The name of the template.
            sources: Names and texts of all custom templates.
            facts: The variables of the template.

        Raises:
            FailedError: The template has an error, or takes too much time or memory.
        """
        ...
