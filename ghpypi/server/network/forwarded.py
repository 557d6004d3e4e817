"""The address of a client behind proxies, from `X-Forwarded-For` and `X-Forwarded-Proto`.

Every proxy appends the address of its peer, and clients can send such headers themselves. So the
list is read from its end: the first address that is not one of a trusted proxy is the client's.

Source: MDN Web Docs, "X-Forwarded-For", "Selecting an IP address".
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

from ghpypi.errors import UsageError

ANY = "*"
LOOPBACK = ("127.0.0.0/8", "::1")
"""The meaning of `*`, which is accepted only for a server that listens on loopback."""

Network = IPv4Network | IPv6Network


def trusted_networks(text: str, *, loopback: bool) -> tuple[Network, ...]:
    """Parse the addresses of trusted proxies.

    Args:
        text: Addresses and networks, separated by commas, or `*`; empty for none.
        loopback: Whether the server listens on loopback only.

    Raises:
        UsageError: An entry is neither an address nor a network, or `*` is used with a server that
            other machines can reach.
    """
    if text.strip() != ANY:
        return tuple(_network(part.strip()) for part in text.split(",") if part.strip())
    if not loopback:
        raise UsageError(
            "--proxy-headers '*' would let every client forge its address",
            hint="list the addresses or networks of your proxies, "
            "such as --proxy-headers 10.0.0.0/8",
        )
    return tuple(map(_network, LOOPBACK))


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise UsageError(
            f"--proxy-headers: '{text}' is neither an address nor a network: {error}",
            hint="separate addresses and networks by commas, such as 10.0.0.7,192.168.1.0/24",
        ) from error


class ForwardedHeaders:
    """Sets the client address and the scheme of requests from trusted proxies.

    Args:
        application: The wrapped application.
        proxies: The networks of trusted proxies.
    """

    def __init__(self, application: ASGIApp, proxies: Sequence[Network]) -> None:
        self._application = application
        self._proxies = tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        client = scope.get("client")
        if scope["type"] == "http" and client and self._trusts(client[0]):
            if protocol := next(_values(scope, b"x-forwarded-proto"), ""):
                scope["scheme"] = "https" if protocol.lower() == "https" else "http"
            scope["client"] = (self._client(scope, client[0]), 0)
        await self._application(scope, receive, send)

    def _client(self, scope: Scope, peer: str) -> str:
        """Return the address of the outermost trusted proxy's peer."""
        found = peer
        for text in _values(scope, b"x-forwarded-for"):
            address = _plain_address(text)
            if not address:  # such as "unknown": entries before it cannot be trusted
                break
            found = address
            if not self._trusts(address):
                break
        return found

    def _trusts(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._proxies)


def _values(scope: Scope, name: bytes) -> Iterator[str]:
    """Yield the values of a header that is a list, in reverse order."""
    for key, value in reversed(scope["headers"]):
        if key == name:
            for part in reversed(value.decode("latin-1").split(",")):
                yield part.strip()


def _plain_address(text: str) -> str:
    """Return the address in an entry, without a port; empty if the entry has no address."""
    host = text.strip('"')
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    address = _parsed(host)
    return str(address) if address else ""


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address; an IPv4-mapped IPv6 address becomes IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
