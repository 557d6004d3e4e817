"""The warnings of a run that found thousands of files unfit."""

import pytest

from ghpypi.cli.findings import CHOOSE, MOST_NAMES, findings
from ghpypi.cli.index_report import index_lines
from ghpypi.cli.index_warnings import index_warnings
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.indexes.ambiguous import Ambiguous
from tests.support.index_reports import index_report


def refused(number: int, reason: str) -> Refused:
    return Refused(filename=f"a-{number}.zip", where="acme/pypi v1", reason=reason, stamp="")


def test_thousands_of_files_left_out_for_one_kind_of_reason_are_one_line() -> None:
    files = [refused(number, f"its metadata has version '{number}'") for number in range(10_338)]
    (line,) = index_warnings(index_report(refused=tuple(files)))

    assert line.startswith("10,338 files are left out (a-0.zip, a-1.zip, ")
    assert "a-9.zip and 10,328 more)" in line
    assert line.endswith(", the first because: its metadata has version '0'")


def test_the_hint_for_files_of_one_name_is_printed_once() -> None:
    reason = "another file of this name was uploaded earlier, to acme/pypi v{}"
    files = [refused(number, reason.format(number)) for number in range(1304)]
    report = index_report(refused=tuple(files))
    (finding,) = findings(report)

    assert [line for line in index_warnings(report) if "same-name" in line] == [CHOOSE]
    assert (finding.count, finding.hint) == (1304, CHOOSE)


@pytest.mark.slow
def test_thousands_of_reasons_are_few_lines() -> None:
    files = [refused(number, "damaged " + "x" * number) for number in range(1000)]

    assert len(list(index_warnings(index_report(refused=tuple(files))))) <= MOST_NAMES + 1


def test_a_few_files_have_a_line_each() -> None:
    assert list(index_warnings(index_report(refused=(refused(1, "it is damaged"),)))) == [
        "a-1.zip (acme/pypi v1) is left out: it is damaged"
    ]


def test_the_url_of_the_index_in_the_place_of_that_of_the_site_is_suspicious() -> None:
    (warning,) = index_warnings(index_report(address="https://h.example/simple/simple/"))

    assert warning == (
        "the URL of the index is https://h.example/simple/simple/; if it should be "
        "https://h.example/simple/, set 'url' in [index] of ghpypi.toml to https://h.example/"
    )
    assert list(index_warnings(index_report(address="https://h.example/simple/"))) == []


def test_each_kind_of_doubt_about_variants_is_one_line_with_ten_names() -> None:
    names = tuple(f"a-{number}-py3-none-linux_x86_64.whl" for number in range(12))
    slots = tuple(Ambiguous(index="cu124", filenames=(name, f"x{name}")) for name in names)
    projects = tuple(f"p{number}" for number in range(12))
    lines = list(
        index_warnings(
            index_report(
                unlabeled=names, variants_only=projects, source_only=projects, ambiguous=slots
            )
        )
    )

    assert len(lines) == 4
    assert all(": 12 (" in line and " and 2 more)" in line for line in lines)


def test_ten_of_the_files_that_are_new_are_named() -> None:
    lines = list(index_lines(index_report(added=tuple(f"a-{number}.zip" for number in range(100)))))

    assert [line for line in lines if line.startswith("added: ")][-2:] == [
        "added: a-9.zip",
        "added: and 90 more",
    ]
