"""Whom trusted publishing believes."""

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.config.trust import Grant, RepositoryIds, Trust
from ghpypi.errors import ConfigError

CLAIMS = {
    "repository": "acme/lib",
    "repository_owner_id": "1234",
    "ref": "refs/tags/v1.0",
    "environment": "release",
    "repository_id": "5678",
    "event_name": "push",
    "workflow_ref": "acme/lib/.github/workflows/release.yml@refs/tags/v1.0",
    "job_workflow_ref": "acme/lib/.github/workflows/release.yml@refs/tags/v1.0",
}
FOREIGN = {"job_workflow_ref": "acme/ci/.github/workflows/publish.yml@refs/tags/v1"}


def rule(text: str) -> Trust:
    return Trust.parse(text, store="acme/pypi")


def test_a_rule_says_who_may_publish_what_and_where_to() -> None:
    assert rule("acme#1234/lib@refs/tags/v*:release=acme/other/Acme_*") == Trust(
        repository="acme/lib",
        ids=RepositoryIds(owner="1234"),
        ref="refs/tags/v*",
        environment="release",
        grant=Grant(store="acme/other", projects="acme-*"),
    )


def test_a_rule_that_names_no_store_means_the_first() -> None:
    assert rule("acme/lib=acme-lib").grant == Grant(store="acme/pypi", projects="acme-lib")


