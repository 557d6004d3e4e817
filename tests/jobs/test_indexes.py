"""Runs that make more than one index."""

import json
from random import Random

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.names import normalize
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import HigherUpstream, IndexOptions, IndexReport
from ghpypi.ports import FileSource
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.catalogs import PART
from tests.support.packages import Built, publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource
from tests.support.upstreams import MemoryUpstream, elsewhere

PLAIN = wheel("plain", "1.0")
CUDA = wheel("kernels", "1.0+cu128")
CPU = wheel("kernels", "1.0+cpu")
NEWER = wheel("kernels", "1.1+cu128")
ROCM = wheel("rocks", "1.0+rocm6.3")

LOCAL = "[variants]\nfrom = 'local-version'\n"
SIMPLE = "[site]\npages = false\n"
BASE = "https://index.example/simple/"
OVERLAY = f"[indexes.x]\nbases = ['{BASE}']\noverlay = ['plain']\n"
REFRESH = IndexOptions(refresh=True)
KINDS = ("html", "json")


def run(
    source: FileSource,
    site: MemorySite,
    toml: str,
    options: IndexOptions | None = None,
    *,
    upstream: MemoryUpstream | None = None,
    reporter: MemoryReporter | None = None,
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/")
    options = options or IndexOptions()
    return build_index(source, site, settings, reporter or MemoryReporter(), options, upstream)


def store_of(*files: Built) -> MemoryStore:
    store = MemoryStore()
    for name, content in files:
        publish_files(store, [(name, content)], name.partition("-py3")[0])
    return store


def offered(site: MemorySite, index: str, project: str) -> list[str]:
    page = json.loads(site.pages[f"{index}/simple/{project}/index.json".removeprefix("/")])
    return [file["filename"] for file in page["files"]]


def listed(site: MemorySite, index: str) -> list[str]:
    page = json.loads(site.pages[f"{index}/simple/index.json".removeprefix("/")])
    return [project["name"] for project in page["projects"]]


def changed(site: MemorySite, before: dict[str, bytes]) -> set[str]:
    paths = {*site.pages, *before} - {CATALOG_PATH, PART}
    return {path for path in paths if site.pages.get(path) != before.get(path)}


def pages_of(index: str, *projects: str) -> set[str]:
    folder = f"{index}/" if index else ""
    names = [f"{folder}simple/{project}" for project in projects]
    return {
        *(f"{name}/index.{kind}" for name in [f"{folder}simple", *names] for kind in KINDS),
        *(f"{folder}pypi/{project}/json" for project in projects),
    }


# Which pages there are


def test_each_index_has_its_list_and_its_pages() -> None:
    site = MemorySite({})
    report = run(store_of(PLAIN, CUDA, CPU), site, LOCAL + SIMPLE + "[indexes.none]\ninclude=[]\n")

    assert report.indexes == ("", "none", "cpu", "cu128")
    assert set(site.pages) == {
        ".nojekyll",
        CATALOG_PATH,
        PART,
        *pages_of("", "plain"),
        *pages_of("none"),
        *pages_of("cpu", "plain", "kernels"),
        *pages_of("cu128", "plain", "kernels"),
    }
    assert listed(site, "none") == []
    assert offered(site, "cu128", "kernels") == [CUDA[0]]
    assert report.files == 3
    assert report.variants_only == ("kernels",)


def test_links_to_files_beside_the_pages_lead_out_of_the_folder_of_the_index() -> None:
    site = MemorySite({})
    run(store_of(PLAIN, CUDA), site, LOCAL)
    urls = {
        index: json.loads(site.pages[f"{index}simple/plain/index.json"])["files"][0]["url"]
        for index in ("", "cu128/")
    }

    assert urls == {
        "": f"../../files/plain-1.0/{PLAIN[0]}",
        "cu128/": f"../../../files/plain-1.0/{PLAIN[0]}",
    }


def test_equal_pages_are_rendered_once() -> None:
    toml = SIMPLE + "".join(f"[indexes.i{number}]\n" for number in range(20))
    site = MemorySite({})
    run(store_of(PLAIN), site, toml)
    rendered = {id(site.pages[f"i{n}/simple/plain/index.{x}"]) for n in range(20) for x in KINDS}

    assert len(rendered) == len(KINDS)


# What a run touches


def test_a_new_variant_adds_its_pages_for_every_project_without_one_and_touches_no_other() -> None:
    store, site = store_of(PLAIN, CUDA), MemorySite({})
    run(store, site, LOCAL + SIMPLE)
    before = dict(site.pages)
    publish_files(store, [ROCM], "rocks-1.0")
    source = CountingSource(store)
    report = run(source, site, LOCAL + SIMPLE)

    assert report.indexes == ("", "cu128", "rocm6.3")
    assert changed(site, before) == pages_of("rocm6.3", "plain", "rocks")
    assert listed(site, "rocm6.3") == ["plain", "rocks"]
    assert source.reads == [ROCM[0]]


def test_pages_for_people_of_projects_that_are_in_the_new_index_name_it() -> None:
    store, site = store_of(PLAIN, CUDA), MemorySite({})
    run(store, site, LOCAL)
    before = dict(site.pages)
    publish_files(store, [ROCM], "rocks-1.0")
    run(store, site, LOCAL)
    people = {path for path in changed(site, before) if path.startswith("project/")}

    assert people == {
        "project/plain/index.html",
        *(
            f"project/rocks/{name}"
            for name in ("about.json", "badge.svg", "feed.xml", "index.html", "1.0/index.html")
        ),
    }
    assert b"rocm6.3" in site.pages["project/plain/index.html"]
    assert b"rocm6.3" in site.pages["index.html"]


def test_a_variant_that_goes_takes_its_pages_along() -> None:
    store, site = store_of(PLAIN, CUDA), MemorySite({})
    run(store, site, LOCAL + SIMPLE)
    before = dict(site.pages)
    publish_files(store, [ROCM], "rocks-1.0")
    run(store, site, LOCAL + SIMPLE)
    del store._releases["rocks-1.0"]
    report = run(store, site, LOCAL + SIMPLE, IndexOptions(allow_shrink=True))

    assert report.indexes == ("", "cu128")
    assert site.pages == before


def test_a_file_more_touches_the_indexes_that_have_it_and_no_other_project() -> None:
    store, site = store_of(PLAIN, CUDA, CPU), MemorySite({})
    toml = LOCAL + SIMPLE + "[indexes.old]\ninclude = ['kernels<1.1', 'plain']\n"
    run(store, site, toml)
    before = dict(site.pages)
    publish_files(store, [NEWER], "kernels-1.1")
    run(store, site, toml)

    assert changed(site, before) == {
        *(f"cu128/simple/kernels/index.{kind}" for kind in KINDS),
        "cu128/pypi/kernels/json",
    }


def test_other_rules_are_applied_without_reading_a_file() -> None:
    store, site = store_of(PLAIN, CUDA, CPU), MemorySite({})
    run(store, site, SIMPLE)
    source = CountingSource(store)
    run(source, site, LOCAL + SIMPLE + "[indexes.x]\ninclude = ['plain']\n")

    assert source.reads == []
    assert listed(site, "x") == ["plain"]
    assert offered(site, "cpu", "kernels") == [CPU[0]]

    report = run(source, site, SIMPLE)
    assert source.reads == []
    assert report.indexes == ("",)
    assert not [
        path for path in site.pages if not path.startswith(("simple/", "pypi/", ".", "catalog"))
    ]


@pytest.mark.parametrize(
    "toml",
    ["", LOCAL, LOCAL + "[indexes.x]\nexclude = ['plain']\n", OVERLAY],
    ids=["plain", "variants", "named", "overlay"],
)
def test_the_same_again_changes_nothing(toml: str) -> None:
    store, site = store_of(PLAIN, CUDA, CPU, ROCM), MemorySite({})
    upstream = MemoryUpstream(plain=[elsewhere("plain-2.0.zip")])
    run(store, site, toml, upstream=upstream)
    before = dict(site.pages)
    for options in (IndexOptions(), REFRESH, IndexOptions(full=True)):
        report = run(store, site, toml, options, upstream=upstream)

        assert site.pages == before
        assert not report.outdated


def test_a_listing_in_another_order_gives_the_same_bytes() -> None:
    releases = list(store_of(PLAIN, CUDA, CPU, ROCM, NEWER).releases())
    store = store_of(PLAIN, CUDA, CPU, ROCM, NEWER)
    toml = LOCAL + "aliases = { cu129 = 'cu128' }\n[indexes.x]\nbases = ['main']\ninclude = []\n"
    sites = []
    for seed in range(3):
        Random(seed).shuffle(releases)  # noqa: S311 - no secret depends on it
        store._releases = {release.key: release for release in releases}
        site = MemorySite({})
        run(store, site, toml)
        sites.append(site.pages)

    assert sites[0] == sites[1] == sites[2]


def test_a_variant_without_an_index_is_reported() -> None:
    reporter = MemoryReporter()
    toml = LOCAL + "[indexes.cpu]\ninclude = ['plain']\n"
    run(store_of(PLAIN, CPU), MemorySite({}), toml, reporter=reporter)

    assert reporter.warnings == [
        "the variant 'cpu' has no index, because [indexes.cpu] has the same name"
    ]


# One name in several releases


def stores_of(*tags: str) -> MemoryStore:
    store = MemoryStore()
    for tag in tags:
        publish_files(store, [wheel("acme_lib", "1.0", text=tag)], tag)
    return store


def test_files_of_one_name_are_separated_and_reported() -> None:
    site = MemorySite({})
    toml = "[variants]\nfrom = 'tag'\npattern = '-(.+)'\n"
    report = run(stores_of("v1-cpu", "v1-cu124"), site, toml + "default = 'cpu'\n")
    urls = {
        index: json.loads(site.pages[f"{index}simple/acme-lib/index.json"])["files"][0]["url"]
        for index in ("", "cpu/", "cu124/")
    }

    assert urls == {
        "": "../../files/v1-cpu/acme_lib-1.0-py3-none-any.whl",
        "cpu/": "../../../files/v1-cpu/acme_lib-1.0-py3-none-any.whl",
        "cu124/": "../../../files/v1-cu124/acme_lib-1.0-py3-none-any.whl",
    }
    assert (report.files, report.refused) == (2, ())
    ((name, variants, taken),) = [
        (x.filename, x.variants, x.main_variant) for x in report.shared_names
    ]
    assert (name, variants, taken) == ("acme_lib-1.0-py3-none-any.whl", ("cpu", "cu124"), "cpu")


def test_a_project_that_is_in_no_index_but_those_of_variants_has_no_page_in_the_main_one() -> None:
    site = MemorySite({})
    report = run(stores_of("v1-cpu", "v1-gpu"), site, "[variants]\nfrom='tag'\npattern='-(.+)'\n")

    assert listed(site, "") == []
    assert listed(site, "cpu") == listed(site, "gpu") == ["acme-lib"]
    assert report.shared_names[0].main_variant is None


# Indexes elsewhere


def test_an_overlay_has_what_an_index_elsewhere_has() -> None:
    site = MemorySite({})
    theirs = elsewhere(
        "plain-9.0.zip",
        size=17,
        yanked="bad",
        **{
            "upload-time": "2026-01-01T00:00:00Z",
            "requires-python": ">=3.9",
            "core-metadata": {"sha256": "cd" * 32},
        },
    )
    upstream = MemoryUpstream(plain=[theirs, elsewhere(PLAIN[0])], kernels=[elsewhere("k-1.zip")])
    run(store_of(PLAIN, CUDA), site, OVERLAY, upstream=upstream)
    page = json.loads(site.pages["x/simple/plain/index.json"])

    assert page["versions"] == ["1.0", "9.0"]
    assert page["files"][1:] == [theirs]
    assert offered(site, "x", "plain") == [PLAIN[0], "plain-9.0.zip"]
    assert offered(site, "x", "kernels") == [CUDA[0]]
    assert offered(site, "", "plain") == [PLAIN[0]]
    assert upstream.asked == [(BASE, "plain")]
    assert (
        b'href="https://files.example/plain-9.0.zip#sha256=abab'
        in (site.pages["x/simple/plain/index.html"])
    )


def test_indexes_elsewhere_are_asked_again_only_when_that_is_wanted() -> None:
    store, site, upstream = store_of(PLAIN), MemorySite({}), MemoryUpstream()
    run(store, site, OVERLAY, upstream=upstream)
    upstream.known["plain"] = [elsewhere("plain-9.0.zip")]
    run(store, site, OVERLAY, upstream=upstream)
    assert offered(site, "x", "plain") == [PLAIN[0]]

    source = CountingSource(store)
    report = run(source, site, OVERLAY, REFRESH, upstream=upstream)
    assert offered(site, "x", "plain") == [PLAIN[0], "plain-9.0.zip"]
    assert source.reads == []
    assert report.differences.lines() == []
    assert report.outdated
    assert len(upstream.asked) == 2


def test_a_file_more_asks_for_its_project_only() -> None:
    store, site, upstream = store_of(PLAIN, CUDA), MemorySite({}), MemoryUpstream()
    toml = OVERLAY.replace("plain", "*")
    run(store, site, toml, upstream=upstream)
    upstream.asked.clear()
    publish_files(store, [NEWER], "kernels-1.1")
    run(store, site, toml, upstream=upstream)

    assert upstream.asked == [(BASE, "kernels")]


def test_the_known_files_of_an_upstream_index_stay_when_it_fails() -> None:
    store, site = store_of(PLAIN, CUDA), MemorySite({})
    toml = OVERLAY.replace("plain", "*")
    theirs = [elsewhere("plain-9.0.zip")]
    upstream, reporter = MemoryUpstream(plain=theirs), MemoryReporter()
    run(store, site, toml, upstream=upstream)
    before = dict(site.pages)
    upstream.down = "no route"
    report = run(store, site, toml, REFRESH, upstream=upstream, reporter=reporter)

    assert site.pages == before
    assert not report.outdated
    assert reporter.warnings == [
        (
            f"cannot read {BASE} for 2 projects; keeping its files "
            f"from the last run (kernels: {BASE}kernels/ cannot be read: no route)"
        )
    ]


def test_an_index_elsewhere_that_never_answered_is_asked_until_it_does() -> None:
    store, site = store_of(PLAIN), MemorySite({})
    upstream = MemoryUpstream(plain=[elsewhere("plain-9.0.zip")])
    upstream.down = "no route"
    run(store, site, OVERLAY, upstream=upstream)
    assert offered(site, "x", "plain") == [PLAIN[0]]

    upstream.down = ""
    run(store, site, OVERLAY, upstream=upstream)
    assert offered(site, "x", "plain") == [PLAIN[0], "plain-9.0.zip"]
    run(store, site, OVERLAY, upstream=upstream)
    assert len(upstream.asked) == 2


def test_an_upstream_index_that_cannot_be_read_is_reported() -> None:
    reporter, site = MemoryReporter(), MemorySite({})
    run(store_of(PLAIN), site, OVERLAY, reporter=reporter)

    assert offered(site, "x", "plain") == [PLAIN[0]]
    assert reporter.warnings[0].startswith(f"cannot read {BASE} for 1 project")


# Dependency confusion

CHECK = f"[index]\npypi-check = '{BASE}'\n"


def test_a_higher_version_on_the_public_index_is_reported_until_it_goes() -> None:
    store, site = store_of(PLAIN, CUDA), MemorySite({})
    upstream = MemoryUpstream(plain=[elsewhere("plain-9.9.zip")], kernels=[elsewhere("k-0.zip")])
    first = run(store, site, CHECK, upstream=upstream)
    second = run(store, site, CHECK, upstream=upstream)
    upstream.down = "no route"
    third = run(store, site, CHECK, REFRESH, upstream=upstream)
    upstream.down, upstream.known = "", {}
    fourth = run(store, site, CHECK, REFRESH, upstream=upstream)

    assert first.overtaken == (HigherUpstream(normalize("plain"), "1.0", "9.9"),)
    assert second.overtaken == third.overtaken == first.overtaken
    assert fourth.overtaken == ()
    assert "9.9" not in "".join(offered(site, "", "plain"))


def test_the_page_of_an_overtaken_project_warns() -> None:
    site = MemorySite({})
    upstream = MemoryUpstream(plain=[elsewhere("plain-9.9.zip")])
    run(store_of(PLAIN, CUDA), site, CHECK, upstream=upstream)

    assert b"9.9" in site.pages["project/plain/index.html"]
    assert b"9.9" not in site.pages["project/kernels/index.html"]


def test_only_configured_upstream_indexes_are_requested() -> None:
    upstream = MemoryUpstream()
    run(store_of(PLAIN), MemorySite({}), LOCAL, REFRESH, upstream=upstream)

    assert upstream.asked == []


# Counts


def test_downloads_are_looked_at_when_that_is_wanted() -> None:
    store, site = store_of(PLAIN), MemorySite({})
    run(store, site, "")
    (release,) = store.releases()
    (asset,) = release.assets
    popular = asset._replace(downloads=1234)
    store._releases[release.key] = release._replace(assets=(popular,))
    unasked = run(store, site, "")
    source = CountingSource(store)
    asked = run(source, site, "", REFRESH)

    assert (unasked.outdated, asked.outdated) == (False, True)
    assert source.reads == []
    assert asked.differences.lines() == []
    assert b"1,200" in site.pages["project/plain/index.html"]


def test_a_named_index_can_be_below_another_one() -> None:
    toml = f'[indexes.team]\ninclude = ["plain"]\n[indexes."team/dev"]\nbases = ["team"]\n{SIMPLE}'
    site = MemorySite({})
    run(store_of(PLAIN, CPU), site, toml)

    assert listed(site, "team") == ["plain"]
    assert listed(site, "team/dev") == ["kernels", "plain"]
    assert offered(site, "team/dev", "kernels") == [CPU[0]]

    run(store_of(PLAIN, CPU), site, toml.replace('"team/dev"', "other"))

    assert not [path for path in site.pages if path.startswith("team/dev")]
    assert listed(site, "team") == ["plain"]
