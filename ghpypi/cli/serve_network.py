"""The options of `ghpypi serve` about the network: where it listens, and to whom."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ghpypi.core.parsing import split_url
from ghpypi.errors import UsageError

if TYPE_CHECKING:
    from ghpypi.server.run import ListenOptions

_HOST_NAME = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, kw_only=True)
class Network:
    """What was said about the network.

    Attributes:
        host: The address to listen on.
        port: The port; 0 for a free one.
        proxies: Whose `X-Forwarded-*` headers are trusted; empty for nobody's.
        tls_cert: A certificate; `None` for plain HTTP.
        tls_key: Its key.
        connections: How many may be open; `None` for what the limit of descriptors allows.
        allowed_hosts: Host names by which clients may know this server.
        metrics_host: The address for operators.
        metrics_port: The port for operators; 0 for none.
    """

    host: str
    port: int
    proxies: str
    tls_cert: Path | None
    tls_key: Path | None
    connections: int | None
    allowed_hosts: tuple[str, ...]
    metrics_host: str
    metrics_port: int

    def listen(self, public_url: str) -> "ListenOptions":
        """Return where and how to listen.

        Host names are checked if they were named, or if the server is for this machine alone; and
        whatever is said here, while there is something that can be read without signing in.

        Args:
            public_url: The address that clients have for this server; empty if it is not known.

        Raises:
            UsageError: The certificate or the proxies cannot be used, or two ports are the same.
        """
        from ghpypi.server.network.forwarded import trusted_networks  # noqa: PLC0415
        from ghpypi.server.run import ListenOptions, check_certificate  # noqa: PLC0415

        if self.metrics_port and self.metrics_port == self.port:
            raise UsageError("--metrics-port has to be another port than --port")
        where = ListenOptions(
            host=self.host,
            port=self.port,
            proxies=trusted_networks(self.proxies, loopback=is_loopback(self.host)),
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            connections=self.connections,
            hosts=(*self.allowed_hosts, split_url(public_url).hostname or "", self.host.lower()),
            check_hosts=bool(self.allowed_hosts) or (is_loopback(self.host) and not self.proxies),
        )
        check_certificate(where)
        return where


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address to listen on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_host(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Check host names: they have no scheme, port or path."""
    for value in values:
        if not _HOST_NAME.fullmatch(value):
            raise click.BadParameter(f"'{value}' is not a host name such as packages.example.com")
    return tuple(map(str.lower, values))


def network_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give `serve` the options about the network, and their outcome as `network`."""

    @click.option(
        "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
    )
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=8080, show_default=True,
        help="The port to listen on; 0 for a free one.",
    )  # fmt: skip
    @click.option(
        "--proxy-headers", metavar="ADDRESSES",
        help="Trust X-Forwarded-* headers from these proxies: addresses and networks with commas; "
        "'*' for any on this machine, with a --host of loopback.",
    )  # fmt: skip
    @click.option(
        "--tls-cert", type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A certificate file, to serve TLS without a proxy.",
    )  # fmt: skip
    @click.option(
        "--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="The private key of the certificate.",
    )  # fmt: skip
    @click.option(
        "--allowed-host", metavar="NAME", multiple=True, callback=checked_host,
        help="A host name by which clients may know this server, besides localhost, its addresses "
        "and --public-url; '*.example.com' for all below one, '*' for any. Can be repeated. Names "
        "are checked where there is something to read without signing in.",
    )  # fmt: skip
    @click.option(
        "--limit-connections", metavar="NUMBER", type=click.IntRange(min=1),
        help="How many connections may be open; beyond that, the longest idle one is closed for a "
        "new one. [default: half of the file descriptors that 'ulimit -n' allows, 4096 at most]",
    )  # fmt: skip
    @click.option(
        "--metrics-port", metavar="PORT", type=click.IntRange(1, 65535),
        help="Also answer /health, /ready and /metrics on this port, with the state of all stores "
        "and without sign-in; on --port, that state is for those who may read a store.",
    )  # fmt: skip
    @click.option(
        "--metrics-host", default="127.0.0.1", show_default=True,
        help="The address to listen on for --metrics-port.",
    )  # fmt: skip
    @wraps(function)
    def command(*args: Any, **options: Any) -> None:
        network = Network(
            host=options.pop("host"),
            port=options.pop("port"),
            proxies=options.pop("proxy_headers") or "",
            tls_cert=options.pop("tls_cert"),
            tls_key=options.pop("tls_key"),
            connections=options.pop("limit_connections"),
            allowed_hosts=options.pop("allowed_host"),
            metrics_host=options.pop("metrics_host"),
            metrics_port=options.pop("metrics_port") or 0,
        )
        function(*args, network=network, **options)

    return command
