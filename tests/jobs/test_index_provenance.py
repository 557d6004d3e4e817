"""Provenance beside files: read once, compared with the file, and shown on the project's page."""

import pytest

from ghpypi.attestation.sigstore_library import SignatureVerifier
from ghpypi.core.config.config import Config
from ghpypi.core.provenance import Signer
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import FileSource, ProvenanceVerifier
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.attested import BUILD, COMMIT, FILE, PUBLISH, PUBLISHER, provenance, resigned
from tests.support.attesting import provenance_beside
from tests.support.packages import Built, publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource

WHEEL = wheel("acme_lib", "1.0")
BESIDE = f"{FILE[0]}.provenance"
PAGE = "project/pypi-attestations/index.html"


def run(
    store: FileSource, site: MemorySite, verifier: ProvenanceVerifier | None = None
) -> IndexReport:
    settings = SiteSettings(config=Config(), address="https://acme.example/pypi/")
    options = IndexOptions(verifier=verifier, allow_shrink=True)
    return build_index(store, site, settings, MemoryReporter(), options)


def indexed(
    *files: Built, verifier: ProvenanceVerifier | None = None
) -> tuple[IndexReport, MemorySite]:
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, files)
    return run(store, site, verifier), site


@pytest.mark.parametrize(
    ("verifier", "said"),
    [(None, "signature not verified here"), (SignatureVerifier(), "verified")],
    ids=["unknown", "verified"],
)
def test_the_page_says_who_signed_a_file(verifier: ProvenanceVerifier | None, said: str) -> None:
    report, site = indexed(FILE, (BESIDE, provenance()), verifier=verifier)
    page = site.pages[PAGE].decode()

    assert report.refused == ()
    assert f'<a href="https://github.com/{PUBLISHER}">{PUBLISHER}</a>, workflow release.yml' in page
    assert f'/commit/{COMMIT}">{COMMIT[:8]}</a>' in page
    assert f">{said}</span>" in page


def test_another_identity_is_shown_as_it_is() -> None:
    _, site = indexed(WHEEL, provenance_beside(WHEEL, identity="someone@example.com"))

    assert "<bdi>someone@example.com</bdi>" in site.pages["project/acme-lib/index.html"].decode()


@pytest.mark.parametrize(
    ("beside", "verifier", "reason"),
    [
        ((f"{WHEEL[0]}.provenance", b"{}"), None, "there is no 'attestation_bundles'"),
        ((f"{WHEEL[0]}.provenance", provenance()), None, "one is about another"),
        (provenance_beside(WHEEL), SignatureVerifier(), "its provenance is invalid"),
    ],
    ids=["malformed", "of another file", "signature"],
)
def test_bad_provenance_keeps_its_file_out(
    beside: Built, verifier: ProvenanceVerifier | None, reason: str
) -> None:
    report, _ = indexed(WHEEL, beside, FILE, (BESIDE, provenance()), verifier=verifier)
    (refused,) = report.refused

    assert (report.files, refused.filename, reason in refused.reason) == (1, WHEEL[0], True)


def test_an_invalid_signature_is_not_noticed_without_the_check() -> None:
    report, _ = indexed(FILE, (BESIDE, provenance(resigned(BUILD, PUBLISH))))

    assert report.files == 1


def test_provenance_is_read_once() -> None:
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, [FILE, (BESIDE, provenance())])
    source = CountingSource(store)
    run(source, site)
    read = source.reads
    run(source, site)

    assert BESIDE in read
    assert source.reads == read


def test_a_signer_survives_the_catalog_and_nothing_else_does() -> None:
    signer = Signer(
        verified=True,
        identity="https://github.com/acme/lib/.github/workflows/x.yml@refs/tags/v1",
        repository="acme/lib",
        workflow="x.yml",
        commit=COMMIT,
    )

    assert Signer.parse(signer.dump()) == signer
    for text in ("", "x", "good\nx\n\n\n", "\nx\nacme\n\n", "\nx\nacme/lib\n\n../../x", "\n\n\n\n"):
        with pytest.raises(ValueError, match=r"signer|unpack"):
            Signer.parse(text)
