"""Whether the files of an earlier catalog are still there."""

import pytest

from ghpypi.core.catalog.availability import unavailable_files
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Membership
from ghpypi.core.catalog.stock import short_digest
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.provenance_pages import page_url
from tests.support.files import entry_of, made

NAME = "acme_lib-1.0-py3-none-any.whl"
FILE = made(NAME)._replace(
    tag="v1", stamp=short_digest("1@7") + "0" * 12, core_metadata=Sha256("b" * 64)
)
ASSET = Asset(
    folder="files/v1", name=NAME, size=FILE.size, sha256=FILE.sha256, version="7",
    uploaded="2026-01-01T00:00:00Z", identifier="1",
)  # fmt: skip
METADATA = ASSET._replace(name=f"{NAME}.metadata", sha256=Sha256("b" * 64))
PROVENANCE = FILE._replace(provenance=f"{FILE.url}.provenance")
ON_SITE = FILE._replace(provenance=page_url(entry_of(FILE).project.name, NAME, "a" * 32))


@pytest.mark.parametrize(
    ("file", "assets", "problems"),
    [
        (FILE, [ASSET, METADATA], []),
        (FILE, [ASSET, METADATA._replace(sha256=None)], []),
        (FILE, [ASSET._replace(sha256=None), METADATA], []),
        (FILE, [ASSET._replace(sha256=None, version="8"), METADATA], [f"{NAME} was replaced"]),
        (FILE, [ASSET._replace(size=1), METADATA], [f"{NAME} was replaced"]),
        (FILE, [ASSET._replace(complete=False), METADATA], [f"{NAME} is not there any more"]),
        (FILE, [ASSET], [f"{NAME}.metadata is not there any more"]),
        (PROVENANCE, [ASSET, METADATA], [f"{NAME}.provenance is not there any more"]),
        (PROVENANCE, [ASSET, METADATA, ASSET._replace(name=f"{NAME}.provenance")], []),
        (ON_SITE, [ASSET, METADATA], []),
        (FILE._replace(core_metadata=None), [ASSET], []),
    ],
)
def test_what_links_lead_to_must_be_there(
    file: File, assets: list[Asset], problems: list[str]
) -> None:
    entry = entry_of(file)
    line = entry.line(Membership((), (), flawed=False))
    release = StoredRelease(
        key="1", origin=file.origin, tag=file.tag, draft=False, prerelease=False,
        immutable=False, assets=tuple(assets),
    )  # fmt: skip
    catalog = Catalog(lines={entry.project.name: line})

    found = list(unavailable_files(catalog, [release]))
    assert [each.split(": ", 1)[1] for each in found] == problems
    assert len(list(unavailable_files(catalog, [release._replace(draft=True)]))) == 1
