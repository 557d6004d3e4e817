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
from tests.server.uploading import WAITING, UploadServer, publishing
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
) -> Iterator[UploadServer]:
    upload_tokens = UploadTokens(Secret("a secret of the servers"), AUDIENCE)
    with publishing(
        folder, options=WAITING, upload_tokens=upload_tokens, own_token=own_token
    ) as uploads:
        issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
        trusts = [Trust.parse(rule, store="acme/pypi") for rule in rules or RULES]
        all_stores = uploads.server.app.all_stores
        uploads.server.app.all_stores = replace(
            all_stores, parts=(*all_stores.parts, TrustedPublishing(issuer, trusts, upload_tokens))
        )
        yield uploads


def mint(uploads: UploadServer, token: Any) -> Response:
    body = json.dumps({"token": token}).encode()
    return uploads.server.client.post("/_/oidc/mint-token", auth=ANONYMOUS, content=body)


def refusal(response: Response) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    return response.status_code, error["code"], error["description"]


def test_a_job_publishes_with_no_secret_and_the_server_writes(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        audience = uploads.server.client.get("/_/oidc/audience", auth=ANONYMOUS).json()["audience"]
        minted = mint(uploads, github.token(aud=audience)).json()
        response = uploads.upload(WHEEL, minted["token"])

        assert minted["success"] is True
        assert time.time() + LIFE_SECONDS - 5 <= minted["expires"] <= time.time() + LIFE_SECONDS
        assert response.status_code == 200
        assert uploads.upload_target.opened == [SERVER_TOKEN]
        assert minted["token"] not in "".join(uploads.server.log)
        assert all(token != minted["token"] for _, token in uploads.server.reader.asked)


def test_the_job_is_the_publisher_of_its_attestations(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        token = mint(uploads, github.token(environment="release")).json()["token"]
        uploads.upload(WHEEL, token, attestations=json.dumps([attestation(WHEEL)]))
        page = f"/files/acme-lib-1.0/{WHEEL[0]}.provenance"
        (bundle,) = uploads.server.client.get(page).json()["attestation_bundles"]

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
def test_an_invalid_identity_token_is_refused(
    tmp_path: Path, github: FakeIssuer, changes: dict[str, Any], text: str
) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        status, code, description = refusal(mint(uploads, github.token(**changes)))

        assert (status, code) == (422, "invalid-token")
        assert text in description


def test_a_token_with_a_known_key_id_but_another_signature_is_refused(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        forged = FakeIssuer().token()

        assert refusal(mint(uploads, forged))[1] == "invalid-token"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "é"])
def test_other_values_than_tokens_are_refused(
    tmp_path: Path, github: FakeIssuer, token: str
) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        assert refusal(mint(uploads, token))[1] == "invalid-token"


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"{}", b'{"token": ""}', b'{"token": 1}']
)
def test_a_body_without_a_token_is_refused(tmp_path: Path, github: FakeIssuer, body: bytes) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        response = uploads.server.client.post("/_/oidc/mint-token", auth=ANONYMOUS, content=body)

        assert refusal(response) == (422, "invalid-payload", "the body has no 'token'")


