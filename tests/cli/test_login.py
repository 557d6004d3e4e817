"""`ghpypi login`, `logout` and `whoami`."""

import io
import json
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ghpypi.cli.stored_credentials import StoredCredentials
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.support.keyrings import LOCKED, ForgetfulKeyring, MemoryKeyring, system_keyring

SERVER = "https://packages.example.com"


@pytest.fixture
def github(empty_github: Emulator, tmp_path: Path, bench: Bench) -> Emulator:
    empty_github.add_organization("acme", owners=["ann"])
    empty_github.add_user("bob")
    bench.set(GHPYPI_CONFIG_DIR=str(tmp_path / "kept"))
    return empty_github


@pytest.fixture
def credentials(tmp_path: Path) -> StoredCredentials:
    return StoredCredentials(folder=tmp_path / "kept")


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    found = MemoryKeyring()
    with system_keyring(found):
        yield found


def say(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def host(github: Emulator) -> str:
    return github.server_url.partition("://")[2]


def test_a_token_from_standard_input_is_kept_in_a_file_of_ones_own(
    bench: Bench, github: Emulator, credentials: StoredCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = github.add_token("bob")
    say(monkeypatch, f"{token}\n")
    outcome = bench.run("login")

    assert outcome.code == 0, outcome.err
    assert outcome.out == (
        f"signed in  to {host(github)} as bob\nstored in  {credentials.tokens_file}\n"
    )
    assert token in credentials.tokens_file.read_text()
    assert token not in outcome.out + outcome.err
    assert bench.run("whoami", "--json").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files mean little there")
def test_no_one_else_can_read_the_file(
    bench: Bench, github: Emulator, credentials: StoredCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, github.add_token("bob"))
    bench.run("login")

    assert stat.S_IMODE(credentials.tokens_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(credentials.folder.stat().st_mode) == 0o700
    assert [each.name for each in credentials.folder.iterdir()] == ["tokens.toml"]


def test_with_a_keyring_no_file_holds_the_token(
    bench: Bench, github: Emulator, credentials: StoredCredentials, ring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    token = github.add_token("bob")
    say(monkeypatch, token)
    outcome = bench.run("login", "--json")

    assert json.loads(outcome.out)["stored-in"] == "the system keyring"
    assert ring.passwords == {("ghpypi", host(github)): token}
    assert not credentials.folder.exists()
    assert json.loads(bench.run("whoami", "--json").out)["source"] == "the system keyring"


@pytest.mark.parametrize("ring", [MemoryKeyring(LOCKED), ForgetfulKeyring()])
def test_a_keyring_that_keeps_nothing_is_not_relied_on(
    bench: Bench, github: Emulator, credentials: StoredCredentials, ring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    token = github.add_token("bob")
    say(monkeypatch, token)
    with system_keyring(ring):
        assert bench.run("login").code == 0

    assert token in credentials.tokens_file.read_text()


def test_a_token_that_github_does_not_know_is_not_kept(
    bench: Bench, github: Emulator, credentials: StoredCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, "ghp_nobody")
    outcome = bench.run("login", "--server", SERVER)

    assert outcome.code == 4
    assert "GitHub does not accept this token" in outcome.err
    assert "ghp_nobody" not in outcome.err
    assert not credentials.folder.exists()


def test_the_token_of_a_workflow_is_not_kept(
    bench: Bench, github: Emulator, credentials: StoredCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.add_repository("acme/pypi")
    say(monkeypatch, github.add_token("ann", installation="acme/pypi"))
    outcome = bench.run("login")

    assert outcome.code == 4
    assert "ends within hours" in outcome.err
    assert not credentials.folder.exists()


@pytest.mark.parametrize(("text", "code"), [("", 2), ("two words", 4), ("wörds", 4)])
def test_what_is_no_token_is_refused(
    bench: Bench, github: Emulator, monkeypatch: pytest.MonkeyPatch, text: str, code: int
) -> None:
    say(monkeypatch, text)
    outcome = bench.run("login")

    assert outcome.code == code
    assert ("invalid characters" if text else "and nothing else") in outcome.err
    assert "words" not in outcome.err
    assert github.requests == []


def test_the_token_of_gh_and_that_of_a_file_can_be_kept(
    bench: Bench, github: Emulator, credentials: StoredCredentials
) -> None:
    token = github.add_token("bob")
    file = bench.folder / "token"
    file.write_text(token)

    assert bench.run("login", "--gh").code == 4
    assert bench.run("login", "--token-file", str(file)).code == 0
    assert token in credentials.tokens_file.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts on PATH")
def test_the_token_of_gh_is_kept(
    bench: Bench, github: Emulator, credentials: StoredCredentials, tmp_path: Path
) -> None:
    token = github.add_token("bob")
    gh = tmp_path / "programs" / "gh"
    gh.write_text(f"#!/bin/sh\necho {token}\n")
    gh.chmod(0o755)

    assert bench.run("login", "--gh").code == 0
    assert token in credentials.tokens_file.read_text()


def test_at_a_terminal_the_token_is_asked_for_and_not_shown(
    bench: Bench, github: Emulator, credentials: StoredCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    token = github.add_token("bob")
    asked: list[str] = []

    def hidden(text: str) -> str:
        asked.append(text)
        return token

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("click.termui.hidden_prompt_func", hidden)
    outcome = bench.run("login")

    assert outcome.code == 0
    assert asked
    assert token in credentials.tokens_file.read_text()
    assert token not in outcome.out + outcome.err


def test_a_server_is_given_the_token_only_after_it_was_named(
    bench: Bench, github: Emulator, credentials: StoredCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, github.add_token("bob"))
    outcome = bench.run("login", "--server", f"{SERVER}:443/acme/pypi/simple/")

    assert outcome.code == 0
    assert outcome.out.endswith(f"given to   {SERVER}\n")
    assert credentials.servers() == {SERVER: github.api_url}
    assert bench.run("logout", "--server", SERVER).out == f"no longer sent to  {SERVER}\n"
    assert credentials.servers() == {}
    assert credentials.token(host(github))
    again = json.loads(bench.run("logout", "--server", SERVER, "--json").out)
    assert (again["servers"], again["removed-from"]) == ([], [])


@pytest.mark.parametrize(
    "url",
    ["http://packages.example.com/", "https://u:p@packages.example.com/", "packages", "ftp://x"],
)
def test_an_address_that_would_show_the_token_is_refused(
    bench: Bench, github: Emulator, credentials: StoredCredentials, url: str
) -> None:
    outcome = bench.run("login", "--server", url)

    assert outcome.code == 2
    assert "p@" not in outcome.err
    assert not credentials.folder.exists()
    assert github.requests == []


def test_a_token_that_takes_precedence_over_the_one_kept_is_reported(
    bench: Bench, github: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.set(GITHUB_ENTERPRISE_TOKEN=github.add_token("ann"))
    say(monkeypatch, github.add_token("bob"))
    outcome = bench.run("login")

    assert "GITHUB_ENTERPRISE_TOKEN has another token, which takes precedence" in outcome.err


@pytest.mark.parametrize("with_ring", [False, True])
def test_logging_out_forgets_the_token_everywhere(
    bench: Bench,
    github: Emulator,
    credentials: StoredCredentials,
    monkeypatch: pytest.MonkeyPatch,
    with_ring: bool,
) -> None:
    say(monkeypatch, github.add_token("bob"))
    assert bench.run("login").code == 0  # without a keyring, and so in the file
    with system_keyring(MemoryKeyring() if with_ring else MemoryKeyring(LOCKED)):
        if with_ring:
            say(monkeypatch, github.add_token("bob"))
            assert bench.run("login").code == 0
        outcome = bench.run("logout")
        again = bench.run("logout")

        assert credentials.token(host(github)) is None

    place = "the system keyring" if with_ring else str(credentials.tokens_file)
    assert outcome.out == f"deleted from  {place}\n"
    assert again.out == f"no token stored for  {host(github)}\n"


def test_whoami_shows_rights_scopes_end_and_place_but_not_the_token(
    bench: Bench, github: Emulator
) -> None:
    github.add_repository("acme/pypi", private=True).grant("bob", "write")
    ends = datetime(2031, 2, 3, 4, 5, tzinfo=UTC)
    token = github.add_token("bob", expires_at=ends)
    bench.set(GH_ENTERPRISE_TOKEN=token)
    outcome = bench.run("whoami", "--store", "acme/pypi")

    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        f"user    bob on {host(github)}",
        "token   classic token, from GH_ENTERPRISE_TOKEN",
        "scopes  repo, workflow",
        "ends    2031-02-03 04:05 UTC",
        "store   acme/pypi",
        "role    publish: also upload, yank and delete packages, and change the configuration",
    ]
    document = json.loads(bench.run("whoami", "--store", "acme/pypi", "--json").out)
    assert document["role"] == "publish"
    assert document["expires"] == "2031-02-03T04:05:00+00:00"
    assert token not in str(document)


@pytest.mark.parametrize(
    ("role", "ours"), [("read", "read"), ("maintain", "publish"), ("admin", "admin")]
)
def test_whoami_names_our_role_for_githubs(
    bench: Bench, github: Emulator, role: str, ours: str
) -> None:
    github.add_repository("acme/pypi", private=True).grant("bob", role)
    bench.set(GH_ENTERPRISE_TOKEN=github.add_token("bob"), GHPYPI_STORE="acme/pypi")

    assert json.loads(bench.run("whoami", "--json").out)["role"] == ours


def test_whoami_says_that_a_fine_grained_token_may_be_cut_to_less(
    bench: Bench, github: Emulator
) -> None:
    github.add_repository("acme/pypi")
    token = github.add_token("ann", permissions={"contents": "read"}, owner="acme")
    bench.set(GH_ENTERPRISE_TOKEN=token, GHPYPI_STORE="acme/pypi")
    outcome = bench.run("whoami")

    assert "fine-grained token, from GH_ENTERPRISE_TOKEN" in outcome.out
    assert "may have fewer permissions" in outcome.out
    assert "scopes" not in outcome.out
    assert "never, or unknown" in outcome.out


def test_whoami_knows_that_a_workflow_has_no_user(bench: Bench, github: Emulator) -> None:
    github.add_repository("acme/pypi")
    token = github.add_token("ann", installation="acme/pypi")
    bench.set(GITHUB_ENTERPRISE_TOKEN=token, GHPYPI_STORE="acme/pypi")
    document = json.loads(bench.run("whoami", "--json").out)

    assert document["login"] is None
    assert document["type"] == "github-app"


def test_whoami_prints_where_to_authorize_for_single_sign_on(
    bench: Bench, github: Emulator
) -> None:
    github.add_repository("acme/pypi", private=True).grant("bob", "write")
    github.account("acme").sso_url = "https://github.example/orgs/acme/sso?x=1"
    bench.set(GH_ENTERPRISE_TOKEN=github.add_token("bob"), GHPYPI_STORE="acme/pypi")
    outcome = bench.run("whoami")

    assert outcome.code == 4
    assert outcome.out.startswith("user    bob on ")
    assert "authorize it at https://github.example/orgs/acme/sso?x=1" in outcome.err


def test_whoami_without_a_token_says_how_to_get_one(bench: Bench, github: Emulator) -> None:
    outcome = bench.run("whoami")

    assert outcome.code == 4
    assert "ghpypi login" in outcome.err


def test_whoami_needs_no_store(bench: Bench, github: Emulator) -> None:
    bench.set(GH_ENTERPRISE_TOKEN=github.add_token("bob"))

    assert "store" not in bench.run("whoami").out
    assert json.loads(bench.run("whoami", "--json", "--store", "./x").out)["store"] is None
