"""A server that offers only files whose provenance is accepted (`--require-provenance`)."""

import json
from collections.abc import Iterator

import pytest

from ghpypi.attestation.fetched import converted
from ghpypi.attestation.sigstore_library import SignatureVerifier
from ghpypi.core.provenance import ExpectedPublisher
from ghpypi.jobs.index.attestations import AttestationSettings
from tests.server.scene import JSON, STRANGER, Server, serving, signed_in
from tests.support.attested import BUILD, BUNDLE, FILE, PUBLISH, PUBLISHER, provenance, resigned
from tests.support.attesting import provenance_beside
from tests.support.packages import Built, publish_files, replace_asset, sidecar_of, wheel

WHEEL = wheel("acme_lib", "1.0")
WITHOUT = wheel("acme_lib", "2.0")
SIGNED = f"/files/v1/{FILE[0]}"


def store_of(publisher: str, *files: Built) -> Iterator[Server]:
    with serving() as made:
        publish_files(made.reader.store, files, "v1")
        made.index()
        made.served_store.verifier = SignatureVerifier((ExpectedPublisher.parse(publisher),))
        yield made


@pytest.fixture
def server() -> Iterator[Server]:
    """A file with real provenance, one without any, and one that was given that of another."""
    files = FILE, (f"{FILE[0]}.provenance", provenance()), WITHOUT
    for made in store_of(PUBLISHER, *files, WHEEL, sidecar_of(WHEEL), provenance_beside(WHEEL)):
        replace_asset(made.reader.store, (f"{WHEEL[0]}.provenance", provenance()))
        yield made


@pytest.fixture
def unsigned() -> Iterator[Server]:
    beside = (f"{FILE[0]}.provenance", provenance(resigned(BUILD, PUBLISH)))
    yield from store_of(PUBLISHER, FILE, beside, WITHOUT)


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    yield from store_of("acme/lib", FILE, (f"{FILE[0]}.provenance", provenance()))


@pytest.fixture
def paged() -> Iterator[Server]:
    """A file whose provenance is a page of the site, made of a bundle in its release."""
    for made in store_of(
        PUBLISHER, FILE, (f"{FILE[0]}.sigstore.json", json.dumps(BUNDLE).encode())
    ):
        made.index(attestations=AttestationSettings(convert=converted, stored=lambda _: None))
        made.settle()
        yield made


def listed(server: Server, project: str) -> list[str]:
    page = server.client.get(f"/simple/{project}/", headers={"accept": JSON}).json()
    return [each["filename"] for each in page["files"]]


def test_a_file_of_the_publisher_is_offered(server: Server) -> None:
    assert listed(server, "pypi-attestations") == [FILE[0]]
    assert server.client.get(SIGNED).status_code == 302
    assert server.client.get(SIGNED).status_code == 302
    assert server.reader.count("open") == 1  # the provenance is read once


def test_provenance_that_is_a_page_of_the_site_is_served_to_readers_only(paged: Server) -> None:
    headers = {"accept": JSON}
    page = paged.client.get("https://a.example/simple/pypi-attestations/", headers=headers).json()
    (file,) = page["files"]
    path = file["provenance"].removeprefix("https://a.example")
    refused = paged.client.get(path, auth=signed_in(STRANGER))

    assert path == f"/acme/pypi{SIGNED}.provenance"
    assert paged.client.get(path).content == provenance(BUILD)
    assert refused.status_code == 403
    assert paged.client.get(SIGNED).status_code == 302


def test_provenance_that_others_changed_on_the_site_is_not_served(paged: Server) -> None:
    pages = paged.reader.site.pages
    (path,) = [path for path in pages if path.startswith("provenance/")]
    pages[path] = provenance()

    assert paged.client.get(f"{SIGNED}.provenance").status_code == 404
    assert paged.client.get(SIGNED).status_code == 403


def test_a_file_without_provenance_is_neither_listed_nor_sent(server: Server) -> None:
    response = server.client.get(f"/files/v1/{WITHOUT[0]}")

    assert listed(server, "acme-lib") == [WHEEL[0]]
    assert (response.status_code, "it has no provenance" in response.text) == (403, True)


@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_the_provenance_of_another_file_is_none(server: Server, suffix: str) -> None:
    response = server.client.get(f"/files/v1/{WHEEL[0]}{suffix}")

    assert response.status_code == 403
    assert f"one is about '{FILE[0]}'" in response.text or "about another" in response.text
    assert response.text.startswith(f"{WHEEL[0]} is refused (--require-provenance): ")


def test_the_provenance_itself_is_sent(server: Server) -> None:
    assert server.client.get(f"{SIGNED}.provenance").status_code in {200, 302}


def test_an_invalid_signature_is_refused_with_the_reason(
    unsigned: Server, caplog: pytest.LogCaptureFixture
) -> None:
    response = unsigned.client.get(SIGNED)

    assert (response.status_code, "invalid signature" in response.text) == (403, True)
    assert f"{FILE[0]} is refused (--require-provenance): " in caplog.text


def test_another_publisher_is_refused_with_its_name(elsewhere: Server) -> None:
    response = elsewhere.client.get(SIGNED)

    assert response.status_code == 403
    assert f"it was published by {PUBLISHER}" in response.text


def test_a_page_without_files_is_reported(
    unsigned: Server, caplog: pytest.LogCaptureFixture
) -> None:
    assert listed(unsigned, "acme-lib") == []
    assert "no file of acme-lib has provenance (--require-provenance)" in caplog.text
