"""Local distribution files: finding, reading and checking them before an upload."""

import errno
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from glob import glob, has_magic
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

from ghpypi.attestation.local import attestation_files, read_provenance
from ghpypi.core.digest import digest_file
from ghpypi.core.distribution.contents import printable
from ghpypi.core.distribution.examine import examine, skim
from ghpypi.core.distribution.local_version import fix_local_version
from ghpypi.core.distribution.rules import Rule
from ghpypi.core.metadata import InvalidMetadataError, content_faults
from ghpypi.core.names import Filename, InvalidFilenameError, is_distribution
from ghpypi.core.upload.attestations import InvalidAttestationError
from ghpypi.core.upload.checks import distribution_faults
from ghpypi.core.upload.plan import Distribution
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import NotFoundError, RefusedError
from ghpypi.ports import Advance

DEFAULT_FOLDER = "dist"
"""The default output folder of build frontends."""

_COMPANION = re.compile(r".+\.(whl|tar\.gz|zip)\.[^/]+")


class UploadPaths(NamedTuple):
    """What the arguments of an upload stand for.

    Attributes:
        files: The distributions, and other files that were given explicitly.
        companions: Signatures, attestations and similar files of distributions.
        others: Other files in the given folders, such as eggs, and folders with distributions.
    """

    files: tuple[Path, ...]
    companions: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()

    @property
    def skipped(self) -> tuple[Path, ...]:
        """What is not uploaded: other files, and companions but the attestations of these files."""
        taken = {path for some in attestation_files(self.files).values() for path in some}
        return tuple(path for path in (*self.companions, *self.others) if path not in taken)


def find(arguments: Iterable[str]) -> UploadPaths:
    """Find the distributions meant by arguments: files, folders, and patterns no shell expanded.

    A folder includes the distributions directly in it, and their companions. Files that are given
    explicitly are always included, so that a wrong one is an error. Only companions of
    distributions, such as `acme-1.0.tar.gz.asc`, are separated, because the pattern `dist/*`
    matches them too.

    Args:
        arguments: Paths and patterns; the folder `dist` if empty.

    Raises:
        NotFoundError: An argument matches no file, or there are no distributions.
    """
    arguments = list(arguments)
    if not arguments:
        _check_default_folder(Path(DEFAULT_FOLDER))
        arguments = [DEFAULT_FOLDER]
    found: dict[Path, None] = {}
    missing, others = [], []
    for argument in arguments:
        pattern = has_magic(argument) and not Path(argument).exists()
        matches = sorted(glob(argument)) if pattern else [argument]  # noqa: PTH207
        files = [file for match in matches for file in _files(Path(match))]
        if not files or (Path(argument).is_dir() and all(map(_is_companion, files))):
            missing.append(argument)
        found.update(dict.fromkeys(files))
        others += [each for match in matches for each in _others(Path(match))]
    companions = tuple(path for path in found if _is_companion(path))
    files = [path for path in found if not _is_companion(path)]
    if missing or not files:
        raise NotFoundError(
            "nothing to upload",
            faults=[f"{each}: no wheel or source distribution found" for each in missing],
            hint="build the package, for example with 'python -m build', then upload dist/",
        )
    return UploadPaths(files=tuple(files), companions=companions, others=tuple(others))


def _check_default_folder(folder: Path) -> None:
    """Say where distributions were expected, as no argument did.

    Raises:
        NotFoundError: There is no folder, or it has no distributions.
    """
    if folder.is_dir() and any(is_distribution(path.name) for path in folder.iterdir()):
        return
    there = "has no wheel or source distribution" if folder.is_dir() else "does not exist"
    raise NotFoundError(
        f"nothing to upload: no files were named, and {folder.resolve()} {there}",
        hint="build the project with 'ghpypi upload --build', 'python -m build' or 'uv build'; "
        "or name the files",
    )


