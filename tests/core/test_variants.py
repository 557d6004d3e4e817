"""What version, tag and label say of the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from ghpypi.core.config.indexes import INDEX_NAME, TAKEN
from ghpypi.core.config.variants import Dimension, VariantsConfig
from ghpypi.core.indexes.variants import is_unlabeled, variant_of
from tests.support.files import made
from tests.support.strategies import texts


def one(
    sources: tuple[str, ...] = ("local-version",),
    pattern: str = ".+",
    plain: tuple[tuple[str, SpecifierSet], ...] = (),
) -> VariantsConfig:
    """Make variants of one dimension."""
    return VariantsConfig(dimensions=(Dimension(sources=sources, pattern=pattern, plain=plain),))


def local(version: str, pattern: str = r"cu\d+|rocm[\d.]+|cpu|musa\d+") -> str:
    config = one(sources=("local-version",), pattern=pattern)
    return variant_of(made(f"acme_lib-{version}-py3-none-any.whl"), config)


@pytest.mark.parametrize(
    ("version", "variant"),
    [
        ("1.0", ""),
        ("1.0+cu128", "cu128"),
        ("1.0+CU128", "cu128"),
        ("1.0+cu124avx", ""),
        ("1.0+xcu124", ""),
        ("1.0+avx2.cu124.abi", "cu124"),
        ("1.0+cu12torch2.3cxx11abiFALSE", ""),
        ("1.0+rocm6.3", "rocm6.3"),
        ("1.0+cpu", "cpu"),
        ("1.0+musa43", "musa43"),
        ("1.0+gaa384b3c0.cu130", "cu130"),
        ("1.0+gaa384b3c0", ""),
        ("1.0rc1+cu128", "cu128"),
        ("1.0.post2.dev3+cu128", "cu128"),
    ],
)
def test_a_local_version_names_a_variant(version: str, variant: str) -> None:
    assert local(version) == variant


def test_without_a_pattern_the_whole_local_version_is_the_variant() -> None:
    assert local("2.8+cu12torch2.3cxx11abiFALSE", ".+") == "cu12torch2.3cxx11abifalse"


def test_the_first_group_names_the_variant_if_there_is_one() -> None:
    assert local("2.8+cu12torch2.3", r"cu\d+(torch[\d.]+)(x)?") == "torch2.3"
    assert local("2.8+cu12torch2.3cxx11abiTRUE", r"(cu\d+)") == "cu12"
    assert local("2.8+cu12torch2.3", r"cu\d+(?:torch[\d.]+)") == "cu12torch2.3"


def test_a_group_that_takes_no_part_names_none() -> None:
    assert local("2.8+cu12", r"cu12(torch)?") == ""


@pytest.mark.parametrize(
    ("tag", "variant"),
    [("v0.3.4-cu124", "cu124"), ("v0.3.4", ""), ("v0.3.4-Hip Radeon/x", "hip-radeon-x")],
)
def test_a_tag_names_a_variant_in_the_form_of_an_index(tag: str, variant: str) -> None:
    config = one(sources=("tag",), pattern=r"^v[\d.]+-(.+)")

    assert variant_of(made("a-1.zip", tag), config) == variant


def test_a_label_names_a_variant() -> None:
    config = one(sources=("label",), pattern=r"\[(.+)\]")

    assert variant_of(made("a-1.zip", label="for GPUs [cu128]"), config) == "cu128"
    assert variant_of(made("a-1.zip"), config) == ""


def test_nowhere_is_no_variant() -> None:
    assert variant_of(made("a-1.0+cu128-py3-none-any.whl"), VariantsConfig()) == ""


# Platform wheels without a variant

PLAIN_RULES = (("cu118", SpecifierSet("<0.2")), ("cu129", SpecifierSet(">=0.3.4")))


@pytest.mark.parametrize(
    ("filename", "variant"),
    [
        ("kern-0.1-cp311-cp311-linux_x86_64.whl", "cu118"),
        ("kern-0.1rc1-cp311-abi3-win_amd64.whl", "cu118"),
        ("kern-0.2-cp311-cp311-linux_x86_64.whl", ""),
        ("kern-0.3.4-py3-none-manylinux_2_35_x86_64.whl", "cu129"),
        ("kern-0.1+cu128-cp311-cp311-linux_x86_64.whl", "cu128"),
        ("kern-0.1-py3-none-any.whl", ""),
        ("kern-0.1-cp311-none-any.whl", ""),
        ("kern-0.1.tar.gz", ""),
        ("kern-0.1-variants.json", ""),
    ],
)
def test_plain_names_the_variant_of_platform_wheels_alone(filename: str, variant: str) -> None:
    config = one(sources=("local-version",), pattern=r"cu\d+", plain=PLAIN_RULES)

    assert variant_of(made(filename), config) == variant


@pytest.mark.parametrize(
    ("filename", "unlabeled"),
    [
        ("kern-1-cp311-cp311-linux_x86_64.whl", True),
        ("kern-1+rocm6-cp311-cp311-linux_x86_64.whl", True),
        ("kern-1-2-py2.py3-none-macosx_11_0_arm64.whl", True),
        ("kern-1-py3-none-any-x86_64.whl", False),
        ("kern-1+cu128-cp311-cp311-linux_x86_64.whl", False),
        ("kern-1+rocm6-py3-none-any.whl", False),
        ("kern-1.zip", False),
    ],
)
def test_a_platform_wheel_in_which_nothing_is_found_is_unlabeled(
    filename: str, unlabeled: bool
) -> None:
    config = one(sources=("local-version",), pattern=r"cu\d+")

    assert is_unlabeled(made(filename), config) is unlabeled


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_a_variant_gets_out_of_the_way_of_other_places_of_the_site(name: str) -> None:
    config = one(sources=("tag",), pattern=".+")

    assert variant_of(made("a-1.zip", name), config) == f"variant-{name}"


@given(tag=texts, pattern=st.sampled_from([".+", "(?s).*", r"(\w+)"]))
def test_a_variant_is_always_a_good_name_of_an_index(tag: str, pattern: str) -> None:
    variant = variant_of(made("a-1.zip", tag), one(sources=("tag",), pattern=pattern))

    assert variant == "" or INDEX_NAME.fullmatch(variant)
    assert variant not in TAKEN
