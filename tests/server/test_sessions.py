"""Sessions of browsers: how long they last, and that they end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from httpx2 import Response

from ghpypi.core.secret import Secret
from ghpypi.server.auth.authorizer import Authorizer, AuthorizerOptions
from ghpypi.server.auth.sessions import HOURS, IDLE_SECONDS, RENEW_SECONDS, Sessions
from ghpypi.server.index.site import SitePages
from tests.server.scene import (
    ANONYMOUS,
    READER,
    Clock,
    Server,
    cookies,
    serving,
)
from tests.support.packages import wheel

PAGE = "/project/acme-lib/"
SHARED = Secret("a secret that the servers share")


@contextmanager
def signing_in(clock: Clock | None = None) -> Iterator[Server]:
    """Serve a store, with sessions whose clock a test sets."""
    sessions = Sessions(SHARED, now=clock or Clock())
    with serving(wheel()) as server:
        all_stores = server.app.all_stores
        authorizer = Authorizer(AuthorizerOptions(read_expires=1e9), session=sessions.credentials)
        object.__setattr__(all_stores, "authorizer", authorizer)
        object.__setattr__(all_stores, "site_pages", SitePages(authorizer, sessions))
        all_stores.simple_api._authorizer = authorizer
        yield server


def form_of(server: Server) -> tuple[str, str]:
    """Get the form: what it carries, and its cookie."""
    page = server.client.get("/login", auth=ANONYMOUS)
    field = re.search(r'name="form" value="([^"]+)"', page.text)

    assert field
    return field[1], cookies(page)[0].partition(";")[0]


def sign_in(server: Server, token: str = READER) -> str:
    """Sign in, and return the cookie."""
    form, cookie = form_of(server)
    body = f"form={form}&token={token}".encode()
    response = server.client.post(
        "/login", auth=ANONYMOUS, headers={"cookie": cookie}, content=body
    )

    assert response.status_code == 303
    return session_in(response)


def sign_out(server: Server, session: str) -> Response:
    form, cookie = form_of(server)
    sent = {"cookie": f"{cookie}; {session}"}
    return server.client.post(
        "/logout", auth=ANONYMOUS, headers=sent, content=f"form={form}".encode()
    )


def session_in(response: Response) -> str:
    (found,) = [x.partition(";")[0] for x in cookies(response) if x.startswith("ghpypi-session=")]
    return found


def status(server: Server, session: str) -> int:
    return server.client.get(PAGE, auth=ANONYMOUS, headers={"cookie": session}).status_code


def test_copies_of_a_cookie_are_refused_after_signing_out() -> None:
    with signing_in() as server:
        session, other = sign_in(server), sign_in(server)

        assert status(server, session) == 200
        response = sign_out(server, session)
        assert (response.status_code, session_in(response)) == (303, "ghpypi-session=")
        assert status(server, session) == 401
        assert status(server, other) == 200
        assert status(server, sign_in(server)) == 200


def test_renewed_cookies_are_refused_after_signing_out() -> None:
    clock = Clock()
    with signing_in(clock) as server:
        session = sign_in(server)
        clock.time += RENEW_SECONDS + 1
        renewed = session_in(server.client.get(PAGE, auth=ANONYMOUS, headers={"cookie": session}))
        sign_out(server, session)

        assert renewed != session
        assert status(server, renewed) == 401


def test_a_session_in_use_lasts_until_its_maximum_age() -> None:
    clock = Clock()
    with signing_in(clock) as server:
        begun, session = clock.time, sign_in(server)
        while clock.time + IDLE_SECONDS - 1 < begun + HOURS * 3600:
            clock.time += IDLE_SECONDS - 1
            session = session_in(
                server.client.get(PAGE, auth=ANONYMOUS, headers={"cookie": session})
            )

        assert status(server, session) == 200
        clock.time = begun + HOURS * 3600 + 1
        assert status(server, session) == 401


@pytest.mark.parametrize(("seconds", "expected"), [(-1, 200), (1, 401)])
def test_an_idle_session_expires(seconds: int, expected: int) -> None:
    clock = Clock()
    with signing_in(clock) as server:
        session = sign_in(server)
        clock.time += IDLE_SECONDS + seconds

        assert status(server, session) == expected


def test_a_fresh_cookie_is_not_replaced() -> None:
    with signing_in() as server:
        page = server.client.get(PAGE, auth=ANONYMOUS, headers={"cookie": sign_in(server)})

        assert cookies(page) == []


def test_servers_with_the_same_secret_accept_each_others_sessions() -> None:
    clock = Clock()
    with signing_in(clock) as one, signing_in(clock) as other:
        session = sign_in(one)

        assert status(other, session) == 200
        sign_out(one, session)
        assert status(one, session) == 401
        # Documented: the others do not learn of it, so the cookie is good there for a while.
        assert status(other, session) == 200
        clock.time += IDLE_SECONDS + 1
        assert status(other, session) == 401


def test_an_invalid_cookie_is_not_a_session() -> None:
    sessions = Sessions(SHARED)
    with signing_in() as server:
        for content in (b"1", b"[]", b'{"token": 1, "id": 2, "begun": "x"}', b'{"token": "x"}'):
            cookie = sessions._box.encrypt_at_time(content, int(Clock().time)).decode()

            assert status(server, f"ghpypi-session={cookie}") == 401
