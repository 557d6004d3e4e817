"""Whom a certificate of Sigstore was given to."""

from cryptography import x509


def identity(content: bytes) -> str:
    """Read the identity in a certificate (DER).

    Source: Sigstore, "Fulcio certificate specification": it is the subject's alternative name.

    Raises:
        ValueError: It is no certificate, or names nobody.
    """
    certificate = x509.load_der_x509_certificate(content)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound as error:
        raise ValueError("its certificate names nobody") from error
    for name in found.value:
        return str(name.value)
    raise ValueError("its certificate names nobody")
