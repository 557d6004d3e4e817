"""What operators ask a server: is it alive, is it ready, what does it do.

Names of stores, and what is wrong with them, are for those who may read them.
"""

from collections.abc import Sequence

from starlette.responses import JSONResponse

from ghpypi.server.responses import NO_STORE
from ghpypi.server.served_store import ServedStore


def health() -> JSONResponse:
    """Say that the server runs."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


def readiness(stores: Sequence[ServedStore], visible: Sequence[ServedStore]) -> JSONResponse:
    """Be ready while every store has a catalog to serve; say when it may be an old one.

    A store whose catalog only its readers' tokens open is ready before anybody came.

    Args:
        stores: All stores of the server.
        visible: Those that the caller may read, whose state is shown.
    """
    waiting = [
        x.name for x in stores if not x.loaded and (x.token or x.trouble or not x.has_rights)
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
    content = {"status": status, "stores": details}
    return JSONResponse(content, 503 if waiting else 200, NO_STORE)
