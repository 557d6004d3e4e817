"""Thousands of configurations, through the parser to the plan of the indexes and the pages."""

from typing import Any

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.config.rules import InvalidRuleError, ProjectRule
from ghpypi.core.config.server import ServeSettings
from ghpypi.core.config.trust import Trust
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.unmatched_settings import unmatched
from ghpypi.core.patterns import InvalidPatternError, check_pattern, matches_glob
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import project_pages
from ghpypi.errors import ConfigError
from tests.hostile.fuzzing import MUTATED, made_up, text_mutations
from tests.support.files import entry_of, made

ENTRY: Entry = entry_of(
    made("acme_lib-1.0-py3-none-any.whl", "v1"),
    made("acme_lib-1.0+cu128-py3-none-any.whl", "v1-cu128"),
    made("acme_lib-2.0rc1.tar.gz", "v2"),
)

SEEDS = (
    """store = "acme/pypi"
[index]
title = "Acme"
url = "https://acme.github.io/pypi/"
branch = "gh-pages"
repositories = ["acme/pypi", "acme/lib-*"]
exclude-repositories = ["acme/lib-old"]
private-repositories = "include"
prereleases = true
missing-digest = "exclude"
pypi-check = "https://index.example/simple/"
""",
    r"""[variants]
from = "local-version"
pattern = '(cu\d+)|rocm[\d.]+|(?<=x)cpu$'
default = "cu128"
shared = false
aliases = { cu129 = "cu128", latest = "cu129" }
""",
    """[variants]
from = "tag"
pattern = '^v[0-9.]+-(.+)$'
[indexes.stable]
include = ["acme-*", "other>=2,<3"]
exclude = ["acme-lib==1.0"]
tags = ["v*", "[a-c]?"]
prereleases = false
[indexes.dev]
bases = ["stable", "https://index.example/simple/"]
overlay = ["acme-*"]
repositories = ["acme/nightly"]
""",
    r"""[variants]
main = "all"
exclude-tags = ["pr-*"]
[variants.dimensions.channel]
from = ["tag", "label"]
pattern = '-(cu)?'
rename = { cu = "nightly" }
shared = false
[variants.dimensions.cuda]
pattern = '(cu\d+)'
plain = { "*" = ">=2", cpu = "<1" }
optional = "newest"
aliases = { cu129 = "cu128", cu130 = "cu129" }
[index]
same-name = "newest"
may-shrink = ["v*"]
[retention]
"v*" = { keep = 3, older-than = "90d" }
""",
    """[site]
path = "docs/pypi"
pages = false
templates = "mine"
[yanked]
acme-lib = { "1.0" = "broken", "2.0rc1" = "" }
[projects.acme-lib]
status = "deprecated"
reason = "use acme-new"
""",
)


def check_config(text: str) -> None:
    """Parse a configuration; one that is accepted has to serve for an index."""
    try:
        config = Config.parse(text)
    except ConfigError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the point
        return
    try:
        plan(config)
    except ConfigError as error:
        assert "variants.pattern" in str(error)  # noqa: PT017


def plan(config: Config) -> None:
    settings = SiteSettings(
        config=config, address=config.address("https://acme.example/"), store="acme/pypi"
    )
    indexes = Indexes(config=config, store="acme/pypi")
    line = ENTRY.line(indexes.membership(ENTRY.project))
    indexes = Indexes.of(config, "acme/pypi", [line])
    for path, page in project_pages(ENTRY, indexes.holding(line.membership), indexes, settings):
        assert not {"", ".", ".."} & {*path.split("/")}
        assert b"acme" in page or b"project-status" in page
    lines = {line.name: line}
    for problem in unmatched(config, lines, {"acme/pypi": ["v1"]}, indexes.found):
        assert problem
    assert len(settings.key) == len(settings.rules)


def test_mutated_configurations_raise_nothing_else() -> None:
    for text in text_mutations(SEEDS):
        check_config(text)


KEY = st.sampled_from([
    "store", "title", "url", "branch", "repositories", "path", "pages", "from", "pattern",
    "default", "aliases", "shared", "include", "exclude", "tags", "bases", "overlay", "1.0",
    "acme-lib", "main", "stable", "status", "reason", "templates", "pypi-check", "prereleases",
])  # fmt: skip
TEXT = st.one_of(
    st.sampled_from([
        "acme-*", "acme/pypi", "tag", "label", "local-version", ".+", "(", "stable", "main",
        "cu128", "https://index.example/simple/", "http://[", "../x", "1.0", "deprecated",
        "include", "skip",
    ]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip
VALUE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(-(1 << 63), (1 << 63) - 1), st.floats()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=3,
)
TABLE = st.dictionaries(KEY, VALUE, max_size=3)
DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "store": VALUE,
        "index": TABLE,
        "variants": TABLE,
        "indexes": st.dictionaries(KEY | TEXT, TABLE, max_size=3),
        "site": TABLE,
        "yanked": st.dictionaries(KEY, TABLE, max_size=2),
        "projects": st.dictionaries(KEY, TABLE, max_size=2),
    },
)


@made_up
@given(DOCUMENT)
def test_made_up_configurations_raise_nothing_else(document: dict[str, Any]) -> None:
    check_config(tomlkit.dumps(document))


SERVE_SEEDS = (
    """reserved = ["acme-*"]
[stores]
team = "acme/pypi"
[stores.folder]
store = "./index"
upload-password-file = "secret"
read-password-file = "other"
[upstream]
url = "https://pypi.org/simple/"
merge = ["torch*"]
min-age = "7d"
exceptions = { "acme-*" = "0", "x" = "12h" }
""",
)


def test_mutated_settings_of_the_server_raise_nothing_else() -> None:
    for text in text_mutations(SERVE_SEEDS):
        try:
            ServeSettings.parse(text, source="serve.toml")
        except ConfigError as error:
            assert str(error)  # noqa: PT017


PATTERN_SEEDS = (
    r"cu\d+|rocm[\d.]+|cpu",
    r"^v[\d.]+-(.+)$",
    r"(?P<a>x)(?=y)(?<!z)(?i:q)[^a-z]{2,3}?\b",
    "acme-[!a-c]*?",
)


def test_mutated_patterns_raise_nothing_else() -> None:
    for text in text_mutations(PATTERN_SEEDS, MUTATED // 8):
        try:
            check_pattern(text)
        except InvalidPatternError as error:
            assert str(error)  # noqa: PT017
        matches_glob("acme-lib", text)


RULE_SEEDS = (
    "acme-lib>=1.0,<2; python_version>'3'",
    "acme-*",
    "acme/lib@refs/tags/v*:release=acme-*",
    "acme#1234/lib=acme/pypi/acme-*",
    "acme/lib#5678=acme-*,workflow=release.yml,environment=release,ref=refs/tags/v*",
    "acme/lib=x,event=push|workflow_run,reusable=a/b/.github/workflows/c.yml@refs/tags/v1",
)


def test_mutated_rules_raise_nothing_else() -> None:
    for text in text_mutations(RULE_SEEDS, MUTATED // 2):
        try:
            ProjectRule.parse(text).takes(ENTRY.project.name)
        except InvalidRuleError as error:
            assert str(error)  # noqa: PT017
        try:
            trust = Trust.parse(text, store="acme/pypi")
        except ConfigError as error:
            assert str(error)  # noqa: PT017
            continue
        trust.matches({"repository": "acme/lib", "ref": "refs/tags/v1"})
        trust.grant.covers("acme/pypi", ENTRY.project.name)
