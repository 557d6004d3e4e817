"""Several dimensions of variants: an index for each combination that exists, and coarser ones."""

import pytest

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import is_index_name
from ghpypi.core.indexes.unlisted import unlisted
from ghpypi.core.indexes.variants import variant_of_tag
from ghpypi.errors import ConfigError, FailedError
from tests.support.catalogs import no_parts, read_back
from tests.support.files import entry_of, indexes_of, made, offers_of

CUDA = r"""
[variants.dimensions.cuda]
pattern = '(cu\d+)'
"""
TORCH = r"""
[variants.dimensions.torch]
pattern = '(torch[\d.]+)'
optional = {}
"""
CHANNEL = """
[variants.dimensions.channel]
from = "tag"
pattern = '^(nightly)-'
shared = false
"""
AVX = """
[variants.dimensions.avx]
from = ["tag", "local-version"]
pattern = '(basic|avx512|avx2|avx|wheels)$'
plain = "avx2"
rename = { wheels = "avx2" }
"""


def wheel(local: str, *, platform: str = "linux_x86_64", version: str = "1") -> str:
    return f"kern-{version}{'+' if local else ''}{local}-cp312-cp312-{platform}.whl"


def offered(toml: str, *files: tuple[str, str]) -> dict[str, list[str]]:
    """Name the files of each index as tag and local version, or name if there is none."""
    entry = entry_of(*(made(name, tag, text=tag) for name, tag in files))
    indexes = indexes_of(toml, [entry])
    held = indexes.holding(indexes.membership(entry.project))
    return {
        name: [f"{x.tag} {x.version.partition('+')[2] or x.filename[-8:]}" for x in offer.files]
        for name, offer in indexes.offers(entry, held)
    }


# Which indexes there are, and what they offer


def test_each_combination_that_exists_has_an_index() -> None:
    toml = CUDA + TORCH.format("true")
    files = [(wheel(f"cu{a}torch2.{b}"), "v1") for a, b in ((118, 3), (118, 4), (128, 4))]

    assert offered(toml, *files, ("kern-1.tar.gz", "v1")) == {
        "": ["v1 1.tar.gz"],
        "cu118/torch2.3": ["v1 1.tar.gz", "v1 cu118torch2.3"],
        "cu118/torch2.4": ["v1 1.tar.gz", "v1 cu118torch2.4"],
        "cu128/torch2.4": ["v1 1.tar.gz", "v1 cu128torch2.4"],
    }


def test_the_coarser_index_has_the_newest_of_each_version_and_machine() -> None:
    toml = CUDA + TORCH.format('"newest"')
    files = [
        (wheel("cu128torch2.9"), "v1"),
        (wheel("cu128torch2.10"), "v1"),
        (wheel("cu128torch2.9", platform="win_amd64"), "v1"),
        (wheel("cu128torch2.8", version="2"), "v2"),
    ]

    found = offered(toml, *files)

    assert found["cu128"] == ["v1 cu128torch2.9", "v1 cu128torch2.10", "v2 cu128torch2.8"]
    assert offers_of(toml, entry_of(*(made(*each) for each in files)))["cu128"] == [
        wheel("cu128torch2.9", platform="win_amd64"),
        wheel("cu128torch2.10"),
        wheel("cu128torch2.8", version="2"),
    ]


def test_a_platform_wheel_without_an_optional_value_is_in_the_coarser_index_alone() -> None:
    files = [(wheel("cu128"), "v1"), (wheel("cu128torch2.8"), "v1")]

    found = offered(CUDA + TORCH.format("true"), *files)

    assert found == {"cu128": ["v1 cu128"], "cu128/torch2.8": ["v1 cu128torch2.8"]}


def test_a_platform_wheel_without_a_required_value_is_in_no_index_of_variants() -> None:
    files = [made(wheel("torch2.8")), made(wheel("cu128")), made(wheel("cu128torch2.8"))]
    entry = entry_of(*files)
    indexes = indexes_of(CUDA + TORCH.format("false"), [entry])
    membership = indexes.membership(entry.project)

    assert indexes.names == ("", "cu128/torch2.8")
    assert unlisted(entry, membership, indexes).unlabeled == (wheel("cu128"), wheel("torch2.8"))


def test_releases_of_a_channel_share_nothing_with_others_and_have_a_main_index_of_their_own() -> (
    None
):
    files = [
        (wheel("cu128"), "v1"),
        ("kern-1-py3-none-any.whl", "v1"),
        (wheel("cu128", version="2.dev1"), "nightly-1"),
        ("kern-2.dev1-py3-none-any.whl", "nightly-1"),
    ]

    assert offered(CHANNEL + CUDA, *files) == {
        "": ["v1 -any.whl"],
        "cu128": ["v1 -any.whl", "v1 cu128"],
        "nightly": ["nightly-1 -any.whl"],
        "nightly/cu128": ["nightly-1 -any.whl", "nightly-1 cu128"],
    }


