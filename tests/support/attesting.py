"""Attestations as Sigstore's clients make them, without a real signature."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ghpypi.attestation.certificates import identity as identity_in
from ghpypi.core.digest import digest_of
from ghpypi.core.names import PROVENANCE_SUFFIX, Filename
from ghpypi.core.upload.attestations import provenance_of
from tests.support.packages import Built

WORKFLOW = "https://github.com/acme/lib/.github/workflows/release.yml@refs/tags/v1.0"


def certificate(*identities: str) -> str:
    """Make a certificate for some identities, in the form that attestations hold it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sigstore")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(minutes=10))
    )
    if identities:
        names = [
            x509.RFC822Name(each) if "://" not in each else x509.UniformResourceIdentifier(each)
            for each in identities
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    made = builder.sign(key, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def attestation(
    file: Built,
    *,
    identity: str = WORKFLOW,
    predicate: str = "https://docs.pypi.org/attestations/publish/v1",
    subjects: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Attest a file."""
    name, content = file
    usual = [{"name": name, "digest": {"sha256": digest_of(content)}}]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": usual if subjects is None else subjects,
        "predicateType": predicate,
        "predicate": None,
    }
    return {
        "version": 1,
        "verification_material": {
            "certificate": certificate(identity) if identity else certificate(),
            "transparency_entries": [{}],
        },
        "envelope": {
            "statement": base64.b64encode(json.dumps(statement).encode()).decode(),
            "signature": base64.b64encode(b"signature").decode(),
        },
    }


def provenance_beside(file: Built, *, identity: str = WORKFLOW) -> Built:
    """Make the provenance of a file, as it is stored beside it."""
    name, content = file
    made = attestation(file, identity=identity)
    filename, digest = Filename.parse(name), digest_of(content)
    return name + PROVENANCE_SUFFIX, provenance_of([made], filename, digest, whose=identity_in)
