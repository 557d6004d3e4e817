"""The indexes of a site, and what each of them offers."""

import json
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from ghpypi.core.catalog.entry import Entry, Membership
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.same_file import all_differ
from ghpypi.core.indexes.unlisted import unlisted
from ghpypi.core.indexes.variants import values_of
from ghpypi.core.model import File, UpstreamFile
from tests.support.files import STORE, entry_of, indexes_of, made, offers_of

PLAIN = entry_of(made("plain-1.0.zip"))
CUDA = entry_of(
    made("kernels-1.0+cu126-py3-none-any.whl"),
    made("kernels-1.0+cu128-py3-none-any.whl"),
)
MIXED = entry_of(made("mixed-1.0.zip"), made("mixed-1.0+cu128-py3-none-any.whl"))
ROCM = entry_of(made("rocks-1.0+rocm6.3-py3-none-any.whl"))

LOCAL = "[variants]\nfrom = 'local-version'\n"


def names_of(*entries: Entry) -> set[str]:
    return {file.filename for entry in entries for file in entry.project.files}


# Variants


def test_without_a_configuration_there_is_the_main_index_and_it_has_everything() -> None:
    offers = offers_of("", PLAIN, CUDA, MIXED)

    assert {name: set(found) for name, found in offers.items()} == {
        "": names_of(PLAIN, CUDA, MIXED)
    }


def test_each_variant_has_an_index_with_its_files_and_those_without_a_variant() -> None:
    assert offers_of(LOCAL, PLAIN, CUDA, MIXED, ROCM) == {
        "": ["plain-1.0.zip", "mixed-1.0.zip"],
        "cu126": ["plain-1.0.zip", "kernels-1.0+cu126-py3-none-any.whl", "mixed-1.0.zip"],
        "cu128": [
            "plain-1.0.zip",
            "kernels-1.0+cu128-py3-none-any.whl",
            "mixed-1.0.zip",
            "mixed-1.0+cu128-py3-none-any.whl",
        ],
        "rocm6.3": ["plain-1.0.zip", "mixed-1.0.zip", "rocks-1.0+rocm6.3-py3-none-any.whl"],
    }


def test_files_without_a_variant_can_be_kept_out() -> None:
    offers = offers_of(LOCAL + "shared = false\n", PLAIN, CUDA, MIXED)

    assert offers["cu126"] == ["kernels-1.0+cu126-py3-none-any.whl"]
    assert offers["cu128"] == [
        "kernels-1.0+cu128-py3-none-any.whl",
        "mixed-1.0+cu128-py3-none-any.whl",
    ]


BUILDS = entry_of(
    made("kern-1.0+cu129-cp311-cp311-linux_x86_64.whl"),
    made("kern-1.0+rocm7-cp311-cp311-linux_x86_64.whl"),
    made("kern-1.0-cp311-cp311-linux_x86_64.whl"),
    made("kern-1.0.zip"),
)


@pytest.mark.parametrize(
    ("toml", "versions"),
    [
        ("", ["1.0", "1.0"]),
        ("default = 'cu129'", ["1.0", "1.0", "1.0+cu129"]),
        ("default = 'cu129'\nplain = 'cpu'", ["1.0", "1.0+cu129"]),
        ("plain = 'cpu'", ["1.0", "1.0"]),
        ("plain = 'rocm7'", ["1.0", "1.0", "1.0+rocm7"]),
        ("plain = { cpu = '<2' }", ["1.0", "1.0"]),
        ("main = 'all'", ["1.0", "1.0", "1.0+cu129", "1.0+rocm7"]),
    ],
)
def test_the_main_index_has_files_without_a_variant_and_those_of_the_default(
    toml: str, versions: list[str]
) -> None:
    indexes = indexes_of(LOCAL + toml, [BUILDS])
    offers = dict(indexes.offers(BUILDS, indexes.names))

    assert [file.version for file in offers[""].files] == versions


def test_a_project_of_variants_alone_is_not_in_the_main_index() -> None:
    membership = indexes_of(LOCAL, [CUDA]).membership(CUDA.project)

    assert membership.is_of_variants_only
    assert not indexes_of("", [CUDA]).membership(CUDA.project).is_of_variants_only
    assert (
        not indexes_of(LOCAL + "default = 'cu128'", [CUDA])
        .membership(CUDA.project)
        .is_of_variants_only
    )


