"""Fixtures of the tests of commands, for those of documents."""

from tests.cli.conftest import bench, empty_github

__all__ = ["bench", "empty_github"]