def read(
    paths: Iterable[Path], rules: Rules | None = None, advance: Advance = lambda _: None
) -> list[Distribution]:
    """Open, hash and check distributions, with the attestations beside them.

    Args:
        paths: The files.
        rules: The limits of the store, to report all faults together; `None` for no check.
        advance: Called with 1 for each file that was read.

    Raises:
        RefusedError: Some files are invalid; the error has all faults of all files.
    """
    distributions, faults = [], []
    paths = list(paths)
    attestations = attestation_files(paths)
    for path in paths:
        try:
            with content_faults():
                distribution, found = _read(path, attestations.get(path, ()))
        except (InvalidFilenameError, InvalidMetadataError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            faults.append(f"{printable(path.name)}: {reason}")
        else:
            distributions.append(distribution)
            faults += [f"{path.name}: {fault}" for fault in found]
        advance(1)
    if rules:
        faults += distribution_faults(distributions, rules)
    if faults:
        raise RefusedError(
            "these files cannot be uploaded; nothing was sent",
            faults=faults,
            hint="correct them, or leave them out, and run the same command again",
        )
    return distributions


def fix_local_versions(paths: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Make correct wheels of those that were renamed to carry a local version.

    Args:
        paths: The files; all others than such wheels are left alone.
        folder: An empty folder for the new wheels, which have the same names.

    Returns:
        The new wheel of each renamed one.

    Raises:
        RefusedError: With every wheel that cannot be read.
    """
    fixed: dict[Path, Path] = {}
    faults = []
    for number, path in enumerate(paths):
        if path.name.endswith(".whl") and _is_renamed(path):
            new = folder / str(number) / path.name
            new.parent.mkdir()
            try:
                with path.open("rb") as source, new.open("xb+") as target:
                    fix_local_version(source, target, Filename.parse(path.name))
            except (ValueError, OSError, BadZipFile) as error:
                faults.append(f"{printable(path.name)}: {error}")
            fixed[path] = new
    if faults:
        raise RefusedError("these wheels cannot be fixed; nothing was sent", faults=faults)
    return fixed


def _is_renamed(path: Path) -> bool:
    """Return whether the metadata of a wheel lacks the local version of its filename."""
    try:
        with path.open("rb") as file, content_faults():
            verdict = skim(file, Filename.parse(path.name)).verdict
    except (InvalidFilenameError, InvalidMetadataError, OSError):
        return False  # `read` says why it is refused
    return any(issue.rule is Rule.LOCAL_VERSION for issue in verdict.issues)


def _files(path: Path) -> Iterator[Path]:
    try:
        if path.is_dir():
            yield from sorted(
                each for each in path.iterdir() if is_distribution(each.name) or _is_companion(each)
            )
        elif path.exists():
            yield path
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise


def _others(folder: Path) -> Iterator[Path]:
    """Yield what a folder has besides: visible files, and folders with distributions."""
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if each.is_dir():
            if any(is_distribution(x.name) for x in each.iterdir()):
                yield each
        elif not (each.name.startswith(".") or is_distribution(each.name) or _is_companion(each)):
            yield each


def _is_companion(path: Path) -> bool:
    return not is_distribution(path.name) and bool(_COMPANION.fullmatch(path.name))


def _read(path: Path, attestations: Sequence[Path]) -> tuple[Distribution, tuple[str, ...]]:
    filename = Filename.parse(path.name)
    size = path.stat().st_size
    with path.open("rb") as file:
        sha256 = digest_file(file)
        file.seek(0)
        examined = examine(file, filename, size)
    metadata = examined.metadata
    has_sidecar = filename.kind == "wheel" and metadata is not None and metadata.utf8
    distribution = Distribution(
        place=str(path),
        open=lambda: path.open("rb"),
        filename=filename,
        size=size,
        sha256=sha256,
        metadata=metadata,
        sidecar=examined.text if has_sidecar else None,
        warnings=examined.verdict.warnings,
    )
    faults = examined.verdict.faults
    if not attestations:
        return distribution, faults
    try:
        content, warnings = read_provenance(attestations, filename, sha256)
    except InvalidAttestationError as error:
        return distribution, (*faults, f"invalid attestation {error}")
    warnings = (*distribution.warnings, *warnings)
    return replace(distribution, provenance=content, warnings=warnings), faults
