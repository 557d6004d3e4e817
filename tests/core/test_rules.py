"""What lists of names, globs and requirements mean."""

import pytest
from hypothesis import given

from ghpypi.core.config.rules import InvalidRuleError, ProjectRule, chosen_versions, name_patterns
from ghpypi.core.names import normalize
from tests.support.files import made, project_of
from tests.support.strategies import project_names, versions

PROJECT = project_of(
    made("acme_lib-1.0.zip"),
    made("acme_lib-1.0+cu128-py3-none-any.whl"),
    made("acme_lib-2.0rc1.zip"),
    made("acme_lib-2.0.zip"),
    made("acme_lib-2.0.post1.zip"),
)
ALL = {"1.0", "1.0+cu128", "2.0rc1", "2.0", "2.0.post1"}


def chosen(*rules: str) -> set[str]:
    return {*map(str, chosen_versions(tuple(map(ProjectRule.parse, rules)), PROJECT))}


@pytest.mark.parametrize(
    ("rule", "versions"),
    [
        ("acme-lib", ALL),
        ("Acme_Lib", ALL),
        ("acme.*", ALL),
        ("*", ALL),
        ("a[bc]me-li?", ALL),
        ("acme-*>=2", None),
        ("acme", set()),
        ("acme-lib-x*", set()),
        ("other>=1", set()),
        ("acme-lib==1.0", {"1.0", "1.0+cu128"}),
        ("acme-lib==1.0+cu128", {"1.0+cu128"}),
        ("acme-lib>=2", {"2.0", "2.0.post1"}),
        ("acme-lib>=2.0rc1,<2.0.post0", {"2.0rc1", "2.0"}),
        ("acme-lib >1, !=2.0", {"2.0rc1", "2.0.post1"}),
        ("acme-lib~=1.0", {"1.0", "1.0+cu128"}),
    ],
)
def test_a_rule_means_versions_of_projects(rule: str, versions: set[str] | None) -> None:
    if versions is None:
        with pytest.raises(InvalidRuleError):
            ProjectRule.parse(rule)
    else:
        assert chosen(rule) == versions


def test_a_list_means_what_any_of_its_rules_means() -> None:
    assert chosen("other", "acme-lib<2.0rc1", "acme-lib==2.0.post1") == {
        "1.0",
        "1.0+cu128",
        "2.0.post1",
    }
    assert chosen() == set()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "*-*>=1",
        "acme lib",
        "acme @ https://a.example/a.whl",
        "acme[x]>=1",
        "acme; x",
        "/*",
    ],
)
def test_what_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidRuleError):
        ProjectRule.parse(text)


@given(name=project_names)
def test_a_name_means_itself_however_it_is_written(name: str) -> None:
    assert ProjectRule.parse(name).takes(normalize(name))


@given(version=versions)
def test_a_pin_means_its_version(version: str) -> None:
    assert ProjectRule.parse(f"acme-lib=={version}").takes_version(version)


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("acme-*", ("acme-*",)),
        (" Acme_* , foo-*,", ("acme-*", "foo-*")),
        ("acme.[ab]?", ("acme-[ab]?",)),
        ("", ()),
    ],
)
def test_patterns_of_names_may_be_separated_by_commas(text: str, patterns: tuple[str, ...]) -> None:
    assert name_patterns(text) == patterns


@pytest.mark.parametrize("text", ["acme-new>=1", "acme lib", "a*,b c", "x\ny", "-x", "ácme-*"])
def test_a_pattern_that_could_match_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidRuleError, match="is not a pattern of project names"):
        name_patterns(text)
