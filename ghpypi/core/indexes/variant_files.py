"""The files `NAME-VERSION-variants.json` that an index makes, and those of releases that it offers.

One of a release is offered if it is the only one of its version and has all of the variants;
otherwise one is made of the metadata in the wheels.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.digest import digest_of
from ghpypi.core.model import OWN, File, Offer
from ghpypi.core.names import VARIANTS_SUFFIX, split_label, version_key
from ghpypi.core.variant_metadata import (
    Document,
    InvalidVariantsError,
    merge_variants,
    needs_in,
    variants_text,
)

FOLDER = "variants"
"""The folder of a site with the files that were made."""


@dataclass(frozen=True, kw_only=True)
class VariantFiles:
    """The files of one project.

    Attributes:
        entry: The project.
        root: The path of the site below the root of the store, ending in `/`; or empty.
    """

    entry: Entry
    root: str = ""

    @cached_property
    def made(self) -> Mapping[str, tuple[File, bytes]]:
        """The files that are made, with their contents, by version."""
        return {version: made for version, made in self._tried() if isinstance(made, tuple)}

    @property
    def problems(self) -> tuple[str, ...]:
        """Why there is no file for some versions, such as `acme==1.0: ...`."""
        name = self.entry.project.name
        return tuple(
            f"{name}=={version}: {reason}"
            for version, reason in self._tried()
            if isinstance(reason, str)
        )

    def _tried(self) -> Iterator[tuple[str, tuple[File, bytes] | str]]:
        """Yield the file of each version that needs one, or why it cannot be made."""
        for version, files in self._versions().items():
            wheels = [x for x in files if label_of(x)]
            if wheels and not self._released(files, {label_of(x) for x in wheels}):
                described = [x for x in files if x.stamp in self.entry.variants]
                try:
                    merged = merge_variants(self.entry.variants[x.stamp] for x in described)
                except InvalidVariantsError as error:
                    yield version, str(error)
                else:
                    yield version, self._file(wheels, merged)

    def offered(self, offer: Offer) -> Offer:
        """Add the files that are made to what an index offers, in the place of released ones."""
        if not self.made:
            return offer
        versions = {version_key(x.version) for x in offer.files if label_of(x)}
        made = {key: x for key, (x, _) in self._by_key().items() if key in versions}
        kept = [
            x
            for x in offer.files
            if version_key(x.version) not in made or not x.filename.endswith(VARIANTS_SUFFIX)
        ]
        files = sorted([*kept, *made.values()], key=lambda x: (version_key(x.version), x.filename))
        return offer._replace(files=tuple(files))

    def added(self, offers: Iterable[tuple[str, Offer]]) -> Iterator[tuple[str, Offer]]:
        """Add the files that are made to what several indexes offer."""
        return ((index, self.offered(offer)) for index, offer in offers)

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """Give the path below the site, and the content, of each file that is made."""
        for file, content in self.made.values():
            yield file.key, content

    def _by_key(self) -> dict[object, tuple[File, bytes]]:
        return {version_key(version): made for version, made in self.made.items()}

    def _versions(self) -> dict[str, list[File]]:
        found: dict[object, list[File]] = {}
        for file in self.entry.project.files if self.entry.variants else ():
            found.setdefault(version_key(file.version), []).append(file)
        return {files[0].version: files for files in found.values()}

    def _released(self, files: Iterable[File], labels: set[str]) -> bool:
        """Return whether a release has the one file that describes all of the variants."""
        released = [x for x in files if x.filename.endswith(VARIANTS_SUFFIX)]
        if len(released) != 1:
            return False
        document = self.entry.variants.get(released[0].stamp)
        return document is not None and labels <= document["variants"].keys()

    def _file(self, wheels: list[File], merged: Document) -> tuple[File, bytes]:
        first = wheels[0]
        content = variants_text(merged, {label_of(x) for x in wheels})
        name, version = first.filename.split("-")[:2]
        filename = f"{name}-{version}{VARIANTS_SUFFIX}"
        path = f"{FOLDER}/{self.entry.project.name}/{filename}"
        file = File(
            filename=filename,
            version=first.version,
            url=self.root + path,
            size=len(content),
            sha256=digest_of(content),
            uploaded_at=max(x.uploaded_at for x in wheels),
            requires_python=None,
            core_metadata=None,
            origin=OWN,
            tag="",
            prerelease=False,
            stamp="",
            key=path,
        )
        return file, content


def label_of(file: File) -> str:
    """Give the variant label of a wheel; empty if it has none."""
    if not file.filename.endswith(".whl"):
        return ""
    return split_label(file.filename)[1]


def needs_of(entry: Entry, file: File) -> str:
    """Say what a variant wheel needs; empty for other files."""
    label, document = label_of(file), entry.variants.get(file.stamp)
    if not label or document is None:
        return ""
    return f"{label}: {needs_in(document, label) or 'needs nothing'}"
