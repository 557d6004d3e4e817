"""Thousands of headers, cookies and tokens: a caller is known, or is not, and nothing else."""

import base64
import json
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from ghpypi.core.config.trust import Grant
from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.core.simple.negotiation import PageFormat, choose, named
from ghpypi.errors import GhpypiError, NotAllowedError
from ghpypi.server.auth.credentials import Credentials, read_authorization
from ghpypi.server.auth.sessions import COOKIE, FORM_COOKIE, Sessions
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.identity_tokens import Issuer
from ghpypi.server.upload.trusted_publishing import PREFIX, UploadTokens
from tests.hostile.fuzzing import made_up, text_mutations
from tests.server.scene import READER, basic, serving
from tests.support.jobs_of_github import AUDIENCE, FakeIssuer

ACCEPT_SEEDS = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/*;q=0",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "application/*;q=0.5;level=1, text/*, */*;q=0",
)


def header_mutations(seeds: Sequence[str]) -> Iterator[str]:
    """Mutate headers, whose bytes are read as Latin-1."""
    for text in text_mutations(seeds):
        yield text.encode("utf-8", "surrogateescape").decode("latin-1")


def check_accept(header: str) -> None:
    assert choose(header) in {None, *PageFormat}
    assert named(header) in {None, *PageFormat}


def test_mutated_accept_headers_choose_a_form_or_none() -> None:
    for header in header_mutations(ACCEPT_SEEDS):
        check_accept(header)


RANGE = st.builds(
    "{};{}={}".format,
    st.sampled_from(["text/html", "*/*", "text/*", "application/vnd.pypi.simple.v1+json", "/", ""]),
    st.sampled_from(["q", "Q", "level", ""]),
    st.sampled_from(["0", "1", "0.5", "nan", "inf", "-1", "1e400", "\u0661"]) | st.text(max_size=4),
)


@made_up
@given(st.lists(RANGE, max_size=5))
def test_made_up_accept_headers_choose_a_form_or_none(ranges: list[str]) -> None:
    check_accept(",".join(ranges))


# Authorization


def check_authorization(header: str) -> None:
    found = read_authorization(header)
    assert found is None or isinstance(found, Credentials)
    assert found is None or found.secret.reveal()


def test_mutated_authorization_names_a_caller_or_none() -> None:
    for header in header_mutations([basic(READER), f"Bearer {READER}", basic("", READER)]):
        check_authorization(header)


@made_up
@given(st.sampled_from(["Basic", "basic", "Bearer", "Digest", ""]), st.binary(max_size=30))
def test_made_up_authorization_names_a_caller_or_none(scheme: str, content: bytes) -> None:
    check_authorization(f"{scheme} {base64.b64encode(content).decode()}")
    check_authorization(f"{scheme} {content.decode('latin-1')}")


# Sessions


def request(cookie: str, **headers: str) -> Request:
    fields = {"cookie": cookie, **headers}
    raw = [(k.encode(), v.encode("utf-8", "surrogateescape")) for k, v in fields.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": raw}

    async def nothing() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    return Request({**scope, "query_string": b"", "client": None, "server": None}, nothing)


SESSIONS = Sessions(Secret("a secret of this test, long enough"))


def session(secret: str = READER) -> str:
    header, value = SESSIONS.open(request(""), Secret(secret))
    assert header == b"set-cookie"
    return value.decode().partition(";")[0]


def test_mutated_session_cookies_are_a_session_or_none() -> None:
    good = session()
    assert SESSIONS.credentials(request(good)) == Credentials("", Secret(READER))
    seeds = [good, f"{FORM_COOKIE}=x; {good}", f"{COOKIE}={READER}"]
    for cookie in text_mutations(seeds):
        found = SESSIONS.credentials(request(cookie))
        assert found is None or found.secret == Secret(READER)
        assert not SESSIONS.is_own_form(request(cookie), cookie)


@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"1", b'{"token":1}', b'{"token":null}'])
def test_a_session_of_another_shape_is_none(content: bytes) -> None:
    value = SESSIONS._box.encrypt(content).decode()

    assert SESSIONS.credentials(request(f"{COOKIE}={value}")) is None


