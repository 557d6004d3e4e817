"""Stores with names, from `[stores]` of `ghpypi.toml`."""

from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.config.stores import is_store_name
from ghpypi.errors import ConfigError, UsageError
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.cli.test_settings import SETTINGS
from tests.support.attesting import provenance_beside
from tests.support.packages import publish_files, sdist, wheel, written

STORES = """
[stores.staging]
store = "./staging-index"
[stores.prod]
store = "acme/pypi"
[stores.enterprise]
store = "code.example/acme/pypi"
"""


@pytest.fixture
def project(bench: Bench) -> Path:
    """The folder of a project that is published to several stores."""
    (bench.folder / "ghpypi.toml").write_text(STORES)
    written(bench.folder / "dist", wheel())
    return bench.folder


def test_a_name_is_replaced_by_its_store(bench: Bench, project: Path) -> None:
    assert str(replace(SETTINGS, given_store="prod").locator) == "acme/pypi"
    bench.set(GHPYPI_STORE="staging")
    assert str(replace(SETTINGS).locator) == "./staging-index"
    (project / "ghpypi.toml").write_text(f'store = "prod"\n{STORES}')
    bench.set(GHPYPI_STORE="")
    assert str(replace(SETTINGS).locator) == "acme/pypi"


@pytest.mark.parametrize(
    "text", ["acme/prod", "./prod", "/prod", "~/prod", "s3://prod", "C:\\prod"]
)
def test_what_could_be_another_store_is_no_name(text: str) -> None:
    assert not is_store_name(text)


def test_files_are_uploaded_to_a_store_by_name(bench: Bench, project: Path) -> None:
    assert bench.run("upload", "--store", "staging", "-q").code == 0
    assert bench.run("list", "--store", "staging").out.startswith("acme-lib")
    assert (project / "staging-index/simple/acme-lib/index.html").exists()


def test_a_project_with_names_of_stores_does_not_configure_their_indexes(
    bench: Bench, project: Path
) -> None:
    (project / "ghpypi.toml").write_text(f"{STORES}\n[index]\ntitle = 'Of the project'")
    (project / "staging-index").mkdir()
    (project / "staging-index/ghpypi.toml").write_text("[index]\ntitle = 'Of the store'")
    bench.run("upload", "--store", "staging", "-q")

    assert "Of the store" in (project / "staging-index/index.html").read_text()
    assert replace(SETTINGS, given_store="./staging-index").config.index.title == "Of the store"
    (project / "ghpypi.toml").write_text(
        f"store = 'staging'\n{STORES}\n[index]\ntitle = 'Of the project'"
    )
    assert replace(SETTINGS, given_store="staging").config.index.title == "Of the project"


def test_an_unknown_name_is_an_error_with_suggestions(bench: Bench, project: Path) -> None:
    (project / "stagin").mkdir()
    outcome = bench.run("upload", "--store", "stagin")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "error: store 'stagin' is neither OWNER/REPO, nor a path, nor in [stores] of ghpypi.toml, "
        "did you mean 'staging'?\n"
        "hint: write ./stagin for a folder, or add [stores.stagin] with its 'store' to "
        "ghpypi.toml\n"
    )


def test_a_server_takes_names_of_stores(bench: Bench, project: Path) -> None:
    outcome = bench.run("serve", "staging", "test")

    assert outcome.code == 2
    assert "store 'test' is neither OWNER/REPO, nor a path, nor in [stores]" in outcome.err
    assert SETTINGS.named_store("acme/pypi") == "acme/pypi"
    assert replace(SETTINGS).named_store("staging") == "./staging-index"


def test_the_host_in_the_url_of_a_name_was_not_named_by_the_user(project: Path) -> None:
    settings = replace(SETTINGS, given_store="enterprise")

    assert settings.hosts.hostname == "code.example"
    assert not settings.choice.named
    assert settings.named_hosts.hostname == "github.com"


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("[stores.'a b']\nurl = './a'", 'stores."a b": is not a name of letters, digits'),
        ("[stores]\nprod = 'acme/pypi'", "stores.prod: must be a table, not 'acme/pypi'"),
        ("[stores.prod]\n", "stores.prod.store: '' is not OWNER/REPO, a path"),
        (
            "[stores.prod]\nstore = 'staging'",
            "stores.prod.store: 'staging' is not OWNER/REPO, a path",
        ),
        ("[stores.prod]\nstor = './a'", "stores.prod.stor: unknown key, did you mean 'store'?"),
        (f"store = 'prd'\n{STORES}", "store: there is no [stores.prd], did you mean 'prod'?"),
    ],
)
def test_mistakes_in_the_table_are_reported(toml: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.parse(toml)

    assert any(each.startswith(fault) for each in caught.value.faults)


def test_a_name_is_no_store_where_no_configuration_is_read(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r"nor in \[stores\] of ghpypi.toml"):
        _ = replace(SETTINGS, given_store="prod").locator


@pytest.fixture
def staged(bench: Bench) -> Path:
    """A version in a store, with provenance, and another store beside it."""
    (bench.folder / "ghpypi.toml").write_text(
        "[stores.staging]\nstore = './staging'\n[stores.prod]\nstore = './prod'\n"
    )
    publish_files(
        DirectoryStore(bench.folder / "staging"), [wheel(), provenance_beside(wheel()), sdist()]
    )
    bench.run("index", "--store", "staging")
    return bench.folder


def test_a_version_is_promoted_to_another_store(bench: Bench, staged: Path) -> None:
    promote = ("promote", "acme-lib==1.0", "--store", "staging", "--to", "prod")
    assert bench.run(*promote, "--dry-run").out.count("would upload") == 2
    assert not (staged / "prod").exists()
    assert bench.run(*promote).code == 0

    for name in (wheel()[0], f"{wheel()[0]}.provenance", sdist()[0]):
        before, after = (staged / x / "files/acme-lib-1.0" / name for x in ("staging", "prod"))
        assert after.read_bytes() == before.read_bytes()
    assert bench.run("list", "--store", "prod").out.startswith("acme-lib")
    assert "already there" in bench.run(*promote).out


def test_what_cannot_be_promoted_to_a_store_is_refused(bench: Bench, staged: Path) -> None:
    promote = ("promote", "acme-lib==1.0", "--store", "staging", "--to")
    assert "'staging' is the store that has these versions" in bench.run(*promote, "staging").err
    assert "--pr cannot be used with a store" in bench.run(*promote, "prod", "--pr").err
    (staged / "staging/ghpypi.toml").write_text("[indexes.prod]\n")
    outcome = bench.run(*promote, "prod")
    assert (outcome.code, outcome.out) == (2, "")
    assert "'prod' is the name of an index and of a store" in outcome.err

    (staged / "ghpypi.toml").write_text("[stores.remote]\nstore = 'code.example/acme/pypi'\n")
    outcome = bench.run("promote", "acme-lib==1.0", "--store", "./staging", "--to", "remote")
    assert "'remote' (code.example/acme/pypi) is not on 'github.com'" in outcome.err
