"""Pages of the Simple API as they are written, with their faults.

Other readers of pages leave out what is not valid, because they need something to install. Here
everything is kept, because each fault is reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urldefrag

from ghpypi.core.names import Filename, InvalidFilenameError
from ghpypi.core.parsing import split_url
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.rules import VerifyRule

Form = Literal["html", "json"]

MOST_LINKS = 2_000_000
"""Maximum number of projects in a list. The public index has a third of it."""

MOST_FILES = 200_000
"""Maximum number of files of a project. Each takes a kilobyte of memory."""

BARE = None
"""The value of an attribute that has none, such as in `<a data-yanked>`."""


@dataclass(frozen=True, kw_only=True)
class ListedFile:
    """A file on a project page.

    Attributes:
        written: The URL as written.
        url: The absolute URL with its fragment; empty if it is not valid.
        name: The filename: in JSON `filename`, in HTML the last part of the URL.
        text: The text of the link; `None` in JSON.
        values: Other values by the key of the JSON form; in HTML strings, or `BARE`.
        hashes: The hashes by algorithm.
    """

    written: str
    url: str
    name: str
    text: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def parsed(self) -> Filename | None:
        """The parsed filename; `None` if it is not the name of a distribution."""
        try:
            return Filename.parse(self.name)
        except InvalidFilenameError:
            return None

    @cached_property
    def address(self) -> str:
        """The absolute URL without its fragment."""
        return urldefrag(self.url).url if self.url else ""

    @property
    def last_part(self) -> str:
        """The last part of the path of the URL, decoded; pip takes the filename from it."""
        return unquote(split_url(self.address).path.rpartition("/")[2])

    @property
    def sha256(self) -> str:
        """The SHA-256; empty if there is none."""
        value = self.hashes.get("sha256", "")
        return value.lower() if isinstance(value, str) else ""

    @property
    def yanked(self) -> bool:
        """Whether the file is yanked."""
        return "yanked" in self.values and self.values["yanked"] is not False

    @property
    def metadata_hash(self) -> str | None:
        """The SHA-256 of its metadata file, empty if only its existence is claimed.

        Returns:
            `None` if no metadata file is offered, or the value is not valid.
        """
        value = self.values.get("core-metadata")
        if isinstance(value, Mapping):
            return str(value.get("sha256", "")).lower()
        return "" if value is True else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPage:
    """A project page.

    Attributes:
        url: Its URL, after redirects.
        project: The normalized name of its project.
        form: The form in which it is written.
        files: Its files, in order.
        api_versions: The declared versions of the API; HTML may have several.
        status: The project status as written; `None` if there is none.
        base: The `href` of `<base>` as written; empty if there is none.
        document: The document, if it is JSON.
        unclosed: It has `<html>` or `<body>`, but not its end.
    """

    url: str
    project: str
    form: Form
    files: tuple[ListedFile, ...]
    api_versions: tuple[Any, ...] = ()
    status: Any = None
    base: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    unclosed: bool = False

    def finding(self, rule: VerifyRule, detail: str = "") -> VerifyFinding:
        """Return a finding about the page."""
        return VerifyFinding(rule=rule, url=self.url, detail=detail, project=self.project)

    def about(self, file: ListedFile, rule: VerifyRule, detail: str = "") -> VerifyFinding:
        """Return a finding about a file on the page."""
        return VerifyFinding(
            rule=rule, url=self.url, detail=detail, project=self.project, filename=file.name
        )


class ListedProject(NamedTuple):
    """An entry of the list of projects.

    Attributes:
        name: The name as written: the text of a link, or its URL if the text is cut.
        url: The absolute URL of the link; empty in JSON.
        written: The URL as written.
    """

    name: str
    url: str = ""
    written: str = ""


class ParsedRoot(NamedTuple):
    """The list of projects.

    Attributes:
        url: Its URL, after redirects.
        form: The form in which it is written.
        projects: The entries, in order.
        api_versions: The declared versions of the API.
        unclosed: It has `<html>` or `<body>`, but not its end.
    """

    url: str
    form: Form
    projects: tuple[ListedProject, ...]
    api_versions: tuple[Any, ...] = ()
    unclosed: bool = False

    def finding(self, rule: VerifyRule, detail: str = "") -> VerifyFinding:
        """Return a finding about the list."""
        return VerifyFinding(rule=rule, url=self.url, detail=detail)


class PageFaultError(ValueError):
    """A page cannot be parsed.

    Args:
        rule: The violated rule.
        detail: What is wrong with the page.
    """

    def __init__(self, rule: VerifyRule, detail: str = "") -> None:
        super().__init__(detail or rule.broken)
        self.rule = rule
        self.detail = detail
