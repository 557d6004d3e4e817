"""The workflow that `ghpypi init` writes, in a repository of the emulator."""

from ghpypi.core.workflows import WorkflowOptions, render
from tests.emulator import Emulator
from tests.emulator.repository import Repository

WORKFLOW = ".github/workflows/ghpypi-index.yml"


def add_index_workflow(repository: Repository) -> None:
    """Have a workflow listen to the event that starts the index."""
    repository.commit_files({WORKFLOW: render("index", WorkflowOptions())})


def add_index_repository(github: Emulator) -> Repository:
    """Add an index repository with its workflow, which the bot may write to."""
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    add_index_workflow(repository)
    return repository


def run_page(repository: Repository) -> str:
    """Give the page of the newest run of a workflow."""
    number = repository.runs[-1].id
    return f"{repository.world.server_url}/{repository.full_name}/actions/runs/{number}"
