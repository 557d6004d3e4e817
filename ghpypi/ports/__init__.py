"""What jobs need of the world, as protocols, and the values that pass between.

An implementation raises only the errors of `ghpypi.errors`: `NotAllowedError`, `NotFoundError` and
`TryLaterError` from any method, and the ones a method names.
"""

from ghpypi.ports.files import Absence, FileSource, FileStore, NewAsset, NewRelease
from ghpypi.ports.index_runs import NOT_BEGUN, IndexBuilder, IndexRun
from ghpypi.ports.indexes import PageReader, ProjectPage, Upstream
from ghpypi.ports.rendering import Rendered, Renderer
from ghpypi.ports.reporting import Advance, Reporter
from ghpypi.ports.serving import StoreReader, UploadTarget
from ghpypi.ports.setup import Finding, SetupStep
from ghpypi.ports.site import Comparison, Published, Site, SiteChange

__all__ = [
    "NOT_BEGUN",
    "Absence",
    "Advance",
    "Comparison",
    "FileSource",
    "FileStore",
    "Finding",
    "IndexBuilder",
    "IndexRun",
    "NewAsset",
    "NewRelease",
    "PageReader",
    "ProjectPage",
    "Published",
    "Rendered",
    "Renderer",
    "Reporter",
    "SetupStep",
    "Site",
    "SiteChange",
    "StoreReader",
    "UploadTarget",
    "Upstream",
]
