"""Trusted publishing: from the identity of a job to an upload, and all that stands in between."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from httpx2 import Response

from ghpypi.core.config.trust import RepositoryIds, Trust
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, TryLaterError
from ghpypi.server.upload.identity_tokens import Issuer, issuer_of
from ghpypi.server.upload.repository_ids import RepositoryPins
from ghpypi.server.upload.trusted_publishing import (
    LIFE_SECONDS,
    PREFIX,
    TrustedPublishing,
    UploadTokens,
)
from tests.server.scene import (
    ANONYMOUS,
    Clock,
    serving,
    signed_in,
)
from tests.server.uploading import WAITING, Press, publishing
from tests.support.attesting import attestation
from tests.support.jobs_of_github import AUDIENCE, FakeIssuer
from tests.support.packages import wheel

WHEEL = wheel()
SERVER_TOKEN = "ghp_servers1234567890"
RULES = ("acme/lib@refs/tags/v*=acme-*",)


@pytest.fixture(scope="module")
def github() -> FakeIssuer:
    return FakeIssuer()


@contextmanager
def trusting(
    folder: Path, github: FakeIssuer, *rules: str, own_token: str | None = SERVER_TOKEN
) -> Iterator[Press]:
    upload_tokens = UploadTokens(Secret("a secret of the servers"), AUDIENCE)
    with publishing(
        folder, options=WAITING, upload_tokens=upload_tokens, own_token=own_token
    ) as press:
        issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
        trusts = [Trust.parse(rule, store="acme/pypi") for rule in rules or RULES]
        all_stores = press.server.app.all_stores
        press.server.app.all_stores = replace(
            all_stores, parts=(*all_stores.parts, TrustedPublishing(issuer, trusts, upload_tokens))
        )
        yield press


def mint(press: Press, token: Any) -> Response:
    body = json.dumps({"token": token}).encode()
    return press.server.client.post("/_/oidc/mint-token", auth=ANONYMOUS, content=body)


def refusal(answer: Response) -> tuple[int, str, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["code"], error["description"]


def test_a_job_publishes_with_no_secret_and_the_server_writes(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as press:
        audience = press.server.client.get("/_/oidc/audience", auth=ANONYMOUS).json()["audience"]
        minted = mint(press, github.token(aud=audience)).json()
        answer = press.upload(WHEEL, minted["token"])

        assert minted["success"] is True
        assert time.time() + LIFE_SECONDS - 5 <= minted["expires"] <= time.time() + LIFE_SECONDS
        assert answer.status_code == 200
        assert press.upload_target.opened == [SERVER_TOKEN]
        assert minted["token"] not in "".join(press.server.log)
        assert all(token != minted["token"] for _, token in press.server.reader.asked)


def test_the_job_is_the_publisher_of_what_it_attests(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as press:
        token = mint(press, github.token(environment="release")).json()["token"]
        press.upload(WHEEL, token, attestations=json.dumps([attestation(WHEEL)]))
        page = f"/files/acme-lib-1.0/{WHEEL[0]}.provenance"
        (bundle,) = press.server.client.get(page).json()["attestation_bundles"]

        assert bundle["publisher"] == {
            "kind": "GitHub",
            "repository": "acme/lib",
            "workflow": "release.yml",
            "environment": "release",
            "claims": None,
        }


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"aud": "pypi"}, "Audience doesn't match"),
        ({"iss": "https://elsewhere.example"}, "Invalid issuer"),
        ({"exp": int(time.time()) - 60}, "Signature has expired"),
        ({"nbf": int(time.time()) + 86_400}, "not yet valid"),
        ({"jti": None}, 'missing the "jti" claim'),
        ({"repository": None}, 'missing the "repository" claim'),
        ({"kid": "unknown"}, "is not signed by"),
        ({"algorithm": "HS256"}, "invalid identity token"),
    ],
)
def test_a_token_that_is_not_to_be_believed_gets_nothing(
    tmp_path: Path, github: FakeIssuer, changes: dict[str, Any], text: str
) -> None:
    with trusting(tmp_path / "in", github) as press:
        status, code, description = refusal(mint(press, github.token(**changes)))

        assert (status, code) == (422, "invalid-token")
        assert text in description


def test_a_token_signed_by_another_with_the_name_of_a_key_gets_nothing(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as press:
        forged = FakeIssuer().token()

        assert refusal(mint(press, forged))[1] == "invalid-token"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "é"])
def test_what_is_no_token_gets_nothing(tmp_path: Path, github: FakeIssuer, token: str) -> None:
    with trusting(tmp_path / "in", github) as press:
        assert refusal(mint(press, token))[1] == "invalid-token"


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"{}", b'{"token": ""}', b'{"token": 1}']
)
def test_a_body_without_a_token_is_refused(tmp_path: Path, github: FakeIssuer, body: bytes) -> None:
    with trusting(tmp_path / "in", github) as press:
        answer = press.server.client.post("/_/oidc/mint-token", auth=ANONYMOUS, content=body)

        assert refusal(answer) == (422, "invalid-payload", "the body has no 'token'")


def test_a_body_that_is_too_large_is_not_read(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as press:
        assert mint(press, "x" * (1 << 20)).status_code == 413


def test_a_token_is_taken_once(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as press:
        token = github.token()

        assert mint(press, token).status_code == 200
        assert refusal(mint(press, token))[1:] == (
            "invalid-token",
            "the identity token was already used",
        )


def test_a_job_that_no_rule_means_is_told_what_it_is(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as press:
        answer = mint(press, github.token(repository="evil/lib", ref="refs/heads/main"))
        status, code, description = refusal(answer)

        assert (status, code) == (422, "invalid-publisher")
        assert description.startswith("no rule allows this job to publish: repository evil/lib, ")
        assert "repository_owner_id 1234, repository_id 5678" in description
        assert "ref refs/heads/main" in description


def test_an_upload_token_is_for_the_projects_of_its_rules_alone(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as press:
        answer = press.upload(wheel("other"), mint(press, github.token()).json()["token"])

        assert answer.status_code == 403
        assert "not valid for project 'other' in acme/pypi" in answer.text
        assert (press.held(), press.upload_target.opened) == ({}, [])


def test_an_upload_token_is_for_the_store_of_its_rules_alone(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github, "acme/lib=acme/other/acme-*") as press:
        answer = press.upload(WHEEL, mint(press, github.token()).json()["token"])

        assert answer.status_code == 403


def test_several_rules_add_up(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github, "acme/lib=acme-lib", "acme/lib=other") as press:
        token = mint(press, github.token()).json()["token"]

        assert press.upload(WHEEL, token).status_code == 200
        assert press.upload(wheel("other"), token).status_code == 200
        assert press.upload(wheel("third"), token).status_code == 403


def test_an_upload_token_opens_nothing_for_readers(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as press:
        token = mint(press, github.token()).json()["token"]

        assert press.server.client.get("/simple/", auth=signed_in(token)).status_code == 401
        assert token not in [each for _, each in press.server.reader.asked]


def test_a_server_without_a_token_of_its_own_says_so(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github, own_token=None) as press:
        answer = press.upload(WHEEL, mint(press, github.token()).json()["token"])

        assert (answer.status_code, answer.text.strip()) == (
            403,
            "the server has no GitHub token to publish to acme/pypi",
        )


def test_a_token_that_was_given_back_is_good_for_nothing(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as press:
        token = mint(press, github.token()).json()["token"]
        body = json.dumps({"token": token}).encode()
        burnt = press.server.client.post("/_/oidc/burn-token", auth=ANONYMOUS, content=body)
        answer = press.upload(WHEEL, token)

        assert burnt.status_code == 202
        assert (answer.status_code, answer.text.strip()) == (403, "the upload token was revoked")


def test_giving_nonsense_back_does_no_harm(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as press:
        body = b'{"token": "nonsense"}'

        assert (
            press.server.client.post("/_/oidc/burn-token", auth=ANONYMOUS, content=body).status_code
            == 202
        )


# Who is behind a name


def ids_of(github: FakeIssuer, *jobs: dict[str, Any], rule: str, pins: RepositoryPins) -> list[int]:
    """Mint with the tokens of jobs, one after the other; return the statuses."""
    upload_tokens = UploadTokens(Secret("a secret of the servers"), AUDIENCE)
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    rules = [Trust.parse(rule, store="acme/pypi")]
    oidc = TrustedPublishing(issuer, rules, upload_tokens, pins)
    oidc.start()
    with serving() as server:
        server.app.all_stores = replace(server.app.all_stores, parts=(oidc,))
        bodies = [json.dumps({"token": github.token(**job)}).encode() for job in jobs]
        post = server.client.post
        return [
            post("/_/oidc/mint-token", auth=ANONYMOUS, content=body).status_code for body in bodies
        ]


OTHERS: dict[str, Any] = {"repository_owner_id": "666", "repository_id": "667"}


def test_whoever_takes_over_a_name_cannot_publish(github: FakeIssuer) -> None:
    asked = []

    def look_up(repository: str) -> RepositoryIds:
        asked.append(repository)
        return RepositoryIds(owner="1234", repository="5678")

    pins = RepositoryPins(look_up)
    rule = "Acme/Lib=acme-*"

    assert ids_of(github, OTHERS, {}, OTHERS, {"repository_id": "9"}, rule=rule, pins=pins) == [
        422, 200, 422, 422,
    ]  # fmt: skip
    assert asked == ["acme/lib"]


def test_where_github_does_not_tell_the_ids_those_of_the_first_job_count(
    github: FakeIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    def look_up(repository: str) -> RepositoryIds:
        raise TryLaterError(f"{repository}: GitHub is down")

    pins = RepositoryPins(look_up)
    refused = {"event_name": "pull_request", **OTHERS}

    assert ids_of(github, refused, {}, OTHERS, {}, rule="acme/lib=acme-*", pins=pins) == [
        422, 200, 422, 200,
    ]  # fmt: skip
    assert "cannot look up the IDs of acme/lib" in caplog.text


def test_ids_in_a_rule_are_not_looked_up(github: FakeIssuer) -> None:
    def look_up(repository: str) -> RepositoryIds:
        raise AssertionError(repository)

    pins = RepositoryPins(look_up)

    assert ids_of(github, {}, OTHERS, rule="acme#1234/lib#5678=acme-*", pins=pins) == [200, 422]


def test_the_answer_says_what_each_rule_misses(tmp_path: Path, github: FakeIssuer) -> None:
    rules = ("acme/lib=acme-*,workflow=ci.yml", "acme/lib=acme-*,ref=refs/heads/main", "x/y=z")
    with trusting(tmp_path / "in", github, *rules) as press:
        status, code, description = refusal(mint(press, github.token()))

        assert (status, code) == (422, "invalid-publisher")
        assert "rule 1: workflow 'release.yml' is not 'ci.yml'" in description
        assert "rule 2: ref 'refs/tags/v1.0' is not 'refs/heads/main'" in description
        assert "event_name push" in description


def test_servers_that_share_a_secret_take_each_others_tokens(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with (
        trusting(tmp_path / "one", github) as one,
        trusting(tmp_path / "two", github) as two,
    ):
        token = mint(one, github.token()).json()["token"]

        assert two.upload(WHEEL, token).status_code == 200


def uploader(upload_tokens: UploadTokens, token: str) -> object:
    with store_of_a_folder() as served_store:
        return upload_tokens.uploader(Secret(token), served_store)


@contextmanager
def store_of_a_folder() -> Iterator[Any]:
    class ServedStore:
        has_rights, name, token = False, "acme/pypi", None

    yield ServedStore()


def test_an_upload_token_is_good_for_fifteen_minutes() -> None:
    clock = Clock()
    upload_tokens = UploadTokens(Secret("s"), AUDIENCE, now=clock)
    token, expires = upload_tokens.mint([], {})
    clock.time += LIFE_SECONDS - 1
    uploader(upload_tokens, token)
    clock.time += 1

    assert expires == clock.time
    with pytest.raises(NotAllowedError, match="has expired"):
        uploader(upload_tokens, token)


@pytest.mark.parametrize(
    "other",
    [
        UploadTokens(Secret("another secret"), AUDIENCE),
        UploadTokens(Secret("s"), "another.example"),
    ],
    ids=["secret", "audience"],
)
def test_a_token_of_another_server_is_none(other: UploadTokens) -> None:
    token, _ = other.mint([], {})
    with pytest.raises(NotAllowedError, match="invalid upload token: "):
        uploader(UploadTokens(Secret("s"), AUDIENCE), token)


def test_a_token_for_longer_than_servers_make_it_is_none_even_with_their_secret() -> None:
    clock = Clock()
    forged, _ = UploadTokens(
        Secret("s"), AUDIENCE, now=lambda: clock.time + 12 * 365 * 86_400
    ).mint([], {})
    with pytest.raises(NotAllowedError, match="exceeds 15 minutes"):
        uploader(UploadTokens(Secret("s"), AUDIENCE, now=clock), forged)

    ahead, _ = UploadTokens(Secret("s"), AUDIENCE, now=lambda: clock.time + 59).mint([], {})
    uploader(UploadTokens(Secret("s"), AUDIENCE, now=clock), ahead)


def test_an_unsigned_token_is_none() -> None:
    claims = {"iss": AUDIENCE, "aud": AUDIENCE, "exp": 1 << 40, "jti": "x", "grants": []}
    with pytest.raises(NotAllowedError):
        uploader(
            UploadTokens(Secret("s"), AUDIENCE), PREFIX + jwt.encode(claims, "", algorithm="none")
        )


def test_tokens_of_githubs_are_nobodys_here() -> None:
    assert uploader(UploadTokens(Secret("s"), AUDIENCE), "ghp_1234567890") is None


# The issuer's keys


def test_keys_are_fetched_once() -> None:
    github = FakeIssuer()
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    for _ in range(3):
        issuer.claims(github.token())

    assert len(github.asked) == 2


def test_a_new_key_is_found_but_not_asked_for_all_the_time() -> None:
    github, clock = FakeIssuer(), Clock()
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch, now=clock)
    issuer.claims(github.token())
    github.rotate()
    with pytest.raises(NotAllowedError, match="not signed by"):
        issuer.claims(github.token())
    clock.time += 61
    issuer.claims(github.token())
    for _ in range(3):
        with pytest.raises(NotAllowedError, match="not signed by"):
            issuer.claims(github.token(kid="unknown"))

    assert len(github.asked) == 4


def test_known_keys_stay_good_while_the_issuer_is_down() -> None:
    github, clock = FakeIssuer(), Clock()
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch, now=clock)
    issuer.claims(github.token())
    clock.time += 4000
    github.down = True

    assert issuer.claims(github.token())["repository"] == "acme/lib"


def test_an_issuer_that_is_down_is_told_of(tmp_path: Path) -> None:
    github = FakeIssuer(down=True)
    with trusting(tmp_path / "in", github) as press:
        status, code, description = refusal(mint(press, github.token()))

        assert (status, code) == (503, "service-unavailable")
        assert "HTTP 503" in description


def test_keys_are_taken_from_the_issuers_own_host_only() -> None:
    github = FakeIssuer(keys_url="https://elsewhere.example/keys")
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    with pytest.raises(TryLaterError, match="refers to keys on another host"):
        issuer.claims(github.token())

    assert github.asked == [f"{github.url}/.well-known/openid-configuration"]


def test_an_issuer_that_talks_nonsense_is_told_of() -> None:
    issuer = Issuer("https://x.example", AUDIENCE, fetch=lambda _: b"nonsense")
    with pytest.raises(TryLaterError, match="unreadable"):
        issuer.claims(FakeIssuer().token())


@pytest.mark.parametrize(
    ("api", "issuer"),
    [
        ("https://api.github.com", "https://token.actions.githubusercontent.com"),
        ("https://api.acme.ghe.com", "https://token.actions.acme.ghe.com"),
        ("https://git.acme.example/api/v3", "https://git.acme.example/_services/token"),
    ],
)
def test_each_github_has_its_issuer(api: str, issuer: str) -> None:
    assert issuer_of(Hosts.parse(api)) == issuer