def test_files_of_one_name_are_separated_by_all_dimensions() -> None:
    tags = ("wheels", "AVX", "AVX512", "basic")
    files = [(wheel("cu117"), tag) for tag in tags]
    more = [(wheel("cu117avx", version="2"), "textgen"), (wheel("cu117", version="2"), "textgen")]

    assert offered(AVX + CUDA, *files, *more) == {
        "avx/cu117": ["AVX cu117", "textgen cu117avx"],
        "avx2/cu117": ["wheels cu117", "textgen cu117"],
        "avx512/cu117": ["AVX512 cu117"],
        "basic/cu117": ["basic cu117"],
    }


def test_the_main_index_has_the_default_of_each_dimension() -> None:
    toml = AVX + CUDA + "default = 'cu118'\n"
    files = [(wheel("cu117"), "wheels"), (wheel("cu118"), "wheels"), (wheel("cu118"), "AVX")]

    assert offered(toml, *files)[""] == ["wheels cu118"]


def test_the_main_index_takes_the_newest_where_no_value_is_the_default() -> None:
    toml = CUDA + "default = 'cu128'\n" + TORCH.format('"newest"')
    files = [(wheel(x), "v1") for x in ("cu118torch2.8", "cu128torch2.8", "cu128torch2.7")]

    assert offered(toml, *files)[""] == ["v1 cu128torch2.8"]
    assert offered(toml, *files)["cu128"] == ["v1 cu128torch2.8"]


def test_aliases_are_substituted_within_each_combination() -> None:
    toml = CHANNEL + CUDA + "aliases = { cu130 = 'cu128' }\n"
    files = [
        (wheel("cu128"), "v1"),
        (wheel("cu130", version="2"), "v2"),
        (wheel("cu128", version="2"), "v2"),
        (wheel("cu128", version="3"), "nightly-3"),
    ]

    found = offered(toml, *files)

    assert found["cu130"] == ["v1 cu128", "v2 cu130"]
    assert found["nightly/cu130"] == ["nightly-3 cu128"]
    assert found.keys() == {"cu128", "cu130", "nightly/cu128", "nightly/cu130"}


def test_a_platform_wheel_that_is_for_any_value_is_shared() -> None:
    toml = CUDA + "plain = { '*' = '>=2', cpu = '<2' }\n"
    files = [
        (wheel(x, version=v), "v")
        for x, v in (("cu118", "2"), ("cu128", "2"), ("", "2"), ("", "1"))
    ]

    assert offered(toml, *files) == {
        "": ["v 6_64.whl", "v 6_64.whl"],
        "cpu": ["v 6_64.whl", "v 6_64.whl"],
        "cu118": ["v 6_64.whl", "v cu118"],
        "cu128": ["v 6_64.whl", "v cu128"],
    }


def test_tags_distinguish_releases_of_different_variants_in_every_dimension() -> None:
    config = Config.parse(CHANNEL + AVX + CUDA).variants

    assert variant_of_tag("nightly-wheels", config) == "nightly/avx2/"
    assert variant_of_tag("AVX512", config) == "/avx512/"
    assert variant_of_tag("v1", config) == variant_of_tag("v2+cu128", config) == "//"


def test_an_alias_is_substituted_for_one_value_at_a_time() -> None:
    toml = CUDA + "aliases = { cu130 = 'cu128' }\n" + TORCH.format("false")
    toml += "aliases = { 'torch2.9' = 'torch2.8' }\n"

    assert set(offered(toml, (wheel("cu128torch2.8"), "v1"))) == {
        "cu128/torch2.8",
        "cu128/torch2.9",
        "cu130/torch2.8",
    }


def test_the_number_of_dimensions_has_a_limit() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.parse("".join(f"[variants.dimensions.d{number}]\n" for number in range(7)))

    assert caught.value.faults == ("variants.dimensions.d6: is one of more than 6 dimensions",)


def test_one_dimension_is_the_case_of_several_dimensions_with_one() -> None:
    files = [entry_of(made(wheel("cu128")), made(wheel("rocm6")), made("kern-1.zip"))]
    one = r"[variants]\npattern = '(cu\d+)'\nplain = 'cpu'".replace(r"\n", "\n")

    assert offers_of(one, *files) == offers_of(CUDA + "plain = 'cpu'", *files)


# Files with values of their own


FILES = (
    CUDA
    + """[variants.dimensions.cuda.files]
"kern-1-*" = ["cu128", "cu129"]
"nightly-*/*" = "cu130"
"*+rocm*" = "*"
"""
)


def test_certain_files_have_the_variants_that_the_configuration_says() -> None:
    files = [
        (wheel(""), "v1"),
        (wheel("cu118", version="2"), "v2"),
        (wheel("cu118", version="2"), "nightly-2"),
        (wheel("rocm7", version="3"), "v3"),
    ]

    assert offered(FILES, *files) == {
        "": ["v3 rocm7"],
        "cu118": ["v2 cu118", "v3 rocm7"],
        "cu128": ["v1 6_64.whl", "v3 rocm7"],
        "cu129": ["v1 6_64.whl", "v3 rocm7"],
        "cu130": ["nightly-2 cu118", "v3 rocm7"],
    }


