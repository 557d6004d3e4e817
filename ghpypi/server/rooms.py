"""What a server has to show, and who answers for what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ghpypi.server.files import Files
from ghpypi.server.gate import Gate
from ghpypi.server.http import Request, Response
from ghpypi.server.people import People
from ghpypi.server.reading import Reading
from ghpypi.server.stall import Stall

Rest = tuple[str, ...]


class Part(Protocol):
    """Something that answers what reading does not, such as uploads."""

    async def answer(self, request: Request, stall: Stall, rest: Rest) -> Response | None:
        """Answer a request, or leave it to others.

        Args:
            request: The request.
            stall: The store that the path names, or the one at the root.
            rest: What is left of the path.
        """
        ...

    def start(self) -> None:
        """Prepare what takes time, in the background: requests will come soon."""
        ...

    async def close(self) -> None:
        """Finish what was begun: no request comes any more."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What a server has to show; another one takes its place when settings change.

    Attributes:
        stalls: The stores by their paths in lower case: `owner/repo`, short names.
        first: The store at the root.
        gate: Decides who may do what.
        reading: Answers for pages.
        files: Answers for files.
        people: Answers browsers.
        parts: Answer what is left.
    """

    stalls: Mapping[str, Stall]
    first: Stall
    gate: Gate
    reading: Reading
    files: Files
    people: People
    parts: Sequence[Part] = ()

    @property
    def all(self) -> tuple[Stall, ...]:
        """Every store once."""
        return tuple({id(stall): stall for stall in self.stalls.values()}.values())

    @cached_property
    def open_to_all(self) -> bool:
        """Whether some private store can be read without signing in."""
        return any(map(self.gate.is_open, self.all))

    def find(self, segments: Rest) -> tuple[Stall, Rest]:
        """Find the store that a path names, and what is left of the path."""
        for length in (2, 1):
            path = "/".join(segments[:length])
            stall = self.stalls.get(path.lower() if path.isascii() else path)
            if stall is not None and len(segments) >= length:
                return stall, segments[length:]
        return self.first, segments
