"""The pages of one project: of the Simple API, and for people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.variant_files import needs_of
from ghpypi.core.indexes.variants import variant_of
from ghpypi.core.site.about import About
from ghpypi.core.site.paths import Page
from ghpypi.core.site.project import ProjectView
from ghpypi.core.site.project import project_pages as pages_for_people
from ghpypi.core.site.rows import index_link
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import project_pages
from ghpypi.processes import TASK_FILES, Processes

Key = TypeVar("Key")


class ProjectJob(NamedTuple):
    """A project whose pages are to be rendered.

    Attributes:
        entry: The project, with the URLs that pages have for its files.
        about: The content from its metadata, if available.
        simple: Whether its pages of the Simple API are rendered.
        held: The indexes that contain it.
        versions: The versions whose pages are rendered; `None` for all.
        ours: Those of its dependencies that are projects of the site, normalized.
    """

    entry: Entry
    about: About | None
    simple: bool
    held: tuple[str, ...]
    versions: frozenset[str] | None
    ours: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRenderer:
    """Renders the pages of projects.

    Attributes:
        settings: The configuration and templates of the pages.
        indexes: All indexes.
    """

    settings: SiteSettings
    indexes: Indexes

    def pages(self, job: ProjectJob) -> Iterator[Page]:
        """Render the pages of a project, except `about.json`."""
        entry, settings = job.entry, self.settings
        if job.simple:
            yield from project_pages(entry, job.held, self.indexes, settings, job.about)
        if settings.config.site.pages and entry.project.files:
            yield from pages_for_people(self._view(job), settings, job.versions)

    def several(self, jobs: Iterable[ProjectJob]) -> list[list[Page]]:
        """Render the pages of several projects."""
        return [list(self.pages(job)) for job in jobs]

    def rendered(
        self, jobs: Iterable[tuple[Key, ProjectJob]], files: int, processes: Processes
    ) -> Iterator[tuple[Key, Iterable[Page]]]:
        """Render the pages of many projects, and yield them in order.

        Args:
            jobs: The projects, each with a key that stays in this process.
            files: The number of their files; child processes render the pages for people of many.
            processes: The child processes.
        """
        # The Simple API is rendered in the time that another process takes to receive its files.
        # Templates of a site are rendered by processes of their own, which have limits.
        suitable = self.settings.config.site.pages and not self.settings.templates
        if not suitable or not processes.worthwhile(files):
            for key, job in jobs:
                yield key, self.pages(job)
            return
        portable = ProjectRenderer(settings=self.settings.portable, indexes=self.indexes)
        for keys, pages in processes.in_order(portable.several, _tasks(jobs)):
            yield from zip(keys, pages or (), strict=True)

    def _view(self, job: ProjectJob) -> ProjectView:
        entry = job.entry
        return ProjectView(
            project=entry.project,
            about=job.about,
            indexes=tuple(index_link(name, self.indexes) for name in job.held),
            ours=job.ours,
            variant_of=partial(variant_of, config=self.settings.config.variants),
            later=entry.shown.later,
            needs_of=partial(needs_of, entry),
        )


def _tasks(
    jobs: Iterable[tuple[Key, ProjectJob]],
) -> Iterator[tuple[list[Key], list[ProjectJob]]]:
    """Divide projects into tasks of about the same number of files, but each is in one task."""
    keys: list[Key] = []
    task: list[ProjectJob] = []
    files = 0
    for key, job in jobs:
        keys.append(key)
        task.append(job)
        files += len(job.entry.project.files)
        if files >= TASK_FILES:
            yield keys, task
            keys, task, files = [], [], 0
    yield keys, task
