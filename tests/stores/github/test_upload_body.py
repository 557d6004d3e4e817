import io
from typing import BinaryIO

import pytest

from ghpypi.errors import FailedError
from ghpypi.stores.github.upload_body import UploadBody
from tests.support.packages import new_asset


class Watched:
    """A body, and the progress that it reported."""

    def __init__(self, content: bytes, *, announced: bytes | None = None) -> None:
        self.pieces: list[bytes] = []
        self.restarts = 0
        self.opened: list[BinaryIO] = []

        def opener() -> BinaryIO:
            self.opened.append(io.BytesIO(content))
            return self.opened[-1]

        asset = new_asset("a.whl", content if announced is None else announced, opener=opener)
        self.body = UploadBody(asset, watch=self.pieces.append, restart=self.restart)

    def restart(self) -> None:
        self.restarts += 1
        self.pieces.clear()


def test_a_body_has_a_length_and_is_watched_piece_by_piece() -> None:
    watched = Watched(b"content")
    watched.body.rewind()
    while watched.body.read(3):
        pass

    assert len(watched.body) == 7
    assert watched.pieces == [b"con", b"ten", b"t", b""]
    assert watched.restarts == 0


def test_beginning_again_opens_the_file_again_and_closes_the_old_one() -> None:
    watched = Watched(b"content")
    watched.body.rewind()
    watched.body.rewind()
    assert watched.restarts == 0, "nothing was read"
    watched.body.read(3)
    watched.body.rewind()

    assert watched.restarts == 1
    assert watched.body.read() == b"content"
    assert [each.closed for each in watched.opened] == [True, True, False]
    watched.body.close()
    assert watched.opened[-1].closed


def test_before_it_was_begun_there_is_nothing_to_read() -> None:
    watched = Watched(b"content")
    watched.body.close()

    assert watched.body.read() == b""
    assert watched.opened == []


@pytest.mark.parametrize("content", [b"", b"conten", b"contents"], ids=["none", "less", "more"])
def test_a_file_of_another_length_is_not_sent_to_its_end(content: bytes) -> None:
    watched = Watched(content, announced=b"content")
    watched.body.rewind()

    def drain() -> None:
        while watched.body.read(4):
            pass

    with pytest.raises(FailedError, match=r"a\.whl changed while it was sent"):
        drain()
