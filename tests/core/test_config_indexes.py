"""`[variants]` and `[indexes]`: every key, and every way to get one wrong."""

import pytest
from packaging.specifiers import SpecifierSet

from ghpypi.core.config.config import Config
from ghpypi.core.config.index import PUBLIC_INDEX
from ghpypi.core.config.indexes import TAKEN, NamedIndex, TagRules
from ghpypi.core.config.rules import ProjectRule
from ghpypi.core.config.variants import Dimension, VariantsConfig
from ghpypi.errors import ConfigError

EVERYTHING = """
[index]
pypi-check = true

[variants]
from = "tag"
pattern = '-(cu\\d+|metal)$'
default = "CU124"
shared = false
main = "all"
plain = "CPU"
[variants.aliases]
cu129 = "CU128"
cu130 = "cu129"

[indexes.stable]
include = ["Acme_*", "other>=2"]
exclude = ["acme-old"]
prereleases = false
tags = ["v[0-9]*"]

[indexes.dev]
repositories = ["acme/nightly"]
bases = ["stable", "main", "https://index.example/simple"]
overlay = ["Torch_*"]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.parse(text)

    return list(caught.value.faults)


def rule(glob: str, versions: str = "") -> ProjectRule:
    return ProjectRule(glob=glob, versions=SpecifierSet(versions))


def test_every_key_is_read() -> None:
    config = Config.parse(EVERYTHING)

    assert config.index.public_check == PUBLIC_INDEX
    assert config.variants == VariantsConfig(
        dimensions=(
            Dimension(
                sources=("tag",),
                pattern=r"-(cu\d+|metal)$",
                default="cu124",
                shared=False,
                plain=(("cpu", SpecifierSet()),),
                aliases=(("cu129", "cu128"), ("cu130", "cu129")),
            ),
        ),
        main="all",
    )
    assert config.indexes == {
        "stable": NamedIndex(
            include=(rule("acme-*"), rule("other", ">=2")),
            exclude=(rule("acme-old"),),
            prereleases=False,
            tags=TagRules(tags=("v[0-9]*",)),
        ),
        "dev": NamedIndex(
            repositories=("acme/nightly",),
            bases=("stable", "main", "https://index.example/simple/"),
            overlay=("torch-*",),
        ),
    }
    assert config.indexes["dev"].public_bases == ("https://index.example/simple/",)


def test_without_the_tables_there_is_one_index() -> None:
    config = Config.parse("[indexes]\n")

    assert config == Config()
    assert config.variants.dimensions == ()


def test_the_variants_of_plain_wheels_may_depend_on_the_version() -> None:
    config = Config.parse("[variants]\nplain = { cu118 = '<0.2', CU129 = '>=0.3.4' }")

    assert config.variants.dimensions[0].plain == (
        ("cu118", SpecifierSet("<0.2")),
        ("cu129", SpecifierSet(">=0.3.4")),
    )


@pytest.mark.parametrize(
    ("toml", "variant"),
    [
        ("", ""),
        ("default = 'cu128'", "cu128"),
        ("plain = 'cpu'", "cpu"),
        ("plain = 'cpu'\ndefault = 'cu128'", "cu128"),
        ("plain = { cpu = '<2' }", ""),
        ("plain = { cpu = '<2', cu128 = '' }", ""),
    ],
)
def test_the_main_index_has_the_default_variant_or_that_of_plain_wheels(
    toml: str, variant: str
) -> None:
    assert Config.parse(f"[variants]\n{toml}\n").variants.main_variant == variant


def test_the_table_of_variants_alone_looks_into_local_versions() -> None:
    assert Config.parse("[variants]\n").variants == VariantsConfig(dimensions=(Dimension(),))


def test_to_include_nothing_is_not_to_include_all() -> None:
    text = "[indexes.none]\ninclude = []\n[indexes.all]\n"

    assert Config.parse(text).indexes == {"none": NamedIndex(include=()), "all": NamedIndex()}


@pytest.mark.parametrize(
    ("value", "address"),
    [("false", ""), ("true", PUBLIC_INDEX), ('"http://a.example/b"', "http://a.example/b/")],
)
def test_the_public_index_can_be_another(value: str, address: str) -> None:
    assert Config.parse(f"[index]\npypi-check = {value}").index.public_check == address


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[index]\npypi-check = 1", ("index.pypi-check: must be true, false or the address of an "
         "index, not 1")),
        ("[index]\npypi-check = 'pypi'", "index.pypi-check: 'pypi' is not the address of an index"),
        ("[variants]\nform = 'tag'", "variants.form: unknown key, did you mean 'from'?"),
        ("[variants]\nfrom = 'x'", "variants.from: 'x' is not one of local-version, tag, label"),
        ("[variants]\nfrom = 'tag'",
         "variants.pattern: must say what part of a tag names a variant"),
        ("[variants]\nfrom = 'label'",
         "variants.pattern: must say what part of a label names a variant"),
        ("[variants]\npattern = '('", ("variants.pattern: '(' cannot be used: missing ) "
         "at position 1")),
        ("[variants]\npattern = ''", ("variants.pattern: must not be empty: every file would match "
         "it, and have no variant")),
        ("[variants]\nmain = 'cpu'", "variants.main: 'cpu' is not one of default, all"),
        ("[variants]\nplain = 'main'", "variants.plain: 'main' is not a variant"),
        ("[variants]\nplain = 1", "variants.plain: must be a string, not 1"),
        ("[variants]\nplain = { cu118 = '0.2' }",
         "variants.plain.cu118: '0.2' is not a version specifier, such as '<0.2'"),
        ("[variants]\nplain = { cu118 = 2 }", "variants.plain.cu118: must be a string, not 2"),
        ("[variants]\nplain = { '-' = '' }", "variants.plain.-: '-' is not a variant"),
        ("[variants.aliases]\nCU129 = 'cu128'",
         "variants.aliases.CU129: cannot be the name of an index"),
        ("[variants.aliases]\nsimple = 'cu128'",
         "variants.aliases.simple: cannot be the name of an index"),
        ("[variants.aliases]\ncu129 = '-'", "variants.aliases.cu129: '-' is not a variant"),
        ("[variants.aliases]\ncu129 = 1", "variants.aliases.cu129: must be a string, not 1"),
        ("[variants.aliases]\na = 'a'", "variants.aliases.a: circular aliases: a -> a"),
        ("[variants]\naliases = { dev = 'cu1' }\n[indexes.dev]\n",
         "variants.aliases.dev: [indexes.dev] has this name"),
        ("indexes = 1", "indexes: must be a table, not 1"),
        ("[indexes]\ndev = 1", "indexes.dev: must be a table, not 1"),
        ("[indexes.dev]\nbase = []", "indexes.dev.base: unknown key, did you mean 'bases'?"),
        ("[indexes.dev]\ninclude = 'acme'",
         "indexes.dev.include: must be a list of strings, not 'acme'"),
        ("[indexes.dev]\ninclude = ['ok', 'no good']",
         ("indexes.dev.include[1]: 'no good' is not a project, a pattern such "
         "as 'acme-*', or a requirement such as 'acme-lib>=2'")),
        ("[indexes.dev]\nexclude = ['-*']",
         "indexes.dev.exclude[0]: '-*' is not a pattern of project names, such as 'acme-*'"),
        ("[indexes.dev]\nexclude = ['acme; python_version>\"3\"']",
         ("indexes.dev.exclude[0]: 'acme; python_version>\"3\"' has more than a "
         "project and its versions")),
        ("[indexes.dev]\nrepositories = ['acme']",
         "indexes.dev.repositories[0]: 'acme' is not OWNER/REPO or OWNER/PATTERN-*"),
        ("[indexes.dev]\nbases = ['main', 'satble']\n[indexes.stable]\n",
         ("indexes.dev.bases[1]: there is no index 'satble': dev, main, stable or an address such "
         "as https://index.example/simple/")),
        ("[indexes.dev]\nbases = ['ftp://a.example/']\noverlay = ['a']",
         "indexes.dev.bases[0]: 'ftp://a.example/' is not the address of an index"),
        ("[indexes.dev]\nbases = ['https://u:p@a.example/']\noverlay = ['a']",
         "indexes.dev.bases[0]: 'https://u:p@a.example/' is not the address of an index"),
        ("[indexes.dev]\nbases = ['https://a.example/']",
         ("indexes.dev.overlay: must list the projects to which an upstream index may add files, "
          "such as ['torch']: of all others the nearest index hides what is behind it")),
        ("[indexes.dev]\noverlay = ['a']",
         "indexes.dev.overlay: has nothing to merge with: there are no 'bases'"),
        ("[indexes.dev]\nbases = ['main']\noverlay = ['a>1']",
         "indexes.dev.overlay[0]: 'a>1' is not a pattern of project names, such as 'acme-*'"),
        ("[indexes.dev]\nbases = ['dev']", "indexes.dev: circular bases: dev -> dev"),
    ],
)  # fmt: skip
def test_a_fault_is_reported_with_its_place(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_a_circle_of_bases_is_reported_with_its_way() -> None:
    text = "[indexes.a]\nbases = ['b']\n[indexes.b]\nbases = ['c']\n[indexes.c]\nbases = ['a']\n"

    assert faults(text) == [
        "indexes.a: circular bases: a -> b -> c -> a",
        "indexes.b: circular bases: b -> c -> a -> b",
        "indexes.c: circular bases: c -> a -> b -> c",
    ]


def test_bases_may_meet_again_without_a_circle() -> None:
    text = "[indexes.a]\nbases = ['b', 'c']\n[indexes.b]\nbases = ['c']\n[indexes.c]\n"

    assert set(Config.parse(text).indexes) == {"a", "b", "c"}


def test_a_chain_of_aliases_is_no_circle() -> None:
    text = "[variants.aliases]\na = 'b'\nb = 'c'\nc = 'a'\n"

    assert faults(text)[0] == "variants.aliases.a: circular aliases: a -> b -> c -> a"
    (dimension,) = Config.parse(text.replace("c = 'a'\n", "")).variants.dimensions
    assert dimension.aliases == (("a", "b"), ("b", "c"))


@pytest.mark.parametrize(
    "name",
    [
        *("Dev", "-dev", "dev-", "a b", "..", ""),
        *("a/", "/a", "a//b", "a/../b", "a/simple", "files/a", "main/a"),
        *sorted(TAKEN),
    ],
)
def test_a_name_that_cannot_be_a_folder_of_the_site_is_refused(name: str) -> None:
    (fault,) = faults(f'[indexes."{name}"]\n')

    assert fault.endswith(
        "cannot be the name of an index: small letters, digits, '-', '_' and '.', in parts with "
        "'/' between them, and none of " + ", ".join(sorted(TAKEN))
    )
