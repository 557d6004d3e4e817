"""The reader of an index run, made of its ports and settings."""

from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.attestations import AttestationFinder
from ghpypi.jobs.index.descriptions import DescriptionReader
from ghpypi.jobs.index.digests import DigestFinder
from ghpypi.jobs.index.entries import EntryBuilder
from ghpypi.jobs.index.files import FileReader
from ghpypi.jobs.index.judging import FileJudge
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.index.reading import Reader
from ghpypi.jobs.index.remembered_descriptions import DescriptionMemory
from ghpypi.ports import FileSource, Renderer, Reporter, Site, Upstream
from ghpypi.processes import Processes


def make_reader(  # noqa: PLR0913, PLR0917 - the ports of a run, and its settings
    source: FileSource,
    site: Site,
    settings: SiteSettings,
    reporter: Reporter,
    options: IndexOptions,
    upstream: Upstream,
    renderer: Renderer,
    processes: Processes,
) -> Reader:
    """Make the reader of a run.

    Args:
        source: The releases to index.
        site: Where the pages are published.
        settings: The configuration.
        reporter: Receives progress and warnings.
        options: The settings of the run.
        upstream: Reads upstream indexes.
        renderer: Renders descriptions.
        processes: Share the work of reading files of this machine.
    """
    budget = options.budget()
    files = FileReader(
        source=source,
        server=settings.server,
        index=settings.config.index,
        verifier=options.verifier,
        digests=DigestFinder(
            source=source, upstream=upstream, page=settings.config.index.digests_from
        ),
    )

    def published(path: str) -> bytes | None:
        return site.read([path]).get(path)

    memory = DescriptionMemory(
        renderer=renderer, published=published if site.reads_cheaply else None
    )
    descriptions = DescriptionReader(
        settings=settings, memory=memory, reporter=reporter, files=files
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
        files=FileJudge(reader=files, budget=budget, processes=processes),
        entries=EntryBuilder(upstream=upstream, settings=settings, descriptions=descriptions),
        attestations=attestations,
    )
