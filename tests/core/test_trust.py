"""Whom trusted publishing believes."""

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.trust import Grant, Trust
from ghpypi.errors import ConfigError

CLAIMS = {
    "repository": "acme/lib",
    "repository_owner_id": "1234",
    "ref": "refs/tags/v1.0",
    "environment": "release",
}


def rule(text: str) -> Trust:
    return Trust.parse(text, store="acme/pypi")


def test_a_rule_says_who_may_publish_what_and_where_to() -> None:
    assert rule("acme#1234/lib@refs/tags/v*:release=acme/other/Acme_*") == Trust(
        repository="acme/lib",
        owner_id="1234",
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
    with pytest.raises(ConfigError, match="says of no repository what it may publish"):
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
    ],
)
def test_a_job_that_is_meant_is_believed(text: str) -> None:
    assert rule(text).believes(CLAIMS)


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
    ],
)
def test_any_other_job_is_not(text: str) -> None:
    assert not rule(text).believes(CLAIMS)


@pytest.mark.parametrize("text", ["acme/lib@refs/tags/v*=x", "acme/lib:release=x", "acme#1/lib=x"])
def test_a_job_that_does_not_say_what_a_rule_asks_for_is_not_believed(text: str) -> None:
    assert not rule(text).believes({"repository": "acme/lib"})


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
