"""Rendering reStructuredText as readme_renderer does, with settings that are made once.

docutils makes the settings of each text from an option parser with a hundred options, which takes
longer than rendering a short text. The settings are those of readme_renderer, which make it safe.
"""

from functools import cache
from io import StringIO
from typing import Any

import readme_renderer.rst
from docutils.core import Publisher, publish_parts  # type: ignore[import-untyped]  # has no types
from docutils.utils import SystemMessage  # type: ignore[import-untyped]  # has no types
from readme_renderer.clean import clean


def render_rst(text: str) -> str | None:
    """Render a text like `readme_renderer.rst.render`.

    Args:
        text: The text, in reStructuredText.

    Returns:
        Sanitized HTML; `None` if the text has an error, or is empty.

    Raises:
        Exception: The text breaks docutils.
    """
    settings = _settings().copy()
    settings.warning_stream = StringIO()
    try:
        parts = publish_parts(text, writer=_writer(), settings=settings)
    except SystemMessage:
        return None
    html = parts.get("docinfo", "") + parts.get("fragment", "")
    return clean(html) if html else None


@cache
def _settings() -> Any:
    publisher = Publisher(reader="standalone", parser="restructuredtext", writer=_writer())
    publisher.process_programmatic_settings(None, readme_renderer.rst.SETTINGS, None)
    return publisher.settings


def _writer() -> Any:
    writer = readme_renderer.rst.Writer()  # type: ignore[attr-defined]  # it is imported there
    writer.translator_class = readme_renderer.rst.ReadMeHTMLTranslator
    return writer
