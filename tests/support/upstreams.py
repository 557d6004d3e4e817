"""An index elsewhere, in memory."""

from typing import Any, cast

from packaging.utils import NormalizedName

from ghpypi.core.model import UpstreamFile
from ghpypi.errors import FailedError


class MemoryUpstream:
    """Has the pages it was created with, and counts requests.

    Attributes:
        known: The files of projects, by name of the project.
        asked: Every question, as base and project.
        down: Why it answers nothing for now.
    """

    def __init__(self, **known: list[UpstreamFile]) -> None:
        self.known = {name.replace("_", "-"): files for name, files in known.items()}
        self.asked: list[tuple[str, str]] = []
        self.down = ""

    def files(self, base: str, name: NormalizedName, *, known: bool = False) -> list[UpstreamFile]:
        self.asked.append((base, name))
        if self.down:
            raise FailedError(f"{base}{name}/ cannot be read: {self.down}")
        return self.known.get(name, [])


def elsewhere(filename: str, **facts: Any) -> UpstreamFile:
    """Describe a file as an upstream index does."""
    file = {
        "filename": filename,
        "url": f"https://files.example/{filename}",
        "hashes": {"sha256": "ab" * 32},
        **{key.replace("_", "-"): value for key, value in facts.items()},
    }
    return cast("UpstreamFile", file)
