"""Signatures of real attestations, verified without the network."""

import json
from typing import Any

import pytest

from ghpypi.attestation.sigstore_library import SignatureVerifier, convert, verify_provenance
from ghpypi.core.digest import digest_of
from ghpypi.core.names import Filename
from ghpypi.core.provenance import ExpectedPublisher
from ghpypi.core.upload.attestations import InvalidAttestationError
from ghpypi.core.upload.bundles import usable
from tests.support.attested import (
    BUILD,
    BUNDLE,
    COMMIT,
    FILENAME,
    PUBLISH,
    PUBLISHER,
    SHA256,
    provenance,
    resigned,
    without_log,
)


def reason(document: bytes, publisher: str | None = None) -> str:
    """Say why provenance is not accepted."""
    expected = [ExpectedPublisher.parse(publisher)] if publisher else []
    with pytest.raises(InvalidAttestationError) as caught:
        verify_provenance(document, FILENAME, SHA256, expected)
    return str(caught.value)


@pytest.mark.parametrize(
    "publisher",
    [None, PUBLISHER, PUBLISHER.title(), f"{PUBLISHER}/release.yml"],
)
def test_real_signatures_of_the_publisher_are_accepted(publisher: str | None) -> None:
    expected = [ExpectedPublisher.parse(publisher)] if publisher else []
    found = verify_provenance(provenance(), FILENAME, SHA256, expected)

    assert {(x.repository, x.workflow_file, x.ref, x.commit) for x in found} == {
        (PUBLISHER, "release.yml", "refs/tags/v0.0.19", COMMIT)
    }
    assert len(found) == 2


@pytest.mark.parametrize(
    ("publisher", "said"),
    [
        ("acme/pypi-attestations", f"it was published by {PUBLISHER}"),
        (f"{PUBLISHER}/other.yml", "it was published by the workflow release.yml"),
    ],
)
def test_another_publisher_is_refused(publisher: str, said: str) -> None:
    assert reason(provenance(), publisher) == said


def test_one_of_several_publishers_is_enough() -> None:
    verifier = SignatureVerifier(
        (ExpectedPublisher.parse("acme/lib"), ExpectedPublisher.parse(PUBLISHER))
    )

    assert verifier.fault(provenance(), FILENAME, SHA256) == ""
    assert SignatureVerifier().fault(provenance(), FILENAME, SHA256) == ""


def test_a_signature_of_something_else_is_refused() -> None:
    assert "invalid signature" in reason(provenance(resigned(BUILD, PUBLISH)))


def test_one_good_attestation_is_enough() -> None:
    document = provenance(PUBLISH, resigned(BUILD, PUBLISH))
    (origin,) = verify_provenance(document, FILENAME, SHA256)

    assert origin.repository == PUBLISHER


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b'{"version":1,"attestation_bundles":[]}', "there are no attestations"),
    ],
)
def test_what_is_no_provenance_is_refused(document: bytes, said: str) -> None:
    assert said in reason(document)


def test_the_provenance_of_another_file_is_refused() -> None:
    with pytest.raises(InvalidAttestationError, match="one is about another"):
        verify_provenance(provenance(), FILENAME, digest_of(b"other"))
    with pytest.raises(InvalidAttestationError, match="one is about another"):
        verify_provenance(provenance(), Filename.parse("acme-1.0.tar.gz"), SHA256)


def test_what_actions_attest_made_becomes_the_attestation_of_the_index() -> None:
    (bundle,) = usable([BUNDLE])

    assert convert(bundle) == BUILD


def changed(**values: Any) -> Any:
    return {**BUNDLE, "dsseEnvelope": {**BUNDLE["dsseEnvelope"], **values}}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (without_log(BUNDLE), "not in the public transparency log"),
        (changed(signatures=[{"sig": PUBLISH["envelope"]["signature"]}]), "invalid signature"),
        (changed(signatures=[]), ""),
        ({**BUNDLE, "mediaType": "unknown"}, ""),
    ],
)
def test_a_bundle_that_cannot_be_verified_is_refused(document: Any, said: str) -> None:
    (bundle,) = usable([json.loads(json.dumps(document))])
    with pytest.raises(InvalidAttestationError) as caught:
        convert(bundle)

    assert said in str(caught.value)
