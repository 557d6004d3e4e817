"""What a run of GitHub Actions hands on."""

import json
import re
from pathlib import Path

import pytest

from ghpypi.cli.index_summary import SUMMARY_ROWS, index_outputs, summary
from ghpypi.cli.workflow_files import StepOutputs, write_outputs
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.indexes.unlisted import SharedName
from ghpypi.core.names import normalize
from ghpypi.jobs.index.outcome import HigherUpstream
from ghpypi.ports import Published
from tests.support.index_reports import index_report

ADDRESS = "https://acme.example/pypi/simple/"


def outputs(path: Path) -> dict[str, str]:
    """Read outputs as the runner does."""
    found = re.findall(
        r"^([a-z-]+)<<(end-[0-9a-f]+)\n(.*?)\n\2$", path.read_text(), re.MULTILINE | re.DOTALL
    )
    return {key: value for key, _, value in found}


@pytest.mark.parametrize(
    ("published", "changed"),
    [
        (None, "false"),
        (Published(written=0, removed=0), "false"),
        (Published(written=1, removed=0), "true"),
        (Published(written=0, removed=1), "true"),
    ],
)
def test_outputs_are_for_later_steps(
    tmp_path: Path, published: Published | None, changed: str
) -> None:
    target = tmp_path / "output"
    target.write_text("earlier=step\n")
    environment = {"GITHUB_OUTPUT": str(target), "RUNNER_TEMP": str(tmp_path)}
    found = index_report(published=published)
    write_outputs({"index": {"site": "Grüße"}}, index_outputs(found, ADDRESS), environment)

    (written,) = tmp_path.glob("ghpypi-report-*.json")
    assert outputs(target) == {
        "index-url": "https://acme.example/pypi/simple/",
        "run-url": "",
        "changed": changed,
        "projects": "1",
        "files": "2",
        "remaining": "0",
        "report": str(written),
    }
    assert target.read_text().startswith("earlier=step\n")
    assert json.loads(written.read_text()) == {"version": 1, "index": {"site": "Grüße"}}


def test_an_address_that_is_not_known_is_empty(tmp_path: Path) -> None:
    target = tmp_path / "output"
    write_outputs({}, index_outputs(index_report(), ""), {"GITHUB_OUTPUT": str(target)})

    assert outputs(target)["index-url"] == ""
    assert "report" not in outputs(target)


def test_outputs_that_a_command_does_not_have_are_left_out(tmp_path: Path) -> None:
    target = tmp_path / "output"
    write_outputs({}, StepOutputs(run_url="https://x/1", files=0), {"GITHUB_OUTPUT": str(target)})

    assert outputs(target) == {"index-url": "", "run-url": "https://x/1", "files": "0"}


def test_each_step_of_a_job_has_a_report_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_outputs({"name": name}, StepOutputs(), {"RUNNER_TEMP": str(tmp_path)})

    names = [json.loads(x.read_text())["name"] for x in tmp_path.glob("ghpypi-report-*.json")]
    assert sorted(names) == ["one", "two"]


def test_where_nothing_is_asked_for_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = index_report(added=("a-1.0.zip",))
    write_outputs({}, index_outputs(found, ADDRESS), {}, summary=summary(found, ADDRESS))

    assert list(tmp_path.iterdir()) == []


def test_the_summary_lists_what_changed(tmp_path: Path) -> None:
    target = tmp_path / "summary"
    found = index_report(
        added=("acme_lib-1.0+cu128.tar.gz",), changed=("b-1.zip",), removed=("c-2.zip",)
    )
    environment = {"GITHUB_STEP_SUMMARY": str(target)}
    write_outputs({}, StepOutputs(), environment, summary=summary(found, ADDRESS))

    assert target.read_text() == (
        "### [Index](https://acme.example/pypi/simple/): 1 project, 2 files\n"
        "\n"
        "| project | version | file |  |\n"
        "| --- | --- | --- | --- |\n"
        "| [acme-lib](https://acme.example/pypi/simple/acme-lib/) | 1.0+cu128 | "
        "`acme_lib-1.0+cu128.tar.gz` | added |\n"
        "| [b](https://acme.example/pypi/simple/b/) | 1 | `b-1.zip` | changed |\n"
        "| [c](https://acme.example/pypi/simple/c/) | 2 | `c-2.zip` | removed |\n"
    )


def test_the_summary_of_an_index_without_an_address_has_no_links() -> None:
    lines = list(summary(index_report(added=("b-1.zip",)), ""))

    assert lines[0] == "### Index: 1 project, 2 files\n"
    assert lines[-1] == "| b | 1 | `b-1.zip` | added |"


def test_the_summary_says_that_nothing_changed() -> None:
    assert list(summary(index_report(), ADDRESS))[1:] == ["Nothing changed.\n"]


def test_a_long_summary_is_cut() -> None:
    names = [f"a-{number}.zip" for number in range(SUMMARY_ROWS + 7)]
    lines = list(summary(index_report(added=tuple(names)), ADDRESS))

    assert len(lines) == SUMMARY_ROWS + 4
    assert lines[-1] == "\nand 7 more.\n"


def test_text_from_others_stays_in_its_cell() -> None:
    refused = Refused(
        filename="a-1.0.zip",
        where="acme/pypi v1",
        reason="its metadata names the project '|\n<img src=x> [x](y) `#1` @_*&lt;'",
        stamp="",
    )
    lines = list(summary(index_report(refused=(refused,)), ADDRESS))

    assert lines[-1] == (
        "| left out | 1 | a-1.0.zip | its metadata names the project '&#124; &#60;img src=x&#62; "
        "&#91;x&#93;(y) &#96;&#35;1&#96; @&#95;&#42;&#38;lt;' |"
    )
    assert lines[-4:-1] == [
        "\n#### To look into\n",
        "| what | files or projects |  | why |",
        "| --- | --- | --- | --- |",
    ]


def test_the_summary_has_a_line_for_each_reason_with_ten_names() -> None:
    names = tuple(f"a-{number}-py3-none-linux.whl" for number in range(12))
    files = [Refused(filename=x, where="v1", reason=f"'{x}' is odd", stamp="") for x in names]
    found = index_report(refused=tuple(files), unlabeled=names, variants_only=("kern",))
    rows = list(summary(found, ADDRESS))[-3:]

    assert rows[0].startswith("| left out | 12 | a-0-py3-none-linux.whl, a-1-")
    assert "a-9-py3-none-linux.whl and 2 more | 'a-0-py3-none-linux.whl' is odd |" in rows[0]
    assert rows[1].startswith("| in no variant's index | 12 | a-0-py3-none-linux.whl, a-1-")
    assert rows[2].startswith("| not in the main index | 1 | kern | projects that the main index")


def test_the_summary_lists_names_of_several_variants_and_higher_versions() -> None:
    shared_names = [
        SharedName(filename="a|1.whl", variants=("", "cpu"), main_variant=main)
        for main in ("cpu", "", None)
    ]
    overtaken = HigherUpstream(normalize("acme-lib"), "1.0", "9.9")
    lines = list(
        summary(index_report(shared_names=tuple(shared_names), overtaken=(overtaken,)), ADDRESS)
    )

    assert "| acme-lib | 1.0 | 9.9 |" in lines
    assert lines[-3:] == [
        "| a&#124;1.whl | none, cpu | cpu |",
        "| a&#124;1.whl | none, cpu | the one without |",
        "| a&#124;1.whl | none, cpu | none of them |",
    ]