def test_a_body_that_is_too_large_is_not_read(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        assert mint(uploads, "x" * (1 << 20)).status_code == 413


def test_an_identity_token_is_accepted_once(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        token = github.token()

        assert mint(uploads, token).status_code == 200
        assert refusal(mint(uploads, token))[1:] == (
            "invalid-token",
            "the identity token was already used",
        )


def test_a_job_without_a_matching_rule_gets_its_claims_in_the_response(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        response = mint(uploads, github.token(repository="evil/lib", ref="refs/heads/main"))
        status, code, description = refusal(response)

        assert (status, code) == (422, "invalid-publisher")
        assert description.startswith("no rule allows this job to publish: repository evil/lib, ")
        assert "repository_owner_id 1234, repository_id 5678" in description
        assert "ref refs/heads/main" in description


def test_an_upload_token_is_valid_only_for_the_projects_of_its_rules(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        response = uploads.upload(wheel("other"), mint(uploads, github.token()).json()["token"])

        assert response.status_code == 403
        assert "not valid for project 'other' in acme/pypi" in response.text
        assert (uploads.stored(), uploads.upload_target.opened) == ({}, [])


def test_an_upload_token_is_valid_only_for_the_store_of_its_rules(
    tmp_path: Path, github: FakeIssuer
) -> None:
    with trusting(tmp_path / "in", github, "acme/lib=acme/other/acme-*") as uploads:
        response = uploads.upload(WHEEL, mint(uploads, github.token()).json()["token"])

        assert response.status_code == 403


def test_several_rules_add_up(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github, "acme/lib=acme-lib", "acme/lib=other") as uploads:
        token = mint(uploads, github.token()).json()["token"]

        assert uploads.upload(WHEEL, token).status_code == 200
        assert uploads.upload(wheel("other"), token).status_code == 200
        assert uploads.upload(wheel("third"), token).status_code == 403


def test_an_upload_token_grants_no_read_access(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        token = mint(uploads, github.token()).json()["token"]

        assert uploads.server.client.get("/simple/", auth=signed_in(token)).status_code == 401
        assert token not in [each for _, each in uploads.server.reader.asked]


def test_a_server_without_its_own_token_reports_that(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github, own_token=None) as uploads:
        response = uploads.upload(WHEEL, mint(uploads, github.token()).json()["token"])

        assert (response.status_code, response.text.strip()) == (
            403,
            "the server has no GitHub token to publish to acme/pypi",
        )


def test_a_revoked_upload_token_is_refused(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        token = mint(uploads, github.token()).json()["token"]
        body = json.dumps({"token": token}).encode()
        burnt = uploads.server.client.post("/_/oidc/burn-token", auth=ANONYMOUS, content=body)
        response = uploads.upload(WHEEL, token)

        assert burnt.status_code == 202
        assert (response.status_code, response.text.strip()) == (
            403,
            "the upload token was revoked",
        )


def test_revoking_an_invalid_token_does_nothing(tmp_path: Path, github: FakeIssuer) -> None:
    with trusting(tmp_path / "in", github) as uploads:
        body = b'{"token": "nonsense"}'

        assert (
            uploads.server.client.post(
                "/_/oidc/burn-token", auth=ANONYMOUS, content=body
            ).status_code
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


def test_the_new_owner_of_a_reused_name_cannot_publish(github: FakeIssuer) -> None:
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


def test_ids_of_the_first_job_are_used_if_the_lookup_fails(
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


def test_the_response_explains_why_each_rule_does_not_match(
    tmp_path: Path, github: FakeIssuer
) -> None:
    rules = ("acme/lib=acme-*,workflow=ci.yml", "acme/lib=acme-*,ref=refs/heads/main", "x/y=z")
    with trusting(tmp_path / "in", github, *rules) as uploads:
        status, code, description = refusal(mint(uploads, github.token()))

        assert (status, code) == (422, "invalid-publisher")
        assert "rule 1: workflow 'release.yml' is not 'ci.yml'" in description
        assert "rule 2: ref 'refs/tags/v1.0' is not 'refs/heads/main'" in description
        assert "event_name push" in description


def test_servers_with_the_same_secret_accept_each_others_tokens(
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


def test_an_upload_token_is_valid_for_fifteen_minutes() -> None:
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
def test_a_token_of_another_server_is_refused(other: UploadTokens) -> None:
    token, _ = other.mint([], {})
    with pytest.raises(NotAllowedError, match="invalid upload token: "):
        uploader(UploadTokens(Secret("s"), AUDIENCE), token)


def test_a_token_with_a_longer_lifetime_is_refused_even_with_a_valid_signature() -> None:
    clock = Clock()
    forged, _ = UploadTokens(
        Secret("s"), AUDIENCE, now=lambda: clock.time + 12 * 365 * 86_400
    ).mint([], {})
    with pytest.raises(NotAllowedError, match="exceeds 15 minutes"):
        uploader(UploadTokens(Secret("s"), AUDIENCE, now=clock), forged)

    ahead, _ = UploadTokens(Secret("s"), AUDIENCE, now=lambda: clock.time + 59).mint([], {})
    uploader(UploadTokens(Secret("s"), AUDIENCE, now=clock), ahead)


def test_an_unsigned_token_is_refused() -> None:
    claims = {"iss": AUDIENCE, "aud": AUDIENCE, "exp": 1 << 40, "jti": "x", "grants": []}
    with pytest.raises(NotAllowedError):
        uploader(
            UploadTokens(Secret("s"), AUDIENCE), PREFIX + jwt.encode(claims, "", algorithm="none")
        )


def test_github_tokens_are_not_upload_tokens() -> None:
    assert uploader(UploadTokens(Secret("s"), AUDIENCE), "ghp_1234567890") is None


# The issuer's keys


def test_keys_are_fetched_once() -> None:
    github = FakeIssuer()
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    for _ in range(3):
        issuer.claims(github.token())

    assert len(github.asked) == 2


def test_a_new_key_is_fetched_but_not_more_than_once_a_minute() -> None:
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


def test_known_keys_stay_valid_during_an_outage_of_the_issuer() -> None:
    github, clock = FakeIssuer(), Clock()
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch, now=clock)
    issuer.claims(github.token())
    clock.time += 4000
    github.down = True

    assert issuer.claims(github.token())["repository"] == "acme/lib"


def test_an_outage_of_the_issuer_is_reported(tmp_path: Path) -> None:
    github = FakeIssuer(down=True)
    with trusting(tmp_path / "in", github) as uploads:
        status, code, description = refusal(mint(uploads, github.token()))

        assert (status, code) == (503, "service-unavailable")
        assert "HTTP 503" in description


def test_keys_are_fetched_only_from_the_host_of_the_issuer() -> None:
    github = FakeIssuer(keys_url="https://elsewhere.example/keys")
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    with pytest.raises(TryLaterError, match="refers to keys on another host"):
        issuer.claims(github.token())

    assert github.asked == [f"{github.url}/.well-known/openid-configuration"]


def test_an_invalid_response_of_the_issuer_is_reported() -> None:
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
