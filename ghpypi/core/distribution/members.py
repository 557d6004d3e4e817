"""Validation of names of members and targets of links."""

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath

from ghpypi.core.distribution.contents import Kind, Member, Members, listed, quoted
from ghpypi.core.distribution.rules import Issue, Rule

_ORDINARY = re.compile(r"(?:\w[\w.+~-]*+/)*+(?:\w[\w.+~-]*+)?")
"""Paths whose parts begin with a letter, digit or underscore, such as those of most members: they
are not outside, and have no odd character."""

_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def path_issues(members: Members) -> Iterator[Issue]:
    """Yield issues of names that are outside of the archive, or that systems treat differently."""
    # If all names joined to one path are ordinary, each of them is.
    ordinary = _ORDINARY.fullmatch("/".join(members.files))
    unsafe, odd = [], []
    for name in [each.name for each in members.others] if ordinary else members.names:
        if is_outside(name):
            unsafe.append(name)
        elif "\\" in name or _CONTROL.search(name):
            odd.append(name)
    if unsafe:
        yield Issue(Rule.UNSAFE_PATH, f"it has members outside of its folder: {listed(unsafe)}")
    if odd:
        yield Issue(
            Rule.ODD_PATH,
            f"it has members with a backslash or control character: {listed(odd)}",
        )


def link_issues(members: Members, *, within_top: bool) -> Iterator[Issue]:
    """Yield issues of special files, and of links to paths outside of the archive (PEP 706).

    Args:
        members: All members; links with unknown targets are not checked.
        within_top: Links must stay within the top folder, because installers strip its name.
    """
    for member in members.others:
        if member.kind is Kind.SPECIAL:
            yield Issue(Rule.SPECIAL_FILE, f"{quoted(member.name)} is not a file, folder or link")
        elif member.target and _leads_out(member, within_top=within_top):
            yield Issue(
                Rule.UNSAFE_PATH,
                f"the {member.kind} {quoted(member.name)} refers to {quoted(member.target)}, "
                "which is outside of the archive",
            )


def is_outside(path: str) -> bool:
    """Return whether a path is absolute on any system, or has a `..` segment."""
    slashed = path.replace("\\", "/")
    return slashed.startswith("/") or bool(_DRIVE.match(path)) or ".." in slashed.split("/")


def top_of(name: str) -> str:
    """Return the first folder of a path."""
    return name.removeprefix("./").partition("/")[0]


def _leads_out(member: Member, *, within_top: bool) -> bool:
    if _DRIVE.match(member.target):
        return True
    # The target of a hard link is a name in the archive, that of a symbolic link a relative path.
    base = dirname(member.name) if member.kind is Kind.SYMLINK else ""
    path = normpath(join(base, member.target.replace("\\", "/")))
    if within_top:
        return path.partition("/")[0] != top_of(member.name)
    return is_outside(path)
