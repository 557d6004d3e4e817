"""The protocols that jobs and the server use, and their values.

Implementations raise only errors of `ghpypi.errors`: `NotAllowedError`, `NotFoundError` and
`TryLaterError` from any method, and those documented for a method.
"""

from ghpypi.ports.attesting import AttestationSource, Attester, Convert, ProvenanceVerifier
from ghpypi.ports.backend import (
    AccessPolicy,
    Backend,
    Capabilities,
    IndexedFiles,
    StoreAccess,
)
from ghpypi.ports.config_file import ConfigFile, ConfigText, read_config
from ghpypi.ports.files import Absence, FileSource, FileStore, NewAsset, NewRelease, TagsToSearch
from ghpypi.ports.history import Commit, History
from ghpypi.ports.index_runs import NOT_BEGUN, IndexBuilder, IndexRun
from ghpypi.ports.indexes import PageReader, ProjectPage, Upstream
from ghpypi.ports.rendering import Rendered, Renderer
from ghpypi.ports.reporting import Advance, Reporter, SilentReporter
from ghpypi.ports.roles import OwnRole, RoleAssignment, RoleChange, RoleHolder, RoleRegistry
from ghpypi.ports.serving import StoreReader, UploadStore, UploadTarget, read_pages
from ghpypi.ports.setup import Finding, Setup, SetupRequest, SetupStep, SiteSetup
from ghpypi.ports.site import (
    Comparison,
    EarlierState,
    Published,
    Site,
    SiteChange,
    SiteFile,
    SiteLimits,
    StateDifference,
)
from ghpypi.ports.verify import FileHash, IndexFetcher, RemoteFile

__all__ = [
    "NOT_BEGUN",
    "Absence",
    "AccessPolicy",
    "Advance",
    "AttestationSource",
    "Attester",
    "Backend",
    "Capabilities",
    "Commit",
    "Comparison",
    "ConfigFile",
    "ConfigText",
    "Convert",
    "EarlierState",
    "FileHash",
    "FileSource",
    "FileStore",
    "Finding",
    "History",
    "IndexBuilder",
    "IndexFetcher",
    "IndexRun",
    "IndexedFiles",
    "NewAsset",
    "NewRelease",
    "OwnRole",
    "PageReader",
    "ProjectPage",
    "ProvenanceVerifier",
    "Published",
    "RemoteFile",
    "Rendered",
    "Renderer",
    "Reporter",
    "RoleAssignment",
    "RoleChange",
    "RoleHolder",
    "RoleRegistry",
    "Setup",
    "SetupRequest",
    "SetupStep",
    "SilentReporter",
    "Site",
    "SiteChange",
    "SiteFile",
    "SiteLimits",
    "SiteSetup",
    "StateDifference",
    "StoreAccess",
    "StoreReader",
    "TagsToSearch",
    "UploadStore",
    "UploadTarget",
    "Upstream",
    "read_config",
    "read_pages",
]
