"""One request at a time: asked again if that does no harm, translated if it failed."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ghpypi import __version__
from ghpypi.errors import (
    BadTokenError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
)
from ghpypi.stores.github.api import (
    Answer,
    Call,
    LostAnswerError,
    TooHeavyError,
    segment,
    translate,
)
from tests.emulator import Fault
from tests.stores.github.scene import Scene

USER = Call(verb="GET", path="/user")
SSO = "https://github.com/orgs/acme/sso?authorization_request=A1B2"
FAULTS = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "reset before": Fault.reset_before(),
    "reset after": Fault.reset_after(),
    "cut": Fault.cut(),
}


def answer(status: int, message: str = "", **headers: str) -> Answer:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Answer(status=status, headers=named, data={"message": message} if message else None)


@pytest.mark.parametrize(
    ("given", "kind", "sentence", "hint"),
    [
        pytest.param(
            answer(401, "Bad credentials"),
            BadTokenError,
            "GET /x: GitHub does not know this token (Bad credentials)",
            "it may have expired or been revoked; make a new one, or 'gh auth login'",
            id="401",
        ),
        pytest.param(
            answer(403, "Must have admin rights to Repository."),
            NotAllowedError,
            "GET /x: this token may not do that (Must have admin rights to Repository.)",
            "",
            id="403",
        ),
        pytest.param(
            answer(
                403,
                "Resource not accessible by personal access token",
                x_accepted_github_permissions="contents=write; contents=write,workflows=write",
            ),
            NotAllowedError,
            "GET /x: this token may not do that (Resource not accessible by personal access token)",
            "it needs the permission contents=write; contents=write,workflows=write",
            id="403 that says what is needed",
        ),
        pytest.param(
            answer(
                403,
                "Resource protected by organization SAML enforcement.",
                x_github_sso=f"required; url={SSO}",
            ),
            NotAllowedError,
            "GET /x: the organisation wants this token authorised for single sign-on",
            f"authorise it at {SSO}",
            id="single sign-on",
        ),
        pytest.param(
            answer(403),
            NotAllowedError,
            "GET /x: this token may not do that (no explanation)",
            "",
            id="403 without a word",
        ),
        pytest.param(
            answer(409, "Git Repository is empty."),
            FailedError,
            "GET /x: GitHub answers HTTP 409 (Git Repository is empty.)",
            "",
            id="409",
        ),
        pytest.param(
            Answer(
                status=422,
                headers={},
                data={
                    "message": "Validation Failed",
                    "errors": [
                        {"resource": "Release", "code": "custom", "message": "body is too long"},
                        {"resource": "Release", "code": "already_exists", "field": "tag_name"},
                        "and more",
                        7,
                    ],
                },
            ),
            FailedError,
            "GET /x: GitHub answers HTTP 422 "
            "(Validation Failed: body is too long: already_exists: and more)",
            "",
            id="422 with details",
        ),
        pytest.param(
            Answer(status=422, headers={}, data={"message": "Failed", "errors": "Not like this"}),
            FailedError,
            "GET /x: GitHub answers HTTP 422 (Failed: Not like this)",
            "",
            id="422 with one sentence",
        ),
        pytest.param(
            Answer(status=418, headers={}, data=["short", "and", "stout"]),
            FailedError,
            "GET /x: GitHub answers HTTP 418 (no explanation)",
            "",
            id="something else",
        ),
    ],
)
def test_an_answer_is_put_in_our_words(
    given: Answer, kind: type[GhpypiError], sentence: str, hint: str
) -> None:
    error = translate("GET /x", given, has_token=True)

    assert type(error) is kind
    assert (error.message, error.hint) == (sentence, hint)


@pytest.mark.parametrize(
    ("has_token", "hint"),
    [
        (True, "check the name, and that the token may use this repository"),
        (False, "check the name; a private repository needs a token: set GHPYPI_TOKEN"),
    ],
    ids=["with a token", "without"],
)
def test_not_found_is_explained_by_whether_there_was_a_token(has_token: bool, hint: str) -> None:
    error = translate("GET /x", answer(404, "Not Found"), has_token=has_token)

    assert isinstance(error, NotFoundError)
    assert error.message == "GET /x: there is no such thing, or this token may not see it"
    assert error.hint == hint


@pytest.mark.parametrize(
    ("status", "headers", "exit_code"),
    [
        (401, {}, 4),
        (403, {"X-Accepted-GitHub-Permissions": "contents=write"}, 4),
        (403, {"X-GitHub-SSO": f"required; url={SSO}"}, 4),
        (404, {}, 5),
        (409, {}, 1),
        (422, {}, 1),
        (410, {}, 1),
    ],
)
def test_the_exit_code_tells_what_kind_of_failure_it_was(
    scene: Scene, status: int, headers: dict[str, str], exit_code: int
) -> None:
    scene.github.faults.add(Fault.status(status, headers=headers))
    with pytest.raises(GhpypiError) as caught:
        scene.api().call(USER)

    assert caught.value.exit_code == exit_code
    assert str(caught.value).startswith("GET /user: ")
    assert len(scene.github.requests) == 1


def test_the_permission_that_a_fine_grained_token_lacks_is_named(scene: Scene) -> None:
    token = scene.github.add_token("bot", permissions={"contents": "read"}, owner="acme")
    with pytest.raises(NotAllowedError) as caught:
        scene.api(token=token).call(
            Call(verb="POST", path="/repos/acme/pypi/releases", body={"tag_name": "x"})
        )

    assert caught.value.hint == "it needs the permission contents=write"


def test_what_the_caller_expects_is_no_failure(scene: Scene) -> None:
    call = Call(verb="GET", path="/repos/acme/none", expect=(404,))
    found = scene.api().call(call)

    assert found.status == 404
    assert found.message == "Not Found"
    assert found.codes == frozenset()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_may_be_done_twice_is_asked_again(scene: Scene, fault: Fault) -> None:
    scene.github.faults.add(Fault.at(1, fault, times=3))

    assert scene.api().get("/user")["login"] == "bot"
    assert len(scene.github.requests) == 4


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_may_not_be_done_twice_is_not(scene: Scene, fault: Fault) -> None:
    scene.github.faults.add(Fault.at(1, fault))
    call = Call(
        verb="POST",
        path="/repos/acme/pypi/releases",
        body={"tag_name": "x", "draft": True},
        repeatable=False,
    )
    with pytest.raises(LostAnswerError, match=r"^POST /repos/acme/pypi/releases: ") as caught:
        scene.api().call(call)

    assert caught.value.exit_code == 7
    assert len(scene.github.requests) == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_is_heavy_is_given_back_to_be_asked_for_in_pieces(scene: Scene, fault: Fault) -> None:
    scene.github.faults.add(Fault.at(1, fault))
    with pytest.raises(TooHeavyError):
        scene.api().call(Call(verb="GET", path="/user", heavy=True))

    assert len(scene.github.requests) == 1


@pytest.mark.parametrize(
    "call",
    [
        Call(verb="GET", path="/user", heavy=True),
        Call(verb="POST", path="/repos/acme/pypi/releases", body={"tag_name": "x", "draft": True},
             repeatable=False),
    ],
    ids=["heavy", "not repeatable"],
)  # fmt: skip
def test_a_limit_means_that_nothing_was_done_so_it_is_asked_again(scene: Scene, call: Call) -> None:
    began = scene.github.clock.time()
    scene.github.faults.add(
        Fault.at(1, Fault.secondary_limit(retry_after=30)),
        Fault.at(2, Fault.secondary_limit()),
        Fault.at(3, Fault.primary_limit(reset_in=600)),
        Fault.at(4, Fault.status(429, body="slow down")),
    )

    assert scene.api().call(call).status in {200, 201}
    assert len(scene.github.requests) == 5
    # As told; the second attempt's doubled minute; as told; the fourth attempt's.
    waited = scene.github.clock.time() - began
    assert 30 + 120 + 600 + 480 <= waited < 30 + 120 + 600 + 480 + 10


def test_patience_ends(scene: Scene) -> None:
    scene.github.faults.add(Fault.primary_limit(reset_in=1800))
    with pytest.raises(TryLaterError) as caught:
        scene.api(max_wait=900).call(USER)

    assert "GitHub limits the rate of requests (HTTP 403); asked once in 0 s" in str(caught.value)
    assert "--max-wait" in caught.value.hint
    assert len(scene.github.requests) == 1


def test_a_connection_that_cannot_be_made_says_why(scene: Scene) -> None:
    api = scene.api(max_wait=0)
    scene.github.stop()
    with pytest.raises(TryLaterError, match=r"GET /user: no answer \(ConnectionRefusedError\)"):
        api.call(USER)


@pytest.mark.parametrize("body", ["<!doctype html>", '{"half": '])
def test_an_answer_that_is_no_json_is_not_taken_for_one(scene: Scene, body: str) -> None:
    scene.github.faults.add(Fault.status(200, body=body))
    with pytest.raises(FailedError, match="is no JSON") as caught:
        scene.api().call(USER)

    assert scene.github.api_url in caught.value.hint


def test_an_error_in_html_is_an_error_without_explanation(scene: Scene) -> None:
    scene.github.faults.add(Fault.status(410, body="<h1>Gone</h1>"))
    with pytest.raises(FailedError, match=r"HTTP 410 \(no explanation\)"):
        scene.api().call(USER)


def test_an_answer_without_a_body_has_no_data(scene: Scene) -> None:
    asset = scene.repository.add_release("1.0").add_asset("x", b"x")
    found = scene.api().call(
        Call(verb="DELETE", path=f"/repos/acme/pypi/releases/assets/{asset.id}")
    )

    assert (found.status, found.data) == (204, None)
    assert found.message == "no explanation"


def test_requests_say_who_we_are_and_which_version_we_speak(scene: Scene) -> None:
    scene.api().get("/user")
    (request,) = scene.github.requests

    assert request.headers["user-agent"] == f"ghpypi/{__version__}"
    assert request.headers["x-github-api-version"] == "2022-11-28"
    assert scene.token in request.headers["authorization"]


def test_without_a_token_requests_are_not_signed(scene: Scene) -> None:
    api = scene.api(token="")
    api.get("/repos/acme/pypi")

    assert not api.has_token
    assert "authorization" not in scene.github.requests[0].headers


def test_netrc_adds_no_authorization(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "machine 127.0.0.1 login ann password one\ndefault login bob password two\n"
    (tmp_path / ".netrc").write_text(entries)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    scene.api(token="").get("/repos/acme/pypi")
    scene.api().get("/user")
    bare, signed = scene.github.requests

    assert "authorization" not in bare.headers
    assert scene.token in signed.headers["authorization"]


def test_threads_share_one_api(scene: Scene) -> None:
    api = scene.api()
    with ThreadPoolExecutor(8) as pool:
        logins = list(pool.map(lambda _: api.get("/user")["login"], range(40)))

    assert logins == ["bot"] * 40


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_a_list_is_read_to_its_end(scene: Scene, count: int) -> None:
    release = scene.repository.add_release("1.0")
    for number in range(count):
        release.add_asset(f"{number}.txt", b"x")
    path = f"/repos/acme/pypi/releases/{release.id}/assets"

    assert [each["name"] for each in scene.api().pages(path)] == [
        f"{number}.txt" for number in range(count)
    ]
    assert len(scene.github.requests) == count // 100 + 1


def test_a_renamed_repository_is_followed(scene: Scene) -> None:
    scene.repository.rename("acme/index")

    assert scene.api().get("/repos/acme/pypi")["full_name"] == "acme/index"


def test_a_call_shows_its_query_and_not_its_body() -> None:
    call = Call(verb="GET", path="/x", query={"page": 2, "per_page": 5}, body={"a": "secret"})

    assert str(call) == "GET /x?page=2&per_page=5"


def test_a_slash_in_a_segment_is_not_one_of_the_path() -> None:
    assert segment("releases/v1+cu128") == "releases%2Fv1%2Bcu128"


def test_the_body_is_sent_as_json(scene: Scene) -> None:
    body = {"tag_name": "größe", "draft": True}
    scene.api().call(Call(verb="POST", path="/repos/acme/pypi/releases", body=body))

    assert json.loads(scene.github.requests[0].body) == body
