"""Settings that make installers use an index."""

import tomllib
from typing import Any

import pytest

from ghpypi.core.clients import Snippet, snippets

URL = "https://acme.github.io/pypi/simple/"


def of(tool: str, package: str = "Acme_Lib") -> Snippet:
    return next(each for each in snippets(URL, "acme", package) if each.tool == tool)


def toml(tool: str, package: str = "Acme_Lib") -> dict[str, Any]:
    return tomllib.loads(of(tool, package).text)


def test_there_are_settings_for_every_installer_in_a_language_each() -> None:
    assert {each.tool: each.language for each in snippets(URL, "acme")} == {
        "pip": "console",
        "uv": "toml",
        "poetry": "toml",
        "pdm": "toml",
        "pipenv": "toml",
        "conda": "yaml",
    }


def test_pip_is_told_to_ask_this_index_only_and_why() -> None:
    assert of("pip").text == f"pip install --index-url {URL} acme-lib\n"
    assert "--extra-index-url" in of("pip").note


def test_uv_takes_from_the_index_what_is_tied_to_it_and_nothing_else() -> None:
    uv = toml("uv")["tool"]["uv"]

    assert uv["index"] == [{"name": "acme", "url": URL, "explicit": True}]
    assert uv["sources"] == {"acme-lib": {"index": "acme"}}


def test_poetry_takes_from_the_index_what_is_tied_to_it_and_nothing_else() -> None:
    poetry = toml("poetry")["tool"]["poetry"]

    assert poetry["source"] == [{"name": "acme", "url": URL, "priority": "explicit"}]
    assert poetry["dependencies"] == {"acme-lib": {"version": "*", "source": "acme"}}


def test_pdm_asks_the_index_for_the_package_and_for_nothing_else() -> None:
    assert toml("pdm")["tool"]["pdm"]["source"] == [
        {
            "name": "acme",
            "url": URL,
            "include_packages": ["acme-lib"],
            "exclude_packages": ["*"],
        }
    ]


def test_pipenv_asks_the_index_for_the_package() -> None:
    pipfile = toml("pipenv")

    assert pipfile["source"] == [{"name": "acme", "url": URL, "verify_ssl": True}]
    assert pipfile["packages"] == {"acme-lib": {"version": "*", "index": "acme"}}


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
    text = next(each.text for each in snippets(URL, name) if each.tool == tool)
    first = text.splitlines()[1]

    assert tomllib.loads(first) == {"name": name}
    assert tomllib.loads(text)
