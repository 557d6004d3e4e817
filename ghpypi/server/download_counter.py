"""Counts of downloads for the metrics, by store, project, version and client.

Only the port for metrics shows them: names of projects are confidential, and a reader of a store
may lack permission for some of the repositories in its index.
"""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.types import Scope

from ghpypi.core.model import File
from ghpypi.core.names import normalize, stem_of
from ghpypi.server.access_log import RequestRecord

CLIENTS = frozenset({
    "pip", "uv", "poetry", "pdm", "hatch", "pex", "pixi", "conda", "mamba", "bazel", "renovate",
    "dependabot", "nexus", "artifactory", "devpi", "curl", "wget", "python-requests",
    "python-urllib",
})  # fmt: skip
"""The first product of a User-Agent, in lower case, that is a value of the label `client`."""

BROWSER, OTHER = "browser", "other"

MOST_SERIES = 10_000
"""Maximum number of combinations of labels; further ones count as project `other`."""

_OK = 200
_REDIRECTS = {302, 303, 307}
_STATE = "downloaded_file"

_Key = tuple[str, str, str, str]


class DownloadCounter(Collector):
    """Counts downloads of files."""

    def __init__(self, most: int = MOST_SERIES) -> None:
        self._most = most
        self._counts: dict[_Key, int] = {}

    def count(self, record: RequestRecord) -> None:
        """Count a request, if a whole file was sent, or the address where it is.

        Requests for a part of a file are not counted: they read metadata, or resume a download.
        """
        scope = record.scope
        file: File | None = scope["state"].get(_STATE)
        if file is None or scope["method"] != "GET" or _header(scope, b"range"):
            return
        if record.status != _OK and record.status not in _REDIRECTS:
            return
        store, client = scope["state"]["store"].name, client_of(_header(scope, b"user-agent"))
        key = (store, _project(file), file.version, client)
        if key not in self._counts and len(self._counts) >= self._most:
            key = (store, OTHER, "", client)
        self._counts[key] = self._counts.get(key, 0) + 1

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the counts as a metric."""
        family = CounterMetricFamily(
            "ghpypi_downloads",
            "Downloads of distribution files, and redirects to them.",
            labels=["store", "project", "version", "client"],
        )
        for key, count in self._counts.items():
            family.add_metric(key, count)
        yield family


def note_download(scope: Scope, file: File) -> None:
    """Note in the state of a request that it is for a distribution file."""
    scope["state"][_STATE] = file


def client_of(user_agent: str) -> str:
    """Return the program that sent a request, one of a limited number of names.

    Args:
        user_agent: The header, such as `pip/26.0 {...}` or `uv/0.9.5`.
    """
    product = user_agent.partition("/")[0].strip().lower()
    if product == "mozilla":
        return BROWSER
    return product if product in CLIENTS else OTHER


def _project(file: File) -> str:
    stem = stem_of(file.filename)
    return normalize(stem) if stem else OTHER  # the catalog has no other files


def _header(scope: Scope, name: bytes) -> str:
    found: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return found.decode("latin-1")
