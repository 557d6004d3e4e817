from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

import ghpypi
from ghpypi.core.templates import folder_template, location, source, template, user_template

NAMES = sorted(
    path.relative_to(Path(ghpypi.__file__).parent / "templates").as_posix()
    for path in (Path(ghpypi.__file__).parent / "templates").rglob("*")
    if path.suffix in {".html", ".xml", ".yml", ".toml", ".md"}
)


@pytest.mark.parametrize("name", NAMES)
def test_values_are_escaped_in_markup_and_nowhere_else(name: str) -> None:
    folder, _, short = name.partition("/")
    found = folder_template("site/", short) if folder == "site" else template(name)
    autoescape = found.environment.autoescape
    assert callable(autoescape)

    assert autoescape(name) is name.endswith((".html", ".xml"))


def test_a_template_is_compiled_once() -> None:
    assert template("simple/root.html") is template("simple/root.html")
    assert folder_template("site/", "all.html") is folder_template("site/", "all.html")


def test_workflow_files_have_delimiters_of_their_own() -> None:
    assert "${{ inputs" in source("workflows/index.yml")
    assert "${{ inputs" in template("workflows/index.yml").render(
        action="a/b@v1", store="a/b", default_branch="main", runs_on="ubuntu-latest"
    )


@pytest.mark.parametrize("name", ["_x.html", "_x.md", "_x.yml", "_x"])
def test_templates_of_users_escape_whatever_their_names(name: str) -> None:
    theirs = ((name, "{{ x }}"), ("all.html", f"{{% include '{name}' %}}"))

    assert user_template("site/", theirs, "all.html").render(x="<") == "&lt;"


def test_a_name_that_is_not_defined_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        user_template("site/", (("a.html", "{{ y }}"),), "a.html").render()


def test_an_error_of_syntax_has_a_place() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        user_template("site/", (("a.html", "\n{{"),), "a.html")

    assert location(caught.value, "a.html") == " (a.html, line 2)"
    assert not location(ValueError("x"), "a.html")
