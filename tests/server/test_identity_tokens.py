"""Where the keys of an issuer are fetched: over HTTP, and from there only."""

from collections.abc import Iterator

import pytest

from ghpypi.errors import TryLaterError
from ghpypi.server.upload.identity_tokens import Issuer, fetch
from tests.e2e.issuing import issuing
from tests.support.jobs_of_github import AUDIENCE, FakeIssuer


@pytest.fixture(scope="module")
def issuer() -> Iterator[FakeIssuer]:
    with issuing() as (made, _):
        yield made


def test_keys_are_fetched_over_http(issuer: FakeIssuer) -> None:
    claims = Issuer(issuer.url, AUDIENCE).claims(issuer.token())

    assert claims["repository"] == "acme/lib"


def test_an_error_response_of_the_issuer_is_reported(issuer: FakeIssuer) -> None:
    with pytest.raises(TryLaterError, match="/token: HTTP 401"):
        fetch(f"{issuer.url}/token")


def test_an_unreachable_issuer_is_reported() -> None:
    with pytest.raises(TryLaterError, match="refused the connection"):
        fetch("http://127.0.0.1:9/")
