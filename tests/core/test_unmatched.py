"""Settings that match nothing."""

import pytest

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.unmatched_settings import SUGGESTIONS, unmatched
from tests.support.files import STORE, entry_of, indexes_of, made

ENTRIES = [
    entry_of(
        made("acme_lib-1.0.0.zip", "v1"),
        made("acme_lib-1.1+cu124-py3-none-any.whl", "v1-cu124"),
        made("acme_lib-1.1+cu128-py3-none-any.whl", "v1-cu128"),
    ),
    entry_of(made("other-2.0.zip", origin="acme/nightly")),
]
RELEASES = {STORE: ["v1", "v1-cu124"], "acme/nightly": ["v2"]}
BY_TAG = "[variants]\nfrom = 'tag'\npattern = '-(.+)'\n"


def problems(toml: str, entries: list[Entry] = ENTRIES) -> list[str]:
    config = Config.parse(toml)
    rules = Indexes(config=config, store=STORE)
    lines = {x.project.name: x.line(rules.membership(x.project)) for x in entries}
    variants = indexes_of(toml, entries).found
    return list(unmatched(config, lines, RELEASES, variants))


@pytest.mark.parametrize(
    "toml",
    [
        "",
        "[yanked]\nAcme_Lib = { '1.0' = 'x', '1.1+cu128' = 'y' }",
        "[yanked]\nacme-lib = { 'acme_lib-1.0.0.zip' = 'x' }",
        "[removed]\nacme-lib = { '0.1' = 'x' }\nzzz = { '1.0' = '' }",
        "[yanked]\nacme-lib = { '0.1' = 'x' }\n[removed]\nacme-lib = { '0.1' = '' }",
        "[yanked]\nzzz = { 'zzz-1.0.zip' = 'x' }\n[removed]\nzzz = { '1.0' = '' }",
        "[indexes.x]\ninclude = ['acme-lib==0.1']\n[removed]\nacme-lib = { '0.1' = '' }",
        "[indexes.x]\ninclude = ['zzz', 'zz*']\n[removed]\nzzz = { '1.0' = '' }",
        "[projects.Zzz]\nstatus = 'archived'\n[removed]\nzzz = { '1.0' = '' }",
        "[projects.Other]\nstatus = 'archived'",
        "[index]\nrepositories = ['acme/pypi', 'ACME/n*']",
        "[indexes.x]\ninclude = ['acme-*', 'other>=2', 'acme-lib==1']\nexclude = ['other']",
        "[indexes.x]\ntags = ['v?']\nbases = ['main']\noverlay = ['o*']",
        "[index]\ntags = ['v*']\nexclude-tags = ['v2']\nmay-shrink = ['v1-*']",
        "[variants]\nexclude-tags = ['v1']\n[retention]\n'v*' = { keep = 1 }",
        BY_TAG + "files = { 'acme_lib-*' = ['cu124', 'cu128'], 'v1/*' = 'cu1', '*' = 'cu124' }",
        BY_TAG + "default = 'cu124'\naliases = { cu130 = 'cu129', cu129 = 'cu128' }",
    ],
)
def test_a_setting_that_matches_is_no_problem(toml: str) -> None:
    assert problems(toml) == []


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (
            "[yanked]\nacme-libs = { '1.0' = 'x' }",
            "yanked.acme-libs: there is no project 'acme-libs', did you mean 'acme-lib'?",
        ),
        (
            "[yanked]\nzzz = { '1.0' = 'x', '1.1' = '' }\n[removed]\nzzz = { '1.0' = '' }",
            'yanked.zzz."1.1": zzz has no version 1.1',
        ),
        (
            "[indexes.x]\ninclude = ['zzz==1.1']\n[removed]\nzzz = { '1.0' = '' }",
            "indexes.x.include[0]: 'zzz==1.1' matches no version of zzz, which has none",
        ),
        (
            "[index]\nexclude-tags = ['v2', 'v1-cu12']",
            (
                "index.exclude-tags[1]: 'v1-cu12' matches no tag of a release, "
                "did you mean 'v1-cu124'?"
            ),
        ),
        ("[index]\nmay-shrink = ['x']", "index.may-shrink[0]: 'x' matches no tag of a release"),
        (
            "[variants]\nexclude-tags = ['x*']",
            "variants.exclude-tags[0]: 'x*' matches no tag of a release",
        ),
        (
            "[retention]\n'nightly-*' = { keep = 1 }",
            "retention.\"nightly-*\": 'nightly-*' matches no tag of a release",
        ),
        (
            "[variants.dimensions.a]\n[variants.dimensions.b]\npattern = '(x)'",
            "variants.dimensions.b.pattern: no file has a value of this dimension",
        ),
        (
            "[variants.dimensions.a]\nrename = { cu124 = 'cu12.4', x = 'zzz' }",
            "variants.dimensions.a.rename.x: no file has the variant 'zzz'",
        ),
        (
            "[yanked]\nacme-lib = { 'acme_lib-1.0.zip' = 'x' }",
            (
                'yanked.acme-lib."acme_lib-1.0.zip": acme-lib has no such file, '
                "did you mean 'acme_lib-1.0.0.zip'?"
            ),
        ),
        (
            "[removed]\nacme-lib = { '1.0' = 'x' }",
            (
                'removed.acme-lib."1.0": the index has it; remove this record to keep the version, '
                "or delete the version with 'ghpypi delete acme-lib==1.0'"
            ),
        ),
        ("[yanked]\nzzz = { '1.0' = 'x' }", "yanked.zzz: there is no project 'zzz'"),
        (
            "[yanked]\nacme-lib = { '1.0.1' = 'x' }",
            ('yanked.acme-lib."1.0.1": acme-lib has no version 1.0.1, did you mean 1.0.0?'),
        ),
        (
            "[yanked]\nacme-lib = { '1.1' = 'x' }",
            (
                'yanked.acme-lib."1.1": acme-lib has no version 1.1, '
                "did you mean 1.1+cu124 or 1.1+cu128?"
            ),
        ),
        (
            "[projects.othr]\nstatus = 'archived'",
            "projects.othr: there is no project 'othr', did you mean 'other'?",
        ),
        (
            "[index]\nrepositories = ['acme/pypi', 'acme/nightli']",
            (
                "index.repositories[1]: 'acme/nightli' matches no repository with releases that "
                "this token can read, did you mean 'acme/nightly'?"
            ),
        ),
        (
            "[index]\nrepositories = ['acme/pypi', 'acme/nightly', 'acme/nightli-*']",
            (
                "index.repositories[2]: 'acme/nightli-*' matches no repository with releases that "
                "this token can read"
            ),
        ),
        (
            "[indexes.x]\ninclude = ['acme-lib', 'acme-x*']",
            "indexes.x.include[1]: 'acme-x*' matches no project",
        ),
        (
            '[indexes."x.y"]\ninclude = ["acme-lib>=2"]',
            (
                "indexes.\"x.y\".include[0]: 'acme-lib>=2' matches no version of acme-lib, "
                "which has 1.0.0, 1.1+cu124, 1.1+cu128"
            ),
        ),
        (
            "[indexes.x]\nexclude = ['othe']",
            "indexes.x.exclude[0]: there is no project 'othe', did you mean 'other'?",
        ),
        (
            "[indexes.x]\nbases = ['main']\noverlay = ['torch']",
            "indexes.x.overlay[0]: there is no project 'torch'",
        ),
        (
            "[indexes.x]\nrepositories = ['acme/zzz-*']",
            (
                "indexes.x.repositories[0]: 'acme/zzz-*' matches no repository with releases that "
                "this token can read"
            ),
        ),
        (
            "[indexes.x]\ntags = ['v1-cu123']",
            ("indexes.x.tags[0]: 'v1-cu123' matches no tag of a release, did you mean 'v1-cu124'?"),
        ),
        (
            BY_TAG + "files = { 'acme_lib-3*' = 'cu124', 'acme_lib-1.0*' = 'cu128' }",
            "variants.files: 'acme_lib-3*' matches no file",
        ),
        ("[variants]\npattern = 'rocm.*'", "variants.pattern: no file has a variant"),
        (
            BY_TAG + "default = 'cu125'",
            "variants.default: no file has the variant 'cu125', did you mean 'cu128'?",
        ),
        (
            BY_TAG + "aliases = { cu130 = 'cu129', cu129 = 'cu127' }",
            "variants.aliases.cu129: no file has the variant 'cu127', did you mean 'cu128'?",
        ),
    ],
)
def test_a_setting_that_matches_nothing_is_reported_with_its_place_and_the_nearest_match(
    toml: str, problem: str
) -> None:
    assert problems(toml) == [problem]


def test_only_the_first_are_compared_with_all_names() -> None:
    many = "\n".join(f"acme-lib{number} = {{ '1' = 'x' }}" for number in range(SUGGESTIONS + 3))
    found = problems(f"[yanked]\n{many}")

    assert sum("did you mean" in problem for problem in found) == SUGGESTIONS
    assert len(found) == SUGGESTIONS + 3


def test_an_index_without_files_has_no_variants_to_miss() -> None:
    assert problems("[variants]\n", []) == []
