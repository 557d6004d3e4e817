"""Which projects and files are checked: a sample by default, always the same one."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from packaging.version import Version

from ghpypi.core.verify.page import ListedFile, ParsedPage
from ghpypi.core.verify.pages import of_another_project

T = TypeVar("T")


class Sampling(NamedTuple):
    """How much is checked; `None` means everything.

    Attributes:
        projects: Projects whose pages are read.
        files: Files of each project that are opened.
        hashed: Files of each project that are downloaded for their hash.
        hashed_size: Maximum size of such a file, in bytes.
    """

    projects: int | None = 50
    files: int | None = 4
    hashed: int | None = 1
    hashed_size: int | None = 16 << 20

    @property
    def complete(self) -> bool:
        """Whether everything is checked."""
        return self == EVERYTHING


EVERYTHING = Sampling(projects=None, files=None, hashed=None, hashed_size=None)
"""For `--all`."""

NAMED = Sampling(projects=None, files=200, hashed=10)
"""For projects that the user named."""


def spread(items: Sequence[T], most: int | None) -> list[T]:
    """Choose items at equal distances, the first and the last among them."""
    if most is None or len(items) <= most:
        return list(items)
    if most == 1:
        return [items[0]]
    return [items[number * (len(items) - 1) // (most - 1)] for number in range(most)]


def chosen_files(page: ParsedPage, most: int | None) -> list[ListedFile]:
    """Choose files of a page: of the newest version first, and of older ones.

    Files that installers ignore, because of their names, are left out.
    """
    files = [file for file in page.files if file.parsed and not of_another_project(page, file)]
    # Of two files with one name, the first.
    unique = list({file.name: file for file in reversed(files)}.values())[::-1]
    # The sort is stable: files of one version stay in the order of the page.
    return spread(sorted(unique, key=version_of, reverse=True), most)


def version_of(file: ListedFile) -> Version:
    """Return the version of a file with a valid name."""
    assert file.parsed is not None  # noqa: S101 - others are left out
    return file.parsed.version
