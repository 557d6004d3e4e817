"""SHA-256, a piece at a time."""

import hashlib
import io

import pytest

from ghpypi.core.digest import CHUNK, digest_file, digest_of


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_a_file_has_the_digest_of_its_bytes(size: int) -> None:
    content = b"x" * size

    assert digest_of(content) == hashlib.sha256(content).hexdigest()
    assert digest_file(io.BytesIO(content)) == digest_of(content)


def test_a_file_is_digested_from_its_current_position() -> None:
    file = io.BytesIO(b"abc")
    file.seek(1)

    assert digest_file(file) == digest_of(b"bc")
