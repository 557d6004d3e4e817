"""Whom a certificate of Sigstore was given to."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_UNREADABLE = (
    x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm, TypeError,
)  # fmt: skip
"""What `cryptography` raises for certificates besides ValueError; none of these is one."""


def identity(content: bytes) -> str:
    """Read the identity in a certificate (DER).

    Source: Sigstore, "Fulcio certificate specification": it is the subject's alternative name.

    Raises:
        ValueError: It is no certificate, or names nobody.
    """
    try:
        certificate = x509.load_der_x509_certificate(content)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound as error:
        raise ValueError("its certificate names nobody") from error
    except _UNREADABLE as error:
        raise ValueError(f"its certificate cannot be read: {error}") from error
    for name in found.value:
        return str(name.value)
    raise ValueError("its certificate names nobody")
