from contextlib import AbstractContextManager

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ghpypi.core.config.config import Config
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Refusal, Rights
from ghpypi.ports import Capabilities
from ghpypi.server.auth.authorizer import AuthorizerOptions
from ghpypi.server.responses import text
from ghpypi.server.served_store import Passwords
from tests.server.scene import (
    ANONYMOUS,
    IN_A_FOLDER,
    READER,
    STRANGER,
    WRITER,
    Server,
    basic,
    serving,
    signed_in,
)
from tests.support.packages import wheel

PAGE = "/simple/acme-lib/"


class Uploads:
    """Takes uploads from those who may publish."""

    def __init__(self) -> None:
        self.server: Server | None = None

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/legacy", self._upload, methods=["POST"])]

    async def _upload(self, request: Request) -> Response:
        assert self.server
        authorizer, served_store = self.server.app.all_stores.authorizer, request.state.store
        caller = await authorizer.admit(request, served_store, write=True)
        return text(200, f"{caller.name} {caller.token.reveal() if caller.token else ''}")

    def start(self) -> None:
        """Nothing is to be prepared."""

    async def close(self) -> None:
        """There is nothing to end."""


def test_permissions_are_cached() -> None:
    with serving(wheel(), authorizer=AuthorizerOptions(read_expires=100)) as server:
        for _ in range(5):
            assert server.client.get(PAGE).status_code == 200
        assert server.reader.count("rights") == 1

        server.clock.time += 99
        assert server.client.get(PAGE).status_code == 200
        assert server.reader.count("rights") == 1

        server.clock.time += 2
        assert server.client.get(PAGE).status_code == 200
        assert server.reader.count("rights") == 2


def test_a_token_without_permission_is_403_and_a_bad_one_is_401() -> None:
    with serving(wheel()) as server:
        assert server.client.get(PAGE, auth=signed_in(STRANGER)).status_code == 403
        assert server.client.get(PAGE, auth=signed_in("ghp_unknown1234567890")).status_code == 401
        assert server.client.get(PAGE, auth=signed_in("")).status_code == 401
        assert (
            server.client.get(
                PAGE, auth=ANONYMOUS, headers={"authorization": "Basic !!!"}
            ).status_code
            == 401
        )


def test_secrets_that_are_not_github_tokens_are_never_sent_to_github() -> None:
    with serving(wheel()) as server:
        assert server.client.get(PAGE, auth=signed_in("password")).status_code == 401
        assert {token for _, token in server.reader.asked} == {""}


def test_public_stores_stay_readable_with_credentials_of_another_store() -> None:
    with serving(wheel()) as server:
        server.reader.public = True

        assert (
            server.client.get(PAGE, auth=signed_in("the-password-of-a-folder")).status_code == 200
        )


def test_the_reason_of_a_refusal_is_in_the_response() -> None:
    with serving(wheel()) as server:
        told = "authorize it at https://sso.example"
        server.reader.tokens[STRANGER] = Rights(refusal=Refusal.FORBIDDEN, message=told)

        response = server.client.get(PAGE, auth=signed_in(STRANGER))

        assert (response.status_code, response.text.strip()) == (403, told)


def test_a_token_in_place_of_the_user_name_is_accepted_and_not_logged() -> None:
    with serving(wheel()) as server:
        response = server.client.get(
            PAGE, auth=ANONYMOUS, headers={"authorization": basic("x-oauth-basic", READER)}
        )
        server.app.log.flush()

        assert response.status_code == 200
        assert READER not in "".join(server.log)


def test_a_bearer_token_is_accepted() -> None:
    with serving(wheel()) as server:
        assert (
            server.client.get(
                PAGE, auth=ANONYMOUS, headers={"authorization": f"Bearer {READER}"}
            ).status_code
            == 200
        )


def test_bad_tokens_are_cached() -> None:
    with serving(wheel()) as server:
        for _ in range(10):
            assert (
                server.client.get(PAGE, auth=signed_in("ghp_unknown1234567890")).status_code == 401
            )

        assert server.reader.count("rights") == 1


