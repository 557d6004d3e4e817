"""Other index servers are sound: there are no errors and no warnings, and few notes."""

from datetime import UTC, datetime

import pytest

from ghpypi.core.verify.rules import Level
from ghpypi.core.verify.sampling import EVERYTHING
from ghpypi.jobs.verify import VerifyOptions, verify_index
from ghpypi.ports import SilentReporter
from ghpypi.stores.fetcher.web import WebFetcher
from tests.support.canned_site import CannedSite
from tests.support.recorded_site import recorded

NOTES = {
    "pypiserver": {"requires-python-missing"},
    "simple-repository-server": {"requires-python-missing", "hash-missing"},
    "devpi": {"ranges"},
}
"""What the servers could do better, by the names of their recordings."""


@pytest.mark.parametrize("name", NOTES)
def test_a_server_has_no_errors_and_no_warnings(name: str) -> None:
    index, pages = recorded(name)
    fetcher = WebFetcher(adapter=lambda: CannedSite(pages))
    now = datetime.now(UTC)
    options = VerifyOptions(now=now, sampling=EVERYTHING, workers=1)
    report = verify_index(index, fetcher, SilentReporter(), options)

    assert [x for x in report.findings if x.rule.level is not Level.NOTE] == []
    assert {x.rule.id for x in report.findings} == NOTES[name]
    assert (report.counts.pages, report.counts.files) == (2, 4)
