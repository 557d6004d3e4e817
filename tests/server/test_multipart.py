"""Forms that arrive in pieces, valid and invalid ones."""

import hashlib
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.names import Filename
from ghpypi.errors import NotAllowedError, RefusedError
from ghpypi.server.upload.multipart import OTHER_FIELDS, FormReader, ReceivedUpload, TooLargeError
from tests.server.uploading import BOUNDARY, form

NAME = "acme_lib-1.0-py3-none-any.whl"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
END = f"--{BOUNDARY}--\r\n".encode()


def accept_all(filename: Filename) -> None:
    """Accept every file."""


def part(name: str, content: bytes, *, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def read(folder: Path, *pieces: bytes, largest: int = 1 << 20) -> ReceivedUpload:
    reader = FormReader(TYPE, folder, largest, accept=accept_all)
    try:
        for piece in pieces:
            reader.write(piece)
        return reader.end()
    except BaseException:
        reader.discard()
        raise


def fault(folder: Path, *pieces: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        read(folder, *pieces)
    (found,) = caught.value.faults

    assert list(folder.iterdir()) == []

    return found


def test_a_file_and_the_fields_of_interest_arrive(tmp_path: Path) -> None:
    content_type, body = form((NAME, b"content"), name="acme-lib", attestations="[]")
    received = read(tmp_path, body)

    assert content_type == TYPE
    assert received.path.name == NAME
    assert received.path.read_bytes() == b"content"
    assert received.fields["name"] == ("acme-lib",)
    assert "summary" not in received.fields
    assert received.digests == {
        "md5": hashlib.md5(b"content", usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(b"content").hexdigest(),
        "blake2_256": hashlib.blake2b(b"content", digest_size=32).hexdigest(),
    }


@given(cuts=st.lists(st.integers(0, 700), max_size=8))
def test_the_result_does_not_depend_on_the_pieces_of_the_body(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    _, body = form((NAME, b"\r\n--the\r\nbound" * 5), name="acme-lib")
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in pairwise(edges)]
    received = read(tmp_path_factory.mktemp("in"), *pieces)

    assert received.path.read_bytes() == b"\r\n--the\r\nbound" * 5
    assert received.fields["name"] == ("acme-lib",)


def test_the_file_may_come_before_the_fields(tmp_path: Path) -> None:
    body = part("content", b"x", filename=NAME) + part("name", b"acme-lib") + END

    assert read(tmp_path, body).fields == {"name": ("acme-lib",)}


def test_of_a_repeated_field_two_values_are_stored(tmp_path: Path) -> None:
    body = part("content", b"x", filename=NAME) + part("name", b"a") * 100 + END

    assert read(tmp_path, body).fields == {"name": ("a", "a")}


def test_a_large_file_is_never_held_in_memory(tmp_path: Path) -> None:
    head, piece = part("content", b"", filename=NAME)[:-2], bytes(1 << 20)
    reader = FormReader(TYPE, tmp_path, 1 << 30, accept=accept_all)
    tracemalloc.start()
    reader.write(head)
    for _ in range(64):
        reader.write(piece)
    reader.write(b"\r\n" + END)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert reader.end().path.stat().st_size == 64 << 20
    assert peak < 4 << 20


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([], "the form is incomplete"),
        ([part("name", b"x")], "the form is incomplete"),
        ([part("content", b"x", filename=NAME)], "the form is incomplete"),
        ([part("name", b"x") + END], "no file: the form has no field 'content'"),
        ([b"nonsense"], "malformed form"),
        ([part("content", b"x", filename="") + END], "'' is not a distribution filename"),
        ([part("content", b"x") + END], "'' is not a distribution filename"),
        ([part("content", b"x", filename="../" + NAME) + END], "is not a distribution filename"),
        (
            [part("content", b"x", filename="a-1.0-py3-none-any/x.whl") + END],
            "is not a distribution filename",
        ),
        (
            [part("content", b"x", filename="a-1.0\t.tar.gz") + END],
            "'a-1.0\\t.tar.gz' is not a distribution filename",
        ),
        ([part("content", b"x", filename=NAME) * 2 + END], "the form has more than one file"),
        ([part("name", b"x" * 2000) + END], "field 'name' exceeds 1,024 bytes"),
    ],
)
def test_other_forms_are_refused_and_leave_no_file(
    tmp_path: Path, pieces: list[bytes], expected: str
) -> None:
    assert expected in fault(tmp_path, *pieces)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", f"multipart/form-data; boundary={'x' * 300}"],
)
def test_another_kind_of_body_is_refused(tmp_path: Path, content_type: str) -> None:
    with pytest.raises(RefusedError):
        FormReader(content_type, tmp_path, 1, accept=accept_all)


def test_a_body_without_a_boundary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        FormReader("multipart/form-data", tmp_path, 1, accept=accept_all)

    assert [*caught.value.faults] == ["the Content-Type has no boundary"]


def test_a_file_is_refused_when_it_exceeds_the_limit(tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="the limit is 3 bytes"):
        read(tmp_path, part("content", b"xxxx", filename=NAME), largest=3)

    assert list(tmp_path.iterdir()) == []


def test_unused_fields_count_toward_the_limit(tmp_path: Path) -> None:
    reader = FormReader(TYPE, tmp_path, 1, accept=accept_all)
    reader.write(part("description", b"")[:-2])
    for _ in range(OTHER_FIELDS // (1 << 20) - 1):
        reader.write(bytes(1 << 20))
    with pytest.raises(TooLargeError, match="the fields of the form"):
        reader.write(bytes(1 << 20))


def test_a_caller_without_permission_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    def refuse_all(filename: Filename) -> None:
        raise NotAllowedError(f"not {filename.project}")

    reader = FormReader(TYPE, tmp_path, 1, accept=refuse_all)
    with pytest.raises(NotAllowedError, match="not acme-lib"):
        reader.write(part("content", b"x", filename=NAME))

    assert list(tmp_path.iterdir()) == []
