"""Attestations and Sigstore bundles beside built files on this machine.

`NAME.TYPE.attestation` is the convention of twine and uv, and of the actions that publish to PyPI;
`NAME.sigstore.json` and `NAME.intoto.jsonl` are names that publishers give to what `actions/attest`
writes.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ghpypi.attestation.extra import has_library
from ghpypi.core.distribution.contents import printable
from ghpypi.core.names import ATTESTATION_SUFFIX, SUFFIXES, Filename, Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.quantities import mebibytes
from ghpypi.core.upload.attestations import InvalidAttestationError, provenance_of
from ghpypi.core.upload.bundles import bundled_file, convertible, read_bundles
from ghpypi.core.upload.legacy_form import LIMITS

LIMIT = LIMITS["attestations"]
"""Maximum size of all attestations of a file in bytes, as in an upload to a server."""


class LocalProvenance(NamedTuple):
    """The provenance of a file, from the files beside it.

    Attributes:
        content: The provenance object as JSON; `None` if there is none.
        warnings: Bundles that cannot become attestations, and why.
    """

    content: bytes | None = None
    warnings: tuple[str, ...] = ()


def attestation_files(paths: Iterable[Path]) -> Mapping[Path, Sequence[Path]]:
    """Find the attestations and bundles beside files; each folder is listed once.

    Args:
        paths: Distributions.

    Returns:
        The attestations and bundles of each file that has some, sorted by name.
    """
    wanted: dict[Path, dict[str, Path]] = {}
    for path in paths:
        wanted.setdefault(path.parent, {})[path.name] = path
    found: dict[Path, list[Path]] = {}
    for folder, files in wanted.items():
        names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - sorted faster
        for name in sorted(names):
            file = files.get(_attested(name) or bundled_file(name))
            if file and (folder / name).is_file():
                found.setdefault(file, []).append(folder / name)
    return found


def read_provenance(paths: Sequence[Path], filename: Filename, sha256: Sha256) -> LocalProvenance:
    """Return the provenance of a file from the attestations and bundles beside it.

    Args:
        paths: The attestations and bundles.
        filename: The parsed name of the file.
        sha256: The digest of the file.

    Raises:
        InvalidAttestationError: One is malformed, or of another file; the message has its name.
        OSError: One cannot be read.
    """
    # The library is large, and few files have attestations.
    from ghpypi.attestation.certificates import identity  # noqa: PLC0415

    members: list[Any] = []
    warnings: list[str] = []
    size = 0
    for path in paths:
        try:
            size += path.stat().st_size
            if size > LIMIT:
                raise InvalidAttestationError(f"it has more than {mebibytes(LIMIT)}")
            content = path.read_bytes()
            if path.name.endswith(ATTESTATION_SUFFIX):
                found, reasons = [parse_json(content)], list[str]()
            else:
                found, reasons = _converted(content, sha256)
            provenance_of(found, filename, sha256, whose=identity)
        except (ValueError, RecursionError) as error:
            raise InvalidAttestationError(f"{printable(path.name)}: {error}") from error
        members += found
        warnings += [f"{printable(path.name)} is not uploaded: {reason}" for reason in reasons]
    provenance = provenance_of(members, filename, sha256, whose=identity) if members else None
    return LocalProvenance(provenance, tuple(warnings))


def _converted(content: bytes, sha256: Sha256) -> tuple[list[Any], list[str]]:
    """Return the bundles in a file as attestations, and why others cannot become one.

    Raises:
        ValueError: The file is invalid, has only bundles of other files, or one with an invalid
            signature.
    """
    bundles = read_bundles(content)
    if not bundles:
        return [], ["it has no attestation of PEP 740"]
    usable, obstacles = convertible(bundles, sha256)
    if not usable and not obstacles:
        raise InvalidAttestationError("it is about another file")
    if usable and not has_library():
        return [], ["converting it requires more packages: pip install 'ghpypi[attest]'"]
    if not usable:
        return [], obstacles
    from ghpypi.attestation.sigstore_library import convert  # noqa: PLC0415 - slow to import

    return [convert(bundle) for bundle in usable], obstacles


def _attested(name: str) -> str:
    """Return the name of the file that an attestation is of by its own name; empty if it is none.

    The type may have dots: `acme-1.0.tar.gz.publish.v1.attestation`.
    """
    if not name.endswith(ATTESTATION_SUFFIX):
        return ""
    stem = name.removesuffix(ATTESTATION_SUFFIX)
    ends = [stem.find(f"{suffix}.") + len(suffix) for suffix in SUFFIXES if f"{suffix}." in stem]
    return stem[: min(ends)] if ends else ""