def test_a_project_that_installers_without_a_variant_would_compile_is_reported() -> None:
    indexes = indexes_of(LOCAL, [MIXED])
    membership = indexes.membership(MIXED.project)

    assert membership.flawed
    assert not membership.is_of_variants_only
    assert unlisted(MIXED, membership, indexes).source_only
    assert not unlisted(PLAIN, indexes.membership(PLAIN.project), indexes).source_only


def test_a_variant_whose_name_an_index_has_is_reported_if_the_main_index_lacks_it_too() -> None:
    indexes = indexes_of(LOCAL + "[indexes.cu128]\ninclude = []\n", [CUDA])
    membership = indexes.membership(CUDA.project)
    (refused,) = unlisted(CUDA, membership, indexes).duplicates

    assert membership.flawed
    assert refused.reason == (
        "no index is for files of 'cu128', and the main index has none of them"
    )


UNLABELLED = entry_of(
    made("exl-1.0+cu128-cp311-cp311-linux_x86_64.whl"),
    made("exl-1.0+rocm6.3-cp311-cp311-linux_x86_64.whl"),
    made("exl-1.1-cp311-cp311-linux_x86_64.whl"),
    made("exl-1.1.zip"),
)
CUDA_ONLY = LOCAL + "pattern = 'cu[0-9]+'\n"


def test_a_platform_wheel_without_a_variant_is_in_no_index_of_a_variant() -> None:
    offers = offers_of(CUDA_ONLY, UNLABELLED)
    indexes = indexes_of(CUDA_ONLY, [UNLABELLED])
    membership = indexes.membership(UNLABELLED.project)
    told = unlisted(UNLABELLED, membership, indexes)

    assert offers["cu128"] == ["exl-1.0+cu128-cp311-cp311-linux_x86_64.whl", "exl-1.1.zip"]
    assert membership.flawed
    assert told.unlabeled == (
        "exl-1.0+rocm6.3-cp311-cp311-linux_x86_64.whl",
        "exl-1.1-cp311-cp311-linux_x86_64.whl",
    )
    assert (told.left, told.duplicates) == ((), ())


def test_a_project_of_such_wheels_alone_is_in_no_index_of_a_variant() -> None:
    alone = entry_of(made("exl-1.0-cp311-cp311-linux_x86_64.whl"))

    assert set(offers_of(CUDA_ONLY, CUDA, alone)["cu128"]) == {CUDA.project.files[1].filename}


def test_plain_names_the_variant_of_platform_wheels_without_one() -> None:
    toml = CUDA_ONLY + "plain = { 'rocm6.3' = '<1.1', cu129 = '>=1.1' }\n"
    offers = offers_of(toml, UNLABELLED)
    indexes = indexes_of(toml, [UNLABELLED])

    assert offers["rocm6.3"] == ["exl-1.0+rocm6.3-cp311-cp311-linux_x86_64.whl", "exl-1.1.zip"]
    assert offers["cu129"] == ["exl-1.1-cp311-cp311-linux_x86_64.whl", "exl-1.1.zip"]
    assert not indexes.membership(UNLABELLED.project).flawed


def test_where_nothing_is_shared_wheels_without_a_variant_are_in_the_main_index_as_meant() -> None:
    indexes = indexes_of(CUDA_ONLY + "shared = false\n", [UNLABELLED])

    assert not indexes.membership(UNLABELLED.project).flawed


def test_a_variant_takes_the_name_of_a_file_without_one() -> None:
    entry = entry_of(
        made("a-1.zip", "v1", text="plain"),
        made("a-1.zip", "v1-cpu", text="cpu"),
        made("a-2.zip", "v2"),
    )
    toml = "[variants]\nfrom = 'tag'\npattern = '-(.+)'\n"
    indexes = indexes_of(toml, [entry])
    offers = dict(indexes.offers(entry, indexes.names))

    assert [x.tag for x in offers[""].files] == ["v1", "v2"]
    assert [x.tag for x in offers["cpu"].files] == ["v1-cpu", "v2"]


