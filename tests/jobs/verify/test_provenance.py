"""The provenance of files, required and verified: real signatures, without the network."""

from datetime import datetime

import pytest

from ghpypi.attestation.sigstore_library import SignatureVerifier
from ghpypi.core.provenance import ExpectedPublisher
from ghpypi.core.verify.sampling import EVERYTHING
from ghpypi.jobs.verify import VerifyOptions, verify_index
from ghpypi.ports import ProvenanceVerifier, SilentReporter
from ghpypi.stores.fetcher.web import WebFetcher
from tests.jobs.verify.corpus import TIME_OF_TESTS
from tests.jobs.verify.sites import INDEX, html, link, redirect, root_html
from tests.support.attested import BUILD, FILE, PUBLISH, PUBLISHER, SHA256, provenance, resigned
from tests.support.canned_site import BINARY, JSON, Canned, CannedSite, Pages

PROJECT = "pypi-attestations"
PAGE = f"{INDEX}{PROJECT}/"
URL = f"https://files.example/{FILE[0]}"
SIGNED = f"{URL}.provenance"


def index(document: bytes | None, *, sha256: str = f"#sha256={SHA256}") -> Pages:
    """An index with one file, and its provenance, if it has some."""
    listed = link(
        FILE[0],
        f"{URL}{sha256}",
        size=str(len(FILE[1])),
        core_metadata=None,
        provenance=SIGNED if document is not None else None,
    )
    pages: dict[str, Canned | None] = {
        INDEX: root_html(PROJECT),
        PAGE: html(listed),
        PAGE.rstrip("/"): redirect(PAGE, 301),
        URL: Canned(type=BINARY, body=FILE[1]),
    }
    if document is not None:
        pages[SIGNED] = Canned(type=JSON, body=document)
    return pages


def found(pages: Pages, verifier: ProvenanceVerifier | None) -> list[tuple[str, str]]:
    options = VerifyOptions(
        now=datetime.fromisoformat(TIME_OF_TESTS),
        sampling=EVERYTHING,
        workers=1,
        verifier=verifier,
    )
    fetcher = WebFetcher(adapter=lambda: CannedSite(pages))
    report = verify_index(INDEX, fetcher, SilentReporter(), options)
    return [
        (finding.rule.id, finding.detail)
        for finding in report.findings
        if finding.rule.id.startswith("provenance")
    ]


def test_a_file_that_its_publisher_signed_is_accepted() -> None:
    verifier = SignatureVerifier((ExpectedPublisher.parse(PUBLISHER),))

    assert found(index(provenance()), verifier) == []


def test_a_file_without_provenance_is_an_error_only_where_it_is_required() -> None:
    assert found(index(None), None) == []
    assert found(index(None), SignatureVerifier()) == [("provenance-absent", "")]


@pytest.mark.parametrize(
    ("document", "publisher", "reason"),
    [
        (provenance(), "acme/lib", f"it was published by {PUBLISHER}"),
        (provenance(resigned(BUILD, PUBLISH)), PUBLISHER, "invalid signature"),
        (b'{"version": 1, "attestation_bundles": []}', PUBLISHER, "there are no attestations"),
    ],
    ids=["publisher", "signature", "empty"],
)
def test_provenance_without_a_signature_of_the_publisher_is_an_error(
    document: bytes, publisher: str, reason: str
) -> None:
    verifier = SignatureVerifier((ExpectedPublisher.parse(publisher),))
    ((rule, detail),) = found(index(document), verifier)

    assert rule == "provenance-refused"
    assert reason in detail


def test_provenance_of_a_file_without_a_hash_proves_nothing() -> None:
    ((rule, detail),) = found(index(provenance(), sha256=""), SignatureVerifier())

    assert (rule, detail) == ("provenance-refused", "the page has no SHA-256 of the file")
