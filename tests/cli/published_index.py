"""An index that is published before a test changes it with a command."""

from collections.abc import Iterable, Mapping

from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import Built, publish_files, written


def in_folder(bench: Bench, config: str, releases: Mapping[str, Iterable[Built]]) -> None:
    """Publish the index of a folder, which is the store of further commands.

    Args:
        bench: Runs the commands.
        config: The content of its `ghpypi.toml`.
        releases: The files by release.
    """
    root = bench.folder / "index"
    for tag, files in releases.items():
        publish_files(DirectoryStore(root), list(files), tag)
    (root / "ghpypi.toml").write_text(config)
    bench.set(GHPYPI_STORE="./index")
    bench.run("index")


def on_github(bench: Bench, github: Emulator, config: str, *files: Built) -> Repository:
    """Publish the index of the repository `acme/pypi`, whose workflow has run."""
    written(bench.folder / "dist", *files)
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files({"ghpypi.toml": config.encode()})
    add_index_workflow(repository)
    bench.run("upload", "dist", "--rebuild")
    github.dispatches.clear()
    return repository
