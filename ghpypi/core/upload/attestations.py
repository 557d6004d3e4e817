"""Attestations that are uploaded beside a file, and the provenance they are kept as (PEP 740).

They are kept, not judged: whether a signature is good is for those who install to find out. But
what does not speak of this file, or names no publisher, would be of no use to them.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ghpypi.core.names import Filename, InvalidFilenameError, Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.upload.legacy_form import refused

PREDICATES = frozenset(
    {"https://slsa.dev/provenance/v1", "https://docs.pypi.org/attestations/publish/v1"}
)
"""What may be attested.

Source: PyPI's documentation, "Attestations", and pypi-attestations.
"""

_WORKFLOW = re.compile(
    r"https://[^/]+/(?P<repository>[^/]+/[^/]+)/\.github/workflows/(?P<workflow>[^@/]+)@.+"
)

Publisher = Mapping[str, Any]
"""Who published, in the words of the provenance object."""


Identify = Callable[[bytes], str]
"""Reads whom a certificate (DER) was given to; raises `ValueError` if that cannot be told."""

Whose = Publisher | Identify


def provenance(text: str, filename: Filename, sha256: Sha256, *, whose: Whose) -> bytes:
    """Make the provenance of a file out of the attestations that came with it.

    Args:
        text: A JSON array of attestations.
        filename: The file.
        sha256: Its digest.
        whose: Who it was that uploaded, where that is proved; otherwise what reads a
            certificate: each attestation is put down to whom its own one names.

    Raises:
        RefusedError: They are none, or of another file.
    """
    try:
        bundles: dict[str, tuple[Publisher, list[Any]]] = {}
        for attestation in _array(text):
            _check(attestation, filename, sha256)
            named = _publisher(attestation, whose) if callable(whose) else whose
            key = json.dumps(named, sort_keys=True)
            bundles.setdefault(key, (named, []))[1].append(attestation)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise refused([f"the attestations of {filename.text} cannot be kept: {reason}"]) from error
    document = {
        "version": 1,
        "attestation_bundles": [
            {"publisher": named, "attestations": members} for named, members in bundles.values()
        ],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _array(text: str) -> list[Any]:
    attestations = parse_json(text)
    if not isinstance(attestations, list) or not attestations:
        raise ValueError("they are no array")
    return attestations


def _check(attestation: Any, filename: Filename, sha256: Sha256) -> None:
    """See to it that it is an attestation of this file and of nothing else."""
    if attestation["version"] != 1:
        raise ValueError(f"version {attestation['version']} is not known")
    envelope, material = attestation["envelope"], attestation["verification_material"]
    _decoded(envelope["signature"])
    if not isinstance(material["transparency_entries"], list):
        raise TypeError("transparency_entries is no list")
    statement = parse_json(_decoded(envelope["statement"]))
    if statement["predicateType"] not in PREDICATES:
        raise ValueError(f"the predicate {statement['predicateType']} is not one of PEP 740")
    subjects: Sequence[Any] = statement["subject"]
    if len(subjects) != 1:
        raise ValueError(f"one has {len(subjects)} subjects, not one; attest each file by itself")
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
    """Say whom a certificate names: a workflow of a repository, or somebody else."""
    identity = identify(_decoded(attestation["verification_material"]["certificate"]))
    if found := _WORKFLOW.fullmatch(identity):
        return {"kind": "GitHub", **found.groupdict(), "environment": None, "claims": None}
    return {"kind": "Sigstore", "identity": identity, "claims": None}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("one is not base64 where it has to be") from error
