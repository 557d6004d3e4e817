"""Core metadata: what a distribution says of itself, as far as an index and its pages need it.

Read by pkginfo. pkginfo knows Metadata-Version 2.5; 2.6 (PEP 808) added no field, it only allowed
`Dynamic` to name fields that have values, so that reading it as 2.5 loses nothing.
"""

import warnings
from dataclasses import dataclass
from threading import Lock

import pkginfo
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ghpypi.core.names import Filename, normalize

NEWEST_METADATA = Version("2.6")

_one_at_a_time = Lock()
"""`catch_warnings` changes what the whole process does, and files are read by several threads."""


class InvalidMetadataError(ValueError):
    """The metadata cannot be read, or contradicts the filename; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What an index needs of a METADATA or PKG-INFO file.

    Attributes:
        name: The project name as its author writes it.
        version: The version as written.
        requires_python: The specifier, or `None`.
        summary: One line, or empty.
        keywords: What to find it by.
        author: Author or maintainer as written: a name, an address, or several of both.
        license: The licence expression (PEP 639), or else the text of the older field.
        requires_dist: The dependencies (PEP 508).
        provides_extra: The names of its extras.
        classifiers: The trove classifiers.
        project_urls: Labels and addresses, the home page first.
        description: The long description, in the markup that its content type names.
        description_content_type: Such as `text/markdown; variant=GFM`; empty is plain or rst.
    """

    name: str
    version: str
    requires_python: str | None
    summary: str
    keywords: tuple[str, ...] = ()
    author: str = ""
    license: str = ""
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    project_urls: tuple[tuple[str, str], ...] = ()
    description: str = ""
    description_content_type: str = ""

    @classmethod
    def parse(cls, text: bytes) -> "Metadata":
        """Read a METADATA or PKG-INFO file.

        Raises:
            InvalidMetadataError: A required field is missing, or the version is not one that
                can be read: a greater major version must be refused, says the specification.
        """
        found = pkginfo.Distribution()
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.parse(text)
        _check_metadata_version(_required(found.metadata_version, "Metadata-Version"))
        return cls(
            name=_required(found.name, "Name"),
            version=_required(found.version, "Version"),
            requires_python=found.requires_python or None,
            summary=found.summary or "",
            keywords=_keywords(found.keywords or ""),
            author=found.author
            or found.author_email
            or found.maintainer
            or found.maintainer_email
            or "",
            license=found.license_expression or found.license or "",
            requires_dist=tuple(found.requires_dist),
            provides_extra=tuple(found.provides_extras),
            classifiers=tuple(found.classifiers),
            project_urls=_project_urls(found),
            description=found.description or "",
            description_content_type=found.description_content_type or "",
        )

    def check_against(self, filename: Filename) -> None:
        """See to it that metadata and filename speak of the same project and version.

        Installers compare them too, after the download, and refuse the file when they differ.

        Raises:
            InvalidMetadataError: They differ.
        """
        if normalize(self.name) != filename.project:
            raise InvalidMetadataError(
                f"its metadata names the project '{self.name}', its filename '{filename.project}'"
            )
        try:
            version = Version(self.version)
        except InvalidVersion as error:
            raise InvalidMetadataError(
                f"the version '{self.version}' in its metadata is not valid (PEP 440)"
            ) from error
        if version != filename.version:
            raise InvalidMetadataError(
                f"its metadata says version '{self.version}', its filename '{filename.version}': "
                "pip refuses it as 'inconsistent version'; build it with that version "
                "instead of renaming it"
            )

    def check_requires_python(self) -> None:
        """See to it that installers can read Requires-Python.

        Raises:
            InvalidMetadataError: It is not a version specifier (PEP 440).
        """
        try:
            SpecifierSet(self.requires_python or "")
        except InvalidSpecifier as error:
            raise InvalidMetadataError(
                f"Requires-Python '{self.requires_python}' is not a version specifier (PEP 440)"
            ) from error


def _keywords(text: str) -> tuple[str, ...]:
    """Take a list apart: commas separate, says the specification, but spaces often do."""
    words = text.split(",") if "," in text else text.split()
    return tuple(dict.fromkeys(stripped for word in words if (stripped := word.strip())))


def _project_urls(found: pkginfo.Distribution) -> tuple[tuple[str, str], ...]:
    urls = {}  # by address: the older fields often repeat what the newer one says
    if found.home_page:
        urls[found.home_page.strip()] = "Homepage"
    for line in found.project_urls:
        label, _, url = line.partition(",")
        if url.strip():
            urls.setdefault(url.strip(), label.strip())
    if found.download_url:
        urls.setdefault(found.download_url.strip(), "Download")
    pairs = [(label, url) for url, label in urls.items()]
    return tuple(sorted(pairs, key=lambda pair: not _is_home(pair[0])))


def _is_home(label: str) -> bool:
    """Compare labels as the specification does: letters and digits alone count."""
    return "".join(filter(str.isalnum, label)).lower() == "homepage"


def _required(value: str | None, field: str) -> str:
    if not value:
        raise InvalidMetadataError(f"its metadata has no {field}")
    return value


def _check_metadata_version(text: str) -> None:
    try:
        version = Version(text)
    except InvalidVersion as error:
        raise InvalidMetadataError(f"Metadata-Version '{text}' is not a version") from error
    if version.major > NEWEST_METADATA.major:
        raise InvalidMetadataError(
            f"Metadata-Version {text} is newer than {NEWEST_METADATA}, the newest that can be read"
        )
