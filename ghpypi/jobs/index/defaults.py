"""The upstream and the renderer of callers that have none."""

from collections.abc import Mapping
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.model import UpstreamFile
from ghpypi.core.site.templates import render_in_process
from ghpypi.core.templates import Sources
from ghpypi.errors import FailedError
from ghpypi.ports import Rendered


class NoUpstream:
    """An `Upstream` for sites without upstream indexes."""

    def files(self, base: str, name: NormalizedName, *, known: bool = False) -> list[UpstreamFile]:
        """Raise an error."""
        del known
        raise FailedError(f"cannot read {base}{name}/: upstream indexes are not available here")


class InProcess:
    """A `Renderer` in this process, without limits; for trusted input only."""

    @property
    def version(self) -> str:
        """The versions of the packages."""
        from ghpypi.renderer_version import renderer_version  # noqa: PLC0415 - as below

        return renderer_version()

    def render(self, description: str, content_type: str) -> Rendered:
        from ghpypi.core.site.readme import render  # noqa: PLC0415 - slow to import

        return Rendered(html=render(description, content_type))

    def template(self, name: str, sources: Sources, facts: Mapping[str, Any]) -> bytes:
        """Render a template of a site."""
        return render_in_process(name, sources, facts)