def test_an_alias_is_an_index_of_the_substituted_variant() -> None:
    toml = LOCAL + "aliases = { cu129 = 'cu128', cu130 = 'cu129', cu200 = 'cu190' }\n"
    indexes = indexes_of(toml, [CUDA, PLAIN])
    offers = offers_of(toml, CUDA, PLAIN)

    assert indexes.names == ("", "cu126", "cu128", "cu129", "cu130")
    assert [indexes.kind(name) for name in indexes.names] == [
        "main",
        "variant",
        "variant",
        "alias",
        "alias",
    ]
    assert offers["cu129"] == offers["cu130"] == offers["cu128"]


def test_an_alias_falls_back_only_where_a_project_has_nothing_itself() -> None:
    toml = LOCAL + "aliases = { cu128 = 'cu126' }\n"
    older = entry_of(made("older-1.0+cu126-py3-none-any.whl"))
    offers = offers_of(toml, CUDA, older, ROCM)

    assert indexes_of(toml, [CUDA]).kind("cu128") == "variant"
    assert offers["cu128"] == [
        "kernels-1.0+cu128-py3-none-any.whl",
        "older-1.0+cu126-py3-none-any.whl",
    ]


def test_an_alias_is_substituted_for_each_version_without_files_of_it() -> None:
    toml = LOCAL + "aliases = { cu124 = 'cu126', cu126 = 'cu128' }\n"
    entry = entry_of(
        made("kern-1.0+cu124-cp311-cp311-linux_x86_64.whl"),
        made("kern-1.0+cu128-cp311-cp311-win_amd64.whl"),
        made("kern-2.0+cu126-cp311-cp311-linux_x86_64.whl"),
        made("kern-2.0+cu128-cp311-cp311-linux_x86_64.whl"),
        made("kern-3.0+cu128-cp311-cp311-linux_x86_64.whl"),
    )
    offers = {
        name: [x.split("-")[1] for x in found] for name, found in offers_of(toml, entry).items()
    }

    assert offers["cu124"] == ["1.0+cu124", "2.0+cu126", "3.0+cu128"]
    assert offers["cu126"] == ["1.0+cu128", "2.0+cu126", "3.0+cu128"]
    assert offers["cu128"] == ["1.0+cu128", "2.0+cu128", "3.0+cu128"]


def test_files_of_variants_that_are_json_are_files_too() -> None:
    entry = entry_of(made("a-1.0-py3-none-any-cu128.whl"), made("a-1.0-variants.json"))

    assert set(offers_of("", entry)[""]) == names_of(entry)


# Named indexes among them


def test_a_named_index_takes_precedence_over_the_variant_of_its_name() -> None:
    indexes = indexes_of(LOCAL + "[indexes.cu128]\ninclude = ['plain']\n", [PLAIN, CUDA])

    assert indexes.shadowed == ("cu128",)
    assert indexes.names == ("", "cu128", "cu126")
    assert indexes.kind("cu128") == "named"


def test_files_of_other_repositories_make_no_variants() -> None:
    nightly = entry_of(made("kernels-1.0+cu200-py3-none-any.whl", origin="acme/nightly"))
    toml = LOCAL + "[indexes.dev]\nrepositories = ['acme/nightly']\n"

    assert offers_of(toml, PLAIN, nightly) == {
        "": ["plain-1.0.zip"],
        "dev": ["kernels-1.0+cu200-py3-none-any.whl"],
    }


def test_the_indexes_of_a_project_do_not_depend_on_others() -> None:
    toml = LOCAL + "[indexes.dev]\ninclude = ['mixed']\n"
    rules = Indexes(config=Config.parse(toml), store=STORE)

    assert rules.membership(MIXED.project) == Membership(("", "dev"), ("", "cu128"), flawed=True)
    assert rules.membership(CUDA.project) == Membership((), ("cu126", "cu128"), flawed=False)


