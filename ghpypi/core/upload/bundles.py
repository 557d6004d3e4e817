"""Sigstore bundles, as `actions/attest` writes them and GitHub stores them.

A bundle can become an attestation of PEP 740 if its statement is about one file, and if it is in
the public transparency log. That of a private repository is signed by GitHub's own Sigstore, which
has no public log; one statement about all files in `dist/` has several subjects.

Source: Sigstore, "Bundle format"; GitHub's documentation, "Artifact attestations".
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ghpypi.core.names import SUFFIXES, Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.attestations import PREDICATES

BUNDLE_SUFFIXES = (".sigstore.json", ".sigstore", ".intoto.jsonl")
"""How the names of files with bundles end."""


class Bundle(NamedTuple):
    """A Sigstore bundle with a statement about files.

    Attributes:
        document: The bundle, as JSON.
        digests: The digests of all its subjects.
        predicate: The type of its predicate.
        logged: Whether it has an entry in a transparency log.
    """

    document: Mapping[str, Any]
    digests: frozenset[str]
    predicate: str
    logged: bool

    @property
    def obstacle(self) -> str:
        """Why it cannot become an attestation of PEP 740; empty if it can."""
        if len(self.digests) != 1:
            return (
                f"it is about {count_of(len(self.digests), 'file')} at once; "
                "attest each file separately, in a job of a matrix or in steps of their own"
            )
        if not self.logged:
            return (
                "it is not in the public transparency log: GitHub signs attestations of private "
                "repositories with a certificate authority of its own"
            )
        return ""


def read_bundles(content: bytes) -> list[Bundle]:
    """Read the bundles in a file: one as JSON, or several as lines of JSON.

    Bundles with a signature of bytes rather than of a statement are left out, and so are statements
    with a predicate that PEP 740 does not know, such as bills of materials.

    Raises:
        ValueError: The file has something else than bundles.
    """
    try:
        documents = [parse_json(content)]
    except ValueError:
        documents = [parse_json(line) for line in content.splitlines() if line.strip()]
    return usable(documents)


def usable(documents: Iterable[Any]) -> list[Bundle]:
    """Return the bundles among parsed documents that are about files, see `read_bundles`.

    Raises:
        ValueError: One is not a bundle.
    """
    try:
        found = [_bundle(document) for document in documents]
    except (KeyError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise ValueError(f"it is not a Sigstore bundle: {error}") from error
    return [bundle for bundle in found if bundle and bundle.predicate in PREDICATES]


def convertible(bundles: Iterable[Bundle], sha256: Sha256) -> tuple[list[Bundle], list[str]]:
    """Return the bundles about a file that can become attestations, and why others cannot."""
    ours = [bundle for bundle in bundles if sha256 in bundle.digests]
    obstacles = [bundle.obstacle for bundle in ours if bundle.obstacle]
    return [bundle for bundle in ours if not bundle.obstacle], list(dict.fromkeys(obstacles))


def bundled_file(name: str) -> str:
    """Return the name of the file that a bundle is of by its own name; empty if it says none."""
    for suffix in BUNDLE_SUFFIXES:
        if name.endswith(suffix) and name.removesuffix(suffix).endswith(SUFFIXES):
            return name.removesuffix(suffix)
    return ""


def _bundle(document: Any) -> Bundle | None:
    material = document["verificationMaterial"]
    envelope = document.get("dsseEnvelope")
    if envelope is None:
        return None
    statement = parse_json(base64.b64decode(envelope["payload"], validate=True))
    return Bundle(
        document=document,
        digests=frozenset(str(x["digest"].get("sha256", "")) for x in statement["subject"]),
        predicate=str(statement["predicateType"]),
        logged=bool(material.get("tlogEntries")),
    )