@pytest.mark.parametrize(
    "text", ["", "acme/lib", "acme=x", "acme/lib=", "acme/lib=*/", "=x", "acme/lib@=x", "a b/c=x"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a rule of trusted publishing"):
        rule(text)


def test_a_ref_has_to_say_whether_it_is_a_branch_or_a_tag() -> None:
    with pytest.raises(ConfigError) as caught:
        rule("acme/lib@main=acme-lib")

    assert caught.value.hint == "write refs/heads/main or refs/tags/main"


@pytest.mark.parametrize(
    "text",
    [
        "acme/lib=x",
        "ACME/Lib=x",
        "acme#1234/lib=x",
        "acme/lib@refs/tags/v*=x",
        "acme/lib@refs/tags/v1.0=x",
        "acme/lib:Release=x",
        "acme#1234/lib@refs/tags/*:release=x",
        "acme/lib=x,workflow=release.yml",
        "acme/lib=x,workflow=.github/workflows/release.yml",
        "acme/lib=x,ref=refs/tags/v*,environment=RELEASE,workflow=release.yml",
        "acme#1234/lib#5678=acme/pypi/x,event=push",
        "acme/lib=x,event=workflow_dispatch|push",
    ],
)
def test_a_matching_job_is_accepted(text: str) -> None:
    assert rule(text).matches(CLAIMS)


@pytest.mark.parametrize(
    "text",
    [
        "acme/lib2=x",
        "acme2/lib=x",
        "acme#12/lib=x",
        "acme/lib@refs/heads/v*=x",
        "acme/lib@refs/tags/v2*=x",
        "acme/lib@refs/tags/V*=x",
        "acme/lib:rel=x",
        "acme/lib#567=x",
        "acme/lib=x,workflow=ci.yml",
        "acme/lib=x,workflow=Release.yml",
        "acme/lib=x,ref=refs/heads/main",
        "acme/lib=x,environment=test",
        "acme/lib=x,event=workflow_dispatch",
        "acme/lib=x,reusable=acme/ci/.github/workflows/publish.yml",
    ],
)
def test_any_other_job_is_not(text: str) -> None:
    assert not rule(text).matches(CLAIMS)


@pytest.mark.parametrize(
    "text",
    [
        "acme/lib@refs/tags/v*=x",
        "acme/lib:release=x",
        "acme#1/lib=x",
        "acme/lib#1=x",
        "acme/lib=x,workflow=release.yml",
        "acme/lib=x,event=push",
    ],
)
def test_a_job_without_the_claims_of_a_rule_is_rejected(text: str) -> None:
    assert not rule(text).matches({"repository": "acme/lib"})


@pytest.mark.parametrize(
    ("store", "project", "covered"),
    [
        ("acme/pypi", "acme-lib", True),
        ("Acme/PyPI", "acme-lib", True),
        ("acme/pypi", "acme", False),
        ("acme/pypi", "other", False),
        ("acme/other", "acme-lib", False),
    ],
)
def test_a_grant_is_for_some_projects_of_one_store(
    store: str, project: str, *, covered: bool
) -> None:
    grant = Grant(store="acme/pypi", projects="acme-*")

    assert grant.covers(store, canonicalize_name(project)) is covered


def test_what_narrows_a_rule_is_written_behind_it() -> None:
    text = (
        "acme#1/lib#2=acme/other/x,workflow=release.yml, environment=a b,ref=refs/tags/v*,"
        "event=push|workflow_run,reusable=acme/ci/.github/workflows/publish.yml@refs/tags/v1"
    )

    assert rule(text) == Trust(
        repository="acme/lib",
        ids=RepositoryIds(owner="1", repository="2"),
        workflow="release.yml",
        environment="a b",
        ref="refs/tags/v*",
        events=("push", "workflow_run"),
        reusable="acme/ci/.github/workflows/publish.yml@refs/tags/v1",
        grant=Grant(store="acme/other", projects="x"),
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("workflows=release.yml", "'workflows'"),
        ("workflow", "'workflow' has no value"),
        ("workflow=", "'workflow' has no value"),
        ("ref=refs/heads/a,ref=refs/heads/b", "'ref' occurs twice"),
        ("workflow=release", "'release' of 'workflow'"),
        ("workflow=../release.yml", "of 'workflow'"),
        ("ref=v*", "'v\\*' could be a branch or a tag"),
        ("event=pull request", "of 'event'"),
        ("reusable=publish.yml", "of 'reusable'"),
        ("", "''"),
    ],
)
def test_a_fault_in_what_narrows_a_rule_is_refused(option: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rule(f"acme/lib=x,{option}")


def test_the_nearest_word_is_suggested() -> None:
    with pytest.raises(ConfigError) as caught:
        rule("acme/lib=x,worklow=release.yml")

    assert caught.value.hint == "did you mean 'workflow'?"


@pytest.mark.parametrize(
    "event",
    [
        "pull_request",
        "pull_request_target",
        "pull_request_review",
        "pull_request_review_comment",
        "workflow_run",
    ],
)
def test_an_event_that_others_than_writers_cause_is_refused_unless_named(event: str) -> None:
    claims = {**CLAIMS, "event_name": event}

    assert not rule("acme/lib=x").matches(claims)
    assert list(rule("acme/lib=x").faults(claims)) == [
        f"event '{event}' is rejected unless the rule lists it (event={event})"
    ]
    assert not rule("acme/lib=x,event=push").matches(claims)
    assert rule(f"acme/lib=x,event=push|{event}").matches(claims)


def test_a_workflow_of_another_repository_is_refused_unless_named() -> None:
    claims = {**CLAIMS, **FOREIGN}
    path = "acme/ci/.github/workflows/publish.yml"

    assert not rule("acme/lib=x").matches(claims)
    assert not rule("acme/lib=x,workflow=publish.yml").matches(claims)
    assert not rule(f"acme/lib=x,reusable={path}@refs/tags/v2").matches(claims)
    assert not rule(f"acme/lib=x,reusable={path},workflow=publish.yml").matches(claims)
    assert rule(f"acme/lib=x,reusable={path}").matches(claims)
    assert rule(f"acme/lib=x,reusable={path}@refs/tags/v*,workflow=release.yml").matches(claims)


@pytest.mark.parametrize(
    "path",
    [
        "evil/acme/lib/.github/workflows/release.yml",
        "acme/lib/.github/workflows/sub/release.yml",
        "acme/lib-evil/.github/workflows/release.yml",
        "acme/lib/release.yml",
        "release.yml",
    ],
)
def test_a_workflow_that_only_looks_like_one_of_the_repository_is_refused(path: str) -> None:
    claims = {**CLAIMS, "job_workflow_ref": f"{path}@refs/tags/v1.0"}

    assert not rule("acme/lib=x").matches(claims)
    assert not rule("acme/lib=x,workflow=release.yml").matches(claims)


def test_a_reusable_workflow_of_the_repository_itself_is_the_one_that_is_meant() -> None:
    claims = {**CLAIMS, "workflow_ref": "acme/lib/.github/workflows/ci.yml@refs/tags/v1.0"}

    assert rule("acme/lib=x,workflow=release.yml").matches(claims)
    assert not rule("acme/lib=x,workflow=ci.yml").matches(claims)


def test_ids_are_added_to_a_rule_that_names_none() -> None:
    ids = RepositoryIds(owner="1234", repository="5678")

    assert rule("acme/lib=x").pinned(ids).matches(CLAIMS)
    assert not rule("acme/lib=x").pinned(ids).matches({**CLAIMS, "repository_owner_id": "9"})
    assert not rule("acme/lib=x").pinned(ids).matches({**CLAIMS, "repository_id": "9"})
    assert rule("acme#1/lib=x").pinned(ids).ids == RepositoryIds(owner="1", repository="5678")


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("acme/lib=x", ["any workflow", "any branch and tag", "anyone who takes over the name"]),
        ("acme#1/lib=x,workflow=a.yml,environment=e", ["anyone who takes over the name"]),
        ("acme#1/lib#2=x,ref=refs/tags/*", ["any workflow"]),
        ("acme#1/lib#2=x,workflow=a.yml,ref=refs/tags/*", []),
    ],
)
def test_unrestricted_claims_of_a_rule_are_reported(text: str, loose: list[str]) -> None:
    assert [x.partition(" (")[0] for x in rule(text).looseness()] == loose
