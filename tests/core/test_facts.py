"""The last judgement on a file."""

import pytest

from ghpypi.core.catalog.facts import Facts, offer
from ghpypi.core.catalog.stock import Found
from ghpypi.core.digest import digest_of
from ghpypi.core.distribution.core_metadata import metadata_issues
from ghpypi.core.distribution.rules import Verdict
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.names import Filename, Sha256

NAME = Filename.parse("Acme.Lib-1.0.0-py3-none-any.whl")
DIGEST = digest_of(b"wheel")
FOUND = Found(
    asset=Asset(
        folder="repos/acme/pypi/releases/assets",
        name=NAME.text,
        size=5,
        version="1",
        uploaded="2026-01-01T00:00:00Z",
        identifier="7",
        address=f"https://github.example/acme/pypi/releases/download/v1/{NAME.text}",
    ),
    sidecar=None,
    provenance=None,
    release=StoredRelease(
        key="1",
        origin="acme/pypi",
        tag="v1",
        draft=False,
        prerelease=True,
        immutable=False,
        assets=(),
    ),
    stamp="stamps",
)


def facts(
    requires_python: str | None = ">=3.9",
    *,
    core_metadata: Sha256 | None = None,
) -> Facts:
    metadata = Metadata(name="acme_lib", version="1.0", requires_python=requires_python, summary="")
    return Facts(
        sha256=DIGEST,
        metadata=metadata,
        core_metadata=core_metadata,
        verdict=Verdict.of(metadata_issues(metadata, NAME)),
    )


def test_a_file_is_offered_with_all_that_is_known() -> None:
    file, warning = offer(NAME, FOUND, facts(core_metadata=digest_of(b"metadata")))

    assert file == File(
        filename=NAME.text,
        version="1.0.0",
        url=f"https://github.example/acme/pypi/releases/download/v1/{NAME.text}",
        size=5,
        sha256=DIGEST,
        uploaded_at="2026-01-01T00:00:00Z",
        requires_python=">=3.9",
        core_metadata=digest_of(b"metadata"),
        origin="acme/pypi",
        tag="v1",
        prerelease=True,
        stamp="stamps",
        key="repos/acme/pypi/releases/assets/7",
    )
    assert warning == ""


@pytest.mark.parametrize("requires_python", [None, ">=3.9"])
def test_unknown_values_are_omitted(requires_python: str | None) -> None:
    file, _ = offer(NAME, FOUND, facts(requires_python))

    assert (file.requires_python, file.core_metadata) == (requires_python, None)


def test_an_unreadable_requires_python_is_left_out_with_a_warning() -> None:
    file, warning = offer(NAME, FOUND, facts("python 3"))

    assert file.requires_python is None
    assert warning == (
        "its Requires-Python 'python 3' is not a version "
        "specifier (PEP 440), and installers ignore it"
    )


@pytest.mark.parametrize("key", ["repos/acme/other/releases/assets/7", "user"])
def test_a_file_at_another_location_than_its_store_is_refused(key: str) -> None:
    folder, _, identifier = key.rpartition("/")
    odd = FOUND._replace(asset=FOUND.asset._replace(folder=folder, identifier=identifier))

    with pytest.raises(InvalidMetadataError, match=r"is not (an asset|the key) of"):
        offer(NAME, odd, facts())
