"""What to do next in a folder: the advice of `ghpypi` without a command."""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is in the current folder.

    Attributes:
        store: The store that the environment, `ghpypi.toml` or the git remote names; may be empty.
        is_repository: Whether that is a repository on GitHub.
        is_index: Whether the folder itself is a store that has an index.
        index: The path of a folder store below this one; may be empty.
        is_project: Whether there is a `pyproject.toml` of a project that can be built.
        distributions: How many files of `dist/` can be uploaded.
    """

    store: str = ""
    is_repository: bool = False
    is_index: bool = False
    index: str = ""
    is_project: bool = False
    distributions: int = 0


class NextStep(NamedTuple):
    """A command, and what it does."""

    command: str
    text: str


def next_steps(found: Surroundings) -> tuple[str, tuple[NextStep, ...]]:
    """Choose what a user may want to do here.

    Returns:
        A sentence about the folder, and commands, the most likely first.
    """
    if found.is_index:
        return "This folder is a package index.", tuple(_for_folder("."))
    if found.is_project or found.distributions:
        return _about_project(found), tuple(_for_project(found))
    if found.is_repository:
        return f"This is a checkout of {found.store}.", tuple(_for_repository(found.store))
    if store := found.store or found.index:
        return f"The package index of this folder is {store}.", tuple(_for_folder(quote(store)))
    return "There is no project and no package index here.", tuple(_for_newcomers())


def _about_project(found: Surroundings) -> str:
    if not found.distributions:
        return "This is a project that has not been built."
    files = "1 file" if found.distributions == 1 else f"{found.distributions} files"
    return f"There is a dist/ with {files} to upload."


def _for_project(found: Surroundings) -> Iterator[NextStep]:
    store = found.index or found.store
    chosen = f" --store {quote(found.index)}" if found.index else ""
    target = chosen if store else " --store OWNER/REPO"
    if found.distributions:
        yield NextStep(command=f"ghpypi upload dist/{target}", text="upload these files")
    else:
        yield NextStep(command=f"ghpypi upload --build{target}", text="build and upload it")
    if found.is_repository and not found.index:
        yield NextStep(
            command=f"ghpypi init {found.store}", text=f"set up {found.store} as an index, once"
        )
    elif not store:
        yield NextStep(command="ghpypi init OWNER/REPO", text="set up an index on GitHub, once")
        yield NextStep(command="ghpypi init ./index", text="or in a folder")


def _for_repository(store: str) -> Iterator[NextStep]:
    yield NextStep(command=f"ghpypi init {store}", text="set it up as an index, or repair it")
    yield NextStep(command="ghpypi list", text="show what its index has")
    yield NextStep(command="ghpypi doctor", text="check its setup")


def _for_folder(store: str) -> Iterator[NextStep]:
    yield NextStep(command=f"ghpypi list --store {store}", text="show what it has")
    yield NextStep(command=f"ghpypi upload FILES --store {store}", text="add files")
    yield NextStep(command=f"ghpypi verify {store}", text="check it as pip and uv see it")
    yield NextStep(command=f"ghpypi serve {store}", text="serve it")


def _for_newcomers() -> Iterator[NextStep]:
    yield NextStep(command="ghpypi demo", text="see the whole loop on this machine, in a minute")
    yield NextStep(command="ghpypi init OWNER/REPO", text="set up an index on GitHub")
    yield NextStep(command="ghpypi init ./index", text="set up an index in a folder")
