"""Why connections fail, and which failures another attempt cannot fix."""

import errno
import socket
import ssl
from itertools import pairwise

import pytest
import requests
import urllib3

from ghpypi.errors import FailedError, GhpypiError, TryLaterError, UsageError
from ghpypi.stores.github.connection_errors import explain_failure

URL = "https://api.example.com/user"


def caused(*causes: BaseException) -> BaseException:
    """An exception with its causes, innermost first, as the HTTP libraries raise it."""
    for inner, outer in pairwise(causes):
        outer.__cause__ = inner
    return causes[-1]


def not_trusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


PERMANENT = [
    pytest.param(
        caused(socket.gaierror(-2, "Name or service not known"), requests.ConnectionError()),
        TryLaterError,
        "'api.example.com' cannot be resolved to an IP address",
        id="name",
    ),
    pytest.param(
        caused(not_trusted(), requests.exceptions.SSLError()),
        FailedError,
        "the certificate of 'api.example.com' is not trusted (self-signed certificate)",
        id="certificate",
    ),
    pytest.param(
        caused(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")),
        FailedError,
        "'api.example.com' does not use TLS",
        id="no TLS",
    ),
    pytest.param(
        caused(
            OSError("Tunnel connection failed: 407 Proxy Authentication Required"),
            requests.exceptions.ProxyError(),
        ),
        FailedError,
        "the proxy refuses a connection to 'api.example.com' (407 Proxy Authentication Required)",
        id="proxy",
    ),
    pytest.param(
        caused(
            socket.gaierror(-2, "Name or service not known"),
            urllib3.exceptions.ProxyError("Unable to connect to proxy", OSError()),
        ),
        TryLaterError,
        "the proxy cannot be resolved to an IP address",
        id="name of the proxy",
    ),
    pytest.param(
        requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."),
        UsageError,
        "the proxy is a SOCKS proxy, which requires PySocks",
        id="SOCKS",
    ),
    pytest.param(
        caused(urllib3.exceptions.ProxySchemeUnknown("ftp"), requests.exceptions.InvalidURL("ftp")),
        UsageError,
        "the URL of the proxy is invalid",
        id="address of the proxy",
    ),
    pytest.param(
        OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"),
        UsageError,
        "cannot read the file of trusted certificates",
        id="missing file of certificates",
    ),
    pytest.param(
        requests.exceptions.InvalidSchema("x"),
        FailedError,
        "invalid host 'api.example.com'",
        id="odd address",
    ),
]
TEMPORARY = [
    pytest.param(
        ConnectionRefusedError(), "'api.example.com' refused the connection", id="refused"
    ),
    pytest.param(
        caused(ConnectionRefusedError(), requests.exceptions.ProxyError()),
        "the proxy refused the connection",
        id="refused by the proxy",
    ),
    pytest.param(ConnectionResetError(), "the connection was interrupted", id="reset"),
    pytest.param(
        urllib3.exceptions.IncompleteRead(1, 2),
        "the connection was interrupted",
        id="cut in the body",
    ),
    pytest.param(TimeoutError(), "'api.example.com' did not respond in time", id="timeout"),
    pytest.param(requests.ReadTimeout(), "'api.example.com' did not respond in time", id="read"),
    pytest.param(
        ssl.SSLError(1, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF"),
        "no response (SSLError)",
        id="interrupted TLS",
    ),
    pytest.param(requests.RequestException(), "no response (RequestException)", id="anything else"),
]


@pytest.mark.parametrize(("error", "kind", "reason"), PERMANENT)
def test_what_fails_in_the_same_way_later_fails_at_once(
    error: BaseException, kind: type[GhpypiError], reason: str
) -> None:
    failure = explain_failure(error, URL)
    raised = failure.error("GET /user")

    assert failure.permanent
    assert type(raised) is kind
    assert raised.message.startswith(f"GET /user: {reason}")


@pytest.mark.parametrize(("error", "reason"), TEMPORARY)
def test_what_may_pass_is_worth_another_attempt(error: BaseException, reason: str) -> None:
    failure = explain_failure(error, URL)

    assert not failure.permanent
    assert failure.reason == reason
    assert isinstance(failure.error("GET /user"), TryLaterError)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EMFILE])
def test_a_fault_of_this_machine_is_not_one_of_the_connection(number: int) -> None:
    with pytest.raises(OSError, match="here") as caught:
        explain_failure(caused(OSError(number, "here"), requests.RequestException()), URL)

    assert caught.value.errno == number
