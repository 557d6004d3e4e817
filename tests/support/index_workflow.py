"""The workflow that `ghpypi init` writes, in a repository of the emulator."""

from ghpypi.core.workflows import WorkflowOptions, render
from tests.emulator.repository import Repository

WORKFLOW = ".github/workflows/ghpypi-index.yml"


def add_index_workflow(repository: Repository) -> None:
    """Have a workflow listen to the event that starts the index."""
    repository.commit_files({WORKFLOW: render("index", WorkflowOptions())})
