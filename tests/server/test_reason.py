"""Reason phrases of our own, through the tables of uvicorn."""

import pytest
from uvicorn.protocols.http import h11_impl, httptools_impl

from ghpypi.server.reason import Spoken, teach_uvicorn


@pytest.fixture(autouse=True)
def taught() -> None:
    teach_uvicorn()
    teach_uvicorn()


def test_a_status_is_the_number_it_is_and_brings_its_phrase() -> None:
    status = Spoken(400, "File already exists")

    assert status == 400
    assert {400: "known"}[status] == "known"
    assert httptools_impl.STATUS_LINE[status] == b"HTTP/1.1 400 File already exists\r\n"
    assert h11_impl.STATUS_PHRASES[status] == b"File already exists"


def test_a_plain_number_has_the_usual_phrase() -> None:
    assert httptools_impl.STATUS_LINE[400] == b"HTTP/1.1 400 Bad Request\r\n"
    assert h11_impl.STATUS_PHRASES[404] == b"Not Found"


def test_a_phrase_is_ascii() -> None:
    assert Spoken(400, "é").phrase == b"?"
