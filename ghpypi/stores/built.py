"""Built files on this machine: found, opened, read, and judged before anybody uploads them."""

import json
from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path

from ghpypi.core.archive import read_metadata
from ghpypi.core.digest import digest_file
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.names import Filename, InvalidFilenameError, is_distribution
from ghpypi.core.plan import Distribution
from ghpypi.errors import NotFoundError, RefusedError


def find(arguments: Iterable[str]) -> list[Path]:
    """Find the distributions meant by arguments: files, folders, and patterns no shell expanded.

    A folder stands for the distributions directly in it. A file that is named is always meant,
    so that a wrong one is a fault and not silence.

    Raises:
        NotFoundError: An argument stands for no file.
    """
    found: dict[Path, None] = {}
    missing = []
    for argument in arguments:
        pattern = has_magic(argument) and not Path(argument).exists()
        matches = sorted(glob(argument)) if pattern else [argument]  # noqa: PTH207
        files = [file for match in matches for file in _files(Path(match))]
        if not files:
            missing.append(argument)
        found.update(dict.fromkeys(files))
    if missing:
        raise NotFoundError(
            "nothing to upload",
            faults=[f"{argument}: no wheel or source distribution there" for argument in missing],
            hint="build first, for example with 'python -m build', then name dist/",
        )
    return list(found)


def read(paths: Iterable[Path]) -> list[Distribution]:
    """Open, hash and check distributions.

    Raises:
        RefusedError: With every fault of every file.
    """
    distributions, faults = [], []
    for path in paths:
        try:
            distributions.append(_read(path))
        except (InvalidFilenameError, InvalidMetadataError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            faults.append(f"{path.name}: {reason}")
    if faults:
        raise RefusedError("these files cannot be uploaded; nothing was sent", faults=faults)
    return distributions


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.iterdir() if is_distribution(each.name))
    return [path] if path.exists() else []


def _read(path: Path) -> Distribution:
    filename = Filename.parse(path.name)
    size = path.stat().st_size
    if not size:
        raise InvalidMetadataError("it is empty")
    with path.open("rb") as file:
        sha256 = digest_file(file)
    text, metadata = None, None
    if filename.kind == "variants":
        _check_json(path)
    else:
        text, metadata = _read_metadata(path, filename)
    return Distribution(
        path=str(path),
        filename=filename,
        size=size,
        sha256=sha256,
        metadata=metadata,
        sidecar=text if filename.kind == "wheel" else None,
    )


def _read_metadata(path: Path, filename: Filename) -> tuple[bytes, Metadata]:
    with path.open("rb") as file:
        text = read_metadata(file, filename)
    metadata = Metadata.parse(text)
    metadata.check_against(filename)
    metadata.check_requires_python()
    return text, metadata


def _check_json(path: Path) -> None:
    """See to it that what describes variants is at least readable: installers read it whole."""
    try:
        json.loads(path.read_bytes())
    except ValueError as error:
        raise InvalidMetadataError(f"it is no JSON: {error}") from error
