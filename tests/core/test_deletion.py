"""What is deleted of releases, and what is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ghpypi.core.config.config import Config
from ghpypi.core.deletion import (
    VersionRequirement,
    dependents,
    plan_deletion,
    requirements_of,
    versions_of,
)
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.pruning import PruneRules, pinned_versions, prunable
from tests.support.files import made, project_of

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def release(tag: str, *names: str, draft: bool = False) -> StoredRelease:
    assets = tuple(
        Asset(
            folder="",
            name=name.removesuffix("!"),
            size=1,
            version=name,
            uploaded="",
            complete=not name.endswith("!"),
        )
        for name in names
    )
    return StoredRelease(
        key=tag, origin="", tag=tag, draft=draft, prerelease=False, immutable=False, assets=assets
    )


def planned(*releases: StoredRelease) -> list[tuple[str, list[str], bool]]:
    """Plan the deletion of acme-lib 1.0."""

    def wanted(name: NormalizedName, version: Version) -> bool:
        return name == "acme-lib" and version.public == "1.0"

    plan = plan_deletion(releases, wanted)
    return [(x.release.tag, [asset.name for asset in x.assets], x.whole) for x in plan]


WHEEL = "acme_lib-1.0+cu128-py3-none-any.whl"


@pytest.mark.parametrize(
    ("names", "deleted", "whole"),
    [
        (["acme_lib-1.0.zip"], ["acme_lib-1.0.zip"], True),
        (
            [f"{WHEEL}.metadata", WHEEL, f"{WHEEL}.asc"],
            [WHEEL, f"{WHEEL}.metadata", f"{WHEEL}.asc"],
            True,
        ),
        (["acme_lib-1.0.zip", "acme_lib-1.1.zip"], ["acme_lib-1.0.zip"], False),
        (["acme_lib-1.0.zip", "notes.pdf"], ["acme_lib-1.0.zip"], False),
        (["acme_lib-1.0.zip", "notes.pdf!"], ["acme_lib-1.0.zip"], True),
        (["acme_lib-1.0.zip", "acme_lib-1.0.zipped"], ["acme_lib-1.0.zip"], False),
    ],
)
def test_a_release_goes_when_nothing_else_is_in_it(
    names: list[str], deleted: list[str], whole: bool
) -> None:
    assert planned(release("v1", *names)) == [("v1", deleted, whole)]


def test_drafts_and_other_releases_are_left_alone() -> None:
    assert planned(
        release("draft", "acme_lib-1.0.zip", draft=True),
        release("other", "other-1.0.zip"),
        release("b", "acme_lib-1.0.zip"),
        release("a", "acme_lib-1.0.zip"),
    ) == [("a", ["acme_lib-1.0.zip"], True), ("b", ["acme_lib-1.0.zip"], True)]


def test_versions_are_named_once() -> None:
    plan = plan_deletion(
        [release("a", "b-1.0.zip", "b-1.0.0-py3-none-any.whl", "a-2.zip"), release("b", "b-0.zip")],
        lambda *_: True,
    )

    assert versions_of(plan) == {"a": ["2"], "b": ["0", "1.0"]}


@pytest.mark.parametrize(
    ("requirement", "needed"),
    [
        ("acme.lib==1.0", True),
        ("acme-lib<2", True),
        ("acme-lib==2.0", False),
        ("acme-lib", False),
        ("acme-lib>=9", False),
        ("other", False),
        ("acme-lib @ https://x.example/", False),
        ("not a requirement!", False),
    ],
)
def test_a_project_needs_what_no_other_version_satisfies(requirement: str, needed: bool) -> None:
    found = broken([f"user 1.0 {requirement}"], ["1.0", "2.0"], ["1.0"])

    assert found == ([f"user 1.0 requires {requirement}"] if needed else [])
    assert broken([f"acme-lib 2.0 {requirement}"], ["1.0", "2.0"], ["1.0"]) == []


def broken(
    requirements: list[str], known: list[str], deleted: list[str], yanked: Sequence[str] = ()
) -> list[str]:
    """Find the projects that need what is deleted of acme-lib."""
    split = [each.split(" ", 2) for each in requirements]
    given = [VersionRequirement(canonicalize_name(x), version, text) for x, version, text in split]
    matching = requirements_of(given, canonicalize_name("acme-lib"))
    versions = [{*map(Version, each)} for each in (known, deleted, yanked)]
    return [str(each) for each in dependents(matching, *versions)]


@pytest.mark.parametrize(
    ("requirements", "yanked", "expected"),
    [
        (["user 1.0 acme-lib<2"], ["1.0"], ["user 1.0 requires acme-lib<2"]),
        (["user 1.0 acme-lib<2"], [], []),
        (["user 1.0 acme-lib==1.0"], ["1.0"], []),
        (
            ["user 2 acme-lib==1.1", "b 1 acme-lib==1.1", "user 10 acme-lib==1.1"],
            [],
            ["b 1 requires acme-lib==1.1", "user 10, 2 require acme-lib==1.1"],
        ),
        (
            [f"user {number} acme-lib==1.1" for number in range(1, 7)],
            [],
            ["user 6, 5, 4 and 3 more require acme-lib==1.1"],
        ),
        (["user 1.0 acme-lib==1.2rc1"], [], ["user 1.0 requires acme-lib==1.2rc1"]),
        (["user 1.0 acme-lib==1.1+cu128"], [], ["user 1.0 requires acme-lib==1.1+cu128"]),
    ],
)
def test_a_yanked_version_is_no_substitute(
    requirements: list[str], yanked: list[str], expected: list[str]
) -> None:
    known = ["1.0", "1.1", "1.1+cu128", "1.2rc1", "2.0"]

    assert broken(requirements, known, ["1.1", "1.1+cu128", "1.2rc1"], yanked) == expected


# Pruning


def aged(version: str, days: int) -> File:
    uploaded = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return made(f"a-{version}.zip", uploaded_at=uploaded)


def pruned(files: Sequence[File], rules: PruneRules, toml: str = "") -> list[str]:
    config, project = Config.parse(toml), project_of(*files)
    found = prunable(
        project,
        rules,
        pinned=pinned_versions(config, project, None),
        yanked=config.yanked.get(project.name, {}),
        now=NOW,
    )
    return [*map(str, found)]


FILES = [aged("1.0", 90), aged("1.1", 60), aged("2.0rc1", 40), aged("2.0", 30), aged("2.1", 1)]


@pytest.mark.parametrize(
    ("rules", "toml", "expected"),
    [
        (PruneRules(keep=2), "", ["2.0rc1", "1.1", "1.0"]),
        (PruneRules(keep=9), "", []),
        (PruneRules(keep=1, older_than=timedelta(days=50)), "", ["1.1", "1.0"]),
        (PruneRules(keep=0, prereleases=True), "", ["2.0rc1"]),
        (PruneRules(keep=1, prereleases=True), "", []),
        (PruneRules(keep=2), "[prune]\nexclude = ['a<1.1']", ["2.0rc1", "1.1"]),
        (PruneRules(keep=2), "[prune]\nexclude = ['a']", []),
        (PruneRules(keep=2), "[indexes.x]\ninclude = ['a==1.1']", ["2.0rc1", "1.0"]),
        (PruneRules(keep=2), "[indexes.x]\ninclude = ['a']", ["2.0rc1", "1.1", "1.0"]),
        (PruneRules(keep=1), "[yanked]\na = { '2.1' = '', '1.0' = '' }", ["2.0rc1", "1.1", "1.0"]),
    ],
)
def test_old_versions_are_pruned(rules: PruneRules, toml: str, expected: list[str]) -> None:
    assert pruned(FILES, rules, toml) == expected


def test_the_version_that_installers_choose_is_kept_beside_a_higher_prerelease() -> None:
    files = [aged("1.0", 90), aged("1.1", 60), aged("2.0rc1", 40), aged("2.0rc2", 1)]

    assert pruned(files, PruneRules(keep=1)) == ["2.0rc1", "1.0"]


def test_builds_of_a_version_are_kept_together() -> None:
    files = [aged("1.0+a", 90), aged("1.0+b", 1), aged("2.0", 1), aged("0.9+a", 99)]

    assert pruned(files, PruneRules(keep=1)) == ["1.0+b", "1.0+a", "0.9+a"]
    assert pruned(files, PruneRules(keep=1, older_than=timedelta(days=30))) == ["0.9+a"]
    assert pruned(files, PruneRules(keep=1), "[prune]\nexclude = ['a==1.0+a']") == ["0.9+a"]


@given(
    st.lists(st.sampled_from(["1.0", "1.1", "2.0rc1", "2.0", "3.0+x"]), min_size=1, unique=True),
    st.sets(st.sampled_from(["1.0", "1.1", "2.0", "3.0+x"])),
    st.integers(0, 3),
    st.booleans(),
)
def test_the_highest_version_is_never_pruned(
    versions: list[str], yanked: set[str], keep: int, prereleases: bool
) -> None:
    toml = "[yanked]\n" + "a = { " + ", ".join(f"'{each}' = ''" for each in yanked) + " }"
    found = pruned(
        [aged(each, 99) for each in versions], PruneRules(keep=keep, prereleases=prereleases), toml
    )

    assert max(versions, key=Version) not in found
    chosen = [x for x in map(Version, versions) if not x.is_prerelease and str(x) not in yanked]
    assert str(max(chosen, default="")) not in found
