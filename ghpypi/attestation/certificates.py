"""The identity in a Sigstore certificate."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import (
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    SubjectAlternativeName,
    UnsupportedGeneralNameType,
    load_der_x509_certificate,
)

_UNREADABLE = (
    DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType, UnsupportedAlgorithm, TypeError,
)  # fmt: skip
"""Exceptions of `cryptography` for malformed certificates that are no `ValueError`."""


def identity(content: bytes) -> str:
    """Return the identity in a certificate (DER).

    The identity is the subject alternative name.

    Source: Sigstore, "Fulcio certificate specification".

    Raises:
        ValueError: The certificate is malformed or has no identity.
    """
    try:
        certificate = load_der_x509_certificate(content)
        found = certificate.extensions.get_extension_for_class(SubjectAlternativeName)
    except ExtensionNotFound as error:
        raise ValueError("its certificate has no identity") from error
    except _UNREADABLE as error:
        raise ValueError(f"its certificate cannot be read: {error}") from error
    for name in found.value:
        return str(name.value)
    raise ValueError("its certificate has no identity")
