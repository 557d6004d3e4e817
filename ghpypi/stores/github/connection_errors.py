"""Reasons for failed connections, and whether another attempt can help.

Names that do not resolve and certificates that are not trusted fail in the same way a minute
later, so these are reported at once. After a broken connection or a timeout, the request is sent
again.
"""

import errno
import http.client
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


def explain_failure(error: BaseException, url: str) -> Failure:
    """Find out why a connection failed.

    Args:
        error: What the HTTP library raised; its causes are examined, innermost first.
        url: The address of the request.

    Raises:
        OSError: The cause is this machine, such as a full disk, not the connection.
    """
    host = f"'{split_url(url).hostname or url}'"
    causes = list(_causes(error))
    # A proxy that cannot be reached fails as a host does, and only an outer exception names it.
    remote = "the proxy" if any(isinstance(each, _PROXY_ERRORS) for each in causes) else host
    for each in causes:
        if isinstance(each, OSError) and each.errno in _LOCAL and not _is_network(each):
            raise each
        failure = (
            _explain_proxy(each, host)
            or _explain_connect(each, remote)
            or _explain_request(each, remote)
        )
        if failure:
            return failure
    return Failure(reason=f"no response ({type(error).__name__})")


def _explain_proxy(error: BaseException, host: str) -> Failure | None:
    """Explain why a proxy cannot be used; `None` to use the exception that wraps this one."""
    text = str(error)
    match error:
        case urllib3.exceptions.ProxyError() | OSError() if _TUNNEL + "4" in text:
            return Failure(
                kind=FailedError,
                reason=f"the proxy refuses a connection to {host} "
                f"({text.partition(_TUNNEL)[2].rstrip(')')})",
                hint="check HTTPS_PROXY, its user name and password, and NO_PROXY",
            )
        case requests.exceptions.InvalidSchema() if "SOCKS" in text:
            return Failure(
                kind=UsageError,
                reason="the proxy is a SOCKS proxy, which requires PySocks",
                hint="install PySocks beside ghpypi, or set HTTPS_PROXY to an HTTP proxy",
            )
        case urllib3.exceptions.ProxySchemeUnknown() | requests.exceptions.InvalidProxyURL():
            return Failure(
                kind=UsageError,
                reason="the URL of the proxy is invalid",
                hint="correct or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
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
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
            return Failure(kind=FailedError, reason=f"invalid host {host}")
        case ValueError() if not isinstance(error, CONNECTION_ERRORS):
            return Failure(
                kind=FailedError,
                reason=f"{host} redirects to an address that cannot be parsed ({error})",
                hint="check the address, and whether a proxy or firewall modifies responses",
            )
        case ConnectionRefusedError():
            return Failure(reason=f"{host} refused the connection")
        case ConnectionError() | urllib3.exceptions.ProtocolError() | http.client.IncompleteRead():
            return Failure(reason="the connection was interrupted")
        case TimeoutError() | requests.Timeout():
            return Failure(reason=f"{host} did not respond in time")
        case _:
            return None


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
