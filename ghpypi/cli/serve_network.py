"""The options of `ghpypi serve` about the network."""

import re
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ghpypi.core.parsing import split_url
from ghpypi.errors import UsageError

if TYPE_CHECKING:
    from ghpypi.server.run import ListenOptions

_HOST_NAME = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


class Network(NamedTuple):
    """The values of the options about the network.

    Attributes:
        host: The address to listen on.
        port: The port; 0 for any free port.
        proxies: Addresses of trusted proxies, separated by commas; empty for none.
        tls_cert: The file with the certificate; `None` for plain HTTP.
        tls_key: The file with its private key.
        connections: Maximum number of connections; `None` to derive it from the limit of file
            descriptors.
        allowed_hosts: Host names that clients may use.
        metrics_host: The address to listen on for operators.
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
        """Return the settings of the listening socket.

        Host names are checked if `--allowed-host` is given, if the server listens on loopback, or
        while a store can be read without signing in.

        Args:
            public_url: The URL of this server for clients; empty if unknown.

        Raises:
            UsageError: The certificate or the proxies cannot be used, or two ports are the same.
        """
        from ghpypi.server.network.forwarded import trusted_networks  # noqa: PLC0415
        from ghpypi.server.run import ListenOptions, check_certificate  # noqa: PLC0415

        if self.metrics_port and self.metrics_port == self.port:
            raise UsageError("--metrics-port must differ from --port")
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
    """Return whether an address to listen on is loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_host(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Check that host names have no scheme, port or path."""
    for value in values:
        if not _HOST_NAME.fullmatch(value):
            raise click.BadParameter(f"'{value}' is not a host name such as packages.example.com")
    return tuple(map(str.lower, values))


def network_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options about the network to a command, passed as `network`."""

    @click.option(
        "--host", metavar="ADDRESS", default="127.0.0.1", show_default=True,
        help="Address to listen on.",
    )  # fmt: skip
    @click.option(
        "--port", metavar="PORT", type=click.IntRange(0, 65535), default=8080, show_default=True,
        help="Port to listen on; 0 for any free port.",
    )  # fmt: skip
    @click.option(
        "--proxy-headers", metavar="ADDRESSES",
        help="Trust X-Forwarded-* headers from these proxies: addresses and networks, separated by "
        "commas, or '*' for all if --host is loopback.",
    )  # fmt: skip
    @click.option(
        "--tls-cert", type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Certificate file (PEM), to serve TLS without a proxy.",
    )  # fmt: skip
    @click.option(
        "--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="File with the private key of the certificate (PEM).",
    )  # fmt: skip
    @click.option(
        "--allowed-host", metavar="NAME", multiple=True, callback=checked_host,
        help="Allowed host name, besides localhost, IP addresses and that of --public-url; "
        "'*.example.com' for all subdomains, '*' for any name. Can be repeated. Names are checked "
        "while a store can be read without signing in.",
    )  # fmt: skip
    @click.option(
        "--max-connections", metavar="N", type=click.IntRange(min=1),
        help="Maximum number of open connections; beyond it, the longest idle one is closed. "
        "[default: half of the file descriptors that 'ulimit -n' allows, at most 4096]",
    )  # fmt: skip
    @click.option(
        "--metrics-port", metavar="PORT", type=click.IntRange(1, 65535),
        help="Additional port for /health, /ready and /metrics with the state of all stores, "
        "without signing in; --port shows it only to users who may read a store.",
    )  # fmt: skip
    @click.option(
        "--metrics-host", metavar="ADDRESS", default="127.0.0.1", show_default=True,
        help="Address to listen on for --metrics-port.",
    )  # fmt: skip
    @wraps(function)
    def command(*args: Any, **options: Any) -> None:
        network = Network(
            host=options.pop("host"),
            port=options.pop("port"),
            proxies=options.pop("proxy_headers") or "",
            tls_cert=options.pop("tls_cert"),
            tls_key=options.pop("tls_key"),
            connections=options.pop("max_connections"),
            allowed_hosts=options.pop("allowed_host"),
            metrics_host=options.pop("metrics_host"),
            metrics_port=options.pop("metrics_port") or 0,
        )
        function(*args, network=network, **options)

    return command
