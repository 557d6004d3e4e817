"""The description of a project: facts about its shown version, and the content of its page."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from zlib import compress

from packaging.utils import NormalizedName

from ghpypi.core.catalog.changes import Change
from ghpypi.core.catalog.entry import Refused, Shown
from ghpypi.core.catalog.shown_version import shown_file, shown_of
from ghpypi.core.catalog.stock import Found
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import Project
from ghpypi.core.names import Sha256, same_version
from ghpypi.core.site.about import About
from ghpypi.core.site.dependencies import required_projects
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import NotFoundError, TryLaterError
from ghpypi.jobs.index.files import FileReader
from ghpypi.jobs.index.remembered_descriptions import DescriptionMemory
from ghpypi.ports import Reporter


class Description(NamedTuple):
    """The description of a project.

    Attributes:
        shown: The facts in lists of projects.
        about: The content of its page, as compressed JSON; `None` if no file was read for it.
        unread: The file with the description, if it could not be read.
        requires: The normalized names of the required projects, sorted.
    """

    shown: Shown
    about: bytes | None = None
    unread: tuple[Refused, ...] = ()
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptionReader:
    """Takes the descriptions of projects from the metadata of their files.

    Attributes:
        settings: The configuration.
        memory: Renders descriptions that were not rendered before.
        reporter: Receives warnings.
        files: Reads the metadata of the shown version where it was not read in this run.
    """

    settings: SiteSettings
    memory: DescriptionMemory
    reporter: Reporter
    files: FileReader

    def describe(
        self, change: Change, project: Project, read: Mapping[str, Metadata]
    ) -> Description:
        """Describe a project by the metadata of its shown version.

        Args:
            change: The project, as it is listed.
            project: Its files.
            read: The metadata that was read in this run, by the stamps of files.
        """
        file = shown_file(project, self.settings.config.yanked.get(project.name, {}))
        if file is None:
            return Description(Shown())
        before = change.before.shown if change.before else Shown()
        required = change.before.requires if change.before else ()
        metadata = read.get(file.stamp)
        if metadata is None and same_version(before.version, file.version):
            return Description(before, requires=required)
        if metadata is None and (found := change.find(file)):
            try:
                metadata = self.files.metadata(found, file.sha256)
            except (NotFoundError, TryLaterError) as error:
                # The former version stays, so that the next run sees that it is outdated.
                return Description(before, None, (found.unread(str(error)),), required)
        if metadata is None:
            return Description(Shown(version=file.version, uploaded_at=file.uploaded_at))
        try:
            return Description(
                shown_of(project, file, metadata),
                self._about(metadata, change),
                requires=tuple(sorted(required_projects(metadata.requires_dist))),
            )
        except Exception as error:  # noqa: BLE001 - one description must not end the run for all
            what = f"{type(error).__name__}: {error}"
            self.reporter.warn(f"{file.filename}: cannot show its description ({what[:200]})")
            return Description(Shown(version=file.version, uploaded_at=file.uploaded_at))

    def about(self, found: Found, sha256: Sha256) -> bytes | None:
        """Read the content of a project page again, from the file of its shown version."""
        with suppress(NotFoundError, TryLaterError):
            metadata = self.files.metadata(found, sha256)
            return self._packed(metadata, None) if metadata else None
        return None

    def _about(self, metadata: Metadata, change: Change) -> bytes | None:
        if not self.settings.config.site.pages:
            return None
        # A full run knows no former state, and renders everything again.
        return self._packed(metadata, change.name if change.before else None)

    def _packed(self, metadata: Metadata, former: NormalizedName | None) -> bytes:
        rendered, digest = self.memory.render(metadata, former)
        if rendered.problem:
            self.reporter.warn(
                f"the description of {metadata.name} {metadata.version} is shown as plain "
                f"text: {rendered.problem}"
            )
        about = About.of(metadata, lambda _description, _content_type: rendered.html)
        return compress(about._replace(description_digest=digest).dump())
