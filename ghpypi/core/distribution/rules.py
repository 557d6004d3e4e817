"""The rules for distributions, and their severities.

The severities were chosen by trying each kind of file with pip 26.3 and uv 0.13.8, and by reading
the checks of PyPI's upload API (`warehouse/forklift/legacy.py`). They are documented for users in
`docs/reference/distributions.md`, which a test compares with this file.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The severity of an issue.

    Attributes:
        UNUSABLE: No installer can use the file, or it is dangerous. Uploads reject it, and the
            index excludes it.
        UNACCEPTABLE: Some installers reject the file, or installers may read different contents.
            Uploads reject it; the index lists existing files with a warning.
        DOUBTFUL: Installers or PyPI disagree, but published files have it. Uploads and index
            accept it with a warning.
    """

    UNUSABLE = "unusable"
    UNACCEPTABLE = "unacceptable"
    DOUBTFUL = "doubtful"


class Rule(Enum):
    """A rule: its severity, and a description of its violation."""

    def __init__(self, severity: Severity, broken: str) -> None:
        self.severity = severity
        self.broken = broken

    DAMAGED = Severity.UNUSABLE, "the file is cut short or damaged: a checksum or a size is wrong"
    TOO_LARGE = Severity.UNUSABLE, "it expands beyond the limits below"
    ENCRYPTED = Severity.UNUSABLE, "a member is encrypted"
    UNSAFE_PATH = (
        Severity.UNUSABLE,
        "a member, or the target of a link, lies outside: an absolute path or `..`",
    )
    SPECIAL_FILE = Severity.UNUSABLE, "a member is a device or a pipe"
    DIST_INFO = (
        Severity.UNUSABLE,
        "a wheel has no `.dist-info` folder of its project at the top, or more than one",
    )
    MISSING_FILE = Severity.UNUSABLE, "a wheel has no `METADATA`, `WHEEL` or `RECORD`"
    WHEEL_VERSION = Severity.UNUSABLE, "`Wheel-Version` is missing or newer than 1"
    TOP_FOLDER = (
        Severity.UNUSABLE,
        "a source distribution does not have exactly one folder at the top",
    )
    METADATA = (
        Severity.UNUSABLE,
        "the core metadata cannot be read, or has no name or version",
    )
    CONTRADICTION = (
        Severity.UNUSABLE,
        "the core metadata names another project or version than the filename",
    )
    VARIANT = (
        Severity.UNUSABLE,
        "a wheel with a variant label has no `variant.json` of that variant, or an invalid one",
    )
    NO_JSON = Severity.UNUSABLE, "a `-variants.json` file is not JSON"
    COMPRESSION = (
        Severity.UNACCEPTABLE,
        "a member is compressed with anything but deflate, such as bzip2 or LZMA",
    )
    DUPLICATE = Severity.UNACCEPTABLE, "a wheel or `.zip` has two members of one name"
    STRAY_BYTES = (
        Severity.UNACCEPTABLE,
        "there are bytes before, between or after the members, or two tables of contents differ",
    )
    ODD_PATH = (
        Severity.UNACCEPTABLE,
        "the name of a member has a backslash or a control character, or an unknown encoding",
    )
    DIST_INFO_VERSION = Severity.UNACCEPTABLE, "the `.dist-info` folder is of another version"
    RECORD = Severity.UNACCEPTABLE, "`RECORD` cannot be read"
    ENTRY_POINTS = (
        Severity.UNACCEPTABLE,
        "`entry_points.txt` cannot be read, or a script would lie outside the folder of scripts",
    )
    SPARSE = Severity.UNACCEPTABLE, "a source distribution has sparse members"
    REQUIRES_DIST = Severity.UNACCEPTABLE, "a `Requires-Dist` cannot be read"
    LOCAL_VERSION = (
        Severity.UNACCEPTABLE,
        "the core metadata lacks the local version that the filename of a wheel has",
    )
    RECORD_DIFFERS = (
        Severity.DOUBTFUL,
        "`RECORD` does not list the members of the wheel, or has other hashes",
    )
    SCRIPT_NAME = (
        Severity.DOUBTFUL,
        "the name or value of a script is not one that the specification allows",
    )
    LINK = Severity.DOUBTFUL, "a wheel has a symbolic link, which installers write as a text file"
    REPEATED = Severity.DOUBTFUL, "a `.tar.gz` has two members of one name"
    NO_PKG_INFO = (
        Severity.DOUBTFUL,
        "a source distribution has no `PKG-INFO` in its top folder",
    )
    ENCODING = Severity.DOUBTFUL, "the core metadata is not UTF-8"
    METADATA_FIELD = (
        Severity.DOUBTFUL,
        "another field of the core metadata is not valid, such as an unknown license",
    )
    REQUIRES_PYTHON = (
        Severity.DOUBTFUL,
        "`Requires-Python` cannot be read, such as `>=3.6.*`; the index leaves it out",
    )


class Issue(NamedTuple):
    """A violation of a rule by a file.

    Attributes:
        rule: The rule.
        text: A sentence about the file.
    """

    rule: Rule
    text: str


class Verdict(NamedTuple):
    """All issues of one file, in the order in which they were found."""

    issues: tuple[Issue, ...] = ()

    @classmethod
    def of(cls, issues: Iterable[Issue]) -> "Verdict":
        """Collect issues, without duplicates."""
        return cls(issues=tuple(dict.fromkeys(issues)))

    @property
    def unusable(self) -> tuple[str, ...]:
        """The reasons why no installer can use the file."""
        return self._texts(Severity.UNUSABLE)

    @property
    def faults(self) -> tuple[str, ...]:
        """The reasons why uploads reject the file."""
        return self._texts(Severity.UNUSABLE, Severity.UNACCEPTABLE)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings for an accepted upload."""
        return self._texts(Severity.DOUBTFUL)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The issues of a file that the index lists nevertheless."""
        return self._texts(Severity.UNACCEPTABLE, Severity.DOUBTFUL)

    def _texts(self, *severities: Severity) -> tuple[str, ...]:
        return tuple(issue.text for issue in self.issues if issue.rule.severity in severities)