def test_an_address_that_tries_many_tokens_is_rate_limited() -> None:
    with serving(wheel()) as server:
        answers = [
            server.client.get(PAGE, auth=signed_in(f"ghp_{number:030}")) for number in range(20)
        ]

        assert [each.status_code for each in answers].count(401) == 5
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert server.reader.count("rights") == 5
        assert server.client_at("192.0.2.2").get(PAGE).status_code == 200

        server.clock.time += 61
        assert server.client.get(PAGE, auth=signed_in("ghp_another1234567890")).status_code == 401


def test_requests_to_github_about_bad_tokens_are_limited_over_all_addresses() -> None:
    with serving(wheel()) as server:
        assert server.client.get(PAGE, auth=signed_in(WRITER)).status_code == 200
        for number in range(200):
            server.client_at(f"10.0.0.{number}").get(PAGE, auth=signed_in(f"ghp_{number:030}"))

        assert server.reader.count("rights") == 31
        assert server.client.get(PAGE, auth=signed_in(WRITER)).status_code == 200


def test_a_known_token_is_accepted_during_rate_limiting() -> None:
    with serving(wheel(), authorizer=AuthorizerOptions(read_expires=10)) as server:
        assert server.client.get(PAGE).status_code == 200
        for number in range(20):
            server.client.get(PAGE, auth=signed_in(f"ghp_{number:030}"))
        server.clock.time += 11

        assert server.client.get(PAGE, auth=signed_in("ghp_another1234567890")).status_code == 429
        assert server.client.get(PAGE).status_code == 200


def test_five_bad_tokens_do_not_lock_out_an_address_with_successful_sign_ins() -> None:
    with serving(wheel()) as server:
        assert server.client.get(PAGE).status_code == 200
        bad = [server.client.get(PAGE, auth=signed_in(f"ghp_{number:030}")) for number in range(5)]

        assert {each.status_code for each in bad} == {401}
        assert server.client.get(PAGE, auth=signed_in(WRITER)).status_code == 200


def test_an_address_with_successful_sign_ins_keeps_a_share_of_the_rate_limit() -> None:
    with serving(wheel()) as server:
        assert server.client.get(PAGE).status_code == 200
        for number in range(200):
            server.client_at(f"10.0.0.{number}").get(PAGE, auth=signed_in(f"ghp_{number:030}"))

        assert server.client_at("10.1.0.1").get(PAGE, auth=signed_in(WRITER)).status_code == 429
        assert server.client.get(PAGE, auth=signed_in(WRITER)).status_code == 200


def test_addresses_of_one_ipv6_network_share_a_rate_limit() -> None:
    with serving(wheel()) as server:
        answers = [
            server.client_at(f"2001:db8::{number:x}").get(PAGE, auth=signed_in(f"ghp_{number:030}"))
            for number in range(20)
        ]

        assert [each.status_code for each in answers].count(401) == 5
        assert server.client_at("2001:db8:0:1::1").get(PAGE).status_code == 200


def test_a_revoked_token_is_refused_when_its_cached_permission_expires() -> None:
    with serving(wheel(), authorizer=AuthorizerOptions(read_expires=100)) as server:
        assert server.client.get(PAGE).status_code == 200
        del server.reader.tokens[READER]
        server.clock.time += 101

        assert server.client.get(PAGE).status_code == 401


def test_cached_permissions_last_longer_during_an_outage_of_github() -> None:
    with serving(wheel(), authorizer=AuthorizerOptions(read_expires=100)) as server:
        assert server.client.get(PAGE).status_code == 200
        server.reader.down = True
        server.clock.time += 200
        assert server.client.get(PAGE).status_code == 200

        unknown = server.client.get(PAGE, auth=signed_in(WRITER))
        assert unknown.status_code == 503
        assert unknown.headers["retry-after"].isdigit()

        server.clock.time += 1000
        assert server.client.get(PAGE).status_code == 503


def test_public_stores_are_readable_by_everyone_and_writable_by_no_anonymous_caller() -> None:
    uploads = Uploads()
    with serving(wheel(), parts=(uploads,)) as server:
        uploads.server = server
        server.reader.public = True

        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 200
        assert server.client.post("/legacy/", auth=ANONYMOUS).status_code == 401


