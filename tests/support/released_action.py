"""The repository of ghpypi itself in the emulator, with a release of this version."""

from ghpypi.core.project import REPOSITORY, VERSION_TAG
from tests.emulator import Emulator
from tests.emulator.repository import Repository


def add_released_action(github: Emulator, tag: str = VERSION_TAG) -> Repository:
    """Add the repository of the Action, with a tag at the head of its branch."""
    github.add_organization(REPOSITORY.partition("/")[0])
    repository = github.add_repository(REPOSITORY)
    repository.git.set_ref(f"refs/tags/{tag}", str(repository.head("main")))
    return repository
