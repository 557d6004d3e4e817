"""A site shows nothing that fewer people may read than may read the site."""

import json

import pytest

from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository, Site
from tests.support.packages import sdist, sidecar_of, wheel

pytestmark = pytest.mark.slow

KINDS = {
    "public": {},
    "internal": {"private": True, "internal": True},
    "private": {"private": True},
}


def add(github: Emulator, name: str, kind: str) -> Repository:
    """Add a repository with one release that the token can read."""
    repository = github.add_repository(f"acme/{name}")
    repository.private = kind != "public"
    repository.internal = kind == "internal"
    repository.grant("bot", "write")
    repository.add_release("v1").add_asset(*sdist(name.replace("-", "_"), "1.0"))
    return repository


def shown(bench: Bench, *arguments: str) -> list[str]:
    """Build the index, and list its projects."""
    outcome = bench.run("index", "-q", *arguments)
    assert outcome.code == 0, outcome.err
    return [row["name"] for row in json.loads(bench.run("list", "--json").out)["projects"]]


def configure(store: Repository, repositories: str = "['acme/*']", more: str = "") -> None:
    text = f"[index]\nrepositories = {repositories}\n{more}"
    store.commit_files({"ghpypi.toml": text})


LIBRARIES = ["lib-internal", "lib-private", "lib-public"]


@pytest.mark.parametrize(
    ("kind", "pages", "expected"),
    [
        ("public", "none", ["lib-public"]),
        ("public", "public", ["lib-public"]),
        ("internal", "none", ["lib-internal", "lib-public"]),
        ("internal", "private", ["lib-internal", "lib-public"]),
        ("internal", "public", ["lib-public"]),
        ("private", "none", LIBRARIES),
        ("private", "private", LIBRARIES),
        ("private", "public", ["lib-public"]),
    ],
)
def test_a_pattern_takes_only_repositories_that_all_readers_of_the_site_may_read(
    bench: Bench, github: Emulator, kind: str, pages: str, expected: list[str]
) -> None:
    store = add(github, "pypi", kind)
    store.site = None if pages == "none" else Site(public=pages == "public")
    for name in LIBRARIES:
        add(github, name, name.removeprefix("lib-"))
    configure(store)

    assert shown(bench) == [*expected, "pypi"]
    files = store.files("gh-pages")
    hidden = {*LIBRARIES} - {*expected}
    assert not [x for x in hidden for page in files.values() if x.encode() in page]


def test_repositories_that_are_left_out_are_counted_and_not_named(
    bench: Bench, github: Emulator
) -> None:
    """The log of a workflow is as public as its repository."""
    configure(add(github, "pypi", "public"))
    add(github, "lib-private", "private")
    outcome = bench.run("index")

    assert "skipping 1 of the matching repositories" in outcome.err
    assert "lib-private" not in outcome.err


def test_exclusions_that_exclude_nothing_are_reported(bench: Bench, github: Emulator) -> None:
    store = add(github, "pypi", "public")
    add(github, "lib-old", "public")
    configure(store, "['acme/*']\nexclude-repositories = ['acme/lib-old', 'acme/lib-odl']")
    outcome = bench.run("index", "-q")

    assert outcome.code == 0
    assert "warning: index.exclude-repositories: 'acme/lib-odl' matches none of" in outcome.err
    assert "'acme/lib-old'" not in outcome.err


def test_a_repository_that_is_named_and_less_visible_than_the_site_is_an_error(
    bench: Bench, github: Emulator
) -> None:
    store = add(github, "pypi", "public")
    for name in LIBRARIES:
        add(github, name, name.removeprefix("lib-"))
    configure(store, "['acme/lib-private', 'acme/*', 'acme/lib-public']")
    outcome = bench.run("index", "-q")

    assert outcome.code == 2
    assert outcome.err == (
        "error: the site of acme/pypi is public, and would show the names, READMEs and metadata "
        "of repositories that fewer people may read\n"
        "  - acme/lib-private is private\n"
        "hint: remove them from 'repositories' in ghpypi.toml, or, if everyone may see that, set "
        'private-repositories = "include" in the table [index]\n'
    )
    assert store.head("gh-pages") is None


