"""Templates of a user, that extend ours."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.model import Project
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.project import ProjectView, project_pages
from ghpypi.core.site.rows import Row
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import FIRST_LINE, NAMES, Templates, asset, renderer
from ghpypi.errors import FailedError
from tests.site.gallery import CONFIG, INDEXES, file, variant_of

DOCS = Path(__file__).parents[2] / "docs/reference/templates.md"
SETTINGS = SiteSettings(config=CONFIG, address="https://acme.example/")


def pages(templates: Mapping[str, str]) -> dict[str, str]:
    """Render a small site."""
    settings = replace(SETTINGS, templates=templates)
    name = NormalizedName("acme")
    project = Project(name=name, files=(file("acme-1.0.zip", "2026-01-01"),))
    view = ProjectView(
        project=project, about=None, indexes=INDEXES, ours={}, variant_of=variant_of, later=""
    )
    rows = [Row(name, "1.0", "2026-01-01T00:00:00Z", "A <summary>", "")]
    found = [
        *project_pages(view, settings),
        *site_pages(SiteView(rows=rows, indexes=INDEXES, files=1), settings),
    ]
    return {path: text.decode() for path, text in found}


def written(text: str) -> str:
    return f"{FIRST_LINE}\n{text}"


OURS = pages({})


def test_a_block_can_be_filled_in_all_pages_at_once() -> None:
    found = pages(
        {
            "base.html": written(
                '{% extends "ghpypi/base.html" %}{% block footer %}<p>Mine</p>{% endblock %}'
            )
        }
    )

    assert [path for path, text in found.items() if "<p>Mine</p>" in text] == [
        path for path in OURS if path.endswith(".html")
    ]
    assert found["feed.xml"] == OURS["feed.xml"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("landing.html", "index.html"),
        ("project.html", "project/acme/index.html"),
        ("all.html", "projects/index.html"),
        ("404.html", "404.html"),
    ],
)
def test_one_page_can_be_replaced(name: str, path: str) -> None:
    found = pages({name: written("<p>{{ site }} {{ root }}</p>")})

    assert found[path].strip().startswith("<p>Acme packages")
    assert {each for each in found if found[each] != OURS[each]} == {path}


def test_a_template_that_only_extends_the_default_changes_nothing() -> None:
    same = {name: written(f'{{% extends "ghpypi/{name}" %}}') for name in NAMES}

    assert {path: text.lstrip() for path, text in pages(same).items()} == OURS


def test_what_is_inserted_is_escaped() -> None:
    template = written("{% for row in latest %}{{ row[4] }}{% endfor %}")

    assert pages({"landing.html": template})["index.html"].strip() == "A &lt;summary&gt;"


def test_a_template_can_include_another() -> None:
    found = pages(
        {"landing.html": written('{% include "_logo.html" %}'), "_logo.html": written("Logo")}
    )

    assert found["index.html"].strip() == "Logo"


def test_a_style_sheet_is_added_after_the_default_and_cached_by_content() -> None:
    found = pages({"site.css": ":root { --accent: red }"})

    assert found["assets/site.css"] == OURS["assets/site.css"] + ":root { --accent: red }"
    version = re.compile(r"site\.css\?v=[0-9a-f]+")
    assert version.findall(found["index.html"]) != version.findall(OURS["index.html"])


def test_every_fault_of_names_and_versions_is_reported_at_once() -> None:
    with pytest.raises(FailedError) as caught:
        pages(
            {
                "projekt.html": written("x"),
                "weird.txt": written("x"),
                "landing.html": "<p>",
                "base.html": "{# ghpypi-templates: 2 #}\n",
                "404.html": written("x"),
            }
        )

    assert caught.value.faults == (
        (
            "base.html: unsupported version of the template API (supported: 1): "
            "{# ghpypi-templates: 2 #}"
        ),
        "landing.html: missing version of the template API",
        "projekt.html: unknown template name, did you mean 'project.html'?",
        "weird.txt: unknown template name",
    )
    assert FIRST_LINE in caught.value.hint


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% if %}", r"\(landing.html, line 2\)"),
        ('{% extends "nowhere.html" %}', "nowhere.html"),
        ('{% extends "ghpypi/assets/site.css" %}', "site.css"),
        ('{% extends "ghpypi/../simple/root.html" %}', "root.html"),
        ("{{ misspelt }}", "'misspelt' is undefined"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ latest.append(1) }}", "not safely callable|unsafe"),
        ("{{ self._TemplateReference__context.environment }}", "unsafe|undefined"),
        ("{% set x = range(99999999) %}", "range too big|Range too big"),
    ],
)
def test_a_template_that_fails_or_reaches_out_is_named(template: str, said: str) -> None:
    with pytest.raises(FailedError, match=f"(?s)'landing.html' of the site.*({said})"):
        pages({"landing.html": written(template)})


def test_built_in_templates_are_found_whatever_is_in_the_folder() -> None:
    assert renderer("feed.xml", Templates((("base.html", written("x")),))) is not None
    assert asset("site.css").startswith(b"/* The pages for people.")


def test_the_document_names_the_blocks_there_are() -> None:
    text = DOCS.read_text(encoding="utf-8")
    folder = Path(__file__).parents[2] / "ghpypi" / "templates" / "site"
    blocks = {
        block
        for name in NAMES
        for block in re.findall(r"{% block (\w+) %}", (folder / name).read_text(encoding="utf-8"))
    }

    assert set(re.findall(r"`(\w+)`", text)) >= blocks
    assert FIRST_LINE in text


def test_the_example_of_the_document_works() -> None:
    text = DOCS.read_text(encoding="utf-8")
    (example,) = re.findall(r"```jinja\n(.*?)```", text, re.DOTALL)

    assert "Ask the platform team" in pages({"base.html": example})["index.html"]
