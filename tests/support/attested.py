"""A real file with its real attestations, see tests/data/README.md."""

import json
from pathlib import Path
from typing import Any

from ghpypi.attestation.certificates import identity
from ghpypi.core.digest import digest_of
from ghpypi.core.names import Filename
from ghpypi.core.upload.attestations import provenance_of
from tests.support.packages import Built

FOLDER = Path(__file__).parents[1] / "data/attestations"
NAME = "pypi_attestations-0.0.19.tar.gz"
FILE: Built = (NAME, (FOLDER / NAME).read_bytes())
FILENAME = Filename.parse(NAME)
SHA256 = digest_of(FILE[1])
PUBLISHER = "trailofbits/pypi-attestations"
COMMIT = "08802efe1f8e5fec4ad842d6b8ce97656092ee72"

PUBLISH: Any = json.loads((FOLDER / f"{NAME}.publish.attestation").read_bytes())
BUILD: Any = json.loads((FOLDER / f"{NAME}.slsa.attestation").read_bytes())
BUNDLE: Any = json.loads((FOLDER / f"{NAME}.sigstore.json").read_bytes())


def provenance(*attestations: Any) -> bytes:
    """Give the provenance of the file from some attestations; without any, from its own two."""
    return provenance_of(attestations or (PUBLISH, BUILD), FILENAME, SHA256, whose=identity)


def without_log(bundle: Any) -> Any:
    """Give a bundle as GitHub signs those of private repositories."""
    material = {**bundle["verificationMaterial"], "tlogEntries": []}
    return {**bundle, "verificationMaterial": material}


def resigned(attestation: Any, other: Any) -> Any:
    """Give an attestation the signature of another one."""
    envelope = {**attestation["envelope"], "signature": other["envelope"]["signature"]}
    return {**attestation, "envelope": envelope}
