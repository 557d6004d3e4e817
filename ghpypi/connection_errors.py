"""Reasons for failed connections, and whether another attempt can help.

Every part that sends requests with the HTTP libraries uses this module: their own messages contain
addresses of objects, class names, and sometimes the password of a proxy.

Names that do not resolve and certificates that are not trusted fail in the same way a minute
later, so these are reported at once. After a broken connection or a timeout, the request is sent
again.
"""

import errno
import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import requests
import urllib3

from ghpypi.core.parsing import split_url
from ghpypi.errors import FailedError, GhpypiError, TryLaterError, UsageError

CONNECTION_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What the HTTP libraries raise when a connection fails."""

SEND_ERRORS = (*CONNECTION_ERRORS, ValueError)
"""What they raise when a request is sent: requests also parses the address of a redirect."""

_LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENFILE}
"""Errors of this machine, not of the remote; another attempt does not help."""


class Failure(NamedTuple):
    """A connection that failed.

    Attributes:
        reason: The reason, as part of a sentence.
        kind: The error to raise; `None` if another attempt can help.
        hint: What to do.
    """

    reason: str
    kind: type[GhpypiError] | None = None
    hint: str = ""

    @property
    def permanent(self) -> bool:
        """Whether another attempt would fail in the same way."""
        return self.kind is not None

    def error(self, request: str) -> GhpypiError:
        """Return the error to raise."""
        return (self.kind or TryLaterError)(f"{request}: {self.reason}", hint=self.hint)


class InsecureRedirectError(requests.exceptions.InvalidURL):
    """A redirect leads from an encrypted address to one that is not.

    Args:
        url: Where it leads.
    """

    def __init__(self, url: str) -> None:
        parts = split_url(url)
        target = f"{parts.scheme}://{parts.hostname or ''}"
        super().__init__(f"it redirects to {target}, which is not encrypted")


def explain_failure(error: BaseException, url: str) -> Failure:
    """Find out why a connection failed.

    Args:
        error: What the HTTP library raised; its causes are examined, innermost first.
        url: The address of the request.

    Raises:
        OSError: The cause is this machine, such as a full disk, not the connection.
    """
    # After redirects that the library followed, its exception knows the address that failed.
    url = getattr(getattr(error, "request", None), "url", None) or url
    host, proxy = f"'{split_url(url).hostname or url}'", proxy_of(url)
    causes = list(_causes(error))
    # A proxy that cannot be reached fails as a host does, and only an outer exception names it.
    by_proxy = any(isinstance(each, _PROXY_ERRORS) for each in causes)
    remote = str(proxy) if by_proxy else host
    for each in causes:
        if isinstance(each, OSError) and each.errno in _LOCAL and not _is_network(each):
            raise each
        if failure := _explain_proxy(each, host, proxy):
            return failure
        if failure := _explain_connect(each, remote) or _explain_request(each, remote):
            unreachable = by_proxy and failure.kind in {None, TryLaterError}
            return failure._replace(hint=proxy.hint(host)) if unreachable else failure
    return Failure(reason=f"no response ({type(error).__name__})")


def describe_failure(error: BaseException, url: str) -> Failure:
    """Find out why a connection failed, where the result of a request has the reason.

    Args:
        error: What the HTTP library raised.
        url: The address of the request.
    """
    try:
        return explain_failure(error, url)
    except OSError as local:
        return Failure(reason=(local.strerror or type(local).__name__).lower(), kind=FailedError)


class Proxy(NamedTuple):
    """The proxy of the environment.

    Attributes:
        variable: The variable that has its URL; empty if a setting of the system has it.
        address: Its host and port, without user name and password; empty if that is not known.
    """

    variable: str = ""
    address: str = ""

    def __str__(self) -> str:
        """Name it as part of a sentence."""
        source = f" of {self.variable}" if self.variable else ""
        return f"the proxy{source} ('{self.address}')" if self.address else f"the proxy{source}"

    def hint(self, host: str) -> str:
        """Return what to do if it does not work for a host."""
        return (
            f"check {self.variable or 'HTTPS_PROXY'}, or add {host} to NO_PROXY to connect "
            "without the proxy"
        )


def proxy_of(url: str) -> Proxy:
    """Return the proxy for a URL, as requests chooses it, without regard to NO_PROXY."""
    for name in (f"{split_url(url).scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if text := os.environ.get(variable):
                netloc = split_url(text if "://" in text else f"http://{text}").netloc
                # A password with a slash ends the host, so that a part of it looks like the host.
                has_secret = "@" in text and "@" not in netloc
                address = "" if has_secret else netloc.rpartition("@")[2]
                return Proxy(variable=variable, address=address)
    return Proxy()


def _explain_proxy(error: BaseException, host: str, proxy: Proxy) -> Failure | None:
    """Explain why a proxy cannot be used; `None` to use the exception that wraps this one."""
    text, variable = str(error), proxy.variable or "HTTPS_PROXY"
    match error:
        case urllib3.exceptions.ProxyError() | OSError() if _TUNNEL + "4" in text:
            return Failure(
                kind=FailedError,
                reason=f"{proxy} refuses a connection to {host} "
                f"({text.partition(_TUNNEL)[2].rstrip(')')})",
                hint=f"check {variable}, its user name and password, and NO_PROXY",
            )
        case requests.exceptions.InvalidSchema() if "SOCKS" in text:
            return Failure(
                kind=UsageError,
                reason=f"{proxy} is a SOCKS proxy, which requires PySocks",
                hint=f"install PySocks beside ghpypi, or set {variable} to an HTTP proxy",
            )
        case urllib3.exceptions.ProxySchemeUnknown() | requests.exceptions.InvalidProxyURL():
            return Failure(
                kind=UsageError,
                reason=f"the URL of {Proxy(proxy.variable)} is invalid",
                hint=f"correct or unset {variable}",
            )
        case _:
            return None


def _explain_connect(error: BaseException, host: str) -> Failure | None:
    """Explain why no connection could be made to a trusted host."""
    text = str(error)
    match error:
        case socket.gaierror():
            return Failure(
                kind=TryLaterError,
                reason=f"{host} cannot be resolved to an IP address",
                hint="check the network connection, the name, and HTTPS_PROXY if there is a proxy",
            )
        case ssl.SSLCertVerificationError():
            return Failure(
                kind=FailedError,
                reason=f"the certificate of {host} is not trusted ({error.verify_message})",
                hint="if a proxy or a private authority signs certificates here, set "
                "REQUESTS_CA_BUNDLE to the file with its certificate",
            )
        case ssl.SSLError() if any(each in text for each in _NOT_TLS):
            return Failure(
                kind=FailedError,
                reason=f"{host} does not use TLS ({text})",
                hint="check the port, and whether the URL should begin with https:// or http://",
            )
        case OSError() if "CA certificate bundle" in text or "TLS certificate file" in text:
            return Failure(
                kind=UsageError,
                reason="cannot read the file of trusted certificates",
                hint="correct or unset REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and SSL_CERT_FILE",
            )
        case _:
            return None


def _explain_request(error: BaseException, host: str) -> Failure | None:
    """Explain why a request got no response."""
    match error:
        case InsecureRedirectError():
            return Failure(kind=FailedError, reason=str(error))
        case requests.TooManyRedirects():
            return Failure(kind=FailedError, reason="it redirects too often")
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
            return Failure(kind=FailedError, reason=f"invalid host {host}")
        case ValueError() if not isinstance(error, CONNECTION_ERRORS):
            return Failure(
                kind=FailedError,
                reason=f"{host} redirects to an address that cannot be parsed ({error})",
                hint="check the address, and whether a proxy or firewall modifies responses",
            )
        case _:
            return _explain_network(error, host)


def _explain_network(error: BaseException, host: str) -> Failure | None:
    """Explain why a connection broke or could not be made; another attempt can help."""
    match error:
        case ConnectionRefusedError():
            return Failure(reason=f"{host} refused the connection")
        case ConnectionError() | urllib3.exceptions.ProtocolError() | http.client.IncompleteRead():
            return Failure(reason="the connection was interrupted")
        case TimeoutError() | requests.Timeout() | urllib3.exceptions.TimeoutError():
            return Failure(reason=f"{host} did not respond in time")
        case OSError(errno=number) if number in _UNREACHABLE:
            return Failure(reason=f"there is no route to {host}")
        case urllib3.exceptions.DecodeError():
            return Failure(reason="the compressed response is damaged")
        case _:
            return None


_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
_PROXY_ERRORS = (urllib3.exceptions.ProxyError, requests.exceptions.ProxyError)
_TUNNEL = "Tunnel connection failed: "
_NOT_TLS = ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "PACKET_LENGTH", "NO_PROTOCOLS")


def _is_network(error: OSError) -> bool:
    """Recognize errors of the resolver, whose numbers have another meaning."""
    return isinstance(error, (socket.gaierror, requests.RequestException))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """List an exception and its causes, innermost first."""
    chain = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) and inner not in chain:
        chain.append(inner)
    return reversed(chain)
