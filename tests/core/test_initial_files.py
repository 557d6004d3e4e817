"""What a new store is given to read."""

import tomllib

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.initial_files import client_settings, config_text, readme_text
from ghpypi.core.workflows import WorkflowOptions

URL = "https://acme.github.io/pypi/"


def test_the_first_configuration_changes_nothing_but_the_store() -> None:
    assert Config.parse(config_text("acme/pypi")) == Config(store="acme/pypi")
    assert Config.parse(config_text("")) == Config()


def test_every_example_in_the_configuration_is_valid() -> None:
    lines = config_text("acme/pypi").splitlines()
    examples = [
        line[2:] for line in lines if line.startswith("# ") and ("=" in line or "# [" in line)
    ]
    config = Config.parse("\n".join(['store = "acme/pypi"', "[index]", *examples]))

    assert config.index.url == "https://packages.example.com/"
    assert config.index.repositories == ("acme/lib-*", "acme/app")
    assert config.yanked
    assert config.statuses


def test_settings_for_uv_and_poetry_are_toml_that_names_the_index() -> None:
    settings = client_settings(URL, name="acme", store="acme/pypi")
    uv, poetry = tomllib.loads(settings.uv)["tool"]["uv"], tomllib.loads(settings.poetry)["tool"]

    assert settings.pip == "ghpypi run -s acme/pypi -- pip install NAME\n"
    assert uv["index"] == [{"name": "acme", "url": f"{URL}simple/"}]
    assert uv["sources"] == {"NAME": {"index": "acme"}}
    assert poetry["poetry"]["source"][0] == {
        "name": "acme",
        "url": f"{URL}simple/",
        "priority": "primary",
    }


def test_an_address_that_is_not_known_is_easily_seen() -> None:
    assert "https://THIS-SITE/simple/" in client_settings("", name="acme").pip


@pytest.mark.parametrize(("url", "told"), [(URL, f"at <{URL}>"), ("", "on GitHub Pages")])
def test_a_readme_says_how_to_install_and_to_publish(url: str, told: str) -> None:
    options = WorkflowOptions(store="Acme/pypi")
    text = readme_text("Acme/pypi", web="https://github.com/Acme/pypi", url=url, options=options)

    assert text.startswith("# pypi\n\n")
    assert told in text
    assert 'name = "acme"' in text
    assert "$ ghpypi upload dist/* --store Acme/pypi\n" in text
    assert "\n    store: Acme/pypi\n" in text
    assert text.count("```") == 10
