"""The files that hold the settings of installers."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from ghpypi.core.clients.files import EDITORS, Edited
from ghpypi.core.clients.options import ClientOptions

URL = "https://acme.github.io/pypi/simple/"
OPTIONS = ClientOptions(url=URL, name="acme", packages=("acme-lib", "zope-interface"))
PRIVATE = replace(OPTIONS, private=True)
PROJECT = """\
# mine
[project]
name = "x"  # this
dependencies = ["Acme_Lib>=1", "other"]

# how it is built
[build-system]
requires = ["hatchling"]
"""
START = {"pip": "", "pipenv": ""}


def edit(tool: str, text: str = PROJECT, options: ClientOptions = OPTIONS) -> Edited:
    return EDITORS[tool](text, options)


def tools(text: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(text)["tool"]
    return found


@pytest.mark.parametrize("options", [OPTIONS, PRIVATE], ids=["public", "private"])
@pytest.mark.parametrize("tool", list(EDITORS))
def test_a_file_with_the_settings_stays_as_it_is(tool: str, options: ClientOptions) -> None:
    once = edit(tool, START.get(tool, PROJECT), options)

    assert once.clashes == ()
    assert edit(tool, once.text, options).text == once.text


@pytest.mark.parametrize("tool", ["uv", "poetry", "pdm"])
def test_all_lines_of_a_project_stay_in_their_order(tool: str) -> None:
    text = edit(tool).text
    kept = [line for line in text.splitlines() if line in PROJECT.splitlines() and line]

    assert kept == [line for line in PROJECT.splitlines() if line]
    assert "\n# how it is built\n[build-system]\n" in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("tool", list(EDITORS))
def test_no_file_holds_a_credential(tool: str) -> None:
    text = edit(tool, START.get(tool, PROJECT), PRIVATE).text

    assert "@" not in text
    assert "token" not in text


def test_uv_gets_the_settings_of_the_snippet() -> None:
    uv = tools(edit("uv").text)["uv"]

    assert uv["index"] == [{"name": "acme", "url": URL}]
    assert uv["sources"] == {"acme-lib": {"index": "acme"}, "zope-interface": {"index": "acme"}}
    assert "keyring-provider" not in uv


def test_uv_signs_in_to_a_private_index_with_the_keyring() -> None:
    uv = tools(edit("uv", options=PRIVATE).text)["uv"]

    assert uv["keyring-provider"] == "subprocess"
    assert uv["index"][0]["authenticate"] == "always"


@pytest.mark.parametrize(
    "source", ['{ path = "../lib" }', '{ index = "other" }', '[{ index = "a", marker = "x" }]']
)
def test_a_package_that_comes_from_elsewhere_stays_unless_it_is_to_be_replaced(source: str) -> None:
    text = f"[tool.uv.sources]\nAcme_Lib = {source}  # why\n"
    found = edit("uv", text)

    assert f"Acme_Lib = {source}  # why" in found.text
    assert len(found.clashes) == 1
    assert found.clashes[0].startswith("tool.uv.sources.Acme_Lib")
    replaced = edit("uv", text, replace(OPTIONS, replace=True))
    assert replaced.clashes == ()
    assert tools(replaced.text)["uv"]["sources"]["Acme_Lib"]["index"] == "acme"


def test_poetry_ties_dependencies_and_reports_other_packages() -> None:
    found = edit("poetry")
    poetry = tools(found.text)["poetry"]

    assert poetry["source"] == [
        {"name": "acme", "url": URL, "priority": "primary"},
        {"name": "PyPI", "priority": "supplemental"},
    ]
    assert poetry["dependencies"] == {"acme-lib": {"source": "acme"}}
    assert found.untied == ("zope-interface",)


def test_poetry_ties_a_dependency_wherever_it_is_listed_and_keeps_its_version() -> None:
    text = """\
[tool.poetry.dependencies]
Acme_Lib = "^1"  # pinned
[tool.poetry.group.dev.dependencies]
"zope.interface" = { version = "*", optional = true }
"""
    found = edit("poetry", text)
    poetry = tools(found.text)["poetry"]

    assert poetry["dependencies"] == {"Acme_Lib": {"version": "^1", "source": "acme"}}
    assert poetry["group"]["dev"]["dependencies"] == {
        "zope.interface": {"version": "*", "optional": True, "source": "acme"}
    }
    assert found.untied == ()
    assert "# pinned" in found.text


def test_dependency_groups_and_extras_count_and_what_cannot_be_read_does_not() -> None:
    text = """\
[project]
name = "x"
dependencies = ["=broken="]
[project.optional-dependencies]
all = ["acme-lib[x] >= 1"]
[dependency-groups]
dev = ["zope.interface", {include-group = "other"}]
"""
    assert edit("poetry", text).untied == ()


def test_pdm_has_a_source_for_some_packages_and_more_can_be_added() -> None:
    first = edit("pdm", options=replace(OPTIONS, packages=("acme-*",)))
    more = edit("pdm", first.text, replace(OPTIONS, packages=("other", "acme-*")))

    assert tools(more.text)["pdm"]["source"] == [
        {
            "name": "acme",
            "url": URL,
            "include_packages": ["acme-*", "other"],
            "exclude_packages": ["*"],
        }
    ]


def test_pdm_keeps_other_settings_of_the_source() -> None:
    text = f'[[tool.pdm.source]]\nname = "acme"\nurl = "{URL}"\nverify_ssl = false\n'
    source = tools(edit("pdm", text).text)["pdm"]["source"][0]

    assert source["verify_ssl"] is False
    assert "exclude_packages" not in source


@pytest.mark.parametrize("text", ["", '[packages]\nacme-lib = "==1"\n'], ids=["new", "sourceless"])
def test_pipenv_goes_on_taking_everything_else_from_pypi(text: str) -> None:
    found = edit("pipenv", text)
    sources = tomllib.loads(found.text)["source"]

    assert [each["name"] for each in sources] == ["pypi", "acme"]


def test_pipenv_ties_what_is_listed() -> None:
    text = '[packages]\nacme_lib = "==1"\n[dev-packages]\nzope-interface = "*"\n'
    found = edit("pipenv", text)
    pipfile = tomllib.loads(found.text)

    assert pipfile["packages"] == {"acme_lib": {"version": "==1", "index": "acme"}}
    assert pipfile["dev-packages"] == {"zope-interface": {"version": "*", "index": "acme"}}
    assert found.untied == ()


def test_pip_has_one_index_and_others_are_reported() -> None:
    text = "# mine\n[global]\ntimeout = 60\nextra-index-url =\n    https://a/\n    https://b/\n"
    found = edit("pip", text)

    assert found.text == text.replace("[global]\n", f"[global]\nindex-url = {URL}\n")
    assert found.clashes == ()
    assert found.warnings[0].startswith("[global] extra-index-url is https://a/ https://b/")


def test_another_index_of_pip_stays_unless_it_is_to_be_replaced() -> None:
    text = "[global]\nindex_url: https://other/simple\n"
    found = edit("pip", text, PRIVATE)

    assert found.clashes == ("[global] index-url is https://other/simple",)
    assert edit("pip", text, replace(PRIVATE, replace=True)).text == (
        f"[global]\nkeyring-provider = subprocess\nindex_url : {URL}\n"
    )


@pytest.mark.parametrize(
    "text", ['[tool.uv]\nindex = "x"\n', '[tool]\nuv = "x"\n', '[tool.uv]\nsources = "x"\n']
)
def test_a_file_of_another_shape_is_reported_and_not_broken(text: str) -> None:
    with pytest.raises(Exception, match="is not a"):
        edit("uv", text)
