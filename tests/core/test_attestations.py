"""From attestations that are uploaded to the provenance that is kept."""

import json
from typing import Any

import pytest

from ghpypi.attestation.certificates import identity
from ghpypi.core.digest import digest_of
from ghpypi.core.names import Filename
from ghpypi.core.upload.attestations import Publisher, provenance
from ghpypi.errors import RefusedError
from tests.support.attesting import attestation
from tests.support.packages import sdist, wheel

WHEEL = wheel()
SDIST = sdist()


def kept(attestations: Any, publisher: Publisher | None = None) -> Any:
    name, content = WHEEL
    text = attestations if isinstance(attestations, str) else json.dumps(attestations)
    filename = Filename.parse(name)
    return json.loads(provenance(text, filename, digest_of(content), whose=publisher or identity))


def reason(attestations: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        kept(attestations)
    (fault,) = caught.value.faults
    prefix = f"invalid attestations of {WHEEL[0]}: "

    assert fault.startswith(prefix)

    return fault.removeprefix(prefix)


def test_an_attestation_is_kept_as_it_came_with_the_workflow_that_its_certificate_names() -> None:
    made = attestation(WHEEL)

    assert kept([made]) == {
        "version": 1,
        "attestation_bundles": [
            {
                "publisher": {
                    "kind": "GitHub",
                    "repository": "acme/lib",
                    "workflow": "release.yml",
                    "environment": None,
                    "claims": None,
                },
                "attestations": [made],
            }
        ],
    }


def test_who_is_proved_to_have_uploaded_is_the_publisher() -> None:
    publisher = {"kind": "GitHub", "repository": "acme/lib", "workflow": "x", "environment": "e"}

    assert kept([attestation(WHEEL)], publisher)["attestation_bundles"][0]["publisher"] == publisher


def test_attestations_of_one_publisher_are_one_bundle() -> None:
    slsa = attestation(WHEEL, predicate="https://slsa.dev/provenance/v1")
    other = attestation(WHEEL, identity="someone@example.com")
    bundles = kept([attestation(WHEEL), slsa, other])["attestation_bundles"]

    assert [len(each["attestations"]) for each in bundles] == [2, 1]
    assert bundles[1]["publisher"] == {
        "kind": "Sigstore",
        "identity": "someone@example.com",
        "claims": None,
    }


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in attestation(WHEEL).items() if key != name}


@pytest.mark.parametrize(
    ("attestations", "wrong"),
    [
        ("nonsense", "Expecting value"),
        ([], "not an array"),
        ({}, "not an array"),
        ([1], "not subscriptable"),
        ([without("envelope")], "there is no 'envelope'"),
        ([without("version")], "there is no 'version'"),
        ([{**attestation(WHEEL), "version": 2}], "version 2 is not known"),
        ([attestation(SDIST)], f"one is about another {SDIST[0]}"),
        ([attestation((WHEEL[0], b"other"))], f"one is about another {WHEEL[0]}"),
        ([attestation(WHEEL, predicate="x")], "the predicate x is not one of PEP 740"),
        ([attestation(WHEEL, subjects=[])], "one has 0 subjects instead of one"),
        ([attestation(WHEEL, subjects=[{"name": "README"}])], "one is about 'README'"),
        ([attestation(WHEEL, identity="")], "its certificate has no identity"),
    ],
)
def test_attestations_of_another_file_are_refused(attestations: Any, wrong: str) -> None:
    assert wrong in reason(attestations)


def test_what_is_not_base64_is_refused() -> None:
    made = attestation(WHEEL)
    made["envelope"]["statement"] = "{}"

    assert reason([made]) == "one has invalid base64"


def test_a_certificate_that_is_none_is_refused() -> None:
    made = attestation(WHEEL)
    made["verification_material"]["certificate"] = "AAAA"

    assert "error parsing asn1" in reason([made]).lower()


def test_transparency_entries_have_to_be_a_list() -> None:
    made = attestation(WHEEL)
    made["verification_material"]["transparency_entries"] = {}

    assert reason([made]) == "transparency_entries is not a list"
