"""The published index of a store, as far as an upload needs it to find files by their names."""

from packaging.utils import NormalizedName

from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.model import File
from ghpypi.core.upload.related import PublishedFiles
from ghpypi.errors import GhpypiError


def published_files(settings: Settings) -> PublishedFiles | None:
    """Read the index that the store itself publishes.

    Returns:
        Its files by project; `None` if there is no index, or it cannot be read: it only spares
        requests.
    """
    try:
        snapshot = settings.backend.reader().snapshot(settings.secret, None)
        if snapshot is None or snapshot.catalog is None:
            return None
        catalog = Catalog.parse(snapshot.catalog, source=settings.backend.short_name)
    except GhpypiError:
        return None

    def files(project: NormalizedName) -> tuple[File, ...]:
        line = catalog.lines.get(project)
        return line.entry().project.files if line else ()

    return files
