"""What the fuzz tests have in common: how many inputs, and how inputs are mutated.

Mutation finds what the authors of hypothesis strategies did not think of, and hypothesis finds what
is valid almost everywhere. The inputs are the same in every run, unless `GHPYPI_FUZZ_SEED` says
otherwise; `GHPYPI_FUZZ_ROUNDS` multiplies their number.
"""

import os
import random
from collections.abc import Iterator, Sequence

from hypothesis import HealthCheck, settings

ROUNDS = int(os.environ.get("GHPYPI_FUZZ_ROUNDS", "1"))
SEED = int(os.environ.get("GHPYPI_FUZZ_SEED", "20260101"))

MUTATED = 2400 * ROUNDS
MADE_UP = 100 * ROUNDS
"""Inputs of each kind."""

made_up = settings(
    max_examples=MADE_UP,
    deadline=None,
    database=None,
    derandomize=ROUNDS == 1,
    suppress_health_check=list(HealthCheck),
)

TOKENS = (
    b"", b"\0", b"\r", b"\n\n", b"\xff", b"\x85", b"-", b"../", b"\\", b"%2e", b"1" * 5000,
    b"(" * 3000, b"Name: x\n", b"Requires-Dist: a[b]>=1; x\n", b"Content-Type: message/rfc822\n",
    b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\xff\xff\xff\xff", b"\x00\x08", b" (1)", b"!",
)  # fmt: skip
"""Of archives, metadata and filenames."""

TEXT_TOKENS = (
    b"", b"\0", b"\n", b"\r\n", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\xe2\x84\xaa", b"\x1b[2J",
    b"..", b"../", b"//", b"\\", b"%2e", b"%00", b"%zz", b"1" * 5000, b"-1", b"1e999", b"NaN",
    b"[" * 2000, b"{" * 50, b'"', b"'", b"\"'", b"null", b"true", b"[]", b"{}", b"=", b";", b",",
    b"http://[", b"https://a:b@c/", b"http://host:99999999/", b"javascript:x", b"<", b"&#0;", b"*",
)  # fmt: skip
"""Of documents, headers and addresses."""


def mutations(
    seeds: Sequence[bytes], count: int, tokens: Sequence[bytes] = TOKENS
) -> Iterator[bytes]:
    """Change, cut, repeat and insert bytes of seeds."""
    chance = random.Random(SEED)  # noqa: S311 - nothing here is secret
    for _ in range(count):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.choice([1, 1, 2, 4, 16])):
            at = chance.randrange(len(content) + 1)
            match chance.randrange(5):
                case 0:
                    content[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    content[at:at] = chance.choice(tokens)
                case 2:
                    del content[at : at + chance.choice([1, 4, 40])]
                case 3:
                    content[at : at + 4] = chance.randbytes(4)
                case _:
                    content[at:at] = content[at : at + chance.choice([1, 30, 100])]
        yield bytes(content)


def text_mutations(seeds: Sequence[str], count: int = MUTATED) -> Iterator[str]:
    """Mutate texts; what is no UTF-8 is in them as lone surrogates."""
    encoded = [seed.encode() for seed in seeds]
    for content in mutations(encoded, count, TEXT_TOKENS):
        yield content.decode("utf-8", "surrogateescape")