def test_a_named_index_shows_no_more(bench: Bench, github: Emulator) -> None:
    store = add(github, "pypi", "public")
    add(github, "lib-private", "private")
    store.commit_files({"ghpypi.toml": "[indexes.dev]\nrepositories = ['acme/lib-private']\n"})

    assert bench.run("index", "-q").code == 2


def test_a_configuration_that_means_it_shows_all(bench: Bench, github: Emulator) -> None:
    store = add(github, "pypi", "public")
    for name in LIBRARIES:
        add(github, name, name.removeprefix("lib-"))
    configure(store, "['acme/lib-private', 'acme/*']", 'private-repositories = "include"\n')

    assert shown(bench) == [*LIBRARIES, "pypi"]


def test_pages_that_the_token_may_not_look_at_count_as_public(
    bench: Bench, github: Emulator
) -> None:
    store = add(github, "pypi", "private")
    store.site = Site(public=False)
    configure(store)
    add(github, "lib-private", "private")
    rights = {"contents": "write"}
    bench.set(GHPYPI_TOKEN=github.add_token("bot", permissions=rights, owner="acme"))

    assert shown(bench) == ["pypi"]


def test_a_repository_that_a_token_cannot_see_is_named_where_its_files_would_be_lost(
    bench: Bench, github: Emulator
) -> None:
    """The first run was that of a person, the second is that of a workflow."""
    store = add(github, "pypi", "private")
    for name in ("lib-one", "lib-two"):
        add(github, name, "private")
    configure(store)
    assert shown(bench) == ["lib-one", "lib-two", "pypi"]
    github.add_user("other")
    store.grant("other", "write")
    bench.set(GHPYPI_TOKEN=github.add_token("other"))
    outcome = bench.run("index", "-q")

    assert outcome.code == 1
    for name in ("one", "two"):
        assert (
            f"  - acme/lib-{name}: this token cannot see the repository, or it was deleted: "
            f"lib_{name}-1.0.tar.gz\n" in outcome.err
        )
    assert "let the run use a token that can read acme/lib-one" in outcome.err
    assert "'allow-shrink'" in outcome.err


def test_a_repository_that_became_private_is_reported(bench: Bench, github: Emulator) -> None:
    configure(add(github, "pypi", "public"))
    library = add(github, "lib", "public")
    assert shown(bench) == ["lib", "pypi"]
    library.private = True
    outcome = bench.run("index", "-q")

    assert outcome.code == 1
    assert "  - acme/lib: it is private, and the site is public: lib-1.0.tar.gz\n" in outcome.err
    assert shown(bench, "--allow-shrink") == ["pypi"]


def test_a_repository_that_is_no_longer_included_is_reported(
    bench: Bench, github: Emulator
) -> None:
    store = add(github, "pypi", "public")
    configure(store)
    add(github, "lib", "public")
    assert shown(bench) == ["lib", "pypi"]
    configure(store, "['acme/pypi']")

    outcome = bench.run("index", "-q")
    assert "  - acme/lib: it is not among the repositories that are indexed: " in outcome.err


@pytest.mark.parametrize("kind", ["private", "public"])
def test_a_static_site_of_a_private_store_warns_that_installers_cannot_fetch(
    bench: Bench, github: Emulator, kind: str
) -> None:
    store = add(github, "pypi", kind)
    built = wheel("acme_lib", "1.0")
    release = store.add_release("v2")
    for each in (built, sidecar_of(built)):
        release.add_asset(*each)
    store.commit_files({"ghpypi.toml": "[site]\npages = false\n"})
    outcome = bench.run("index", "-q", "--output", "site")

    assert outcome.code == 0
    assert bool(outcome.err) is (kind == "private")
    if kind == "private":
        assert outcome.err.startswith(
            "warning: installers cannot fetch the files of acme/pypi from a static site"
        )
        assert "ghpypi serve acme/pypi" in outcome.err
        assert "ghpypi run --store acme/pypi -- pip install" in outcome.err


def test_a_store_of_its_own_costs_no_request_more(bench: Bench, github: Emulator) -> None:
    store = add(github, "pypi", "private")
    store.site = Site()
    store.commit_files({"ghpypi.toml": "[index]\nurl = 'https://acme.example'\n"})
    assert shown(bench) == ["pypi"]
    github.clear_log()
    bench.run("index", "-q")

    assert not [each for each in github.requests if each.path.endswith("/pages")]
