"""References of workflow files to the Action: `OWNER/REPO@REVISION`, pinned to a commit.

A pinned reference has the commit as its revision, and the tag in a comment:
`uses: ghpypi/ghpypi@COMMIT # v1.0.0`. Dependabot and Renovate update both.

Source: GitHub documentation, "Secure use reference", "Pin actions to a full-length commit SHA".
"""

import re
from typing import NamedTuple, Self

from packaging.version import InvalidVersion, Version

from ghpypi.core.parsing import parse_version
from ghpypi.core.project import MAJOR_TAG, REPOSITORY, VERSION_TAG

_COMMIT = re.compile(r"[0-9a-f]{40}")
_USES = re.compile(r"\buses: ([\w.-]+/[\w.-]+)@([\w./-]+)(?: # (\S+))?\s*$", re.MULTILINE)
_RELEASE = re.compile(r"v?\d+\.\d+\.\d+")
_PIN = re.compile(r"(\buses: [\w./-]+)@[0-9a-f]{40} # \S+[ \t]*$", re.MULTILINE)


class ActionReference(NamedTuple):
    """The Action as a workflow refers to it.

    Attributes:
        repository: `OWNER/REPO`.
        revision: A tag, a branch or a commit.
        tag: The tag of the commit, from the comment beside it; empty if there is none.
    """

    repository: str
    revision: str
    tag: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `OWNER/REPO@REVISION`."""
        repository, _, revision = text.partition("@")
        return cls(repository=repository, revision=revision)

    @property
    def name(self) -> str:
        """The Action with its tag, or with its commit if that has no tag."""
        return f"{self.repository}@{self.tag or self.revision}"

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit."""
        return _COMMIT.fullmatch(self.revision) is not None

    def pin(self, commit: str) -> Self:
        """Refer to a commit, with the tag as a comment; empty if the commit is unknown."""
        if not commit or self.is_pinned:
            return self
        return self._replace(revision=commit, tag=self.revision)

    def __str__(self) -> str:
        """Return what is written after `uses:`."""
        comment = f" # {self.tag}" if self.tag else ""
        return f"{self.repository}@{self.revision}{comment}"


RELEASED = ActionReference(repository=REPOSITORY, revision=VERSION_TAG)
"""The release of this version."""


def wanted_reference(found: str, requested: str = "") -> ActionReference:
    """Choose the Action for a file; a tag is still to be resolved with `pin`.

    Args:
        found: The existing file; empty if there is none.
        requested: The Action that the user asks for; empty for the release of this version.
            An existing file then keeps another repository, the major tag, and a newer release,
            which Dependabot or Renovate may have pinned.
    """
    existing = _references(found)
    if requested:
        wanted = ActionReference.parse(requested)
    else:
        wanted = next((each for each in existing if _is_kept(each)), RELEASED)
    if _version(wanted.tag or wanted.revision):  # of a release, so the tag does not move
        return _pinned(existing, wanted) or wanted
    return wanted._replace(revision=wanted.tag or wanted.revision, tag="")


def pinned_reference(found: str, wanted: ActionReference, commit: str) -> ActionReference:
    """Pin the Action to a commit, or where that is unknown as the existing file does."""
    pinned = wanted.pin(commit)
    return pinned if pinned.is_pinned else _pinned(_references(found), wanted) or wanted


def without_pins(text: str) -> str:
    """Remove the commits of all Actions from a workflow file.

    A file in which only these differ was updated by Dependabot or Renovate, not by hand.
    """
    return _PIN.sub(r"\1", text)


def _references(text: str) -> list[ActionReference]:
    return [
        ActionReference(repository=name, revision=revision, tag=tag)
        for name, revision, tag in _USES.findall(text)
    ]


def _pinned(existing: list[ActionReference], wanted: ActionReference) -> ActionReference | None:
    return next((each for each in existing if each.is_pinned and each.name == wanted.name), None)


def _is_kept(reference: ActionReference) -> bool:
    if reference.repository != REPOSITORY:
        return True
    if (reference.tag or reference.revision) == MAJOR_TAG:
        return True
    version = _version(reference.tag or reference.revision)
    return version is not None and version >= parse_version(VERSION_TAG)


def _version(tag: str) -> Version | None:
    """Return the version of the tag of a release; none for a tag that moves, such as `v1`."""
    if not _RELEASE.match(tag):
        return None
    try:
        return parse_version(tag)
    except InvalidVersion:
        return None