@pytest.mark.parametrize(
    ("files", "flawed"),
    [
        ((made("a-1.zip"), made("a-2.zip")), False),
        ((made("a-1.zip", "x"), made("a-1.zip", "y")), True),
        ((made("a-1.zip", prerelease=True), made("a-2.zip")), True),
        ((made("a-1.zip", "v3", prerelease=True), made("a-2.zip")), False),
    ],
)
def test_a_project_is_flawed_if_there_is_something_to_report(
    files: tuple[File, ...], flawed: bool
) -> None:
    toml = "[index]\nprereleases = false\n[indexes.x]\ntags = ['v3']\n"
    rules = Indexes(config=Config.parse(toml), store=STORE)

    assert rules.membership(entry_of(*files).project).flawed is flawed


# Properties

VARIANTS = ["", "+cu126", "+cu128", "+cpu", "+cu126.t1", "+cu126.t2", "+cu128.t2"]
DIMENSION = "[variants.dimensions.{}]\nfrom = '{}'\npattern = '{}'\n"
CHANNEL = DIMENSION.format("channel", "tag", "-(b|c)$")
CUDA_ONLY = DIMENSION.format("cuda", "local-version", "(cu[0-9]+)")
TORCH = DIMENSION.format("torch", "local-version", "(t[0-9])")
CONFIGS = [
    "",
    LOCAL,
    LOCAL + "shared = false\n",
    LOCAL + "aliases = { cu129 = 'cu128', cpu = 'cu126' }\n",
    "[variants]\nfrom = 'tag'\npattern = '-(.+)'\ndefault = 'b'\n",
    "[variants]\nfrom = 'tag'\npattern = '-(.+)'\nshared = false\naliases = { c = 'b' }\n",
    CHANNEL + "shared = false\n" + CUDA_ONLY + TORCH + "optional = true\n",
    CUDA_ONLY + "default = 'cu126'\noptional = true\n" + TORCH + "optional = 'newest'\n",
    CHANNEL + "rename = { c = 'b' }\n" + CUDA_ONLY + "plain = { '*' = '>1', cpu = '<=1' }\n",
    (
        CUDA_ONLY
        + "aliases = { cu129 = 'cu128', cu126 = 'cu128' }\n"
        + TORCH
        + "shared = false\naliases = { t2 = 't1' }\n[variants]\nmain = 'all'\n"
    ),
    "[index]\nsame-name = 'newest'\nexclude-tags = ['v2-*']\n" + CHANNEL + CUDA_ONLY,
    "[index]\ntags = ['v1*']\n" + LOCAL + "tags = ['v2*']\n[indexes.x]\nexclude-tags = ['v?']\n",
    "[index]\nprereleases = false\n[indexes.all]\n[indexes.final]\nprereleases = false\n",
    (
        "[indexes.dev]\nrepositories = ['acme/nightly']\nbases = ['main']\n"
        "[indexes.both]\nbases = ['dev', 'main']\noverlay = ['*']\n"
    ),
    LOCAL + "[indexes.cpu]\ninclude = ['a==1']\nbases = ['main']\n[indexes.none]\ninclude = []\n",
    "[indexes.x]\ninclude = ['a>1']\nbases = ['https://e.example/', 'main']\noverlay = ['a']\n",
]
THEIRS: list[UpstreamFile] = [
    {"filename": "a-9.zip", "url": "https://e.example/a-9.zip", "hashes": {}}
]


