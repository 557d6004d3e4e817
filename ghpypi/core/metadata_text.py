"""The fields of METADATA and PKG-INFO files, as pkginfo lists them, validated by `packaging`.

The bytes come from `core/distribution`, which takes them out of archives. pkginfo's own `Wheel` and
`SDist` are not used for that (tried with 2.0):

- They open paths only, and the index reads wheels of a release through ranges of a remote file.
- They have no limits: a wheel of 260 kB with METADATA of 256 MB takes 2.6 GB of memory and 24
  seconds. `SDist` also expands the whole archive to list it.
- They read the first member with `METADATA` in its path that looks like metadata, the shortest path
  first. A file `METADATA` at the top of a wheel comes before that of `.dist-info`, so that the
  index would describe another project than the one pip installs.

What is used is its table of the fields of each version of core metadata, and its `Distribution`,
which has them as attributes. Its `parse` is not used: it searches all headers once for each field,
and splits the description, which is most of the file, into lines.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from email.parser import HeaderParser
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

_END_OF_HEADERS = re.compile(r"\n\r?\n")

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


FIELDS = {
    version: {
        name.lower(): (attribute, repeated) for name, attribute, repeated in fields_of(version)
    }
    for version in {*HEADER_ATTRS, *LATER_FIELDS}
}
"""The attribute of each field and whether it may be repeated, by version and name in lower case."""

_NEWEST = max(FIELDS, key=_order)


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
        end = _END_OF_HEADERS.search(decoded)
        size = end.end() if end else len(decoded)
        # Attachments are not parsed then; nested ones would take minutes.
        message = HeaderParser().parsestr(decoded[:size])
        values: dict[str, list[str]] = {}
        for name, value in message.items():
            values.setdefault(name.lower(), []).append(value)
        for version in values.get("metadata-version", ())[:1]:
            self.metadata_version = _unfolded(version)
            self._set_fields(values)
        # The payload is empty, unless a line before is not a header: it begins there.
        if body := cast("str", message.get_payload()) + decoded[size:]:
            self.description = body

    def _set_fields(self, values: Mapping[str, Sequence[str]]) -> None:
        known = FIELDS.get(self.metadata_version or "", FIELDS[_NEWEST])
        for name, texts in values.items():
            attribute, repeated = known.get(name, ("", False))
            if repeated:
                setattr(self, attribute, [_unfolded(text) for text in texts])
            elif attribute:
                text = _dedented(texts[0]) if name == "description" else _unfolded(texts[0])
                if text != "UNKNOWN":
                    setattr(self, attribute, text)

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


def _unfolded(value: str) -> str:
    """Join the lines of a field (RFC 5322, section 2.2.3)."""
    return " ".join([line.strip() for line in value.splitlines()])


def _dedented(value: str) -> str:
    """Return a description that is a field, whose further lines are indented by 8 spaces."""
    return "\n".join([line.removeprefix(" " * 8) for line in value.strip().splitlines()])


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
