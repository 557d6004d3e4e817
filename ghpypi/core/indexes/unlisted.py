"""The files that the report must mention, because they are not in all indexes, or in none."""

from collections.abc import Iterator
from typing import NamedTuple

from ghpypi.core.catalog.entry import Entry, Membership, Refused
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.ambiguous import Ambiguous
from ghpypi.core.indexes.indexes import Indexes, is_source_only
from ghpypi.core.indexes.same_file import by_identity, identity, where
from ghpypi.core.indexes.variant_files import VariantFiles
from ghpypi.core.indexes.variants import variant_of
from ghpypi.core.model import File
from ghpypi.core.names import (
    SDIST_SUFFIXES,
    Filename,
    InvalidFilenameError,
    distinct_versions,
    natural_key,
    version_key,
)

SAME_NAME = "another file of this name"
"""How the reason begins why one of several files with one name and variant is left out."""


class SharedName(NamedTuple):
    """Files of several variants with the same name, each in the index of its variant.

    Attributes:
        filename: The name.
        variants: The sorted variants; empty for no variant.
        main_variant: The variant whose file is in the main index; `None` if none of them is.
    """

    filename: str
    variants: tuple[str, ...]
    main_variant: str | None


class Unlisted(NamedTuple):
    """The files of a project that the report must mention.

    Attributes:
        shared_names: Filenames that files of several variants have.
        duplicates: Files that are in no index, because another file has the same identity.
        left: Filenames that are in no index because of the configuration.
        unlabeled: Filenames of platform wheels without a variant, which no variant's index has.
        source_only: Whether the main index has source distributions, but none of the wheels.
        ambiguous: Builds of one version in one index that differ in their local version only.
    """

    shared_names: tuple[SharedName, ...]
    duplicates: tuple[Refused, ...]
    left: tuple[str, ...]
    unlabeled: tuple[str, ...] = ()
    source_only: bool = False
    ambiguous: tuple[Ambiguous, ...] = ()
    undigested: tuple[str, ...] = ()
    to_compile: tuple[str, ...] = ()
    contradictory: tuple[str, ...] = ()


def unlisted(entry: Entry, membership: Membership, indexes: Indexes) -> Unlisted:
    """Return the files of a project that the report must mention."""
    offered = {
        (identity(file), file.content)
        for _, offer in indexes.offers(entry, indexes.holding(membership))
        for file in offer.files
    }
    missing = [x for x in entry.project.files if (identity(x), x.content) not in offered]
    claimed = _included(entry, indexes) if missing else set()
    same = by_identity(file for file in entry.project.files if file in claimed)
    stock = indexes.selection.of_variants(entry.project)
    main = indexes.selection.offer(MAIN, entry.project, {}).files
    return Unlisted(
        shared_names=tuple(_shared_names(entry, indexes)),
        duplicates=tuple(
            Refused(
                filename=file.filename,
                where=where(file),
                reason=_reason(file, same[identity(file)], indexes),
                stamp=file.stamp,
            )
            for file in missing
            if file in claimed
        ),
        left=tuple(file.filename for file in missing if file not in claimed),
        unlabeled=tuple(sorted(file.filename for file in indexes.unlabeled(stock))),
        source_only=is_source_only(main, indexes.selection.of_main(entry.project)),
        ambiguous=tuple(
            sorted(indexes.ambiguous(entry.project), key=lambda x: (x.index, x.filenames))
        ),
        undigested=tuple(x.filename for x in entry.project.files if not x.sha256),
        to_compile=tuple(_to_compile(entry)),
        contradictory=VariantFiles(entry=entry).problems,
    )


def _to_compile(entry: Entry) -> Iterator[str]:
    """Name the versions whose wheels are all left out, and that have a source distribution."""
    files = entry.project.files
    refused = {wheel_version(file.filename) for file in entry.refused}
    offered = {wheel_version(file.filename) for file in files}
    sdists = [x.version for x in files if x.filename.endswith(SDIST_SUFFIXES)]
    for version in distinct_versions(sdists):
        if version_key(version).public in refused - offered:
            yield f"{entry.project.name}=={version}"


def wheel_version(filename: str) -> str | None:
    """Give the version of a wheel without its local part; `None` if a name is not one."""
    try:
        parsed = Filename.parse(filename)
    except InvalidFilenameError:
        return None
    return parsed.version.public if parsed.kind == "wheel" else None


def _included(entry: Entry, indexes: Indexes) -> set[File]:
    """Return the files that the rules of some index include, ignoring their identity."""
    selection = indexes.selection
    return {*selection.of_main(entry.project), *selection.of_variants(entry.project)}.union(
        *(selection.own(index, entry.project) for index in indexes.config.indexes.values())
    )


def _reason(file: File, same: list[File], indexes: Indexes) -> str:
    """Return why a file is in no index."""
    config = indexes.config.variants
    variant = variant_of(file, config)
    alike = [other for other in same if variant_of(other, config) == variant]
    taken, when = (alike[-1], "later") if indexes.config.index.newest else (alike[0], "earlier")
    if taken.content != file.content:
        if taken.filename == file.filename:
            return f"{SAME_NAME} was uploaded {when}, to {where(taken)}"
        sdist = taken.filename.endswith(SDIST_SUFFIXES)
        why = "a version has one source distribution" if sdist else "installers see one file"
        return f"{taken.filename} was uploaded {when}, to {where(taken)}: {why}"
    if len(same) == 1:
        return f"no index is for files of '{variant}', and the main index has none of them"
    names = {variant_of(other, config) or "none" for other in same}
    others = sorted(names - {variant or "none"}, key=natural_key)
    return (
        f"files of other variants have this name ({', '.join(others)}), "
        f"and no index is for those of '{variant}'"
        if variant
        else f"files of variants have this name ({', '.join(others)}), and no index takes the one "
        "that has none"
    )


def _shared_names(entry: Entry, indexes: Indexes) -> Iterator[SharedName]:
    stock = indexes.selection.stock(entry.project)
    taken_files = indexes.selection.offer(MAIN, entry.project, {}).files
    chosen = {identity(file): file for file in taken_files}
    for key, same in by_identity(stock).items():
        firsts: dict[str, File] = {}
        for file in same:
            firsts.setdefault(variant_of(file, indexes.config.variants), file)
        if len({file.content for file in firsts.values()}) > 1:
            taken = chosen.get(key)
            yield SharedName(
                filename=same[0].filename,
                variants=tuple(sorted(firsts, key=natural_key)),
                main_variant=variant_of(taken, indexes.config.variants) if taken else None,
            )