# Upload tokens and identity tokens


@cache
def served_store() -> ServedStore:
    with serving(own_token=READER) as server:
        return server.served_store


PASSES = UploadTokens(Secret("a secret of this test, long enough"), AUDIENCE)


def minted() -> str:
    grants = [Grant(store="acme/pypi", projects="acme-*")]
    token, _ = PASSES.mint(
        grants,
        {
            "kind": "GitHub",
            "repository": "acme/lib",
            "workflow": "release.yml",
            "environment": None,
            "claims": None,
        },
    )
    return token


def check_upload_token(token: str) -> bool:
    PASSES.burn(token[:-1])
    try:
        return PASSES.uploader(Secret(token), served_store()) is not None
    except GhpypiError as error:
        assert isinstance(error, NotAllowedError)  # noqa: PT017
        return False


def test_mutated_upload_tokens_are_refused() -> None:
    good = minted()
    assert check_upload_token(good)
    head, payload, signature = good.removeprefix(PREFIX).split(".")
    seeds = [good, f"{PREFIX}{head}.{payload}.", f"{PREFIX}{payload}.{head}.{signature}"]
    for token in text_mutations(seeds):
        if check_upload_token(token):
            # Only the unused bits at the end of base64 may differ.
            assert token.removeprefix(PREFIX).split(".")[:2] == [head, payload]


CLAIM: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.just(int(time.time()) + 600),
        st.sampled_from(["", AUDIENCE, "acme/pypi", "acme-*", "\ud800", "refs/tags/v1"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=3,
)
OURS = ("iss", "aud", "exp", "jti", "grants", "publisher")


@made_up
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(OURS, CLAIM)))
def test_signed_upload_tokens_of_another_shape_are_refused(claims: dict[str, Any]) -> None:
    usual = {
        "iss": AUDIENCE,
        "aud": AUDIENCE,
        "exp": int(time.time()) + 600,
        "jti": "1",
        "grants": [["acme/pypi", "acme-*"]],
        "publisher": {},
    }
    token = PREFIX + signed({**usual, **claims}, PASSES._key)
    try:
        uploader = PASSES.uploader(Secret(token), served_store())
    except NotAllowedError as error:
        assert str(error)  # noqa: PT017
    else:
        assert uploader is not None
        uploader.allows(Filename.parse("acme_lib-1.0.tar.gz"))


def signed(claims: dict[str, Any], key: bytes) -> str:
    """Sign claims of any shape, which PyJWT itself would refuse to sign."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm="HS256")


def test_mutated_identity_tokens_are_refused() -> None:
    github = FakeIssuer()
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    good = github.token()
    head, payload, _ = good.split(".")
    for token in text_mutations([good, f"{head}.{payload}.", github.token(aud="pypi")]):
        try:
            claims = issuer.claims(token)
        except GhpypiError as error:
            assert str(error)  # noqa: PT017
        else:
            assert claims["repository"] == "acme/lib"
            assert token.split(".")[:2] == [head, payload]


IDENTITY = ("iss", "aud", "exp", "iat", "nbf", "sub", "jti", "repository", "ref", "environment")


@made_up
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(IDENTITY, CLAIM)))
def test_signed_identity_tokens_of_another_shape_are_refused(claims: dict[str, Any]) -> None:
    try:
        found = ISSUER.claims(GITHUB.signed(claims))
    except GhpypiError as error:
        assert str(error)  # noqa: PT017
    else:
        assert found["iss"] == GITHUB.url


GITHUB = FakeIssuer()
ISSUER = Issuer(GITHUB.url, AUDIENCE, fetch=GITHUB.fetch)
