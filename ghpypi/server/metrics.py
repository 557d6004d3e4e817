"""Metrics for Prometheus: counts of requests, and the state of each store."""

import time
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.routing import Route

from ghpypi.server.access_log import RequestRecord
from ghpypi.server.download_counter import DownloadCounter
from ghpypi.server.served_store import ServedStore

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
"""Upper bounds of the histogram of durations, in seconds."""


class Metrics:
    """Counts requests."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "ghpypi_requests", "Completed requests.", ["kind", "status"], registry=registry
        )
        self._sent = Counter(
            "ghpypi_sent_bytes", "Bytes sent in response bodies.", ["kind"], registry=registry
        )
        self._seconds = Histogram(
            "ghpypi_request_seconds",
            "Duration of requests, in seconds.",
            ["kind"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._downloads = DownloadCounter()
        self._children: dict[tuple[str, int], tuple[Counter, Counter, Histogram]] = {}
        start = Gauge(
            "ghpypi_start_time_seconds",
            "Start time of the server, in seconds since 1970.",
            registry=registry,
        )
        start.set_to_current_time()

    def count(self, record: RequestRecord) -> None:
        """Count a request; the label `kind` is the name of its route."""
        route = record.scope.get("route")
        kind = route.name if isinstance(route, Route) else "other"
        # Cached, because looking up a metric by its labels costs more than counting.
        children = self._children.get((kind, record.status)) or self._labeled(kind, record.status)
        requests, sent, seconds = children
        requests.inc()
        sent.inc(record.sent)
        seconds.observe(record.seconds)
        self._downloads.count(record)

    def _labeled(self, kind: str, status: int) -> tuple[Counter, Counter, Histogram]:
        children = (
            self._requests.labels(kind, status),
            self._sent.labels(kind),
            self._seconds.labels(kind),
        )
        self._children[kind, status] = children
        return children

    def value(self, name: str, **labels: str) -> float:
        """Return the value of a metric, 0 if it does not exist; for tests."""
        return self._registry.get_sample_value(name, labels) or 0.0

    def exposition(
        self, stores: Sequence[ServedStore], accept: str, *, downloads: bool = False
    ) -> tuple[bytes, str]:
        """Return all metrics, and those of some stores, in the format that the client accepts.

        Args:
            stores: The stores whose state is included.
            accept: The Accept header.
            downloads: Include the downloads of all projects of all stores.

        Returns:
            The text, and its media type.
        """
        encode, media_type = choose_encoder(accept)
        registry = CollectorRegistry()
        registry.register(self._registry)
        registry.register(_Stores(stores))
        if downloads:
            registry.register(self._downloads)
        return encode(registry), media_type


class _Stores(Collector):
    """Collects the metrics of stores at the time of the request."""

    def __init__(self, stores: Sequence[ServedStore]) -> None:
        self._stores = stores

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Measure."""
        for name, text, measure in (
            (
                "ghpypi_projects",
                "Projects in the catalog.",
                lambda x: len(x.catalog_view.revision.records),
            ),
            ("ghpypi_files", "Files in the catalog.", lambda x: x.catalog_view.revision.files),
            ("ghpypi_catalog_age_seconds", "Seconds since the catalog was last checked.", _age),
            ("ghpypi_catalog_stale", "1 if the last check of the catalog failed.", _is_stale),
            (
                "ghpypi_page_cache_bytes",
                "Size of the page cache in bytes.",
                lambda x: x.catalog_view.cached,
            ),
        ):
            family = GaugeMetricFamily(name, text, labels=["store"])
            for store in self._stores:
                family.add_metric([store.name], measure(store))
            yield family
        yield GaugeMetricFamily(
            "ghpypi_now_seconds", "Current time of the server, in seconds since 1970.", time.time()
        )


def _age(store: ServedStore) -> float:
    return store.age if store.loaded else 0.0


def _is_stale(store: ServedStore) -> float:
    return float(bool(store.last_error))
