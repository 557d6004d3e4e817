"""What whoever runs the server asks it: is it alive, is it ready, what does it do."""

import time
from collections.abc import Iterator, Sequence

from ghpypi.server.http import NO_STORE, TEXT, Response, as_json
from ghpypi.server.stall import Stall
from ghpypi.server.told import Metrics

_PROMETHEUS = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")

PATHS = ("health", "ready", "metrics")


class Operating:
    """Answers at `/health`, `/ready`, `/metrics` and `/index_mtime`.

    Args:
        metrics: The counts.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def answer(self, path: str, stalls: Sequence[Stall]) -> Response:
        """Answer one of `PATHS`."""
        match path:
            case "health":
                return as_json({"status": "ok"})
            case "ready":
                return _ready(stalls)
            case _:
                text = self._metrics.text(_gauges(stalls))
                return Response(headers=[_PROMETHEUS, NO_STORE], body=text.encode())

    def changed(self, stall: Stall) -> Response:
        """Say when the index changed last, in seconds since 1970, as far as this server saw."""
        return Response(headers=[TEXT, NO_STORE], body=f"{int(stall.shelf.changed)}\n".encode())


def _ready(stalls: Sequence[Stall]) -> Response:
    """Be ready while there is a catalog to serve; say so when it may be an old one.

    A store whose catalog only its readers' tokens open is ready before anybody came.
    """
    waiting = [
        x.name for x in stalls if not x.loaded and (x.token or x.trouble or x.kind != "github")
    ]
    stores = {
        x.name: {
            "loaded": x.loaded,
            "stale": bool(x.trouble),
            "seconds": round(x.age, 1) if x.loaded else None,
            **({"trouble": x.trouble} if x.trouble else {}),
        }
        for x in stalls
    }
    status = "waiting" if waiting else "stale" if any(x.trouble for x in stalls) else "ready"
    return as_json({"status": status, "stores": stores}, 503 if waiting else 200)


def _gauges(stalls: Sequence[Stall]) -> Iterator[tuple[str, str, float]]:
    for name, value in (
        ("ghpypi_projects", lambda x: len(x.shelf.revision.records)),
        ("ghpypi_files", lambda x: x.shelf.count),
        ("ghpypi_catalog_age_seconds", lambda x: x.age if x.loaded else 0.0),
        ("ghpypi_catalog_stale", lambda x: float(bool(x.trouble))),
        ("ghpypi_page_cache_bytes", lambda x: x.shelf.cached),
    ):
        for stall in stalls:
            yield name, f'{{store="{stall.name}"}}', value(stall)
    yield "ghpypi_now_seconds", "", time.time()
