"""The choice of the HTTP parser: httptools if it is installed, otherwise h11."""

from ghpypi.server.network.connections import LimitedH11Protocol, LimitedProtocol


def protocol_class(name: str = "auto") -> type[LimitedProtocol]:
    """Return the protocol class for a parser.

    Args:
        name: `httptools`, `h11`, or `auto` for the faster one that is installed.
    """
    if name == "h11":
        return LimitedH11Protocol
    try:
        from ghpypi.server.network.httptools_protocol import (  # noqa: PLC0415
            LimitedHttpToolsProtocol,
        )
    except ImportError:
        if name == "httptools":
            raise
        return LimitedH11Protocol
    return LimitedHttpToolsProtocol
