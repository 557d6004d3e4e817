"""What wheel variants need, read, merged and written."""

import json
from typing import Any

import pytest

from ghpypi.core.site.tags import tags_of
from ghpypi.core.variant_metadata import (
    InvalidVariantsError,
    merge_variants,
    needs_in,
    parse_variants,
    variants_text,
)
from tests.support.variant_wheels import CUDA_12, CUDA_13, variants_json

MANY = {"nvidia": {"sm_arch": ["90", "100"]}, "x86_64": {"level": ["v3"]}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variants": []}, "no object 'variants'"),
        ({"variants": {"UPPER": {}}}, "'UPPER' is not valid"),
        ({"variants": {"a" * 17: {}}}, "is not valid"),
        ({"variants": {"a": []}}, "'a' is not valid"),
        ({"variants": {"a": {"b c": {}}}}, "'a' is not valid"),
        ({"variants": {"a": {"b": {"c": "d"}}}}, "'a' is not valid"),
        ({"variants": {"a": {"b": {"c": ["<"]}}}}, "'a' is not valid"),
        ({"default-priorities": {}}, "no list 'default-priorities.namespace'"),
        ({"default-priorities": {"namespace": ["A"]}}, "no list 'default-priorities.namespace'"),
        ({"$schema": 1}, r"'\$schema' is not a text"),
        ({"providers": []}, "'providers' are not an object"),
    ],
)
def test_metadata_that_is_not_valid_is_refused(change: dict[str, Any], message: str) -> None:
    text = json.dumps({**variants_json(), **change}).encode()
    with pytest.raises(InvalidVariantsError, match=message):
        parse_variants(text)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidVariantsError):
        parse_variants(text)


def test_variants_of_several_wheels_are_merged() -> None:
    shorter = variants_json(cu12=CUDA_12)
    longer = variants_json(cu13=CUDA_13)
    longer["default-priorities"] = {"namespace": ["nvidia", "x86_64"]}
    merged = merge_variants([shorter, longer, shorter])

    assert merged["variants"] == {"cu12": CUDA_12, "cu13": CUDA_13}
    assert merged["default-priorities"] == {"namespace": ["nvidia", "x86_64"]}
    assert merge_variants([longer, shorter]) == merged
    assert shorter == variants_json(cu12=CUDA_12)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (variants_json(cu12=CUDA_13), "'variants.cu12' differs"),
        ({**variants_json(), "default-priorities": {"namespace": ["x"]}}, "namespace' differs"),
        ({**variants_json(), "$schema": "other"}, r"'\$schema' differs"),
        ({**variants_json(), "providers": {"nvidia": {}}}, "'providers.nvidia' differs"),
    ],
)
def test_what_contradicts_is_not_merged(other: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidVariantsError, match=message):
        merge_variants([variants_json(cu12=CUDA_12), other])


def test_some_variants_are_written() -> None:
    document = variants_json(null={}, cu12=CUDA_12)

    assert json.loads(variants_text(document, {"null"})) == variants_json(null={})
    assert variants_text(document, {"cu12", "null"}) == variants_text(document, ["null", "cu12"])


def test_needs_are_reported_in_words() -> None:
    needs = "nvidia :: sm_arch :: 90 or 100, x86_64 :: level :: v3"

    assert needs_in(variants_json(a=MANY), "a") == needs
    assert needs_in(variants_json(), "a") == ""


def test_a_label_is_no_system() -> None:
    name = "acme_kern-1.0-cp312-cp312-manylinux_2_28_x86_64"

    assert tags_of(f"{name}-cu12.whl") == tags_of(f"{name}.whl")
