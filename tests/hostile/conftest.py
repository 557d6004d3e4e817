"""What the entrances need."""

from tests.cli.conftest import bench

__all__ = ["bench"]
