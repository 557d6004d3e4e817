"""Which host names a server answers to: DNS rebinding lets any name point to it."""

from pathlib import Path

import pytest

from ghpypi.core.secret import Secret
from ghpypi.server.auth.authorizer import AuthorizerOptions
from ghpypi.server.middleware import HostCheck, host_name
from ghpypi.server.run import ListenOptions
from ghpypi.server.served_store import Passwords
from tests.e2e.installers import bare_environment
from tests.e2e.proxy import proxy
from tests.server.scene import IN_A_FOLDER, READER, serving
from tests.server.sockets import Port, port, request
from tests.support.packages import wheel

NAMES = ("packages.example.com", "*.internal.example")


def check(host: str, *names: str) -> bool:
    async def never(*_: object) -> None:
        raise AssertionError

    return HostCheck(never, hosts=names, enabled=lambda: True).allows(host)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("index.localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("127.8.8.8", True),
        ("[::1]:8080", True),
        ("192.168.1.5:8080", True),
        ("packages.example.com", True),
        ("Packages.Example.COM:443", True),
        ("a.internal.example", True),
        ("a.b.internal.example:80", True),
        ("internal.example", False),
        ("evilinternal.example", False),
        ("evil.example", False),
        ("evil.example:8080", False),
        ("localhost.evil.example", False),
        ("evillocalhost", False),
        ("127.0.0.1.evil.example", False),
        ("packages.example.com.evil.example", False),
        ("2130706433", False),
        (":8080", False),
        ("\xe9", False),
    ],
)
def test_allowed_hosts_and_ip_addresses_are_served(host: str, *, allowed: bool) -> None:
    assert check(host, *NAMES) == allowed
    assert check(host, "*")


def test_the_port_is_not_part_of_the_host_name() -> None:
    assert [host_name(x) for x in ("A:1", "a", "[::1]:1", "[::1]")] == ["a", "a", "::1", "::1"]


def status(opened: Port, *hosts: str) -> int:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    return opened.exchange(
        f"GET /simple/ HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode()
    ).status


CLOSED = Passwords(read=Secret("a password"))
ELSEWHERE = ListenOptions(check_hosts=False, hosts=("packages.example.com",))


@pytest.mark.parametrize(
    ("options", "store", "expected"),
    [
        (ListenOptions(), {"capabilities": IN_A_FOLDER}, 421),
        (ListenOptions(), {"capabilities": IN_A_FOLDER, "passwords": CLOSED}, 421),
        (ListenOptions(), {}, 421),
        (ELSEWHERE, {"capabilities": IN_A_FOLDER}, 421),
        (ELSEWHERE, {"capabilities": IN_A_FOLDER, "passwords": CLOSED}, 401),
        (ELSEWHERE, {}, 401),
        (
            ELSEWHERE,
            {"own_token": READER, "authorizer": AuthorizerOptions(anonymous_read=True)},
            421,
        ),
        (
            ELSEWHERE,
            {"capabilities": IN_A_FOLDER, "authorizer": AuthorizerOptions(password=Secret("x"))},
            401,
        ),
    ],
)
def test_other_hosts_are_refused_if_anonymous_callers_can_read_something(
    tmp_path: Path, options: ListenOptions, store: dict[str, object], expected: int
) -> None:
    with (
        serving(wheel(), **store) as server,  # type: ignore[arg-type] # of several types
        port(server.app, tmp_path, "httptools", options) as opened,
    ):
        assert status(opened, "evil.example") == expected
        assert status(opened, "127.0.0.1") in {200, 401}


def test_a_request_with_two_hosts_is_refused(tmp_path: Path) -> None:
    with (
        serving(wheel(), capabilities=IN_A_FOLDER) as server,
        port(server.app, tmp_path, "httptools") as opened,
    ):
        assert status(opened, "evil.example", "localhost") == 400
        assert status(opened, "localhost", "evil.example") == 400


def test_the_response_explains_how_to_allow_a_host(tmp_path: Path) -> None:
    with (
        serving(wheel(), capabilities=IN_A_FOLDER) as server,
        port(server.app, tmp_path, "h11") as opened,
    ):
        received = opened.exchange(
            request("/simple/").replace(b"Host: 127.0.0.1", b"Host: packages.example.com")
        )

        assert received.status == 421
        assert received.body == (
            b"unknown host 'packages.example.com'; the operator can allow it with --allowed-host\n"
        )
        assert ["packages.example.com" in line for line in opened.errors] == [True]


def test_allowed_hosts_come_from_the_options_and_the_public_url(tmp_path: Path) -> None:
    more = ("--allowed-host", "a.example", "--public-url", "https://Packages.example:8443/")
    with proxy(bare_environment(tmp_path), "memory:", *more) as served:
        found = {
            host: served.get("simple/", None, headers={"Host": host}).status_code
            for host in ("a.example", "packages.example", "localhost:1", "evil.example")
        }

    assert found == {
        "a.example": 200,
        "packages.example": 200,
        "localhost:1": 200,
        "evil.example": 421,
    }
