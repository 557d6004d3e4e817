"""Digests in checksum files."""

import pytest

from ghpypi.core.checksums import find_digest, has_digest_of, is_checksum_file

A, B = "a" * 64, "b" * 64
NAME = "acme_lib-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("text", "alone", "digest"),
    [
        (A, True, A),
        (f"{A.upper()}\n", True, A),
        (f"{A}  {NAME}\n", True, A),
        (f"{A} *{NAME}\r\n", False, A),
        (f"{B}  other.whl\n{A}  ./dist/{NAME}\n", False, A),
        (f"{A}  dist\\{NAME}\n", False, A),
        (f"# of dist\n\n{A}\t{NAME}  \n", False, A),
        (f"{A}  {NAME}\n{A}  {NAME}\n", False, A),
        (f"{A}  {NAME}\n{B}  {NAME}\n", False, None),
        (f"{A}\n", False, None),
        (f"{A}  other.whl", True, None),
        (f"{A[:-1]}  {NAME}", False, None),
        (f"{A}0  {NAME}", False, None),
        ("", True, None),
    ],
)
def test_a_digest_is_found_where_the_file_is_named(
    text: str, alone: bool, digest: str | None
) -> None:
    assert find_digest(text.encode(), NAME, alone=alone) == digest


def test_bytes_that_are_no_text_have_no_digest() -> None:
    assert find_digest(b"\xff\xfe\x00", NAME, alone=True) is None


def test_checksum_files_are_known_by_their_names() -> None:
    assert is_checksum_file(f"{NAME}.sha256")
    assert is_checksum_file("SHA256SUMS")
    assert is_checksum_file("sha256sums.txt")
    assert not is_checksum_file("SHA512SUMS")
    assert has_digest_of(f"{NAME}.sha256", NAME)
    assert not has_digest_of("other.whl.sha256", NAME)
    assert has_digest_of("SHA256SUMS", NAME)
