"""Attestations of uploads, and the provenance that they are stored as (PEP 740).

Signatures are not verified: that is up to installers. But attestations of other files, or without a
publisher, are rejected.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ghpypi.core.names import Filename, InvalidFilenameError, Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.upload.legacy_form import refused

PREDICATES = frozenset(
    {"https://slsa.dev/provenance/v1", "https://docs.pypi.org/attestations/publish/v1"}
)
"""The allowed predicate types.

Source: PyPI's documentation, "Attestations", and pypi-attestations.
"""

_WORKFLOW = re.compile(
    r"https://[^/]+/(?P<repository>[^/]+/[^/]+)/\.github/workflows/(?P<workflow>[^@/]+)@.+"
)

Publisher = Mapping[str, Any]
"""The publisher in a provenance object."""


Identify = Callable[[bytes], str]
"""Returns the identity in a certificate (DER); raises `ValueError` if there is none."""

Whose = Publisher | Identify


class InvalidAttestationError(ValueError):
    """An attestation is malformed, or of another file; the message has the reason."""


def provenance(text: str, filename: Filename, sha256: Sha256, *, whose: Whose) -> bytes:
    """Return the provenance of a file from its uploaded attestations.

    Args:
        text: A JSON array of attestations.
        filename: The parsed name of the file.
        sha256: The digest of the file.
        whose: The publisher, if it is authenticated; otherwise a function that returns the identity
            in a certificate, used for each attestation.

    Raises:
        RefusedError: The attestations are invalid, or of another file.
    """
    try:
        return provenance_of(_array(text), filename, sha256, whose=whose)
    except (ValueError, RecursionError) as error:
        raise refused([f"invalid attestations of {filename.text}: {error}"]) from error


def provenance_of(
    attestations: Iterable[Any], filename: Filename, sha256: Sha256, *, whose: Whose
) -> bytes:
    """Return the provenance of a file from its attestations.

    Args:
        attestations: The parsed JSON of each attestation.
        filename: The parsed name of the file.
        sha256: The digest of the file.
        whose: As for `provenance`.

    Raises:
        InvalidAttestationError: One is malformed, or of another file.
    """
    try:
        bundles: dict[str, tuple[Publisher, list[Any]]] = {}
        for attestation in attestations:
            _check(attestation, filename, sha256)
            named = _publisher(attestation, whose) if callable(whose) else whose
            key = json.dumps(named, sort_keys=True)
            bundles.setdefault(key, (named, []))[1].append(attestation)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise InvalidAttestationError(reason) from error
    document = {
        "version": 1,
        "attestation_bundles": [
            {"publisher": named, "attestations": members} for named, members in bundles.values()
        ],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def attestations_in(document: bytes, filename: Filename, sha256: Sha256) -> list[Any]:
    """Return the attestations in the provenance of a file.

    Args:
        document: The provenance object, as JSON.
        filename: The parsed name of the file.
        sha256: The digest of the file.

    Raises:
        InvalidAttestationError: It is malformed, has none, or one is of another file.
    """
    try:
        found = [
            attestation
            for bundle in parse_json(document)["attestation_bundles"]
            for attestation in bundle["attestations"]
        ]
        for attestation in found:
            _check(attestation, filename, sha256)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise InvalidAttestationError(reason) from error
    if not found:
        raise InvalidAttestationError("there are no attestations")
    return found


def _array(text: str) -> list[Any]:
    attestations = parse_json(text)
    if not isinstance(attestations, list) or not attestations:
        raise ValueError("not an array")
    return attestations


def _check(attestation: Any, filename: Filename, sha256: Sha256) -> None:
    """Check that an attestation is of this file only."""
    if attestation["version"] != 1:
        raise ValueError(f"version {attestation['version']} is not known")
    envelope, material = attestation["envelope"], attestation["verification_material"]
    decoded(envelope["signature"])
    if not isinstance(material["transparency_entries"], list):
        raise TypeError("transparency_entries is not a list")
    statement = parse_json(decoded(envelope["statement"]))
    if statement["predicateType"] not in PREDICATES:
        raise ValueError(f"the predicate {statement['predicateType']} is not one of PEP 740")
    subjects: Sequence[Any] = statement["subject"]
    if len(subjects) != 1:
        raise ValueError(
            f"one has {len(subjects)} subjects instead of one; attest each file separately"
        )
    (subject,) = subjects
    try:
        named = Filename.parse(subject["name"])
    except InvalidFilenameError as error:
        raise ValueError(f"one is about '{subject['name']}'") from error
    same = (named.project, named.version, named.kind) == (
        filename.project,
        filename.version,
        filename.kind,
    )
    if not same or subject["digest"]["sha256"] != sha256:
        raise ValueError(f"one is about another {subject['name']}")


def _publisher(attestation: Any, identify: Identify) -> Publisher:
    """Return the publisher in a certificate: a GitHub workflow, or another identity."""
    identity = identify(decoded(attestation["verification_material"]["certificate"]))
    if found := _WORKFLOW.fullmatch(identity):
        return {"kind": "GitHub", **found.groupdict(), "environment": None, "claims": None}
    return {"kind": "Sigstore", "identity": identity, "claims": None}


def decoded(text: str) -> bytes:
    """Decode base64.

    Raises:
        ValueError: It is invalid.
    """
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("one has invalid base64") from error
