"""The documents in the format of PyPI's JSON API."""

import json
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.catalog.entry import Shown
from ghpypi.core.model import Offer, Status, StatusMarker, UpstreamFile, Yank
from ghpypi.core.simple.documents import project_document
from ghpypi.core.site.about import About
from ghpypi.core.site.json_api import json_api
from tests.golden.nasty import file

ACME = NormalizedName("acme")
FILES = (
    file("acme-1.0.tar.gz"),
    file("acme-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"),
    file("acme-1.1-py3-none-any.whl"),
    file("acme-2.0rc1-py3-none-any.whl"),
)
ABOUT = About(
    name="Acme",
    version="1.1",
    summary="Anvils",
    author="Wile E.",
    urls=(("Homepage", "https://acme.example/"), ("Changelog", "https://acme.example/changes")),
    requires_dist=("rope>=2",),
)


def read(
    *names: str,
    yanked: tuple[str, ...] = (),
    status: Status | None = None,
    about: About | None = ABOUT,
    upstream: tuple[UpstreamFile, ...] = (),
) -> Any:
    files = tuple(x for x in FILES if not names or x.filename in names)
    document = project_document(
        ACME,
        Offer(files, upstream),
        yanked={Version(x): Yank(reason="broken") for x in yanked},
        status=status,
    )
    return json.loads(json_api(document, about, Shown(version="1.1", summary="Anvils")))


def test_each_version_lists_its_files_as_on_pypi() -> None:
    sdist, wheel = read()["releases"]["1.0"]

    assert (sdist["packagetype"], sdist["python_version"]) == ("sdist", "source")
    assert (wheel["packagetype"], wheel["python_version"]) == ("bdist_wheel", "cp312")
    assert wheel["upload_time_iso_8601"] == FILES[1].uploaded_at
    assert wheel["upload_time"] + "Z" == FILES[1].uploaded_at
    assert wheel["digests"] == {"sha256": FILES[1].sha256}
    assert wheel["size"] == FILES[1].size
    assert wheel["yanked"] is False
    assert wheel["yanked_reason"] is None


def test_the_newest_final_version_is_described() -> None:
    found = read()

    assert found["info"]["version"] == "1.1"
    assert found["urls"] == found["releases"]["1.1"]
    assert found["info"]["project_urls"]["Changelog"] == "https://acme.example/changes"
    assert found["info"]["home_page"] == "https://acme.example/"
    assert found["info"]["requires_dist"] == ["rope>=2"]


def test_dependencies_are_those_of_the_version_and_links_those_of_the_project() -> None:
    found = read(FILES[0].filename, FILES[1].filename)["info"]

    assert found["version"] == "1.0"
    assert "requires_dist" not in found
    assert found["project_urls"]["Changelog"] == "https://acme.example/changes"


def test_without_pages_for_people_the_catalog_describes_it() -> None:
    info = read(about=None)["info"]

    assert info["summary"] == "Anvils"
    assert "project_urls" not in info


def test_yanked_versions_are_marked_and_not_the_newest() -> None:
    found = read(yanked=("1.1",))

    assert found["info"]["version"] == "1.0"
    assert found["releases"]["1.1"][0]["yanked"] is True
    assert found["releases"]["1.1"][0]["yanked_reason"] == "broken"


def test_if_all_versions_are_yanked_so_is_the_project() -> None:
    info = read("acme-1.1-py3-none-any.whl", yanked=("1.1",))["info"]

    assert (info["yanked"], info["yanked_reason"]) == (True, "broken")


def test_a_quarantined_project_offers_no_files() -> None:
    found = read(status=Status(marker=StatusMarker.QUARANTINED))

    assert not any(found["releases"].values())
    assert found["urls"] == []


def test_files_of_an_upstream_index_are_listed_with_what_is_known() -> None:
    theirs: UpstreamFile = {
        "filename": "acme-3.0-py2.py3-none-any.whl", "url": "https://other.example/x", "hashes": {},
    }  # fmt: skip
    row = read(upstream=(theirs,))["releases"]["3.0"][0]

    assert row["python_version"] == "py2.py3"
    assert (row["size"], row["upload_time"]) == (None, None)


def test_what_is_no_distribution_of_a_listed_version_is_left_out() -> None:
    variants: UpstreamFile = {"filename": "acme-1.0-variants.json", "url": "x", "hashes": {}}
    egg: UpstreamFile = {"filename": "acme.zip", "url": "x", "hashes": {}}
    odd: UpstreamFile = {"filename": "acme.whl", "url": "x", "hashes": {}}

    assert len(read(upstream=(variants, egg, odd))["releases"]["1.0"]) == 2


def test_another_spelling_of_a_version_is_the_same_version() -> None:
    theirs: UpstreamFile = {"filename": "acme-1.0.0.zip", "url": "x", "hashes": {}}
    releases = read(upstream=(theirs,))["releases"]

    assert "1.0.0" not in releases
    assert releases["1.0"][-1]["filename"] == theirs["filename"]


def test_a_file_with_an_invalid_name_is_none_that_installers_would_choose() -> None:
    name = "acme-3.0-py3-none-any.whl"
    valid: UpstreamFile = {"filename": name, "url": "x", "hashes": {}}
    yanked: UpstreamFile = {"filename": name, "url": "x", "hashes": {}, "yanked": True}
    odd: UpstreamFile = {"filename": "acme-3.0-x-y.whl", "url": "x", "hashes": {}}

    assert read(upstream=(valid, odd))["info"]["version"] == "3.0"
    assert read(upstream=(yanked, odd))["info"]["version"] == "1.1"