def test_anonymous_readers_use_the_token_of_the_server_and_only_to_read() -> None:
    uploads = Uploads()
    told = AuthorizerOptions(anonymous_read=True)
    with serving(wheel(), authorizer=told, own_token=READER, parts=(uploads,)) as server:
        uploads.server = server

        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 200
        assert server.client.post("/legacy/", auth=ANONYMOUS).status_code == 401
        assert server.client.get(PAGE, auth=signed_in(STRANGER)).status_code == 403


def test_the_token_of_the_server_grants_no_anonymous_reads_by_default() -> None:
    with serving(wheel(), own_token=READER) as server:
        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 401


def test_writing_needs_write_permission() -> None:
    uploads = Uploads()
    with serving(
        wheel(), authorizer=AuthorizerOptions(write_expires=50), parts=(uploads,)
    ) as server:
        uploads.server = server

        assert server.client.post("/legacy/").status_code == 403
        assert (
            server.client.post("/acme/pypi/legacy/", auth=signed_in(WRITER)).text.strip()
            == f"someone {WRITER}"
        )

        server.reader.tokens[WRITER] = Rights(read=True, write=False)
        assert server.client.post("/legacy/", auth=signed_in(WRITER)).status_code == 200
        server.clock.time += 51
        assert server.client.post("/legacy/", auth=signed_in(WRITER)).status_code == 403


def test_a_workflow_token_with_unknown_permissions_may_try_to_write() -> None:
    uploads = Uploads()
    with serving(wheel(), parts=(uploads,)) as server:
        uploads.server = server
        server.reader.tokens["ghs_workflow1234567890"] = Rights(read=True, write=None)

        assert (
            server.client.post("/legacy/", auth=signed_in("ghs_workflow1234567890")).status_code
            == 200
        )


def test_a_server_with_a_password_accepts_only_that_password() -> None:
    told = AuthorizerOptions(password=Secret("one-time"))
    with serving(wheel(), authorizer=told, own_token=READER) as server:
        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 401
        assert server.client.get(PAGE, auth=signed_in("other")).status_code == 401
        assert server.client.get(PAGE).status_code == 401
        assert server.client.get(PAGE, auth=signed_in("one-time")).status_code == 200
        assert {token for _, token in server.reader.asked} == {READER}


def folder(uploads: Uploads, read: str = "", write: str = "") -> AbstractContextManager[Server]:
    """Serve a folder with passwords."""
    passwords = Passwords(
        read=Secret(read) if read else None, write=Secret(write) if write else None
    )
    return serving(wheel(), capabilities=IN_A_FOLDER, parts=(uploads,), passwords=passwords)


def test_a_folder_is_read_by_everyone_and_written_with_its_password() -> None:
    uploads = Uploads()
    with folder(uploads, write="let me in") as server:
        uploads.server = server

        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 200
        assert server.client.post("/legacy/", auth=ANONYMOUS).status_code == 401
        assert server.client.post("/legacy/", auth=signed_in("wrong")).status_code == 401
        assert server.client.post("/legacy/", auth=signed_in("let me in")).status_code == 200


@pytest.mark.parametrize("given", [READER, "wrong", "let me in", "", None])
def test_a_public_folder_is_readable_with_any_credentials(given: str | None) -> None:
    with folder(Uploads(), write="let me in") as server:
        for _ in range(200):
            assert server.client.get(PAGE, auth=signed_in(given)).status_code == 200


def test_a_folder_with_a_read_password_needs_it() -> None:
    uploads = Uploads()
    with folder(uploads, read="may read", write="may write") as server:
        uploads.server = server

        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 401
        assert server.client.get(PAGE).status_code == 401
        assert server.client.get(PAGE, auth=signed_in("may read")).status_code == 200
        assert server.client.get(PAGE, auth=signed_in("may write")).status_code == 200
        assert server.client.post("/legacy/", auth=signed_in("may read")).status_code == 403
        assert server.client.post("/legacy/", auth=signed_in("may write")).status_code == 200


