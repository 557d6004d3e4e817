"""One request at a time: asked again if that does no harm, translated if it failed."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ghpypi import __version__
from ghpypi.errors import (
    FailedError,
    GhpypiError,
    NotAllowedError,
    TryLaterError,
)
from ghpypi.stores.github.api_messages import ApiRequest, login_of, quote_segment
from ghpypi.stores.github.client import LostResponseError, TooHeavyError
from tests.emulator import Fault
from tests.stores.github.scene import Scene


def name_of(repository: Any) -> str:
    return str(repository["full_name"])


USER = ApiRequest(verb="GET", path="/user")
SSO = "https://github.com/orgs/acme/sso?authorization_request=A1B2"
FAULTS = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "reset before": Fault.reset_before(),
    "reset after": Fault.reset_after(),
    "cut": Fault.cut(),
}


@pytest.mark.parametrize(
    ("status", "headers", "exit_code"),
    [
        (401, {}, 4),
        (403, {"X-Accepted-GitHub-Permissions": "contents=write"}, 4),
        (403, {"X-GitHub-SSO": f"required; url={SSO}"}, 4),
        (404, {}, 5),
        (409, {}, 7),
        (422, {}, 1),
        (410, {}, 5),
        (418, {}, 1),
    ],
)
def test_the_exit_code_depends_on_the_kind_of_failure(
    scene: Scene, status: int, headers: dict[str, str], exit_code: int
) -> None:
    scene.github.faults.add(Fault.status(status, headers=headers))
    with pytest.raises(GhpypiError) as caught:
        scene.client().call(USER)

    assert caught.value.exit_code == exit_code
    assert str(caught.value).startswith("GET /user: ")
    assert len(scene.github.requests) == 1


def test_the_permission_that_a_fine_grained_token_lacks_is_named(scene: Scene) -> None:
    token = scene.github.add_token("bot", permissions={"contents": "read"}, owner="acme")
    with pytest.raises(NotAllowedError) as caught:
        scene.client(token=token).call(
            ApiRequest(verb="POST", path="/repos/acme/pypi/releases", body={"tag_name": "x"})
        )

    assert caught.value.hint == "the token needs the permission contents=write"


def test_what_the_caller_expects_is_no_failure(scene: Scene) -> None:
    call = ApiRequest(verb="GET", path="/repos/acme/none", expect=(404,))
    found = scene.client().call(call)

    assert found.status == 404
    assert found.message == "Not Found"
    assert found.codes == frozenset()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_may_be_done_twice_is_asked_again(scene: Scene, fault: Fault) -> None:
    scene.github.faults.add(Fault.at(1, fault, times=3))

    assert scene.client().get("/user", login_of) == "bot"
    assert len(scene.github.requests) == 4


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_may_not_be_done_twice_is_not(scene: Scene, fault: Fault) -> None:
    scene.github.faults.add(Fault.at(1, fault))
    call = ApiRequest(
        verb="POST",
        path="/repos/acme/pypi/releases",
        body={"tag_name": "x", "draft": True},
        repeatable=False,
    )
    with pytest.raises(LostResponseError, match=r"^POST /repos/acme/pypi/releases: ") as caught:
        scene.client().call(call)

    assert caught.value.exit_code == 7
    assert len(scene.github.requests) == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_is_heavy_is_given_back_to_be_asked_for_in_pieces(scene: Scene, fault: Fault) -> None:
    scene.github.faults.add(Fault.at(1, fault))
    with pytest.raises(TooHeavyError):
        scene.client().call(ApiRequest(verb="GET", path="/user", heavy=True))

    assert len(scene.github.requests) == 1


@pytest.mark.parametrize(
    "call",
    [
        ApiRequest(verb="GET", path="/user", heavy=True),
        ApiRequest(
            verb="POST",
            path="/repos/acme/pypi/releases",
            body={"tag_name": "x", "draft": True},
            repeatable=False,
        ),
    ],
    ids=["heavy", "not repeatable"],
)
def test_a_limit_means_that_nothing_was_done_so_it_is_asked_again(
    scene: Scene, call: ApiRequest
) -> None:
    began = scene.github.clock.time()
    scene.github.faults.add(
        Fault.at(1, Fault.secondary_limit(retry_after=30)),
        Fault.at(2, Fault.secondary_limit()),
        Fault.at(3, Fault.primary_limit(reset_in=600)),
        Fault.at(4, Fault.status(429, body="slow down")),
    )

    assert scene.client().call(call).status in {200, 201}
    assert len(scene.github.requests) == 5
    # As told; the second attempt's doubled minute; as told; the fourth attempt's.
    waited = scene.github.clock.time() - began
    assert 30 + 120 + 600 + 480 <= waited < 30 + 120 + 600 + 480 + 10


def test_waiting_ends_at_the_maximum(scene: Scene) -> None:
    scene.github.faults.add(Fault.primary_limit(reset_in=1800))
    with pytest.raises(TryLaterError) as caught:
        scene.client(max_wait=900).call(USER)

    assert "GitHub limits the rate of requests (HTTP 403); gave up after 1 attempt in 0 s" in str(
        caught.value
    )
    assert "--max-wait" in caught.value.hint
    assert len(scene.github.requests) == 1


def test_a_connection_that_cannot_be_made_says_why(scene: Scene) -> None:
    client = scene.client(max_wait=0)
    scene.github.stop()
    with pytest.raises(TryLaterError, match=r"GET /user: '127\.0\.0\.1' refused the connection"):
        client.call(USER)


@pytest.mark.parametrize("status", [200, 403, 404, 410])
@pytest.mark.parametrize("body", ["<!doctype html>", '{"half": '])
def test_an_answer_that_is_not_json_is_not_githubs(scene: Scene, status: int, body: str) -> None:
    scene.github.faults.add(Fault.status(status, body=body))
    with pytest.raises(TryLaterError, match="which is not a response of GitHub's API") as caught:
        scene.client().call(ApiRequest(verb="GET", path="/user", expect=(404,)))

    assert "check the URL of the API" in caught.value.hint


@pytest.mark.parametrize("body", ["[]", "{}", "null", '"text"', '{"login": null, "id": []}'])
def test_a_document_of_another_shape_is_not_githubs(scene: Scene, body: str) -> None:
    scene.github.faults.add(Fault.status(200, body=body))
    with pytest.raises(TryLaterError, match="which is not a response of GitHub's API"):
        scene.client().get("/user", lambda data: data["login"].lower())


@pytest.mark.parametrize("body", ["{}", '{"message": "x"}', '"text"', "null"])
def test_a_list_of_another_shape_is_not_githubs(scene: Scene, body: str) -> None:
    scene.github.faults.add(Fault.status(200, body=body))
    with pytest.raises(TryLaterError, match="which is not a response of GitHub's API"):
        list(scene.client().pages("/repos/acme/pypi/teams", login_of))


def test_an_error_that_breaks_off_is_asked_for_again(scene: Scene) -> None:
    scene.github.faults.add(Fault.cut())
    found = scene.client().call(ApiRequest(verb="GET", path="/repos/acme/none", expect=(404,)))

    assert found.missing
    assert len(scene.github.requests) == 2


def test_a_redirect_to_another_host_is_refused(scene: Scene) -> None:
    elsewhere = {"Location": "http://elsewhere.invalid/user"}
    scene.github.faults.add(Fault.status(301, elsewhere))
    with pytest.raises(FailedError, match="redirects to another host"):
        scene.client().get("/user", login_of)


def test_an_answer_without_a_body_has_no_data(scene: Scene) -> None:
    asset = scene.repository.add_release("1.0").add_asset("x", b"x")
    found = scene.client().call(
        ApiRequest(verb="DELETE", path=f"/repos/acme/pypi/releases/assets/{asset.id}")
    )

    assert (found.status, found.data) == (204, None)
    assert found.message == "no explanation"


def test_requests_have_user_agent_and_api_version(scene: Scene) -> None:
    scene.client().get("/user", login_of)
    (request,) = scene.github.requests

    assert request.headers["user-agent"] == f"ghpypi/{__version__}"
    assert request.headers["x-github-api-version"] == "2022-11-28"
    assert scene.token in request.headers["authorization"]


def test_without_a_token_requests_are_not_signed(scene: Scene) -> None:
    client = scene.client(token="")
    client.get("/repos/acme/pypi", name_of)

    assert not client.has_token
    assert "authorization" not in scene.github.requests[0].headers


def test_netrc_adds_no_authorization(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "machine 127.0.0.1 login ann password one\ndefault login bob password two\n"
    (tmp_path / ".netrc").write_text(entries)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    scene.client(token="").get("/repos/acme/pypi", name_of)
    scene.client().get("/user", login_of)
    bare, authenticated = scene.github.requests

    assert "authorization" not in bare.headers
    assert scene.token in authenticated.headers["authorization"]


def test_threads_share_one_api(scene: Scene) -> None:
    client = scene.client()
    with ThreadPoolExecutor(8) as pool:
        logins = list(pool.map(lambda _: client.get("/user", login_of), range(40)))

    assert logins == ["bot"] * 40


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_a_list_is_read_to_its_end(scene: Scene, count: int) -> None:
    release = scene.repository.add_release("1.0")
    for number in range(count):
        release.add_asset(f"{number}.txt", b"x")
    path = f"/repos/acme/pypi/releases/{release.id}/assets"

    assert list(scene.client().pages(path, lambda data: data["name"])) == [
        f"{number}.txt" for number in range(count)
    ]
    assert len(scene.github.requests) == count // 100 + 1


def test_a_renamed_repository_is_followed(scene: Scene) -> None:
    scene.repository.rename("acme/index")

    assert scene.client().get("/repos/acme/pypi", name_of) == "acme/index"


def test_a_call_shows_its_query_and_not_its_body() -> None:
    call = ApiRequest(verb="GET", path="/x", query={"page": 2, "per_page": 5}, body={"a": "secret"})

    assert str(call) == "GET /x?page=2&per_page=5"


def test_a_slash_in_a_segment_is_not_one_of_the_path() -> None:
    assert quote_segment("releases/v1+cu128") == "releases%2Fv1%2Bcu128"


def test_the_body_is_sent_as_json(scene: Scene) -> None:
    body = {"tag_name": "größe", "draft": True}
    scene.client().call(ApiRequest(verb="POST", path="/repos/acme/pypi/releases", body=body))

    assert json.loads(scene.github.requests[0].body) == body
