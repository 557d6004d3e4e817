"""Rendered descriptions, remembered by the digests of their sources.

Most versions of a project have the description of the version before. The published `about.json`
has the HTML that was made of that one, and a digest by which a run recognizes that it would render
the same. Descriptions that several projects share, such as those of one repository, are rendered
once in a run.

`about.json` is untrusted: its HTML is used again only if it is what the digest was made with, and
if the sanitizer leaves it as it is.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.metadata import Metadata
from ghpypi.core.site.about import About
from ghpypi.core.site.paths import about_path
from ghpypi.errors import GhpypiError
from ghpypi.ports import Rendered, Renderer

MOST = 64
"""Maximum number of descriptions that are remembered within a run; most have a few kilobytes."""

LONGEST = 200_000
"""Maximum length of the HTML of those, in characters."""


def _new_cache() -> LRUCache[str, Future[Rendered]]:
    return LRUCache(MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptionMemory:
    """Renders descriptions that were not rendered before.

    Attributes:
        renderer: Renders descriptions.
        published: Reads a published page; `None` if published descriptions are not to be used.
    """

    renderer: Renderer
    published: Callable[[str], bytes | None] | None = None
    _lock: Lock = field(default_factory=Lock)
    _made: LRUCache[str, Future[Rendered]] = field(default_factory=_new_cache)

    def render(self, metadata: Metadata, former: NormalizedName | None) -> tuple[Rendered, str]:
        """Return a rendered description, and the digest by which it can be used again.

        Args:
            metadata: The core metadata.
            former: The project, if its `about.json` may be published.

        Returns:
            The digest is empty if there is nothing to use again: there is no description, or it
            could not be rendered.
        """
        if not metadata.description.strip():
            return Rendered(html=""), ""
        source = _digest(
            self.renderer.version, metadata.description_content_type, metadata.description
        )
        with self._lock:
            made = self._made.get(source)
            first = made is None
            made = made or Future[Rendered]()
            self._made[source] = made
        if first:
            try:
                made.set_result(self._former(source, former) or self._new(metadata))
            except BaseException as error:
                made.set_exception(error)
                raise
        rendered = made.result()
        if len(rendered.html) > LONGEST:
            with self._lock:
                self._made.pop(source, None)
        return rendered, "" if rendered.problem else _digest(source, rendered.html)

    def _new(self, metadata: Metadata) -> Rendered:
        return self.renderer.render(metadata.description, metadata.description_content_type)

    def _former(self, source: str, name: NormalizedName | None) -> Rendered | None:
        """Return the published HTML if it was made from the same source."""
        if self.published is None or name is None:
            return None
        # Slow to import, and few runs compare descriptions.
        from ghpypi.core.site.readme import sanitized  # noqa: PLC0415

        with suppress(ValueError, GhpypiError, OSError):  # damaged, or it cannot be read
            about = About.parse(self.published(about_path(name)) or b"")
            html = about.description
            if about.description_digest == _digest(source, html) and sanitized(html) == html:
                return Rendered(html=html)
        return None


def _digest(*parts: str) -> str:
    return sha256(repr(parts).encode()).hexdigest()