def test_a_password_for_reading_covers_the_files_as_well() -> None:
    path = "/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl"
    with folder(Uploads(), read="may read") as server:
        assert server.client.get(path, auth=ANONYMOUS).status_code == 401
        assert server.client.get(path, auth=signed_in("may read")).status_code == 200


@pytest.mark.parametrize("read", ["", "may read"])
def test_a_folder_without_an_upload_password_accepts_no_uploads(read: str) -> None:
    uploads = Uploads()
    with folder(uploads, read=read) as server:
        uploads.server = server

        assert server.client.post("/legacy/", auth=signed_in("anything")).status_code == 403
        assert server.client.post("/legacy/", auth=signed_in("may read")).status_code == 403


def test_passwords_cannot_be_guessed() -> None:
    with folder(Uploads(), read="may read") as server:
        answers = [
            server.client.get(PAGE, auth=signed_in(f"guess {number}")) for number in range(20)
        ]

        assert [each.status_code for each in answers].count(401) == 5
        assert answers[-1].status_code == 429
        assert server.client.get(PAGE, auth=signed_in("may read")).status_code == 429
        assert (
            server.client_at("192.0.2.2").get(PAGE, auth=signed_in("may read")).status_code == 200
        )
        server.clock.time += 61
        assert server.client.get(PAGE, auth=signed_in("may read")).status_code == 200


def test_passwords_cannot_be_guessed_from_many_addresses() -> None:
    with folder(Uploads(), read="may read") as server:
        answers = [
            server.client_at(f"10.0.{number}.1").get(PAGE, auth=signed_in(f"guess {number}"))
            for number in range(250)
        ]

        assert [each.status_code for each in answers].count(401) == 100


def test_a_caller_with_the_password_is_not_locked_out_by_guesses_from_the_same_address() -> None:
    with folder(Uploads(), read="may read") as server:
        assert server.client.get(PAGE, auth=signed_in("may read")).status_code == 200
        for number in range(50):
            server.client.get(PAGE, auth=signed_in(f"guess {number}"))

        assert server.client.get(PAGE, auth=signed_in("guess 51")).status_code == 429
        assert server.client.get(PAGE, auth=signed_in("may read")).status_code == 200


def test_github_tokens_do_not_count_as_guesses_of_a_password() -> None:
    with folder(Uploads(), read="may read") as server:
        for number in range(50):
            assert server.client.get(PAGE, auth=signed_in(f"ghp_{number:030}")).status_code == 401

        assert server.client.get(PAGE, auth=signed_in("may read")).status_code == 200


def test_the_permission_cache_contains_no_tokens() -> None:
    with serving(wheel(), config=Config()) as server:
        server.client.get(PAGE)
        server.client.get(PAGE, auth=signed_in("ghp_unknown1234567890"))

        authorizer = server.app.all_stores.authorizer
        kept = (
            repr(vars(authorizer))
            + repr(vars(authorizer._permissions))
            + repr(vars(authorizer._passwords))
        )

        assert READER not in kept
        assert "ghp_unknown" not in kept


def test_anonymous_callers_cost_one_request_to_github_in_ten_minutes() -> None:
    with serving(wheel()) as server:
        for _ in range(10):
            assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 401
            server.clock.time += 59

        assert server.reader.count("rights") == 1


def test_anonymous_callers_are_asked_to_sign_in_during_an_outage_of_github() -> None:
    with serving(wheel()) as server:
        server.reader.down = True

        assert server.client.get(PAGE, auth=ANONYMOUS).status_code == 401


@pytest.mark.parametrize("password", [None, Secret("x")])
def test_a_store_without_declared_capabilities_is_closed(password: Secret | None) -> None:
    told = AuthorizerOptions(anonymous_read=True, password=password)
    with serving(wheel(), capabilities=Capabilities(), authorizer=told, own_token=READER) as server:
        server.settle()
        file = f"/files/acme_lib-1.0/{wheel()[0]}"
        for path in ("/simple/", PAGE, file, f"{file}.metadata", "/", "/project/acme-lib/"):
            for token in (None, READER, WRITER, "x"):
                assert server.client.get(path, auth=signed_in(token)).status_code == 403, path
        assert not server.app.all_stores.open_to_all
        assert server.client.get("/ready").json()["stores"] == {}
