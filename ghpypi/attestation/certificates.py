"""The identity in a Sigstore certificate, and what else it says of the job that signed."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import (
    Certificate,
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    ObjectIdentifier,
    SubjectAlternativeName,
    UnrecognizedExtension,
    UnsupportedGeneralNameType,
    load_der_x509_certificate,
)

from ghpypi.core.provenance import Origin

_UNREADABLE = (
    DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType, UnsupportedAlgorithm, TypeError,
)  # fmt: skip
"""Exceptions of `cryptography` for malformed certificates that are no `ValueError`."""

_CLAIMS = "1.3.6.1.4.1.57264.1."
"""The arc of Fulcio's extensions; each value is a DER-encoded UTF8String."""
_ISSUER, _SOURCE, _COMMIT, _WORKFLOW, _RUN = "8", "12", "13", "18", "21"
_UTF8_STRING = 0x0C
_SHORT, _ONE_BYTE = 0x80, 0x81


def identity(content: bytes) -> str:
    """Return the identity in a certificate (DER).

    The identity is the subject alternative name.

    Source: Sigstore, "Fulcio certificate specification".

    Raises:
        ValueError: The certificate is malformed or has no identity.
    """
    return origin_in(content).identity


def origin_in(content: bytes) -> Origin:
    """Return the identity in a certificate (DER), and the job that had it.

    Raises:
        ValueError: The certificate is malformed or has no identity.
    """
    try:
        certificate = load_der_x509_certificate(content)
        return _origin(certificate)
    except ExtensionNotFound as error:
        raise ValueError("its certificate has no identity") from error
    except _UNREADABLE as error:
        raise ValueError(f"its certificate cannot be read: {error}") from error


def _origin(certificate: Certificate) -> Origin:
    names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    for name in names:
        return Origin(
            identity=str(name.value),
            issuer=_claim(certificate, _ISSUER),
            source=_claim(certificate, _SOURCE),
            commit=_claim(certificate, _COMMIT),
            workflow=_claim(certificate, _WORKFLOW),
            run=_claim(certificate, _RUN),
        )
    raise ValueError("its certificate has no identity")


def _claim(certificate: Certificate, number: str) -> str:
    """Return the value of one of Fulcio's extensions; empty if the certificate lacks it."""
    try:
        found = certificate.extensions.get_extension_for_oid(ObjectIdentifier(_CLAIMS + number))
    except ExtensionNotFound:
        return ""
    value = found.value.value if isinstance(found.value, UnrecognizedExtension) else b""
    if value[:1] != bytes([_UTF8_STRING]):
        raise ValueError(f"its certificate has an invalid claim {number}")
    # A length up to 127 is one byte; up to 255, one more follows (X.690, 8.1.3).
    begin = 3 if value[1:2] == bytes([_ONE_BYTE]) else 2
    text = value[begin:]
    if len(text) != value[begin - 1] or (begin == 2 and len(text) >= _SHORT):  # noqa: PLR2004
        raise ValueError(f"its certificate has an invalid claim {number}")
    return text.decode()
