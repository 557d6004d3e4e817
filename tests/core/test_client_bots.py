"""The settings of Dependabot and Renovate."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.core.clients.bots import edit_dependabot, edit_renovate, json_api_url
from ghpypi.core.clients.options import ClientOptions
from ghpypi.errors import UsageError

URL = "https://packages.example.com/acme/pypi/simple/"
BOTS = "https://packages.example.com/acme/pypi/pypi/"
OPTIONS = ClientOptions(url=URL, name="acme", packages=("acme-*",))
PRIVATE = replace(OPTIONS, private=True)

ACTIONS = """\
version: 2
# who looks after it
updates:
  - package-ecosystem: "github-actions"
    directory: "/"
    schedule:
      interval: "weekly"
"""
PYTHON = """\
  - package-ecosystem: "pip"  # ours
    directory: "/"
    schedule:
      interval: "weekly"
"""
REGISTRIES = """\
registries:
    other:
        type: python-index
        url: https://other.example/simple
        username: x
        password: ${{secrets.X}}
"""


def registry_lines(indent: str = "  ") -> str:
    lines = (
        f"{indent}acme:",
        f"{indent * 2}type: python-index",
        f"{indent * 2}url: {URL}",
        f"{indent * 2}username: __token__",
        f"{indent * 2}password: ${{{{ secrets.GHPYPI_TOKEN }}}}",
    )
    return "".join(f"{line}\n" for line in lines)


def test_a_first_file_has_a_registry_and_an_entry() -> None:
    assert edit_dependabot("", PRIVATE, ecosystem="uv").text == (
        f"version: 2\nregistries:\n{registry_lines()}updates:\n"
        "  - package-ecosystem: uv\n    directory: /\n    registries:\n      - acme\n"
        "    schedule:\n      interval: weekly\n"
    )


def test_an_entry_for_python_is_let_use_the_registry_and_all_else_stays() -> None:
    text = edit_dependabot(ACTIONS + PYTHON, PRIVATE).text

    entry = f"{PYTHON}    registries:\n      - acme\n"
    assert text == f"{ACTIONS}{entry}registries:\n{registry_lines()}"


def test_without_an_entry_for_python_one_is_added() -> None:
    text = edit_dependabot(ACTIONS, OPTIONS).text

    assert ACTIONS.partition("updates:")[2] + "  - package-ecosystem: pip\n" in text
    assert "username" not in text
    assert text.count("package-ecosystem") == 2


def test_registries_that_are_there_stay() -> None:
    text = edit_dependabot(f"version: 2\n{REGISTRIES}updates: []\n", PRIVATE).text

    assert f"{REGISTRIES}{registry_lines('    ')}updates:" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("registries: [other]", "registries: [other, acme]"),
        ("registries:\n      - other", "registries:\n      - other\n      - acme"),
        ('registries: "*"', 'registries: "*"'),
        ("registries:\n      - '*'", "registries:\n      - '*'"),
        ("registries: [acme]", "registries: [acme]"),
    ],
)
def test_what_an_entry_may_use_is_added_to(before: str, after: str) -> None:
    entry = f"  - package-ecosystem: uv\n    {before}\n    directory: /\n"

    assert after in edit_dependabot(f"version: 2\nupdates:\n{entry}", OPTIONS).text


@pytest.mark.parametrize("edit", [edit_dependabot, edit_renovate])
@pytest.mark.parametrize("options", [OPTIONS, PRIVATE])
def test_a_file_with_the_settings_stays_as_it_is(edit: object, options: ClientOptions) -> None:
    assert callable(edit)
    once = edit("", options).text

    assert edit(once, options).text == once
    assert edit(once.rstrip("\n"), options).text == once.rstrip("\n")


def test_a_registry_of_the_same_name_elsewhere_stays_unless_it_is_to_be_replaced() -> None:
    text = edit_dependabot("", PRIVATE).text
    other = text.replace(URL, "https://other.example/simple/")

    assert edit_dependabot(other, PRIVATE).clashes == (
        "registries.acme: url is https://other.example/simple/",
    )
    assert edit_dependabot(other, PRIVATE).text == other
    assert edit_dependabot(other, replace(PRIVATE, replace=True)).text == text


def test_what_is_written_on_one_line_is_added_to_on_that_line() -> None:
    text = edit_dependabot(
        "version: 2\nregistries: {a: {type: python-index}}\nupdates: []\n", OPTIONS
    ).text

    assert f"{{a: {{type: python-index}}, acme: {{type: python-index, url: {URL}}}}}" in text


def test_comments_quotes_and_a_document_start_stay() -> None:
    before = f"# ours\n---\n{ACTIONS}# the end\n"
    after = edit_dependabot(before, OPTIONS).text

    assert after.startswith(f"# ours\n---\n{ACTIONS}")
    assert "# the end\n" in after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 2\nupdates: [", "invalid YAML"),
        ("version: 2\nupdates:\n  - package-ecosystem: pip\n    registries: *all\n", "alias 'all'"),
        ("- version\n", "'settings'"),
        ("version: 2\nregistries: [a]\n", "'registries'"),
        ("version: 2\nregistries: {acme: a}\n", "'registries'"),
        ("version: 2\nupdates: all\n", "'updates'"),
        ("version: 2\nupdates: [pip]\n", "'updates'"),
        ("updates: [{package-ecosystem: pip, registries: a}]\n", "'registries of an entry'"),
    ],
)
def test_what_dependabot_does_not_take_is_not_touched(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        edit_dependabot(text, OPTIONS)


def test_line_ends_of_another_system_stay() -> None:
    text = edit_dependabot((ACTIONS + PYTHON).replace("\n", "\r\n"), OPTIONS).text

    assert "\n" not in text.replace("\r\n", "")


def test_renovate_looks_for_some_packages_in_the_index_only() -> None:
    document = json.loads(edit_renovate("", OPTIONS).text)

    assert document["packageRules"] == [
        {"matchDatasources": ["pypi"], "matchPackageNames": ["acme-*"], "registryUrls": [BOTS]}
    ]
    assert "hostRules" not in document


def test_renovate_signs_in_with_a_secret_of_its_own() -> None:
    options = replace(PRIVATE, packages=())
    document = json.loads(edit_renovate('{"extends": ["x"]}', options).text)

    assert document == {
        "extends": ["x"],
        "hostRules": [
            {
                "hostType": "pypi",
                "matchHost": "https://packages.example.com/",
                "username": "__token__",
                "password": "{{ secrets.GHPYPI_TOKEN }}",
            }
        ],
    }


def test_a_rule_that_is_there_gets_more_packages_and_the_indent_stays() -> None:
    first = edit_renovate('{\n\t"extends": []\n}\n', OPTIONS).text
    more = edit_renovate(first, replace(OPTIONS, packages=("other",))).text

    assert json.loads(more)["packageRules"][0]["matchPackageNames"] == ["acme-*", "other"]
    assert '\n\t"packageRules": [\n\t\t{\n' in more


def test_renovate_reads_the_json_api_instead_of_the_simple_api_that_was_set_before() -> None:
    before = edit_renovate("", OPTIONS).text.replace(BOTS, URL)

    assert URL in before
    assert edit_renovate(before, OPTIONS).text == edit_renovate("", OPTIONS).text


@pytest.mark.parametrize(
    ("url", "expected"),
    [(URL, BOTS), ("https://x.example/whl/cu128/", "https://x.example/whl/cu128/pypi/")],
)
def test_the_json_api_of_an_index_is_beside_its_simple_api(url: str, expected: str) -> None:
    assert json_api_url(url) == expected


def test_what_is_no_plain_json_is_not_touched() -> None:
    with pytest.raises(UsageError, match="invalid JSON"):
        edit_renovate("{ // why\n}", OPTIONS)


@pytest.mark.parametrize(
    ("schema", "name", "text"),
    [
        ("dependabot", "dependabot.yml", edit_dependabot("", PRIVATE).text),
        ("dependabot", "dependabot.yml", edit_dependabot(ACTIONS + PYTHON, PRIVATE).text),
        ("dependabot", "dependabot.yml", edit_dependabot(ACTIONS, PRIVATE).text),
        ("renovate", "renovate.json", edit_renovate("", PRIVATE).text),
    ],
    ids=["dependabot first", "dependabot changed", "dependabot added", "renovate"],
)
def test_the_published_schema_accepts_it(tmp_path: Path, schema: str, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, str(file)], capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["a: b", "a\nb", "", "- x", "#x", "'x"])
def test_a_name_that_is_not_text_in_yaml_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="invalid registry name"):
        edit_dependabot("", replace(OPTIONS, name=name))
