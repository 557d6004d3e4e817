"""The choice of the HTTP parser: httptools if it is installed, otherwise h11.

Only the one that is used is imported.
"""

from ghpypi.server.network.connections import LimitedProtocol


def protocol_class(name: str = "auto") -> type[LimitedProtocol]:
    """Return the protocol class for a parser.

    Args:
        name: `httptools`, `h11`, or `auto` for the faster one that is installed.

    Raises:
        ImportError: httptools was asked for, and is not installed.
    """
    if name != "h11":
        try:
            from ghpypi.server.network.httptools_protocol import (  # noqa: PLC0415
                LimitedHttpToolsProtocol,
            )
        except ImportError:
            if name == "httptools":
                raise
        else:
            return LimitedHttpToolsProtocol
    from ghpypi.server.network.h11_protocol import LimitedH11Protocol  # noqa: PLC0415

    return LimitedH11Protocol
