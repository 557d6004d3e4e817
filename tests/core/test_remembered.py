"""Caches of texts that others choose have no long ones."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from ghpypi.core import identity, metadata, names
from ghpypi.core.catalog import checks
from ghpypi.core.distribution import core_metadata, examine
from ghpypi.core.remembered import LONGEST, remembered
from ghpypi.errors import GhpypiError

LONG = "a" * 1_000_000


def test_results_for_short_texts_are_remembered() -> None:
    calls = list[tuple[str, int]]()

    @remembered(2, longest=3)
    def noted(text: str, number: int) -> str:
        calls.append((text, number))
        return f"{text}{number}"

    results = [noted(each, 1) for each in ("abc", "abc", "abcd", "abcd")]

    assert results == ["abc1", "abc1", "abcd1", "abcd1"]
    assert calls == [("abc", 1), ("abcd", 1), ("abcd", 1)]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (core_metadata._is_requirement, LONG),
        (core_metadata._is_requirement, f"acme{'=' * LONGEST}1"),
        (metadata._is_specifier, f">={LONG}"),
        (identity.upstream_identity, f"{LONG}-1.0-py3-none-any.whl"),
        (checks.read_locations, b'[["%s"]]' % LONG.encode()),
        (examine._parsed, b"Metadata-Version: 2.1\nName: a\nVersion: 1\n\n%s" % LONG.encode()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_long_text_is_not_remembered(function: Callable[[Any], Any], text: str | bytes) -> None:
    cache_info = function.cache_info  # type: ignore[attr-defined]
    before = cache_info()
    with suppress(GhpypiError, ValueError):
        function(text)

    assert cache_info() == before


def test_a_long_version_is_compared_without_being_remembered() -> None:
    before = names.version_key.cache_info()

    assert not names.same_version(LONG, "1.0")
    assert names.same_version(f"1.0+{'a' * LONGEST}", f"1.0.0+{'a' * LONGEST}")
    assert names.version_key.cache_info() == before
