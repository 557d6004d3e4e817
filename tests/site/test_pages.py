"""What stands on which page, and what does not."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.model import File, Project
from ghpypi.core.names import normalize
from ghpypi.core.site.about import About
from ghpypi.core.site.install import source_name
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.paths import about_path, browser_page_paths
from ghpypi.core.site.project import MOST_FILES, ProjectView, project_pages
from ghpypi.core.site.rows import IndexLink, Row
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.version_paths import changed_versions, version_page_project, version_paths
from tests.site.gallery import CONFIG, INDEXES, MAIN, file, variant_of

SETTINGS = SiteSettings(config=CONFIG, address="https://acme.example/")
ACME = NormalizedName("acme")
ONE = file("acme-1.0-py3-none-any.whl", "2026-01-01")


def view(*files: File, **changes: Any) -> ProjectView:
    made = ProjectView(
        project=Project(name=ACME, files=files or (ONE,)),
        about=About(name="Acme", version="1.0"),
        indexes=(MAIN,),
        ours=frozenset(),
        variant_of=variant_of,
        later="",
    )
    return made._replace(**changes)


def page(shown: ProjectView, settings: SiteSettings = SETTINGS) -> str:
    return dict(project_pages(shown, settings))["project/acme/index.html"].decode()


@pytest.mark.parametrize(
    ("kinds", "noted"),
    [
        (("variant", "variant"), True),
        (("variant", "alias"), True),
        (("main", "variant"), False),
        (("named", "variant"), False),
        (("main",), False),
        ((), False),
    ],
)
def test_a_page_says_that_there_are_builds_for_variants_only(
    kinds: tuple[str, ...], noted: bool
) -> None:
    links = tuple(
        IndexLink(f"x{number}", kind, f"x{number}/simple/", "X")
        for number, kind in enumerate(kinds)
    )
    shown = page(view(indexes=links))

    assert ("the main index has none of them" in shown) is noted


def configured(text: str) -> SiteSettings:
    return replace(SETTINGS, config=Config.parse(text))


def test_a_project_has_the_pages_the_tree_has_a_place_for() -> None:
    found = {path for path, _ in project_pages(view(), SETTINGS)}

    assert found | {about_path(ACME)} == {
        *browser_page_paths(ACME),
        *version_paths(view().project, CONFIG),
    }


def test_a_project_that_says_nothing_has_a_page() -> None:
    found = dict(project_pages(view(about=None), SETTINGS))

    assert b"<h1><bdi>acme</bdi>" in found["project/acme/index.html"]


def test_yanks_are_reported_where_they_belong() -> None:
    settings = configured('[yanked]\nacme = {"1.0+b" = "broken <b>", "2.0" = ""}')
    builds = [file(f"acme-{each}-py3-none-any.whl", "2026-01-01") for each in ("1.0+a", "1.0+b")]
    found = page(view(*builds, file("acme-2.0.zip", "2026-01-01")), settings)

    assert found.count('<span class="mark bad">yanked</span>') == 2
    assert "<bdi>broken &lt;b&gt;</bdi>" in found
    assert "All releases are yanked" not in found
    assert 'id="1.0" open' in found


def test_a_project_that_is_yanked_altogether_says_so() -> None:
    found = page(view(), configured('[yanked]\nacme = {"1.0" = "worse"}'))

    assert "<strong>All releases are yanked.</strong> <bdi>worse</bdi>" in found
    assert "Yanked: <bdi>worse</bdi>" in found


@pytest.mark.parametrize("status", ["archived", "deprecated", "quarantined"])
def test_a_status_is_reported_with_its_reason(status: str) -> None:
    found = page(view(), configured(f'[projects.acme]\nstatus = "{status}"\nreason = "old"'))

    assert f"This project is {status}.</strong> <bdi>old</bdi>" in found
    assert (".whl" in found) == (status != "quarantined")
    assert ("pip install" in found) == (status != "quarantined")


def test_the_status_of_an_active_project_is_not_shown() -> None:
    assert "banner" not in page(view(), configured('[projects.acme]\nstatus = "active"'))


def test_a_higher_version_elsewhere_is_warned_of() -> None:
    assert "The public index has a higher version of this name: 9.9." in page(view(later="9.9"))


def test_an_address_that_is_not_known_is_not_invented() -> None:
    found = page(view(), replace(SETTINGS, address=""))

    assert "in the place of <code>https://THIS-SITE/</code>" in found
    assert "--index-url https://THIS-SITE/simple/ --no-deps acme" in found


def test_a_project_in_no_index_has_no_lines_to_install_it() -> None:
    found = page(view(indexes=()))

    assert "pip install" not in found
    assert ".whl" in found


def test_a_file_has_all_that_is_known_of_it() -> None:
    known = ONE._replace(provenance="https://x/attestation", downloads=1234, size=2_500_000)
    found = page(view(known))

    for part in (
        f'href="{known.url}#sha256={known.sha256}"',
        f">{known.sha256}</code>",
        "Python 3 · any system",
        "<td>2.5 MB</td>",
        "<time>2026-01-01</time>",
        "<td>1,234</td>",
        '<a href="https://x/attestation">provenance</a>',
    ):
        assert part in found


def test_a_file_of_this_site_is_found_from_the_page() -> None:
    assert 'href="../../files/x.zip#sha256=' in page(view(ONE._replace(url="files/x.zip")))


def many(releases: int, each: int) -> Iterator[File]:
    for number in range(releases):
        for build in range(each):
            yield file(f"acme-{number}-{build}-py3-none-any.whl", "2026-01-01")


def test_a_page_lists_files_until_there_are_too_many_and_says_where_the_rest_is() -> None:
    found = page(view(*many(12, 20)))

    assert found.count(">sha256 <code") == MOST_FILES
    assert found.count('<details class="release"') == 10
    assert found.count('<p class="release"') == 2
    assert '<p class="release" id="0"><a href="0/"><b>0</b>' in found


def test_without_version_pages_the_rest_is_on_the_pages_for_installers() -> None:
    settings = configured("[site]\nversion-pages = 0")
    pages = dict(project_pages(view(*many(12, 20)), settings))
    found = pages["project/acme/index.html"].decode()

    assert not [path for path in pages if version_page_project(path)]
    assert found.count(">sha256 <code") == MOST_FILES
    assert found.count('<a href="../../simple/acme/">the page for installers</a>') == 2


def test_only_the_newest_versions_have_pages_up_to_the_limit() -> None:
    pages = dict(project_pages(view(*many(12, 1)), configured("[site]\nversion-pages = 2")))

    assert [path for path in pages if version_page_project(path)] == [
        "project/acme/11/index.html",
        "project/acme/10/index.html",
    ]


def test_the_release_shown_is_listed_however_many_files_it_has() -> None:
    assert page(view(*many(2, MOST_FILES + 1))).count(">sha256 <code") == MOST_FILES + 1


def test_a_project_of_200_releases_and_3000_files_is_readable_and_light() -> None:
    pages = dict(project_pages(view(*many(200, 15)), SETTINGS))
    found = pages["project/acme/index.html"].decode()

    assert len(found) < 250_000
    assert found.count(' class="release"') == 200
    assert "<summary>180 older releases</summary>" in found
    assert len([path for path in pages if version_page_project(path)]) == 200
    assert len(pages["project/acme/0/index.html"]) < 15_000


def test_a_project_of_thousands_of_releases_has_a_list_with_an_end() -> None:
    newest = file("acme-1-py3-none-any.whl", "2026-01-01")
    nightly = [file(f"acme-2.dev{n}-py3-none-any.whl", "2026-01-01") for n in range(2000)]
    found = page(view(newest, *nightly))

    assert len(found) < 400_000
    assert 'id="1" open' in found
    assert "1500 older releases are on the pages for installers only." in found


def test_the_page_of_a_version_does_not_change_with_other_versions_and_downloads() -> None:
    old, new = ONE, file("acme-2.0-py3-none-any.whl", "2026-02-02")
    before = dict(project_pages(view(old), SETTINGS))
    after = dict(project_pages(view(old._replace(downloads=9), new), SETTINGS))

    assert before["project/acme/1.0/index.html"] == after["project/acme/1.0/index.html"]
    assert changed_versions(
        view(old).project, view(old._replace(downloads=9), new).project, CONFIG
    ) == {"2.0"}


def test_only_the_versions_that_changed_are_rendered() -> None:
    pages = dict(project_pages(view(*many(3, 1)), SETTINGS, {"1"}))

    assert [path for path in pages if version_page_project(path)] == ["project/acme/1/index.html"]


def test_the_page_of_a_version_has_its_files_and_what_requires_it() -> None:
    settings = configured('[yanked]\nacme = {"1.0" = "worse"}')
    pages = dict(project_pages(view(ONE, file("acme-2.0.zip", "2026-02-02")), settings))
    found = pages["project/acme/1.0/index.html"].decode()

    for part in (
        "<strong>This version is yanked.</strong> <bdi>worse</bdi>",
        f'href="{ONE.url}#sha256={ONE.sha256}"',
        '<code data-copy="requirement">acme==1.0</code>',
        "pip download --no-deps --index-url https://acme.example/simple/ acme==1.0",
        '<link rel="canonical" href="https://acme.example/project/acme/">',
        "for Python <code>&gt;=3.10</code>",
        '<a href="../">',
    ):
        assert part in found
    assert "acme-2.0" not in found


def test_a_quarantined_project_has_no_version_pages() -> None:
    settings = configured('[projects.acme]\nstatus = "quarantined"')

    assert not [x for x, _ in project_pages(view(), settings) if version_page_project(x)]


def about_page(about: About, *files: File) -> str:
    return page(view(*files, about=about))


def test_people_and_classifiers_are_shown() -> None:
    found = about_page(
        About(
            name="acme",
            version="1.0",
            author="Ann",
            maintainer="Max",
            classifiers=(
                "Programming Language :: Python :: 3",
                "Topic :: Text",
                "Programming Language :: Rust",
                "Odd",
            ),
        )
    )

    assert "<dt>Author</dt><dd><bdi>Ann</bdi></dd>" in found
    assert "<dt>Maintainer</dt><dd><bdi>Max</bdi></dd>" in found
    assert (
        "<b><bdi>Programming Language</bdi></b>"
        '<ul class="plain"><li><bdi>Python :: 3</bdi></li><li><bdi>Rust</bdi></li></ul>'
        '<b><bdi>Topic</bdi></b><ul class="plain"><li><bdi>Text</bdi></li></ul>'
        "<b><bdi>Odd</bdi></b></details>"
    ) in found


def test_pages_describe_themselves_for_link_previews() -> None:
    found = about_page(About(name="Acme", version="1.0", summary='Does "it" & more'))

    for name, content in {
        "og:type": "website",
        "og:site_name": "Acme packages",
        "og:title": "Acme – Acme packages",  # noqa: RUF001 - a dash
        "og:description": "Does &#34;it&#34; &amp; more",
        "og:url": "https://acme.example/project/acme/",
    }.items():
        assert f'<meta property="{name}" content="{content}">' in found
    assert "og:url" not in page(view(), replace(SETTINGS, address=""))


def test_a_badge_is_shown_with_its_markdown() -> None:
    found = page(view())

    assert '<img src="badge.svg" alt="Acme: 1.0"' in found
    assert (
        "[![acme](https://acme.example/project/acme/badge.svg)]"
        "(https://acme.example/project/acme/)</code>"
    ) in found


def rows(count: int) -> list[Row]:
    return [
        Row(normalize(f"acme-{n:05}"), "1.0", f"2026-01-01T00:00:{n % 60:02}Z", "s " * 40, "a b c")
        for n in range(count)
    ]


def site(shown: list[Row], settings: SiteSettings = SETTINGS) -> dict[str, str]:
    found = site_pages(SiteView(rows=shown, indexes=INDEXES, files=len(shown) * 10), settings)
    return {path: text.decode() for path, text in found}


def test_the_landing_page_of_ten_thousand_projects_is_light() -> None:
    found = site(rows(10_000))

    assert len(found["index.html"]) < 200_000
    assert "10,000 projects" in found["index.html"]
    assert "100,000 files" in found["index.html"]
    assert found["projects/index.html"].count("<li>") == 10_000


def test_the_latest_releases_come_first_and_have_an_end() -> None:
    found = site(rows(100))["index.html"]

    assert found.count("<time>") == 20
    assert found.index("acme-00059") < found.index("acme-00058")


def test_an_index_of_nothing_has_all_its_pages() -> None:
    found = site([])

    assert "It holds no packages yet." in found["index.html"]
    assert "There are none yet." in found["projects/index.html"]
    assert json.loads(found["search.json"]) == {"format": 1, "projects": []}


def test_the_search_is_handed_what_there_is_to_find() -> None:
    row = Row(ACME, "1.0", "", "x" * 999, "\u202ea\x00 b")
    found = json.loads(site([row])["search.json"])

    assert found["projects"] == [["acme", "1.0", "x" * 199 + "…", "a b"]]


def test_projects_are_listed_by_their_first_letter() -> None:
    names = ["0x", "9y", "abc", "azz", "beta"]
    found = site([Row(normalize(name), "1.0", "", "", "") for name in names])["projects/index.html"]

    assert [letter for letter in ("0–9", "A", "B", "C") if f'id="{letter}"' in found] == [  # noqa: RUF001
        "0–9",  # noqa: RUF001
        "A",
        "B",
    ]


def test_every_index_has_its_own_lines_on_the_landing_page() -> None:
    found = site(rows(1))["index.html"]

    for link in INDEXES:
        assert f"pip install --index-url https://acme.example/{link.path} --no-deps NAME" in found
        assert f"https://acme.example/{link.path}</code>" in found


@pytest.mark.parametrize(
    ("title", "index", "name"),
    [
        ("Acme packages", "", "acme-packages"),
        ("Acme & Söhne!", "cu128", "acme-s-hne-cu128"),
        ("包", "", "private"),
    ],
)
def test_an_index_has_a_name_for_tools(title: str, index: str, name: str) -> None:
    assert source_name(title, index) == name


def test_a_page_takes_no_longer_because_there_are_more_projects() -> None:
    class Ours:
        """Counts how often it is asked, and cannot be walked through."""

        asked = 0

        def __contains__(self, name: object) -> bool:
            self.asked += 1
            return name == "core"

    ours = Ours()
    about = About(name="acme", version="1.0", requires_dist=("core>=1", "other"))
    found = page(view(about=about, ours=ours))

    assert '<a href="../core/">core</a>' in found
    assert ours.asked == 2


def test_indexes_whose_names_are_odd_have_ids_that_are_not() -> None:
    odd = IndexLink("torch 2.6<cu128", "variant", "x/simple/", "")

    assert 'id="index-torch_2.6_cu128"' in page(view(indexes=(MAIN, odd)))