def test_a_file_with_several_values_counts_by_the_highest_of_them() -> None:
    toml = CUDA + TORCH.format('"newest"') + "files = { 'v2/*' = ['torch2.8', 'torch2.10'] }\n"
    files = [(wheel("cu128torch2.9"), "v1"), (wheel("cu128"), "v2")]

    assert offered(toml, *files) == {
        "cu128": ["v2 cu128"],
        "cu128/torch2.8": ["v2 cu128"],
        "cu128/torch2.9": ["v1 cu128torch2.9"],
        "cu128/torch2.10": ["v2 cu128"],
    }


def test_the_main_index_has_a_file_of_which_one_value_is_the_default() -> None:
    toml = FILES.replace("(cu\\d+)'\n", "(cu\\d+)'\ndefault = 'cu129'\n")

    assert offered(toml, (wheel(""), "v1"))[""] == ["v1 6_64.whl"]


def test_a_catalog_keeps_several_values_of_a_file() -> None:
    entry = entry_of(made(wheel("")))
    membership = indexes_of(FILES).membership(entry.project)
    catalog = Catalog(lines={entry.project.name: entry.line(membership)})

    read = read_back(catalog)

    assert membership.variants == ("cu128,cu129",)
    assert read.lines[entry.project.name].membership == membership


def test_the_number_of_variants_of_a_file_has_a_limit() -> None:
    names = [f"cu{number}" for number in range(9)]
    toml = "".join(f"[variants.dimensions.{x}.files]\n'*' = {names}\n" for x in "ab")

    with pytest.raises(ConfigError, match="has more than 64 variants"):
        offered(toml, (wheel(""), "v1"))


# Names of several parts


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("nightly/cu130", True),
        ("a/b/c", True),
        ("nightly/simple", False),
        ("nightly/", False),
        ("/cu130", False),
        ("a//b", False),
        ("a/../b", False),
    ],
)
def test_the_parts_of_a_name_are_names(name: str, good: bool) -> None:
    assert is_index_name(name) is good


def test_a_catalog_keeps_the_values_of_each_dimension() -> None:
    entry = entry_of(made(wheel("cu128")), made("kern-1.zip"))
    indexes = indexes_of(CHANNEL + CUDA + TORCH.format("true"), [entry])
    line = entry.line(indexes.membership(entry.project))
    catalog = Catalog(indexes=indexes.names, lines={line.name: line})

    read = read_back(catalog)

    assert read.lines[line.name].membership.variants == ("//", "/cu128/-")
    assert read.dump() == catalog.dump()


@pytest.mark.parametrize("value", ["a b", "..", "a/../b", "--", "a,", "a, b", ",".join("a" * 65)])
def test_a_catalog_with_another_value_is_damaged(value: str) -> None:
    entry = entry_of(made("kern-1.zip"))
    membership = indexes_of("").membership(entry.project)._replace(variants=(value,))
    text = Catalog(lines={"kern": entry.line(membership)}).dump()  # type: ignore[dict-item]

    with pytest.raises(FailedError):
        Catalog.parse(text, source="x", read=no_parts)


# The configuration


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        (CUDA + "form = 'tag'", "variants.dimensions.cuda.form: unknown key, did you mean 'from'?"),
        (CUDA + "optional = 'highest'",
         "variants.dimensions.cuda.optional: must be true, false or \"newest\", not 'highest'"),
        ("[variants]\npattern = 'x'\n" + CUDA,
         "variants.pattern: belongs to one of the dimensions: move it to its table"),
        (CUDA + "from = ['tag', 'name']",
         "variants.dimensions.cuda.from[1]: 'name' is not one of local-version, tag, label"),
        (CUDA + "files = { 'a-*' = ['cu1', '*'] }",
         "variants.dimensions.cuda.files.\"a-*\": '*' is not a variant"),
        (CUDA + "files = { 'a-*' = [] }",
         'variants.dimensions.cuda.files."a-*": must name a variant, or several'),
        ("[variants]\nfiles = { x = 'cu1' }\n" + CUDA,
         "variants.files: belongs to one of the dimensions: move it to its table"),
        (CUDA + "rename = { a = '-' }", "variants.dimensions.cuda.rename.a: '-' is not a variant"),
        ("[variants.dimensions.A]", "variants.dimensions.A: cannot be the name of a dimension"),
        ("[variants.dimensions.a]\nfrom = ['local-version', 'tag']",
         "variants.dimensions.a.pattern: must say what part of a tag names a variant"),
        (CUDA + "aliases = { dev = 'cu1' }\n[indexes.dev]\n",
         "variants.dimensions.cuda.aliases.dev: [indexes.dev] has this name"),
    ],
)  # fmt: skip
def test_faults_are_reported_with_their_places(toml: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.parse(toml)

    assert list(caught.value.faults) == [fault]
