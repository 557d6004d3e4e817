"""Attestations beside built files on this machine.

`NAME.TYPE.attestation` is the convention of twine and uv, and of the actions that publish to PyPI.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ghpypi.core.distribution.contents import printable
from ghpypi.core.names import ATTESTATION_SUFFIX, SUFFIXES, Filename, Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.quantities import mebibytes
from ghpypi.core.upload.attestations import InvalidAttestationError, provenance_of
from ghpypi.core.upload.legacy_form import LIMITS

LIMIT = LIMITS["attestations"]
"""Maximum size of all attestations of a file in bytes, as in an upload to a server."""


def attestation_files(paths: Iterable[Path]) -> Mapping[Path, Sequence[Path]]:
    """Find the attestations beside files; each folder is listed once.

    Args:
        paths: Distributions.

    Returns:
        The attestations of each file that has some, sorted by name.
    """
    wanted = set(paths)
    found: dict[Path, list[Path]] = {}
    for folder in {path.parent for path in wanted}:
        for path in sorted(folder.iterdir() if folder.is_dir() else ()):
            file = folder / _attested(path.name)
            if file in wanted and path.is_file():
                found.setdefault(file, []).append(path)
    return found


def read_provenance(paths: Sequence[Path], filename: Filename, sha256: Sha256) -> bytes:
    """Return the provenance of a file from its attestations, each signed by the same or others.

    Args:
        paths: The attestations.
        filename: The parsed name of the file.
        sha256: The digest of the file.

    Raises:
        InvalidAttestationError: One is malformed, or of another file; the message has its name.
        OSError: One cannot be read.
    """
    # The library is large, and few files have attestations.
    from ghpypi.attestation.certificates import identity  # noqa: PLC0415

    members = []
    size = 0
    for path in paths:
        try:
            size += path.stat().st_size
            if size > LIMIT:
                raise InvalidAttestationError(f"it has more than {mebibytes(LIMIT)}")
            attestation = parse_json(path.read_bytes())
            provenance_of([attestation], filename, sha256, whose=identity)
        except (ValueError, RecursionError) as error:
            raise InvalidAttestationError(f"{printable(path.name)}: {error}") from error
        members.append(attestation)
    return provenance_of(members, filename, sha256, whose=identity)


def _attested(name: str) -> str:
    """Return the name of the file that an attestation is of by its own name; empty if it is none.

    The type may have dots: `acme-1.0.tar.gz.publish.v1.attestation`.
    """
    if not name.endswith(ATTESTATION_SUFFIX):
        return ""
    stem = name.removesuffix(ATTESTATION_SUFFIX)
    ends = [stem.find(f"{suffix}.") + len(suffix) for suffix in SUFFIXES if f"{suffix}." in stem]
    return stem[: min(ends)] if ends else ""
