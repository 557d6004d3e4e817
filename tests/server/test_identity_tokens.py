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


def test_an_address_that_answers_with_an_error_is_told_of(issuer: FakeIssuer) -> None:
    with pytest.raises(TryLaterError, match="/token: HTTP 401"):
        fetch(f"{issuer.url}/token")


def test_an_issuer_that_is_not_there_is_told_of() -> None:
    with pytest.raises(TryLaterError, match="no response"):
        fetch("http://127.0.0.1:9/")
