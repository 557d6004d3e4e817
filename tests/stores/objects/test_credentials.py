"""Credentials are those of the tools of the cloud, and never part of messages."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from ghpypi.child_environment import without_secrets
from ghpypi.core.secret_variables import CLOUD_SECRETS
from ghpypi.errors import FailedError, NotAllowedError, TryLaterError
from ghpypi.stores import locate
from ghpypi.stores.objects.aws_cli import OTHERS, ProfileCredentials, profile_source
from ghpypi.stores.objects.connection import open_bucket
from ghpypi.stores.objects.faults import object_faults
from ghpypi.stores.objects.location import Location
from ghpypi.stores.objects.providers import PROVIDERS

ANSWER = '{"AccessKeyId": "AKIA", "SecretAccessKey": "hunter2", "Expiration": "%s"}'


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An AWS CLI that prints a file, and counts how often it was run."""
    for name in OTHERS:
        monkeypatch.delenv(name, raising=False)
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho >> {tmp_path}/runs\ncat {tmp_path}/answer\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_PROFILE", "dev")
    return tmp_path


def test_a_profile_is_asked_for_once_until_it_expires(aws: Path) -> None:
    source = profile_source()
    assert source
    (aws / "answer").write_text(ANSWER % "2100-01-01T00:00:00+00:00")
    assert source()["secret_access_key"] == source()["secret_access_key"] == "hunter2"
    assert (aws / "runs").read_text().count("\n") == 1

    expired = ProfileCredentials()
    (aws / "answer").write_text(ANSWER % "2020-01-01T00:00:00+00:00")
    expired()
    expired()
    assert (aws / "runs").read_text().count("\n") == 3


def test_keys_in_the_environment_come_first(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")

    assert profile_source() is None


@pytest.mark.parametrize("answer", ["", "hunter2", "[]", "{}", '{"SecretAccessKey": "hunter2"}'])
def test_what_the_aws_cli_prints_is_not_repeated(aws: Path, answer: str) -> None:
    (aws / "answer").write_text(answer)
    with pytest.raises(NotAllowedError, match="has no credentials") as caught:
        ProfileCredentials()()

    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("scheme", "variable"), [(key, each) for key, names in CLOUD_SECRETS.items() for each in names]
)
def test_obstore_has_a_setting_for_each_variable_with_a_key(scheme: str, variable: str) -> None:
    store = getattr(obstore.store, PROVIDERS[scheme].store)
    with suppress(obstore.exceptions.GenericError):  # the value is not a key
        store("bucket", config={variable.lower(): "x"})


def test_a_bucket_is_opened_with_keys_that_child_processes_do_not_get(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with without_secrets():
        bucket = open_bucket(Location.of(locate("s3://bucket")), 0)

    assert "X-Amz-Credential=AKIA" in obstore.sign(bucket, "GET", "a", timedelta(seconds=9))


class _WrappedError(Exception):
    """An error as obstore raises it."""


_WrappedError.__module__ = "obstore.exceptions"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HEAD https://x?sig=hunter2 status code: 403 <Code>AccessDenied</Code>", "AccessDenied"),
        ("GET https://x?sig=hunter2 kind: Builder, source: BadScheme", "plain http"),
        ("PUT http://169.254.169.254/latest/api/token hunter2", "no credentials were found"),
        ("GET https://x?sig=hunter2 status code: 404 <Code>NoSuchBucket</Code>", "bucket does not"),
        ("GET https://x?sig=hunter2 status code: 503", "now: status 503"),
        ("GET https://x?sig=hunter2 Connection refused", "the connection was refused"),
        ("GET https://x?sig=hunter2 status code: 418", "status 418"),
    ],
)
def test_an_error_is_translated_without_its_addresses(text: str, said: str) -> None:
    with pytest.raises(Exception, match=said) as caught, object_faults("az://x", "read y"):
        raise _WrappedError(text)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


class _PanicError(BaseException):
    """What the library raises where it has a bug."""


_PanicError.__module__ = "pyo3_runtime"


def test_a_crash_of_the_library_is_an_error() -> None:
    with (
        pytest.raises(FailedError, match="cannot read y in s3://x"),
        object_faults("s3://x", "read y"),
    ):
        raise _PanicError("hunter2")


def test_a_failed_connection_names_the_variable_of_the_endpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(TryLaterError) as caught, object_faults("s3://x", "read y"):
        raise _WrappedError("GET http://127.0.0.1:9/x Connection refused")

    assert caught.value.hint == (
        "check AWS_ENDPOINT_URL and the network, then run the same command again"
    )
