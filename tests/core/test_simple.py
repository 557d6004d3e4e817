"""The pages of the Simple API, letter by letter; the nasty ones are in tests/golden."""

import json

import pytest
from packaging.version import Version

from ghpypi.core.model import Offer, Project, Status, StatusMarker, Yank, Yanks
from ghpypi.core.names import normalize
from ghpypi.core.provenance_pages import with_absolute_provenance
from ghpypi.core.simple.documents import (
    PIECE,
    ProjectDocument,
    project_document,
    root_document,
    to_json,
)
from ghpypi.core.simple.pages import project_html, root_html
from tests.golden.nasty import file
from tests.support.files import made, project_of
from tests.support.upstreams import elsewhere

WHEEL = file("acme_lib-1.0-py3-none-any.whl")
SDIST = file("acme_lib-1.1.tar.gz", requires_python=None, sidecar=False, elsewhere=True)
PROJECT = Project(name=normalize("acme-lib"), files=(SDIST, WHEEL))


def document(
    yanked: Yanks | None = None, status: Status | None = None, root: str = "../../"
) -> ProjectDocument:
    offer = Offer(PROJECT.files)
    return project_document(PROJECT.name, offer, yanked=yanked or {}, status=status, root=root)


def test_a_project_document_says_all_that_is_known() -> None:
    assert document() == {
        "meta": {"api-version": "1.4"},
        "name": "acme-lib",
        "versions": ["1.0", "1.1"],
        "files": [
            {
                "filename": "acme_lib-1.0-py3-none-any.whl",
                "url": "../../files/v1.0/acme_lib-1.0-py3-none-any.whl",
                "hashes": {"sha256": WHEEL.sha256},
                "size": 29000,
                "upload-time": "2026-01-31T12:00:00Z",
                "requires-python": ">=3.9",
                "core-metadata": {"sha256": WHEEL.core_metadata},
            },
            {
                "filename": "acme_lib-1.1.tar.gz",
                "url": "https://github.example/acme/pypi/releases/download/v1.1/acme_lib-1.1.tar.gz",
                "hashes": {"sha256": SDIST.sha256},
                "size": 19000,
                "upload-time": "2026-01-31T12:00:00Z",
            },
        ],
    }


def test_versions_are_compared_and_not_their_texts() -> None:
    names = ["acme-1.0.zip", "acme-1.0.0-py3-none-any.whl", "acme-1.1.zip"]
    offer = Offer(project_of(*map(made, names)).files, (elsewhere("acme-1.1.0.tar.gz"),))
    found = project_document(
        normalize("acme"), offer, yanked={Version("1"): Yank(reason="x")}, status=None
    )

    assert found["versions"] == ["1.0.0", "1.1"]
    assert [file.get("yanked") for file in found["files"]] == ["x", "x", None, None]


def test_json_is_compact_and_ends_a_line() -> None:
    text = to_json(root_document([normalize("acme"), normalize("zebra")]))

    assert text == (
        b'{"meta":{"api-version":"1.4"},"projects":[{"name":"acme"},{"name":"zebra"}]}\n'
    )


@pytest.mark.parametrize("count", [PIECE, PIECE + 1, 2 * PIECE + 1])
def test_a_long_list_is_encoded_in_pieces_to_the_same_json(count: int) -> None:
    names = [normalize(f"acme-é-{number}") for number in range(count)]
    listed = root_document(names)

    text = json.dumps(listed, separators=(",", ":"), ensure_ascii=False)
    assert to_json(listed).decode() == f"{text}\n"


