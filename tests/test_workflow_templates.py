"""The workflows as they are shipped: linted, with the least rights, as templates too."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ghpypi.core.project import REPOSITORY, VERSION_TAG
from ghpypi.core.workflows import WORKFLOWS, Workflow, WorkflowOptions, render

FOLDER = Path(__file__).parents[1] / "workflow-templates"
BIN = Path(sys.prefix) / "bin"
ORGANIZATION = WorkflowOptions(default_branch="$default-branch")
WRITTEN = WorkflowOptions(
    action=f"{REPOSITORY}@{'0123456789' * 4} # {VERSION_TAG}",
    store="acme/pypi",
    url="https://acme.example/pypi/",
)
_USES = re.compile(r"^ +(?:- )?uses: (\S+)(?: # (\S+))?$", re.MULTILINE)
_RIGHT = re.compile(r"^      (\w+: (read|write)) #", re.MULTILINE)
_CONCURRENCY = re.compile(
    r"^concurrency:\n  group: (?P<group>.+)\n  cancel-in-progress: (?P<cancel>true|false)\n\n",
    re.MULTILINE,
)
_ALLOWED = {
    "index": {"contents: write", "pages: write"},
    "publish": {"contents: read"},
    "publish-own": {"contents: read", "contents: write"},
    "publish-matrix": {"contents: read"},
    "verify": {"issues: write", "pages: read"},
}


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name in WORKFLOWS:
        (folder / f"{name}.yml").write_text(render(name, WRITTEN))
        (folder / f"{name}-any.yml").write_text(
            render(name, WorkflowOptions(action=WRITTEN.action))
        )
    return folder


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_templates_of_an_organization_are_what_is_rendered(
    name: Workflow, request: pytest.FixtureRequest
) -> None:
    path, text = FOLDER / f"{name}.yml", render(name, ORGANIZATION)
    if request.config.getoption("--rewrite-golden"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text, "run pytest --rewrite-golden, and read it"


def test_each_template_has_its_properties_and_no_other_file_is_there() -> None:
    expected = {f"{name}.{end}" for name in WORKFLOWS for end in ("yml", "properties.json")}

    assert {path.name for path in FOLDER.iterdir()} == expected
    for name in WORKFLOWS:
        found = json.loads((FOLDER / f"{name}.properties.json").read_text(encoding="utf-8"))
        assert sorted(found) == ["categories", "description", "iconName", "name"]
        assert found["name"].startswith("ghpypi")
        assert found["description"].endswith(".")
        assert found["iconName"].startswith("octicon ")
        assert found["categories"][0] == "Python"


def test_the_default_branch_is_filled_in_where_a_template_is_used() -> None:
    with_branch = {name for name in WORKFLOWS if "$default-branch" in render(name, ORGANIZATION)}

    assert with_branch == {"publish", "publish-own"}
    assert not any("$default-branch" in render(name, WRITTEN) for name in WORKFLOWS)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit_with_its_version(name: Workflow) -> None:
    found = _USES.findall(render(name, WRITTEN))

    assert found
    for action, version in found:
        assert re.fullmatch(r"[a-zA-Z]+/[a-z-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), action


@pytest.mark.parametrize("name", WORKFLOWS)
def test_tools_are_installed_with_hashes(name: Workflow) -> None:
    """All but what 'verify' is there to try: packages from the index itself."""
    script = render(name, WRITTEN).replace("\\\n", " ")
    installs = [line for line in script.splitlines() if re.search(r"-m pip .*\binstall\b", line)]
    tools = [line for line in installs if "--index-url" not in line]

    assert len(tools) == (0 if name == "index" else 1)
    assert all("--require-hashes" in line and "--only-binary :all:" in line for line in tools)
    assert script.count("--hash=sha256:") >= 2 * len(tools)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_rights_are_the_least(name: Workflow) -> None:
    text = render(name, WRITTEN)
    jobs = text.partition("\njobs:\n")[2]

    assert "\npermissions: {}\n" in text
    assert jobs.count("    permissions:") == jobs.count("    runs-on:")
    assert {right for right, _ in _RIGHT.findall(jobs)} == _ALLOWED[name]


def concurrency(name: Workflow) -> tuple[str, str]:
    """Give the group of a workflow's runs, and whether a newer run ends one at work.

    Of each group one run is at work and one waits; a newer one takes the place of the one that
    waits, whatever is said here. Names are those of the whole repository, in any case of letters.

    Source: GitHub documentation, "Control the concurrency of workflows and jobs".
    """
    text = render(name, WRITTEN)
    found = _CONCURRENCY.search(text)

    assert found
    assert text.count("concurrency:") == 1, "and none of single jobs"

    return found["group"], found["cancel"]


def test_a_newer_run_of_the_index_takes_the_place_of_one_that_waits_and_of_none_at_work() -> None:
    group, cancel = concurrency("index")

    assert "${{" not in group, "runs for tags and for the default branch are of one group"
    assert cancel == "false"


@pytest.mark.parametrize("name", ["publish", "publish-own", "publish-matrix"])
def test_no_run_that_publishes_gives_way_to_that_of_another_tag(name: Workflow) -> None:
    group, cancel = concurrency(name)

    assert group.endswith("-${{ github.ref }}"), "those of two tags must not wait for one another"
    assert cancel == "false"


def test_a_newer_look_at_the_index_ends_an_older_one() -> None:
    assert concurrency("verify")[1] == "true"


def test_workflows_of_one_repository_do_not_share_a_group() -> None:
    together: tuple[Workflow, ...] = ("index", "verify", "publish-own")
    groups = {concurrency(name)[0].lower() for name in together}

    assert len(groups) == len(together)
    assert all(group.startswith("ghpypi-") for group in groups), "nor one with a workflow of theirs"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_checkout_leaves_credentials_behind(name: Workflow) -> None:
    text = render(name, WRITTEN)

    assert text.count("persist-credentials: false") == text.count("uses: actions/checkout@")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_script_contains_an_expression(name: Workflow) -> None:
    scripts = re.findall(r"run: \|\n((?: {10}.*\n|\n)+)", render(name, WRITTEN))

    assert not [script for script in scripts if "${{" in script]


def test_the_workflow_security_linter_finds_nothing(rendered: Path) -> None:
    linter = [str(BIN / "zizmor"), "--offline", "--color=never", "-q"]
    ours = [FOLDER.parent / ".github", FOLDER.parent / "action.yml"]
    command = [*linter, "--persona", "pedantic", str(rendered), *map(str, ours)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)

    assert done.returncode == 0
    assert done.stdout.startswith("No findings to report.")


def test_the_workflows_are_what_the_schema_of_workflows_allows(rendered: Path) -> None:
    ours = (FOLDER.parent / ".github" / "workflows").iterdir()
    files = [*rendered.iterdir(), *FOLDER.glob("*.yml"), *ours]
    done = _check_schema("vendor.github-workflows", *files)

    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stderr


def test_the_action_is_what_the_schema_of_actions_allows() -> None:
    done = _check_schema("vendor.github-actions", FOLDER.parent / "action.yml")

    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stderr


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_action_is_given_only_inputs_that_it_has(name: Workflow) -> None:
    text = (FOLDER.parent / "action.yml").read_text(encoding="utf-8")
    inputs = set(re.findall(r"^  ([a-z-]+):$", text.partition("\noutputs:")[0], re.MULTILINE))
    given = render(name, WRITTEN).partition(f"uses: {WRITTEN.action}")[2].partition("with:\n")[2]
    step = given.partition("\n      - ")[0]

    assert {line.split(":")[0].strip() for line in step.splitlines()} <= inputs


def test_nothing_is_bound_to_one_github() -> None:
    root = FOLDER.parent
    texts = [render(name, WorkflowOptions()) for name in WORKFLOWS]
    texts += [
        (root / path).read_text(encoding="utf-8") for path in ("action.yml", "action/start.py")
    ]

    assert not [text for text in texts if re.search(r"github\.(com|io)", text)]


def _check_schema(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, *files],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
