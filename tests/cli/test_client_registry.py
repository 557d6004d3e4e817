"""`ghpypi client dependabot --org`, on the emulator."""

import json
from base64 import b64decode

import pytest
from nacl.public import SealedBox

from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.accounts import Account
from tests.emulator.schema import check_all

SITE = "https://acme.github.io/pypi/simple/"
SERVER = "https://packages.example.com/acme/pypi/simple/"


@pytest.fixture
def acme(empty_github: Emulator, bench: Bench) -> Account:
    """An organization with an index, and one of its owners at the command line."""
    account = empty_github.add_organization("acme", owners=["ann"], members=["bob"])
    empty_github.add_repository("acme/pypi")
    (bench.folder / "ghpypi.toml").write_text(
        'store = "acme/pypi"\n[index]\nurl = "https://acme.github.io/pypi/"\n'
    )
    use(bench, empty_github, "ann")
    empty_github.keep_answers()
    return account


def use(bench: Bench, github: Emulator, login: str) -> None:
    bench.set(GHPYPI_TOKEN=github.add_token(login, scopes=["repo", "admin:org"]))


def test_a_public_index_is_registered_once(
    acme: Account, bench: Bench, empty_github: Emulator
) -> None:
    tried = bench.run("client", "dependabot", "--org", "acme", "--dry-run")
    first = bench.run("client", "dependabot", "--org", "acme")
    again = bench.run("client", "dependabot", "--org", "acme", "--json")
    (found,) = acme.registries.values()

    assert (tried.code, tried.out.split()[:3]) == (0, ["would", "be", "added"])
    assert (first.code, first.out.split()[:2]) == (0, ["added", SITE])
    assert json.loads(again.out)["changed"] is False
    assert found["registry_type"] == "python_index"
    assert (found["url"], found["auth_type"]) == (SITE, "anonymous")
    assert "encrypted_value" not in found
    assert check_all(empty_github.requests) > 0


def test_the_token_of_a_server_is_sent_encrypted_and_renewed(
    acme: Account, bench: Bench, empty_github: Emulator
) -> None:
    bench.set(GHPYPI_REGISTRY_TOKEN="first-secret")
    added = bench.run("client", "dependabot", "--org", "acme", "--url", SERVER)
    kept = bench.folder / "token"
    kept.write_text("second-secret\n")
    file = ("--registry-token-file", str(kept))
    updated = bench.run("client", "dependabot", "--org", "acme", "--url", SERVER, *file)
    (found,) = acme.registries.values()
    sent = SealedBox(acme.registry_key).decrypt(b64decode(found["encrypted_value"]))

    assert (added.out.split()[0], updated.out.split()[0]) == ("added", "updated")
    assert (found["username"], sent) == ("__token__", b"second-secret")
    assert not [one for one in empty_github.requests if b"-secret" in one.body]
    assert check_all(empty_github.requests) > 0


@pytest.mark.usefixtures("acme")
def test_without_a_token_for_the_server_nothing_is_sent(
    bench: Bench, empty_github: Emulator
) -> None:
    outcome = bench.run("client", "dependabot", "--org", "acme", "--url", SERVER)

    assert outcome.code == 2
    assert "set GHPYPI_REGISTRY_TOKEN" in outcome.err
    assert empty_github.requests == []


@pytest.mark.usefixtures("acme")
def test_the_error_names_the_missing_permission(bench: Bench, empty_github: Emulator) -> None:
    unknown = bench.run("client", "dependabot", "--org", "nowhere")
    use(bench, empty_github, "bob")
    member = bench.run("client", "dependabot", "--org", "acme")
    other = bench.run("client", "renovate", "--org", "acme")
    unused = bench.run("client", "dependabot", "--org", "acme", "--write")

    assert (unknown.code, member.code, other.code, unused.code) == (5, 4, 2, 2)
    assert "there is no such organization" in unknown.err
    assert "admin:org" in member.err
