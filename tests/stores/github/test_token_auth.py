"""What no header can hold is refused before anything is sent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.file_responses import RAW
from ghpypi.stores.github.git import Git, GitRemote
from ghpypi.stores.github.reader import GitHubReader
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.transfer import Transfer

NOWHERE = "http://127.0.0.1:9"


def ask_api(token: Secret, backoff: Backoff, _: Path) -> None:
    Client(Hosts.parse(NOWHERE), token, backoff).call(ApiRequest(verb="GET", path="/user"))


def transfer(token: Secret, backoff: Backoff, _: Path) -> None:
    Transfer(token, backoff).read(f"{NOWHERE}/x", {"Accept": RAW})


def serve(token: Secret, _: Backoff, __: Path) -> None:
    GitHubReader(Hosts.parse(NOWHERE), "acme/pypi").snapshot(token, None)


def run_git(token: Secret, backoff: Backoff, folder: Path) -> None:
    Git(GitRemote(name="a/b", server=NOWHERE, token=token, backoff=backoff), folder)


@pytest.mark.parametrize("text", ["ключ", "a\nb", "a\r\nX-Evil: 1", "\udcff", "a b", "\x1b[31m"])
@pytest.mark.parametrize("ask", [ask_api, transfer, serve, run_git])
def test_no_client_sends_what_is_no_token(
    tmp_path: Path, ask: Callable[[Secret, Backoff, Path], None], text: str
) -> None:
    def refuse(_: float) -> None:
        pytest.fail("it was sent, and is to be sent again")

    with pytest.raises(BadTokenError) as caught:
        ask(Secret(text), Backoff(60, sleep=refuse), tmp_path)

    assert text not in str(caught.value)
    assert caught.value.exit_code == 4