def test_html_is_rendered_from_the_document() -> None:
    text = project_html(
        document({Version("1.1"): Yank(reason="broken & <bad>"), Version("1.0"): Yank()})
    )

    assert text.decode() == (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "  <head>\n"
        '    <meta charset="utf-8">\n'
        '    <meta name="pypi:repository-version" content="1.4">\n'
        "    <title>Links for acme-lib</title>\n"
        "  </head>\n"
        "  <body>\n"
        "    <h1>Links for acme-lib</h1>\n"
        '    <a href="../../files/v1.0/acme_lib-1.0-py3-none-any.whl'
        f'#sha256={WHEEL.sha256}" data-requires-python="&gt;=3.9" '
        f'data-core-metadata="sha256={WHEEL.core_metadata}" '
        'data-yanked="" data-size="29000" data-upload-time="2026-01-31T12:00:00Z">'
        "acme_lib-1.0-py3-none-any.whl</a><br>\n"
        '    <a href="https://github.example/acme/pypi/releases/download/v1.1/acme_lib-1.1.tar.gz'
        f'#sha256={SDIST.sha256}" data-yanked="broken &amp; &lt;bad&gt;" data-size="19000" '
        'data-upload-time="2026-01-31T12:00:00Z">acme_lib-1.1.tar.gz</a><br>\n'
        "  </body>\n"
        "</html>\n"
    )


def test_the_project_list_has_relative_links() -> None:
    text = root_html(root_document([normalize("acme")]))

    assert text.decode() == (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "  <head>\n"
        '    <meta charset="utf-8">\n'
        '    <meta name="pypi:repository-version" content="1.4">\n'
        "    <title>Simple index</title>\n"
        "  </head>\n"
        "  <body>\n"
        '    <a href="acme/">acme</a><br>\n'
        "  </body>\n"
        "</html>\n"
    )


@pytest.mark.parametrize(("reason", "said"), [("", True), ("broken", "broken")])
def test_a_yank_is_true_or_its_reason(reason: str, *, said: bool | str) -> None:
    files = document({Version("1.0"): Yank(reason=reason)})["files"]

    assert [each.get("yanked") for each in files] == [said, None]


@pytest.mark.parametrize(
    ("marker", "reason", "said"),
    [
        (StatusMarker.ACTIVE, "why not", None),
        (StatusMarker.ARCHIVED, "", {"status": "archived"}),
        (StatusMarker.DEPRECATED, "old", {"status": "deprecated", "reason": "old"}),
        (StatusMarker.QUARANTINED, "bad", {"status": "quarantined", "reason": "bad"}),
    ],
)
def test_a_status_is_shown_unless_it_is_active(
    marker: StatusMarker, reason: str, said: dict[str, str] | None
) -> None:
    page = document(status=Status(marker=marker, reason=reason))

    assert page.get("project-status") == said
    assert bool(page["files"]) is (marker is not StatusMarker.QUARANTINED)
    assert page["versions"] == ["1.0", "1.1"]


def test_relative_addresses_begin_at_the_given_root() -> None:
    page = document(root="")

    assert [each["url"].partition("/")[0] for each in page["files"]] == ["files", "https:"]


@pytest.mark.parametrize(
    ("provenance", "address", "named"),
    [
        ("https://x.example/a.provenance", "", "https://x.example/a.provenance"),
        ("http://x.example/a.provenance", "", None),
        ("files/a.provenance", "https://a.example/b/", "https://a.example/b/files/a.provenance"),
        ("files/a.provenance", "http://a.example/", None),
        ("files/a.provenance", "", None),
        (None, "https://a.example/", None),
    ],
)
def test_provenance_is_named_by_a_full_and_secure_address_or_not_at_all(
    provenance: str | None, address: str, named: str | None
) -> None:
    attested = file("acme-1.0.tar.gz")._replace(provenance=provenance)
    offer = with_absolute_provenance(Offer((attested,)), address, address)
    page = project_document(PROJECT.name, offer, yanked={}, status=None)
    (found,) = page["files"]

    assert found.get("provenance") == named


def test_files_are_sorted_by_version_and_name() -> None:
    names = [
        "a-1.10.tar.gz",
        "a-1.9.tar.gz",
        "a-1.9-py3-none-any.whl",
        "a-1.9rc1.tar.gz",
        "a-1!0.tar.gz",
    ]
    project = Project(name=normalize("a"), files=tuple(map(file, names)))

    assert [each.filename for each in project.files] == [
        "a-1.9rc1.tar.gz",
        "a-1.9-py3-none-any.whl",
        "a-1.9.tar.gz",
        "a-1.10.tar.gz",
        "a-1!0.tar.gz",
    ]
    assert project.versions == ("1.9rc1", "1.9", "1.10", "1!0")
