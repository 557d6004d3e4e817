"""What is said to `serve` about uploads, and what becomes of it."""

import pytest

from ghpypi.cli.serve_uploads import Uploads
from ghpypi.core.locator import Hosts
from ghpypi.errors import ConfigError, UsageError
from ghpypi.server.auth.authorizer import Authorizer, AuthorizerOptions
from ghpypi.server.upload.handler import UploadHandler
from ghpypi.server.upload.trusted_publishing import TrustedPublishing

HOSTS = Hosts.parse("https://api.github.com")


def kinds(uploads: Uploads) -> list[type]:
    authorizer = Authorizer(AuthorizerOptions())
    return [type(make(authorizer)) for make in uploads.parts(HOSTS, "acme/pypi", None)]


def test_uploads_are_taken_without_being_asked_for() -> None:
    assert kinds(Uploads()) == [UploadHandler]


def test_a_rule_brings_trusted_publishing() -> None:
    uploads = Uploads(trust=("acme/lib=acme-*",), public_url="https://packages.example.com/")

    assert kinds(uploads) == [UploadHandler, TrustedPublishing]


def test_a_rule_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ConfigError, match="is not a rule of trusted publishing"):
        kinds(Uploads(trust=("acme",)))


@pytest.mark.parametrize("url", ["", "packages.example.com"])
def test_a_server_has_to_know_its_name_to_be_trusted_with_identities(url: str) -> None:
    with pytest.raises(UsageError, match="requires --public-url"):
        kinds(Uploads(trust=("acme/lib=x",), public_url=url))


def test_rules_that_let_more_jobs_publish_than_is_needed_are_warned_of() -> None:
    strict = "acme#1/lib#2=acme-lib,workflow=release.yml,ref=refs/tags/v*"

    assert Uploads(trust=(strict,)).warnings() == []
    (warning,) = Uploads(trust=("acme/lib=acme-*", strict)).warnings()
    assert warning == (
        "--trust 'acme/lib=acme-*' allows any workflow (workflow=FILE), any branch and tag "
        "(ref=REF or environment=NAME), anyone who takes over the name (OWNER#ID/REPO#ID)"
    )
