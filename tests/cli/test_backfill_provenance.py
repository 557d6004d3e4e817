"""`ghpypi backfill --convert-bundles`: provenance of releases that other tools made."""

import json

import pytest

from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.attested import (
    BUILD,
    BUNDLE,
    FILE,
    NAME,
    PUBLISH,
    SHA256,
    provenance,
    without_log,
)
from tests.support.packages import wheel

WHEEL = wheel("acme_lib", "1.0")
BESIDE = f"{NAME}.provenance"
TAG = "v1"


@pytest.fixture
def repository(github: Emulator) -> Repository:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    return repository


def held(repository: Repository, tag: str = TAG) -> dict[str, bytes]:
    release = repository.release(tag)
    assert release is not None
    return {asset.name: asset.blob.read() for asset in release.assets}


def lines(*bundles: object) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in bundles)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{NAME}.sigstore.json", lines(BUNDLE)),
        ("attestation.intoto.jsonl", lines(without_log(BUNDLE), BUNDLE)),
    ],
)
def test_bundles_in_a_release_become_the_provenance_of_its_files(
    bench: Bench, repository: Repository, name: str, content: bytes
) -> None:
    release = repository.add_release(TAG)
    for file in (FILE, (name, content), WHEEL):
        release.add_asset(*file)
    tried = bench.run("backfill", "--convert-bundles", "--dry-run")
    before = held(repository)
    done = bench.run("backfill", "--convert-bundles", "--no-rebuild")
    again = bench.run("backfill", "--convert-bundles", "--no-rebuild", "--json")

    assert (tried.code, BESIDE in before) == (0, False)
    assert f"would add  {BESIDE}  release v1" in tried.out
    assert "provenance: 1 file added, 1 without an attestation" in done.out
    assert held(repository)[BESIDE] == provenance(BUILD)
    assert [x["filename"] for x in json.loads(again.out)["provenance"]] == [WHEEL[0]]


def test_stored_attestations_are_fetched_where_that_was_asked_for(
    bench: Bench, repository: Repository
) -> None:
    repository.add_release(TAG).add_asset(*FILE)
    repository.attestations[SHA256] = [lines(BUNDLE)]
    without = bench.run("backfill", "--convert-bundles", "--no-rebuild")
    before = held(repository)
    done = bench.run("backfill", "--fetch-attestations", "--no-rebuild")

    assert (without.code, done.code, BESIDE in before) == (0, 0, False)
    assert held(repository)[BESIDE] == provenance(BUILD)


def test_immutable_releases_are_left_alone(bench: Bench, repository: Repository) -> None:
    release = repository.add_release(TAG, immutable=True)
    release.add_asset(*FILE)
    repository.attestations[SHA256] = [lines(BUNDLE)]
    outcome = bench.run("backfill", "--fetch-attestations", "--no-rebuild")

    assert (outcome.code, set(held(repository))) == (0, {NAME})


def test_the_index_has_the_provenance_of_immutable_releases(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    address = "https://acme.example/pypi/"
    repository.commit_files({"ghpypi.toml": f'[index]\nurl = "{address}"\n'.encode()})
    release = repository.add_release(TAG, immutable=True)
    for file in (FILE, WHEEL):
        release.add_asset(*file)
    repository.attestations[SHA256] = [lines(BUNDLE)]
    done = bench.run("index", "--fetch-attestations")
    github.clear_log()
    again = bench.run("index", "--fetch-attestations")
    asked = [request for request in github.requests if "attestations" in request.path]
    pages = repository.files("gh-pages")
    (path,) = [path for path in pages if path.startswith("provenance/")]
    page = json.loads(pages["simple/pypi-attestations/index.json"])

    assert (done.code, again.code, asked) == (0, 0, [])
    assert pages[path] == provenance(BUILD)
    assert page["files"][0]["provenance"] == f"{address}{path}"


def forged() -> object:
    envelope = BUNDLE["dsseEnvelope"]
    signatures = [{"sig": PUBLISH["envelope"]["signature"]}]
    return {**BUNDLE, "dsseEnvelope": {**envelope, "signatures": signatures}}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lines(without_log(BUNDLE)), "it is not in the public transparency log"),
        (lines(forged()), "invalid signature"),
        (b"x", f"{NAME}.sigstore.json: "),
    ],
)
def test_what_cannot_become_provenance_is_reported(
    bench: Bench, repository: Repository, content: bytes, reason: str
) -> None:
    release = repository.add_release(TAG)
    for file in (FILE, (f"{NAME}.sigstore.json", content)):
        release.add_asset(*file)
    outcome = bench.run("backfill", "--convert-bundles", "--no-rebuild")

    assert (outcome.code, BESIDE in held(repository)) == (0, False)
    assert f"warning: {NAME} (release v1): " in outcome.err
    assert reason in outcome.err
