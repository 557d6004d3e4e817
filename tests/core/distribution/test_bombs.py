"""Small archives that stand for gigabytes: what comes out of them is counted, and little is held.

The peak of memory is what Python allocated, counted by `tracemalloc`.
"""

import gzip
import io
import tracemalloc
from functools import cache

import pytest

from ghpypi.core.distribution.examine import examine, skim
from ghpypi.core.distribution.limits import JSON_LIMIT
from ghpypi.core.distribution.rules import Rule, Severity
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.names import Filename
from tests.hostile.bombs import BOMBS, MEBIBYTE
from tests.support.archives import SDIST_NAME, TOP, core_metadata, tar_of


@cache
def made(bomb: str) -> tuple[str, bytes, int]:
    name, make, most = BOMBS[bomb]
    return name, make(), most


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_with_little_memory(bomb: str) -> None:
    name, content, most = made(bomb)
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        issues = examine(file, Filename.parse(name), len(content)).verdict.issues
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [issue for issue in issues if issue.rule.severity is not Severity.DOUBTFUL]
    assert peak < most * MEBIBYTE


@pytest.mark.parametrize(
    "bomb", [each for each in BOMBS if each not in {"WHEEL", "RECORD", "one large member"}]
)
def test_the_index_holds_little_memory_too(bomb: str) -> None:
    name, content, most = made(bomb)
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        skim(file, Filename.parse(name))
    except InvalidMetadataError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < most * MEBIBYTE


def test_as_many_members_as_are_allowed_take_half_a_kilobyte_each() -> None:
    names = [f"{TOP}/{number}" for number in range(2000)]
    content = gzip.compress(
        tar_of([(f"{TOP}/PKG-INFO", core_metadata()), *((x, b"") for x in names)])
    )
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        found = examine(file, Filename.parse(SDIST_NAME), len(content))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.verdict.issues == ()
    assert peak < 2000 * 512 + MEBIBYTE


def test_metadata_of_many_fields_is_not_parsed() -> None:
    text = core_metadata(*["A: b"] * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidMetadataError, match="more than 20,000 lines"):
            Metadata.parse(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 * len(text)


def test_a_large_description_of_variants_is_not_read() -> None:
    content = b"[" + b"{}," * JSON_LIMIT
    tracemalloc.start()
    try:
        filename = Filename.parse("acme_lib-1.0-variants.json")
        (issue,) = examine(io.BytesIO(content), filename, len(content)).verdict.issues
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert issue.rule is Rule.TOO_LARGE
    assert peak < MEBIBYTE
