"""Rendering workflow files."""

import pytest

from ghpypi.core.project import ACTION
from ghpypi.core.workflows import (
    WORKFLOWS,
    Workflow,
    WorkflowOptions,
    render,
    render_upload,
)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_of_a_template_is_left(name: Workflow) -> None:
    text = render(name, WorkflowOptions())

    assert text.startswith("name: ")
    assert text.endswith("\n")
    assert not [mark for mark in ("[[", "]]", "[%", "%]", "[#", "#]") if mark in text]


def test_the_action_has_the_tag_of_its_major_version_where_no_other_is_given() -> None:
    assert f"        uses: {ACTION}\n" in render("index", WorkflowOptions())


def test_the_index_follows_whatever_happens_to_releases() -> None:
    text = render("index", WorkflowOptions())

    assert "types: [published, edited, deleted, unpublished]" in text
    assert "repository_dispatch:\n    types: [ghpypi]\n" in text
    assert "cancel-in-progress: false" in text


def test_the_index_of_several_private_repositories_needs_a_secret_and_no_other_workflow() -> None:
    text = render("index", WorkflowOptions())

    assert "token: ${{ secrets.GHPYPI_INDEX_TOKEN || github.token }}" in text


def test_the_runners_of_an_enterprise_server_are_its_own() -> None:
    text = render("index", WorkflowOptions(runs_on="self-hosted"))

    assert "    runs-on: self-hosted\n" in text
    assert "ubuntu" not in text


@pytest.mark.parametrize("name", ["publish", "publish-matrix"])
def test_a_package_is_published_in_the_index_repository(name: Workflow) -> None:
    assert "          store: acme/pypi\n" in render(name, WorkflowOptions(store="acme/pypi"))
    assert "          store: ${{ vars.GHPYPI_STORE }}\n" in render(name, WorkflowOptions())
    assert "secrets.GHPYPI_TOKEN" in render(name, WorkflowOptions())


def test_a_package_that_is_its_own_index_needs_no_token_but_the_workflows() -> None:
    text = render("publish-own", WorkflowOptions())

    assert "secrets." not in text
    assert "store:" not in text
    assert "          tag: ${{ github.ref_name }}\n" in text


@pytest.mark.parametrize("name", ["publish", "publish-own"])
def test_pull_requests_go_to_the_default_branch(name: Workflow) -> None:
    options = WorkflowOptions(default_branch="trunk")

    assert "  pull_request:\n    branches: [trunk]\n" in render(name, options)


def test_the_address_of_the_index_can_be_given() -> None:
    options = WorkflowOptions(url="https://acme.example/pypi/")

    assert 'SITE_URL: "https://acme.example/pypi/"' in render("verify", options)
    assert 'SITE_URL: ""' in render("verify", WorkflowOptions())


def test_the_step_that_uploads_can_be_pasted_by_itself() -> None:
    text = render_upload(WorkflowOptions(store="acme/pypi"))

    assert text.startswith(f"- name: Upload, and start the index\n  uses: {ACTION}\n")
    assert "    store: acme/pypi\n" in text
