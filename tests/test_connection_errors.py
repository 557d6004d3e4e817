"""Why connections fail, and which failures another attempt cannot fix."""

import errno
import socket
import ssl
from itertools import pairwise

import pytest
import requests
import urllib3

from ghpypi.connection_errors import InsecureRedirectError, describe_failure, explain_failure
from ghpypi.errors import FailedError, GhpypiError, TryLaterError, UsageError

URL = "https://api.example.com/user"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


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
    pytest.param(
        InsecureRedirectError("http://user:secret@other.example/a?token=secret"),
        FailedError,
        "it redirects to http://other.example, which is not encrypted",
        id="redirect without TLS",
    ),
    pytest.param(
        requests.TooManyRedirects("x"), FailedError, "it redirects too often", id="redirects"
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
        OSError(errno.ENETUNREACH, "x"), "there is no route to 'api.example.com'", id="no route"
    ),
    pytest.param(
        urllib3.exceptions.DecodeError("x"), "the compressed response is damaged", id="gzip"
    ),
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


def test_a_fault_of_this_machine_is_described_where_a_result_has_the_reason() -> None:
    error = caused(OSError(errno.EMFILE, "Too many open files"), requests.RequestException())

    assert describe_failure(error, URL).reason == "too many open files"


def test_the_host_of_a_redirect_that_the_library_followed_is_named() -> None:
    request = requests.Request("GET", "https://files.example.com/a").prepare()
    error = caused(ConnectionRefusedError(), requests.ConnectionError(request=request))

    assert explain_failure(error, URL).reason == "'files.example.com' refused the connection"


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("https_proxy", "http://user:secret@proxy.example:80", "https_proxy ('proxy.example:80')"),
        ("HTTPS_PROXY", "user:secret@proxy.example:80", "HTTPS_PROXY ('proxy.example:80')"),
        ("ALL_PROXY", "http://user:1secret/2@proxy.example", "ALL_PROXY"),
        ("all_proxy", "http://user:1/secret@proxy.example", "all_proxy"),
    ],
)
def test_a_dead_proxy_is_named_by_its_variable_without_its_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str
) -> None:
    monkeypatch.setenv(variable, value)
    failure = explain_failure(
        caused(ConnectionRefusedError(), requests.exceptions.ProxyError()), URL
    )

    assert failure.reason == f"the proxy of {name} refused the connection"
    assert failure.hint == (
        f"check {variable}, or add 'api.example.com' to NO_PROXY to connect without the proxy"
    )
