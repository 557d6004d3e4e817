"""The reader of an index run, and the defaults of callers without an upstream or a renderer."""

from collections.abc import Mapping
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.model import UpstreamFile
from ghpypi.core.site.readme import render
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import render_in_process
from ghpypi.core.templates import Sources
from ghpypi.errors import FailedError
from ghpypi.jobs.index.attestations import AttestationFinder
from ghpypi.jobs.index.descriptions import DescriptionReader
from ghpypi.jobs.index.digests import DigestFinder
from ghpypi.jobs.index.entries import EntryBuilder
from ghpypi.jobs.index.files import FileReader
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.index.reading import Reader
from ghpypi.ports import FileSource, Rendered, Renderer, Reporter, Upstream


class NoUpstream:
    """An `Upstream` for sites without upstream indexes."""

    def files(self, base: str, name: NormalizedName, *, known: bool = False) -> list[UpstreamFile]:
        """Raise an error."""
        del known
        raise FailedError(f"cannot read {base}{name}/: upstream indexes are not available here")


class InProcess:
    """A `Renderer` in this process, without limits; for trusted input only."""

    def render(self, description: str, content_type: str) -> Rendered:
        return Rendered(html=render(description, content_type))

    def template(self, name: str, sources: Sources, facts: Mapping[str, Any]) -> bytes:
        """Render a template of a site."""
        return render_in_process(name, sources, facts)


def make_reader(  # noqa: PLR0913, PLR0917 - the ports of a run, and its settings
    source: FileSource,
    settings: SiteSettings,
    reporter: Reporter,
    options: IndexOptions,
    upstream: Upstream,
    renderer: Renderer,
) -> Reader:
    """Make the reader of a run.

    Args:
        source: The releases to index.
        settings: The configuration.
        reporter: Receives progress and warnings.
        options: The settings of the run.
        upstream: Reads upstream indexes.
        renderer: Renders descriptions.
    """
    budget = options.budget()
    files = FileReader(
        source=source,
        server=settings.server,
        index=settings.config.index,
        budget=budget,
        verifier=options.verifier,
        digests=DigestFinder(
            source=source, upstream=upstream, page=settings.config.index.digests_from
        ),
    )
    descriptions = DescriptionReader(
        settings=settings, renderer=renderer, reporter=reporter, files=files
    )
    attestations = None
    if options.attestations:
        attestations = AttestationFinder(
            source=source,
            settings=options.attestations,
            reporter=reporter,
            now=options.now(),
            ended=lambda: budget.ended,
        )
    return Reader(
        source=source,
        settings=settings,
        reporter=reporter,
        parallel=options.parallel,
        files=files,
        entries=EntryBuilder(upstream=upstream, settings=settings, descriptions=descriptions),
        attestations=attestations,
    )
