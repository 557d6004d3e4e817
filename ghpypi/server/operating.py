"""What operators ask a server: is it alive, is it ready, what does it do.

Names of stores, and what is wrong with them, are for those who may read them.
"""

from collections.abc import Sequence

from ghpypi.server.http import NO_STORE, TEXT, Request, Response, as_json
from ghpypi.server.metrics import Metrics
from ghpypi.server.stall import Stall

PATHS = ("health", "ready", "metrics")


class Operating:
    """Answers at `/health`, `/ready`, `/metrics` and `/index_mtime`.

    Args:
        metrics: The counts.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def answer(
        self, request: Request, stores: Sequence[Stall], visible: Sequence[Stall]
    ) -> Response:
        """Answer one of `PATHS`.

        Args:
            request: The request.
            stores: All stores of the server.
            visible: Those that the caller may read.
        """
        match request.segments[0]:
            case "health":
                return as_json({"status": "ok"})
            case "ready":
                return _ready(stores, visible)
            case _:
                content, media_type = self._metrics.exposition(visible, request.header(b"accept"))
                headers = [(b"content-type", media_type.encode()), NO_STORE]
                return Response(headers=headers, body=content)

    def changed(self, stall: Stall) -> Response:
        """Say when the index changed last, in seconds since 1970, as far as this server saw."""
        return Response(headers=[TEXT, NO_STORE], body=f"{int(stall.shelf.changed)}\n".encode())


def _ready(stores: Sequence[Stall], visible: Sequence[Stall]) -> Response:
    """Be ready while every store has a catalog to serve; say when it may be an old one.

    A store whose catalog only its readers' tokens open is ready before anybody came.
    """
    waiting = [
        x.name for x in stores if not x.loaded and (x.token or x.trouble or x.kind != "github")
    ]
    details = {
        x.name: {
            "loaded": x.loaded,
            "stale": bool(x.trouble),
            "seconds": round(x.age, 1) if x.loaded else None,
            **({"trouble": x.trouble} if x.trouble else {}),
        }
        for x in visible
    }
    status = "waiting" if waiting else "stale" if any(x.trouble for x in stores) else "ready"
    return as_json({"status": status, "stores": details}, 503 if waiting else 200)
