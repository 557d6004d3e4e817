"""Rendering of text that others wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A description as HTML.

    Attributes:
        html: Harmless HTML.
        problem: Why the markup was not rendered and the text is shown as it is; mostly empty.
    """

    html: str
    problem: str = ""


class Renderer(Protocol):
    """Renders what others wrote: descriptions of projects, and templates of sites."""

    def render(self, description: str, content_type: str) -> Rendered:
        """Render a description, or show it as plain text; never raises.

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
            name: Its name.
            sources: All templates of the site: name and text.
            facts: The variables that it gets.

        Raises:
            FailedError: It is wrong, or takes too long or too much memory.
        """
        ...
