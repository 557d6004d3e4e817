"""Who may sign: only a job of a public repository. What Sigstore itself says is not tried here."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest

from ghpypi.attestation.signing import workflow_signer
from ghpypi.errors import FailedError, NotAllowedError, RefusedError, TryLaterError

OPENED: Any = nullcontext()
SECRET = "token-of-the-job"


@pytest.fixture
def issued() -> list[str]:
    """What the server of identity tokens answers with."""
    return []


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, issued: list[str]) -> Iterator[None]:
    """An environment like that of a job that may request identity tokens."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == f"bearer {SECRET}"
            self.send_response(200 if allowed and issued else 403)
            self.end_headers()
            self.wfile.write(json.dumps({"value": "".join(issued)}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    address = f"http://127.0.0.1:{server.server_port}/token?version=1"
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", address)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", SECRET)
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def token(**claims: object) -> str:
    usual = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "sigstore",
        "sub": "repo:acme/lib:ref:refs/tags/v1.0",
        "job_workflow_ref": "acme/lib/.github/workflows/release.yml@refs/tags/v1.0",
        "iat": 1,
        "exp": 1 << 40,
    }
    return jwt.encode({**usual, **claims}, "key that is long enough for HMAC-SHA-256")


def test_outside_of_jobs_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with pytest.raises(NotAllowedError, match="not a job of GitHub Actions"), workflow_signer():
        pass


def test_a_job_without_the_permission_gets_a_hint(job: None) -> None:
    with pytest.raises(NotAllowedError) as caught, workflow_signer():
        pass

    assert "id-token: write" in caught.value.hint
    assert SECRET not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("visibility", ["private", "internal"])
def test_a_job_of_a_private_repository_publishes_nothing(
    job: None, issued: list[str], visibility: str
) -> None:
    issued.append(token(repository_visibility=visibility))
    with pytest.raises(RefusedError, match=f"this repository is {visibility}"), workflow_signer():
        pass


@pytest.mark.parametrize("text", ["x", "a.b.c"])
def test_a_token_that_is_none_is_not_in_the_error(job: None, issued: list[str], text: str) -> None:
    issued.append(f"{text}{SECRET}")
    with pytest.raises((FailedError, NotAllowedError)) as caught, workflow_signer():
        pass

    assert SECRET not in str(caught.value)


def test_an_error_while_files_are_signed_is_not_one_of_sigstore(
    job: None, issued: list[str]
) -> None:
    issued.append(token(repository_visibility="public"))
    with pytest.raises(OSError, match="disk"), workflow_signer(lambda _: OPENED):
        raise OSError("disk")


def test_sigstore_can_be_unreachable(job: None, issued: list[str]) -> None:
    def unreachable(_: object) -> AbstractContextManager[Any]:
        raise OSError(SECRET)

    issued.append(token(repository_visibility="public"))
    with pytest.raises(TryLaterError) as caught, workflow_signer(unreachable):
        pass

    assert caught.value.message == "Sigstore did not give a certificate: OSError"
