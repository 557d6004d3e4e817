"""The address of a client behind proxies."""

import asyncio
from typing import Any

import pytest

from ghpypi.errors import UsageError
from ghpypi.server.network.forwarded import ForwardedHeaders, trusted_networks

PROXIES = trusted_networks("10.0.0.0/8, 192.0.2.7,2001:db8::/32", loopback=False)


def seen(peer: str, *headers: tuple[str, str], proxies: Any = PROXIES) -> tuple[str, str]:
    """Return the address and the scheme that the application receives.

    The scope is raw, because headers of clients may have bytes that the test client encodes.
    """
    found = []

    async def application(scope: Any, *_: object) -> None:
        found.append((scope["client"][0], scope["scheme"]))

    scope = {
        "type": "http",
        "client": (peer, 1234),
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    asyncio.run(ForwardedHeaders(application, proxies)(scope, None, None))  # type: ignore[arg-type]
    return found[0]


FOR, PROTO = "x-forwarded-for", "x-forwarded-proto"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1, 10.1.1.1"], "198.51.100.1"),
        (["203.0.113.9", "198.51.100.1", "10.1.1.1"], "198.51.100.1"),
        (["198.51.100.1:4711, 10.1.1.1:80"], "198.51.100.1"),
        (["[2001:4860::1]:4711"], "2001:4860::1"),
        (["2001:4860::1, 2001:db8::9"], "2001:4860::1"),
        (["::ffff:10.1.1.1"], "10.1.1.1"),
        (["198.51.100.1, ::ffff:10.1.1.1"], "198.51.100.1"),
        (["198.51.100.1, unknown"], "10.0.0.2"),
        (["198.51.100.1, unknown, 10.1.1.1"], "10.1.1.1"),
        (["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
        ([""], "10.0.0.2"),
        ([",,,"], "10.0.0.2"),
        (["\xe9" * 99], "10.0.0.2"),
        ([], "10.0.0.2"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(
    forwarded: list[str], address: str
) -> None:
    assert seen("10.0.0.2", *((FOR, each) for each in forwarded))[0] == address


def test_forwarded_headers_of_other_clients_are_ignored() -> None:
    headers = (FOR, "203.0.113.9"), (PROTO, "https")

    assert seen("198.51.100.1", *headers) == ("198.51.100.1", "http")
    assert seen("192.0.2.7", *headers) == ("203.0.113.9", "https")
    assert seen("2001:db8::1", *headers) == ("203.0.113.9", "https")
    assert seen("", *headers) == ("", "http")


@pytest.mark.parametrize(
    ("said", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("http, https", "https"),
        ("https, http", "http"),
        ("ftp", "http"),
    ],
)
def test_the_scheme_is_that_of_the_nearest_proxy(said: str, scheme: str) -> None:
    assert seen("10.0.0.2", (PROTO, said))[1] == scheme


def test_any_proxy_means_those_of_this_machine() -> None:
    proxies = trusted_networks("*", loopback=True)

    assert seen("127.0.0.1", (FOR, "203.0.113.9, 198.51.100.1"), proxies=proxies)[0] == (
        "198.51.100.1"
    )
    assert seen("198.51.100.1", (FOR, "203.0.113.9"), proxies=proxies)[0] == "198.51.100.1"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.internal", "10.0.0.0/33", "*,10.0.0.1"])
def test_an_invalid_network_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is neither an address nor a network"):
        trusted_networks(text, loopback=True)


def test_trusting_all_clients_is_refused_unless_bound_to_loopback() -> None:
    with pytest.raises(UsageError, match="let every client forge its address"):
        trusted_networks("*", loopback=False)
