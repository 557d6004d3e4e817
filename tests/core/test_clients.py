"""Settings that make installers use an index."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from ghpypi.core.clients.options import ClientOptions, public_index
from ghpypi.core.clients.snippets import Snippet, snippets
from ghpypi.errors import UsageError

URL = "https://acme.github.io/pypi/simple/"


def of(tool: str, package: str = "Acme_Lib", **more: Any) -> Snippet:
    options = replace(public_index(URL, "acme", package), **more)
    return next(each for each in snippets(options) if each.tool == tool)


def toml(tool: str, package: str = "Acme_Lib", **more: Any) -> dict[str, Any]:
    return tomllib.loads(of(tool, package, **more).text)


def test_there_are_settings_for_every_installer_in_a_language_each() -> None:
    assert {each.tool: each.language for each in snippets(public_index(URL, "acme"))} == {
        "uv": "toml",
        "pip": "console",
        "poetry": "toml",
        "pdm": "toml",
        "pipenv": "toml",
        "conda": "yaml",
    }


def test_pip_runs_behind_an_index_that_also_has_public_packages() -> None:
    pip = of("pip", store="acme/pypi")

    assert pip.text == "ghpypi run -s acme/pypi -- pip install acme-lib\n"
    assert "never use --extra-index-url" in pip.note
    variant = of("pip", store="acme/pypi", index="cu128").text
    assert variant == "ghpypi run -s acme/pypi --index cu128 -- pip install acme-lib\n"


def test_pip_takes_packages_from_the_index_alone_where_there_is_no_repository_to_run_with() -> None:
    first, second = of("pip").text.splitlines()

    assert first == f"pip install --index-url {URL} --no-deps acme-lib"
    assert second == "pip install acme-lib"


def test_pip_asks_a_complete_index_and_no_other() -> None:
    assert of("pip", complete=True).text == f"pip install --index-url {URL} acme-lib\n"


def test_uv_asks_the_index_before_the_public_one() -> None:
    uv = toml("uv")["tool"]["uv"]

    assert uv["index"] == [{"name": "acme", "url": URL}]
    assert uv["sources"] == {"acme-lib": {"index": "acme"}}
    assert toml("uv", complete=True)["tool"]["uv"]["index"][0]["default"] is True


def test_poetry_asks_the_public_index_for_what_the_index_does_not_have() -> None:
    poetry = toml("poetry")["tool"]["poetry"]
    ours = {"name": "acme", "url": URL, "priority": "primary"}

    assert poetry["source"] == [ours, {"name": "PyPI", "priority": "supplemental"}]
    assert poetry["dependencies"] == {"acme-lib": {"version": "*", "source": "acme"}}
    assert toml("poetry", complete=True)["tool"]["poetry"]["source"] == [ours]


def test_pdm_takes_all_that_the_index_has_from_nowhere_else() -> None:
    (source,) = toml("pdm", projects=("acme-app", "acme-lib"))["tool"]["pdm"]["source"]

    assert source == {
        "name": "acme",
        "url": URL,
        "include_packages": ["acme-lib", "acme-app"],
        "exclude_packages": ["*"],
    }
    (source,) = toml("pdm", complete=True)["tool"]["pdm"]["source"]
    assert source == {"name": "acme", "url": URL, "include_packages": ["*"]}


def test_pipenv_asks_the_index_for_the_package() -> None:
    pipfile = toml("pipenv")

    assert pipfile["source"] == [{"name": "acme", "url": URL, "verify_ssl": True}]
    assert pipfile["packages"] == {"acme-lib": {"version": "*", "index": "acme"}}


def test_conda_runs_behind_an_index_that_also_has_public_packages() -> None:
    conda = of("conda", store="acme/pypi")

    assert URL not in conda.text
    assert conda.note == (
        "Then: ghpypi run -s acme/pypi -- conda env create --file environment.yml"
    )


def test_conda_hands_the_index_to_pip() -> None:
    assert of("conda").text.splitlines()[-3:] == [
        "  - pip:",
        f"      - --index-url {URL}",
        "      - acme-lib",
    ]


@pytest.mark.parametrize("tool", ["pip", "uv", "poetry", "pdm", "pipenv", "conda"])
def test_a_package_that_is_not_named_leaves_a_placeholder(tool: str) -> None:
    assert "NAME" in of(tool, "").text
    assert "NAME" not in of(tool).text + of(tool).note


@pytest.mark.parametrize("tool", ["uv", "poetry", "pdm", "pipenv"])
def test_odd_names_of_an_index_do_not_break_out_of_their_quotes(tool: str) -> None:
    name = 'a"b\\c'
    text = next(
        each.text for each in snippets(ClientOptions(url=URL, name=name)) if each.tool == tool
    )
    first = text.splitlines()[1]

    assert tomllib.loads(first) == {"name": name}
    assert tomllib.loads(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/simple/\nextra-index-url = https://evil.example/simple/",
        "https://a.example/\tx/simple/",
        "https://a.example/simple/\u2028",
        "https://u:p@a.example/simple/",
        "javascript:alert(1)",
    ],
    ids=["line", "tab", "separator", "password", "script"],
)
def test_an_address_that_would_write_other_lines_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not the URL of an index"):
        ClientOptions(url=url, name="acme")
