"""Reason phrases of our own: ASGI has no word for them, and twine and hatch print nothing else."""

from typing import Self


class Spoken(int):
    """An HTTP status that brings its reason phrase along; in all else it is the number."""

    phrase: bytes

    def __new__(cls, status: int, phrase: str) -> Self:
        """Make one; the phrase is printable ASCII."""
        self = super().__new__(cls, status)
        self.phrase = phrase.encode("ascii", "replace")
        return self


class _Phrases(dict[int, bytes]):
    """What uvicorn looks phrases up in."""

    def __getitem__(self, status: int) -> bytes:
        return status.phrase if type(status) is Spoken else super().__getitem__(status)


class _Lines(dict[int, bytes]):
    """What uvicorn looks status lines up in."""

    def __getitem__(self, status: int) -> bytes:
        if type(status) is Spoken:
            return b"HTTP/1.1 %d %s\r\n" % (status, status.phrase)
        return super().__getitem__(status)


def teach_uvicorn() -> None:
    """Have uvicorn say the phrases; doing so twice does no harm.

    Its two tables are no part of what it promises. Should they go, all goes on working, and
    twine prints "Bad Request" until there is another way.
    """
    from uvicorn.protocols.http import h11_impl, httptools_impl  # noqa: PLC0415

    if hasattr(httptools_impl, "STATUS_LINE"):
        httptools_impl.STATUS_LINE = _Lines(httptools_impl.STATUS_LINE)
    if hasattr(h11_impl, "STATUS_PHRASES"):
        h11_impl.STATUS_PHRASES = _Phrases(h11_impl.STATUS_PHRASES)
