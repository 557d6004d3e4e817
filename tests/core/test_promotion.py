"""Promotion, as an edit of the configuration."""

import pytest
from hypothesis import given

from ghpypi.core.config.config import Config
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.indexes.promotion import check, promote
from ghpypi.errors import ConfigError, NotFoundError, RefusedError, UsageError
from tests.support.files import STORE, made, project_of
from tests.support.strategies import project_names, versions

CONFIG = """\
# ours
[indexes.stable]   # for all users
include = [
  "other>=2",  # theirs
]
exclude = ["acme-lib == 1.0", 'acme-lib<1']

[indexes.all]
exclude = ["Acme.Lib==1.0.0"]
"""

PROJECT = project_of(
    made("acme_lib-0.9.zip"),
    made("acme_lib-1.0.zip"),
    made("acme_lib-1.1+cu128-py3-none-any.whl"),
    made("acme_lib-2.0rc1.zip", "nightly", origin="acme/nightly"),
)


def promoted(text: str, index: str, *pins: str) -> str:
    return promote(text, index, map(Pin.parse, pins), source="it")


def obstacle(rules: str, pin: str = "acme-lib==1.0") -> str:
    text = f"[indexes.x]\n{rules}\n"
    with pytest.raises(RefusedError) as caught:
        check(promoted(text, "x", pin), "x", {Pin.parse(pin): PROJECT}, source="it", store=STORE)
    (fault,) = caught.value.faults
    return fault


def test_a_version_is_included_and_not_excluded_any_more() -> None:
    assert promoted(CONFIG, "stable", "Acme_Lib==1.0") == CONFIG.replace(
        '  "other>=2",  # theirs\n', '  "other>=2",  # theirs\n  "acme-lib==1.0",\n'
    ).replace('["acme-lib == 1.0", ', "[")


def test_an_index_of_everything_only_loses_its_exception() -> None:
    changed = promoted(CONFIG, "all", "acme-lib==1.0")

    assert changed == CONFIG.replace('["Acme.Lib==1.0.0"]', "[]")
    assert Config.parse(changed).indexes["all"].include is None


def test_several_versions_are_promoted_in_their_order() -> None:
    text = "[indexes.x]\ninclude = []\n"

    assert promoted(text, "x", "b==2", "a==1") == '[indexes.x]\ninclude = ["b==2", "a==1"]\n'


@pytest.mark.parametrize("rule", ["acme-lib", "acme-*", "acme-lib>=1,<2", "ACME.lib==1.0.0"])
def test_what_is_included_already_stays_as_it_is(rule: str) -> None:
    text = f'[indexes.x]\ninclude = ["{rule}"]  # so\n'

    assert promoted(text, "x", "acme-lib==1.0") == text


@given(name=project_names, version=versions)
def test_to_promote_again_changes_nothing(name: str, version: str) -> None:
    once = promoted(CONFIG, "stable", f"{name}=={version}")

    assert promoted(once, "stable", f"{name}=={version}") == once
    assert set(Config.parse(once).indexes) == {"stable", "all"}


def test_an_index_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError, match=r"it has no \[indexes.sable\]") as caught:
        promoted(CONFIG, "sable", "a==1")
    assert caught.value.hint == "it has stable, all"
    with pytest.raises(NotFoundError) as caught:
        promoted("", "stable", "a==1")
    assert "add the table first" in caught.value.hint


def test_a_configuration_with_faults_is_not_changed() -> None:
    with pytest.raises(ConfigError):
        promoted("[indexes.x]\ninclued = []\n", "x", "a==1")


@pytest.mark.parametrize(
    "text",
    [
        "acme-lib",
        "acme-lib>=1",
        "acme-lib==1.*",
        "acme-lib==1,!=2",
        "acme[x]==1",
        "a==1; x",
        "==1",
        "a==b",
        "a @ https://a.example/a-1.zip",
        "",
        'a==1; python_version>"3"',
    ],
)
def test_what_is_not_one_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a version of a project"):
        Pin.parse(text)


def test_a_version_means_its_builds_too() -> None:
    names = [x.filename for x in Pin.parse("acme-lib==1.1").files_of(PROJECT).files]

    assert names == ["acme_lib-1.1+cu128-py3-none-any.whl"]
    assert Pin.parse("acme-lib==1.1+cu126").files_of(PROJECT).files == ()


@pytest.mark.parametrize(
    ("rules", "pin", "reason"),
    [
        ("exclude = ['acme-*']", "acme-lib==1.0", "'exclude' excludes it"),
        ("tags = ['w*']", "acme-lib==1.0", "'tags' excludes it"),
        ("prereleases = false", "acme-lib==2.0rc1", "'prereleases' excludes it"),
        (
            "repositories = ['acme/other']",
            "acme-lib==2.0rc1",
            "its files are in acme/nightly, which 'repositories' does not include",
        ),
    ],
)
def test_a_rule_that_prevents_it_is_named(rules: str, pin: str, reason: str) -> None:
    assert obstacle(f"include = []\n{rules}", pin) == f"{pin}: {reason}"


def test_what_is_really_taken_passes() -> None:
    pins = {Pin.parse("acme-lib==1.0"): PROJECT}
    text = promoted(CONFIG, "all", "acme-lib==1.0")

    check(text, "all", pins, source="it", store=STORE)


@pytest.mark.parametrize(
    ("pin", "known"),
    [
        ("Acme_Lib==1.0.0", "acme-lib==1.0"),
        ("acme-lib==1.1", "acme-lib==1.1"),
        ("acme-lib==1.1.0+CU128", "acme-lib==1.1+cu128"),
        ("acme-lib==7", "acme-lib==7"),
    ],
)
def test_a_version_is_written_as_its_files_are(pin: str, known: str) -> None:
    assert str(Pin.parse(pin).as_known(PROJECT)) == known
