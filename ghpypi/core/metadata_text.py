"""The fields of METADATA and PKG-INFO files: read by pkginfo, validated by `packaging.metadata`.

The bytes come from `core/distribution`, which takes them out of archives. pkginfo's own `Wheel` and
`SDist` are not used for that (tried with 2.0):

- They open paths only, and the index reads wheels of a release through ranges of a remote file.
- They have no limits: a wheel of 260 kB with METADATA of 256 MB takes 2.6 GB of memory and 24
  seconds. `SDist` also expands the whole archive to list it.
- They read the first member with `METADATA` in its path that looks like metadata, the shortest path
  first. A file `METADATA` at the top of a wheel comes before that of `.dist-info`, so that the
  index would describe another project than the one pip installs.

What is used is the interface that pkginfo has for other sources: a subclass of its `Distribution`
says in `read` what the text is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import cast

from packaging.metadata import InvalidMetadata, RawMetadata
from packaging.metadata import Metadata as ValidatedMetadata
from pkginfo.distribution import HEADER_ATTRS, Distribution

Field = tuple[str, str, bool]
"""A field of core metadata: its name, the attribute that holds it, and whether it may be repeated;
as pkginfo describes them."""

LATER_FIELDS: Mapping[str, Sequence[Field]] = {
    "2.4": (
        ("License-Expression", "license_expression", False),
        ("License-File", "license_file", True),
    ),
    "2.5": (
        ("Import-Name", "import_names", True),
        ("Import-Namespace", "import_namespaces", True),
    ),
    "2.6": (),  # PEP 808 allows more values of `Dynamic`, and adds no field
}
"""Fields by the version of core metadata that added them, for releases of pkginfo that lag behind.

This is where a field of a new version is added; pkginfo 2.0 knows the versions to 2.5 itself.

Source: packaging.python.org, "Core metadata specifications", history.
"""

LONGEST_VALIDATED = 1000
"""Characters of a value that are validated: a license expression is compiled, a content type is
parsed as a header of an e-mail, and both are slow for malicious texts."""

_NOT_MIME = "Content-Type: text/plain\n"
"""A header that keeps the email parser from parsing attachments: the first such header counts.
Without it, nested attachments take minutes."""

_HEADERS = re.compile(r"(?:[A-Za-z-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+\r?\n")
"""Headers of the usual form, and the empty line after them. What follows is the description, which
is most of a file and is not parsed then; other texts are parsed as a whole."""

_HEADER = re.compile(r"(?:^|[\r\n])([A-Za-z-]+):")
"""What may be a field: names of fields are of letters and dashes."""

_VALIDATED = {
    "description_content_type": "description_content_type",
    "dynamic": "dynamic",
    "import_names": "import_names",
    "import_namespaces": "import_namespaces",
    "license_expression": "license_expression",
    "license_file": "license_files",
    "provides_extras": "provides_extra",
}
"""Attributes of pkginfo that no installer reads strictly, and what `packaging` calls them. Name,
Version, Requires-Python and Requires-Dist have rules of their own."""


def fields_of(version: str, known: Mapping[str, Sequence[Field]] = HEADER_ATTRS) -> list[Field]:
    """List the fields that are read from metadata of a version.

    A version that neither pkginfo nor this module knows is read as the newest: "tools SHOULD warn
    if metadata_version is greater than the highest version they support, and MUST fail if the major
    version is greater"; the latter is checked by `core/metadata.py`.

    Args:
        version: Value of Metadata-Version.
        known: Fields by version that pkginfo knows.
    """
    if version in known:
        return list(known[version])
    newest = max(known, key=_order)
    last = _order(version if version in LATER_FIELDS else max(LATER_FIELDS, key=_order))
    later = [LATER_FIELDS[each] for each in LATER_FIELDS if _order(newest) < _order(each) <= last]
    return [*known[newest], *chain.from_iterable(later)]


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class MetadataText(Distribution):
    """The fields of a METADATA or PKG-INFO file, as attributes of pkginfo.

    Args:
        text: The file, within the limits of its reader.

    Attributes:
        utf8: Whether the file is UTF-8; otherwise it was decoded as Latin-1.

    Raises:
        Exception: The parser for e-mail in the standard library failed; what it raises for text
            that was made to break it has no list.
    """

    license_expression: str | None = None
    license_file: Sequence[str] = ()
    import_names: Sequence[str] = ()
    import_namespaces: Sequence[str] = ()

    def __init__(self, text: bytes) -> None:
        decoded, self.utf8 = _decoded(text)
        headers = _HEADERS.match(decoded)
        self._parsed = headers[0] if headers else decoded
        self._names = {name.lower() for name in _HEADER.findall(self._parsed)}
        self.extractMetadata()
        if headers and len(decoded) > headers.end():
            self.description = decoded[headers.end() :]

    def read(self) -> bytes:
        """Return what is to be parsed (called by pkginfo)."""
        return (_NOT_MIME + self._parsed).encode()

    def _getHeaderAttrs(self) -> Sequence[Field]:  # noqa: N802 - named by pkginfo
        """Say which fields there are, of those that occur in the text.

        pkginfo looks for each field in all lines; most of the fields are in no file.

        pkginfo warns here of versions that it does not know. Warnings can be turned off for the
        whole process only, and files are read in several threads at a time.
        """
        known = fields_of(self.metadata_version) if self.metadata_version else ()
        return [field for field in known if field[0].lower() in self._names]

    def faults(self) -> Iterator[str]:
        """Say which fields have values that the specification does not allow.

        Yields:
            Reasons, such as `'Foo' is invalid for 'license-expression'`.
        """
        for attribute, name in _VALIDATED.items():
            if value := getattr(self, attribute):
                yield from _faults(name, value if isinstance(value, str) else tuple(value))


def _decoded(text: bytes) -> tuple[str, bool]:
    try:
        return text.decode(), True
    except UnicodeDecodeError:
        return text.decode("latin-1"), False


def _faults(name: str, value: str | tuple[str, ...]) -> tuple[str, ...]:
    if len(value if isinstance(value, str) else "".join(value)) > LONGEST_VALIDATED:
        return ()
    return _validated(name, value)


@lru_cache(maxsize=1024)
def _validated(name: str, value: str | tuple[str, ...]) -> tuple[str, ...]:
    """Validate a value; cached, as most files have one of a few content types and licenses."""
    raw = cast("RawMetadata", {name: value if isinstance(value, str) else list(value)})
    try:
        getattr(ValidatedMetadata.from_raw(raw, validate=False), name)
    except InvalidMetadata as error:
        return (str(error),)
    except (ValueError, RecursionError, MemoryError, TypeError) as error:
        return (f"{name.replace('_', '-')} cannot be read ({error})",)
    return ()