@st.composite
def files(draw: DrawFn, name: str) -> File:
    version = draw(st.sampled_from(["1", "1.0", "1rc1", "2"])) + draw(st.sampled_from(VARIANTS))
    return made(
        f"{name}-{version}-py3-none-{draw(st.sampled_from(['any', 'linux_x86_64']))}.whl",
        draw(st.sampled_from(["v1", "v1-b", "v1-c", "v2-b"])),
        text=draw(st.sampled_from(["", "x"])),
        origin=draw(st.sampled_from([STORE, "acme/nightly"])),
        prerelease=draw(st.booleans()),
        uploaded_at=draw(st.sampled_from(["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])),
    )


@st.composite
def stocks(draw: DrawFn) -> list[Entry]:
    return [
        entry_of(
            *draw(st.lists(files(name), min_size=1, max_size=6, unique_by=lambda x: x.url)),
            upstream={"https://e.example/": THEIRS} if name == "a" else {},
        )
        for name in sorted(draw(st.sets(st.sampled_from("abc"), min_size=1)))
    ]


def all_offers(
    indexes: Indexes, entry: Entry
) -> dict[str, tuple[tuple[File, ...], tuple[object, ...]]]:
    held = indexes.holding(indexes.membership(entry.project))
    return {name: (offer.files, offer.upstream) for name, offer in indexes.offers(entry, held)}


@given(entries=stocks(), toml=st.sampled_from(CONFIGS))
def test_an_index_holds_a_project_if_and_only_if_it_offers_files_of_it(
    entries: list[Entry], toml: str
) -> None:
    indexes = indexes_of(toml, entries)
    for entry in entries:
        held = indexes.holding(indexes.membership(entry.project))
        offering = [name for name, offer in indexes.offers(entry, indexes.names) if offer.files]

        assert list(held) == offering


@given(entries=stocks(), toml=st.sampled_from([x for x in CONFIGS if "aliases" not in x]))
def test_no_index_has_a_platform_wheel_without_the_values_that_it_names(
    entries: list[Entry], toml: str
) -> None:
    indexes = indexes_of(toml, entries)
    for entry, (name, choices) in product(entries, indexes.combinations.variants.items()):
        if name in indexes.config.indexes:
            continue
        ((_, offer),) = indexes.offers(entry, [name])
        for file in offer.files:
            values = values_of(file, indexes.config.variants)
            pure = "linux" not in file.filename

            assert any(
                all(
                    not wanted or value in {wanted, "*"} or (pure and not value)
                    for wanted, value in zip(choice, values, strict=True)
                )
                for choice in choices
            )


@given(entries=stocks(), toml=st.sampled_from(CONFIGS))
def test_no_index_offers_one_file_in_two_spellings(entries: list[Entry], toml: str) -> None:
    indexes = indexes_of(toml, entries)
    for entry in entries:
        for found, theirs in all_offers(indexes, entry).values():
            assert all_differ(found)
            assert len({json.dumps(x) for x in theirs}) == len(theirs)


@given(entries=stocks(), toml=st.sampled_from(CONFIGS))
def test_a_file_that_is_in_no_index_is_reported(entries: list[Entry], toml: str) -> None:
    indexes = indexes_of(toml, entries)
    for entry in entries:
        membership = indexes.membership(entry.project)
        offered = {x.sha256 for found, _ in all_offers(indexes, entry).values() for x in found}
        missing = [x.filename for x in entry.project.files if x.sha256 not in offered]
        told = unlisted(entry, membership, indexes)

        assert sorted(missing) == sorted([*told.left, *(x.filename for x in told.duplicates)])
        assert membership.flawed or not (missing or told.shared_names)


@given(entries=stocks(), toml=st.sampled_from(CONFIGS), data=st.data())
def test_the_order_of_files_and_projects_never_shows(
    entries: list[Entry], toml: str, data: st.DataObject
) -> None:
    shuffled: Sequence[Entry] = data.draw(st.permutations(entries))
    other = [
        entry_of(*data.draw(st.permutations(entry.project.files)), upstream=entry.upstream)
        for entry in shuffled
    ]
    first, second = indexes_of(toml, entries), indexes_of(toml, other)

    assert first.names == second.names
    for entry in entries:
        again = next(x for x in other if x.project.name == entry.project.name)

        assert all_offers(first, entry) == all_offers(second, again)
        membership = first.membership(entry.project)
        assert membership == second.membership(again.project)
        assert entry.line(membership).text == again.line(membership).text
        assert unlisted(entry, membership, first) == unlisted(again, membership, second)


@given(entries=stocks())
def test_what_is_hidden_never_lets_a_file_of_a_base_through(entries: list[Entry]) -> None:
    toml = (
        "[indexes.near]\ninclude = ['a==1', 'b>1']\nbases = ['far', 'main']\n"
        "[indexes.far]\nexclude = ['c']\n"
    )
    indexes = indexes_of(toml, entries)
    for entry in entries:
        own = indexes.selection.own(indexes.config.indexes["near"], entry.project)
        found, _ = all_offers(indexes, entry).get("near", ((), ()))
        if indexes.selection.side_by_side(own):
            assert {*found} <= {*own}
