"""Health checks: whether the server is alive, and whether it is ready to serve.

Names and errors of stores are shown only to callers that may read the stores.
"""

from collections.abc import Sequence

from starlette.responses import JSONResponse

from ghpypi.server.responses import NO_STORE
from ghpypi.server.served_store import ServedStore


def health() -> JSONResponse:
    """Return the response of the liveness check."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


def readiness(stores: Sequence[ServedStore], visible: Sequence[ServedStore]) -> JSONResponse:
    """Return the response of the readiness check: ready if every store has a catalog.

    A store that can be read only with callers' tokens counts as ready before the first request.

    Args:
        stores: All stores of the server.
        visible: The stores that the caller may read, whose state is included.
    """
    waiting = [
        x.name for x in stores if not x.loaded and (x.token or x.last_error or not x.has_rights)
    ]
    details = {
        x.name: {
            "loaded": x.loaded,
            "stale": bool(x.last_error),
            "seconds": round(x.age, 1) if x.loaded else None,
            **({"trouble": x.last_error} if x.last_error else {}),
        }
        for x in visible
    }
    status = "waiting" if waiting else "stale" if any(x.last_error for x in stores) else "ready"
    content = {"status": status, "stores": details}
    return JSONResponse(content, 503 if waiting else 200, NO_STORE)
