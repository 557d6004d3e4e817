"""The pages for people in a real browser: what works, for whom, and what does no harm."""

import re
import struct
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ghpypi.core.config.config import Config
from ghpypi.core.names import normalize
from ghpypi.core.site.about import About
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.project import ProjectView, project_pages
from ghpypi.core.site.rows import Row
from ghpypi.core.site.settings import SiteSettings
from tests.site import gallery, hostile, many_variants
from tests.site.browser import Visit, launched, served, visiting, write
from tests.site.screenshots import DOCS, PICTURES, SIZE, photograph
from tests.support.nightly import nightly

GPU = "project/flash-tensor/"
PAGES = {
    "landing": "",
    "gpu project": GPU,
    "pure project": "project/acme-core/",
    "deprecated project": "project/acme-legacy/",
    "grid": "project/acme-tokenizers/",
    "all projects": "projects/",
    "404": "no/such/page/",
}
EACH = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

OPEN = "found => found.slice(-1).forEach(each => { each.open = true })"
CHECK = "found => found.forEach(each => { each.checked = true })"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gallery")
    with served(folder) as address:
        write(gallery.pages(address), folder)
        yield address


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    with visiting(browser, site) as found:
        yield found


def test_downloads_per_week_are_drawn_from_the_file_of_the_site(visit: Visit) -> None:
    page = visit.go(GPU)
    figure = page.locator("[data-weeks]")
    figure.scroll_into_view_if_needed()
    image = figure.locator("svg")

    expect(image).to_have_attribute("aria-label", re.compile(r"^Downloads per week\. 2025-W48: "))
    expect(figure.locator("figcaption")).to_have_text(
        re.compile(r"^Downloads per week, 2025-W48 to 2026-W47; [\d,]+ at most\.$")
    )
    figure.locator("summary").click()
    expect(figure.locator("tbody tr")).to_have_count(50)  # of two weeks nothing is known
    expect(figure.locator("tbody tr").first).to_have_text(re.compile(r"^2026-W47[\d,]+$"))


def test_downloads_per_week_are_a_link_without_scripts(browser: Browser, site: str) -> None:
    with visiting(browser, site, java_script_enabled=False) as visit:
        figure = visit.go(GPU).locator("[data-weeks]")

        expect(figure).to_have_text("Downloads per week of all projects, as JSON.")
        expect(figure.locator("a")).to_have_attribute("href", "../../downloads.json")


@pytest.mark.parametrize("body", ["", "{}", '{"format": 1, "weeks": [], "projects": {}}'])
def test_nothing_is_shown_of_downloads_that_are_not_recorded(visit: Visit, body: str) -> None:
    visit.page.route("**/downloads.json", lambda route: route.fulfill(body=body))
    figure = visit.go(GPU).locator("[data-weeks]")
    figure.evaluate("each => each.scrollIntoView()")

    expect(figure).to_be_hidden()


def serious(page: Page) -> list[str]:
    """Tell what axe-core finds serious or critical, and where."""
    page.evaluate(AXE)
    found: Any = page.evaluate("axe.run()")

    assert found["passes"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize("path", [GPU, PAGES["grid"]])
def test_axe_finds_nothing_serious(visit: Visit, path: str) -> None:
    page = visit.go(path)
    page.locator("details").evaluate_all(OPEN)

    assert serious(page) == []


def test_axe_would_find_something_serious(visit: Visit) -> None:
    page = visit.go("")
    page.evaluate("document.querySelector('h1').innerHTML = '<input><a href=x></a>'")

    assert {fault.partition(":")[0] for fault in serious(page)} >= {"label", "link-name"}


@EACH
def test_no_page_is_wider_than_its_window(visit: Visit, path: str) -> None:
    page = visit.go(path)
    page.locator("details").evaluate_all(OPEN)
    page.locator("input[type=radio]").evaluate_all(CHECK)
    for width in (320, 800, 1400):
        page.set_viewport_size({"width": width, "height": 800})

        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_looked_for_is_found_in_names_summaries_and_keywords(visit: Visit) -> None:
    page = visit.go("")
    box = page.get_by_role("searchbox")
    found = page.get_by_role("search").get_by_role("link")

    box.fill("Acme_CORE")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("acme-core 3.2.1")
    box.fill("memory linear")
    expect(found).to_contain_text(["flash-tensor"])
    box.fill("transformers")
    expect(found).to_contain_text(["flash-tensor"])
    box.fill("acme")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("4 of 5 projects")
    box.fill("nothing at all")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("0 of 5 projects")
    expect(found).to_have_count(0)


def test_a_search_is_done_by_keyboard(visit: Visit) -> None:
    page = visit.go("project/acme-core/")
    page.keyboard.press("/")
    page.keyboard.type("acme")
    expect(page.get_by_role("search").get_by_role("link")).to_have_count(4)

    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("a:focus")).to_contain_text("acme-core")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("search").get_by_role("link")).to_have_count(0)
    page.keyboard.type("flash")
    expect(page.get_by_role("search").get_by_role("link")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(visit.address + GPU)


def test_the_search_index_is_loaded_at_the_first_search(visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    page = visit.go(GPU)
    page.wait_for_load_state("networkidle")
    before = [url for url in asked if "search.json" in url]
    page.get_by_role("searchbox").fill("x")
    expect(page.get_by_role("search").get_by_role("status")).to_contain_text("of 5 projects")

    assert before == []
    assert [url for url in asked if "search.json" in url] == [visit.address + "search.json"]


def test_a_search_of_ten_thousand_is_instant(browser: Browser, tmp_path: Path) -> None:
    rows = [
        Row(normalize(f"acme-lib-{number:05}"), "1.0", "", f"Does thing {number} well", "acme tool")
        for number in range(10_000)
    ]
    with served(tmp_path) as address:
        settings = SiteSettings(config=Config(), address=address)
        write(site_pages(SiteView(rows=rows, indexes=gallery.INDEXES, files=1), settings), tmp_path)
        with visiting(browser, address) as visit:
            page = visit.go("")
            page.get_by_role("searchbox").fill("thing 99")
            status = page.get_by_role("search").get_by_role("status")
            expect(status).to_have_text(
                re.compile(r"^\d+ of 10000 projects, the first 20 are shown$")
            )
            expect(page.get_by_role("search").get_by_role("link")).to_have_count(20)
            taken = page.evaluate(
                """async () => {
                    const box = document.querySelector("input[type=search]");
                    const begin = performance.now();
                    for (const text of ["a", "ac", "acm", "acme", "acme w", "acme well 1"]) {
                        box.value = text;
                        box.dispatchEvent(new Event("input"));
                        await new Promise((done) => setTimeout(done));
                    }
                    return (performance.now() - begin) / 6;
                }"""
            )

    assert (tmp_path / "index.html").stat().st_size < 200_000
    assert taken < 150  # milliseconds for a key, on a busy machine


def test_a_button_copies_the_lines_that_are_shown(browser: Browser, site: str) -> None:
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.go("project/acme-core/")
        page.locator("label[for^=pip-]").click()
        page.get_by_role("button", name="Copy: pip", exact=True).click()
        expect(page.get_by_text("Copied").first).to_be_visible()

        assert page.evaluate("navigator.clipboard.readText()") == (
            f"pip install --index-url {site}simple/ --no-deps acme-core\npip install acme-core"
        )


def test_a_digest_is_copied_whole(browser: Browser, site: str) -> None:
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.go("project/acme-core/")
        page.get_by_role("button", name="Copy: digest").first.click()
        expect(page.get_by_role("button", name="Copy: digest").first).to_have_text("Copied")

        assert re.fullmatch("[0-9a-f]{64}", page.evaluate("navigator.clipboard.readText()"))


def test_lines_are_selected_where_nothing_may_be_copied(browser: Browser, site: str) -> None:
    with visiting(browser, site) as visit:
        visit.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject()")
        page = visit.go("project/acme-core/")
        page.locator("label[for^=pip-]").click()
        page.get_by_role("button", name="Copy: pip", exact=True).click()
        expect(page.get_by_text("Selected").first).to_be_visible()

        assert page.evaluate("getSelection().toString()").startswith("pip install")


def test_the_tool_chosen_stays_chosen_on_the_next_page(visit: Visit) -> None:
    page = visit.go("project/acme-core/")
    page.get_by_text("Poetry", exact=True).click()
    expect(page.locator("pre[data-copy=Poetry]")).to_be_visible()
    visit.go(GPU)

    expect(page.locator("#poetry-main")).to_be_checked()
    expect(page.locator("pre[data-copy=Poetry] >> visible=true")).to_have_count(1)


def test_the_index_chosen_stays_chosen_where_there_is_one_of_this_name(visit: Visit) -> None:
    page = visit.go(GPU)
    page.locator("label[for=index-cu128]").click()
    visit.go("project/acme-core/")
    visit.go("")

    expect(page.locator("#index-cu128")).to_be_checked()


@pytest.mark.parametrize("variant", gallery.VARIANTS)
def test_each_variant_has_its_own_lines_without_a_script_too(
    browser: Browser, site: str, variant: str
) -> None:
    with visiting(browser, site, java_script_enabled=False) as visit:
        page = visit.go(GPU)
        page.locator(f"label[for=index-{variant}]").click()
        page.locator(f"label[for=uv-{variant}]").click()

        expect(page.locator("pre >> visible=true").first).to_contain_text(
            f'url = "{site}{variant}/simple/"'
        )


def test_without_a_script_everything_can_be_reached(browser: Browser, site: str) -> None:
    with visiting(browser, site, java_script_enabled=False) as visit:
        page = visit.go("")
        expect(page.get_by_role("searchbox")).to_have_count(0)
        expect(page.get_by_role("button")).to_have_count(0)
        page.get_by_role("navigation").get_by_role("link", name="All projects").click()
        page.get_by_role("link", name="acme-core").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("acme-core")
        page.get_by_role("link", name="acme_core-3.2.1.tar.gz").is_visible()
        visit.go("project/acme-client/")
        page.get_by_text("2.1.0").first.click()

        expect(page.get_by_text("refuses every certificate")).to_be_visible()


def test_a_link_to_a_release_opens_it(visit: Visit) -> None:
    page = visit.go("project/acme-client/#2.0.0")

    expect(page.get_by_role("link", name="acme_client-2.0.0-py3-none-any.whl")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(visit: Visit) -> None:
    page = visit.go(GPU)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    expect(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_dark_is_dark_and_light_is_light(browser: Browser, site: str) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        with visiting(browser, site, color_scheme=scheme) as visit:
            shades[scheme] = visit.go("").evaluate(
                "getComputedStyle(document.body).backgroundColor"
            )

    assert shades == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 26)"}


def test_a_missing_page_looks_for_what_was_wanted(visit: Visit) -> None:
    page = visit.go("project/Acme_Client/deep/acme_tokenizers/")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    expect(page.get_by_role("search").get_by_role("link")).to_have_text(
        re.compile("acme-tokenizers")
    )


@pytest.mark.parametrize("path", ["no%ff%zz/%/", "#%zz", "project/acme-core/#%zz", "404.html"])
def test_an_address_that_makes_no_sense_breaks_nothing(visit: Visit, path: str) -> None:
    page = visit.go(path)

    expect(page.get_by_role("searchbox")).to_be_visible()


def test_a_search_that_cannot_be_loaded_says_so_and_tries_again(visit: Visit) -> None:
    page = visit.go("")
    page.route("**/search.json", lambda route: route.fulfill(status=503, body="later"))
    page.get_by_role("searchbox").fill("acme")
    status = page.get_by_role("search").get_by_role("status")
    expect(status).to_contain_text("could not be loaded")
    page.unroute("**/search.json")
    page.get_by_role("searchbox").fill("acme-core")

    expect(status).to_have_text("1 of 5 projects")
    assert len(visit.faults) <= 2
    assert all("503" in fault for fault in visit.faults)
    visit.faults.clear()


@pytest.mark.parametrize(
    "path",
    ["", nightly("projects/"), "project/acme-lib/", nightly("project/zope-interface/")],
)
@pytest.mark.parametrize("scheme", ["light", nightly("dark")])
def test_hostile_metadata_does_nothing(
    browser: Browser, tmp_path: Path, path: str, scheme: str
) -> None:
    with served(tmp_path) as address:
        write(hostile.pages(address), tmp_path)
        with visiting(browser, address, color_scheme=scheme) as visit:
            page = visit.go(path)
            page.get_by_role("searchbox").fill("script")
            expect(page.get_by_role("search").get_by_role("link").first).to_be_visible()
            for link in page.locator(".readme a, aside a").all():
                assert "javascript" not in (link.get_attribute("href") or "")
            page.wait_for_load_state("networkidle")

            assert "harmed" not in page.title().replace("'harmed'", "")
            assert page.locator("img:not([src='badge.svg']), iframe, main script").count() == 0
            assert serious(page) == []


@pytest.mark.parametrize(
    "text",
    [nightly("x" * 1_500_000), "a *line* of it\n\n" * 100_000],
    ids=["one word", "lines"],
)
def test_a_description_of_a_megabyte_is_shown_and_breaks_nothing(
    browser: Browser, tmp_path: Path, text: str
) -> None:
    (project,) = [each for each in gallery.projects() if each.name == "acme-legacy"]
    metadata = gallery.metadata()["acme-legacy"]._replace(
        description=text,
        description_content_type="text/markdown",
    )
    view = ProjectView(
        project=project,
        about=About.of(metadata),
        indexes=(gallery.MAIN,),
        ours=frozenset(),
        variant_of=gallery.variant_of,
        later="",
    )
    with served(tmp_path) as address:
        settings = SiteSettings(config=gallery.CONFIG, address=address)
        write(project_pages(view, settings), tmp_path)
        write(site_pages(SiteView(rows=[], indexes=gallery.INDEXES, files=0), settings), tmp_path)
        with visiting(browser, address, viewport={"width": 360, "height": 800}) as visit:
            page = visit.go("project/acme-legacy/")

            expect(page.locator(".cut")).to_have_text(re.compile("shows the beginning"))
            expect(page.locator(".files a").first).to_have_text(re.compile("acme_legacy-0.9"))
            assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_breaks_the_policy_would_be_noticed(browser: Browser, site: str) -> None:
    def misbehave() -> None:
        with visiting(browser, site) as visit:
            visit.go("").evaluate("document.body.setAttribute('style', 'color: red')")
            visit.page.evaluate("document.body.append(new Image()); document.images[0].src = '//x'")
            while len(visit.faults) < 2:
                visit.page.wait_for_timeout(20)  # lets events in

    with pytest.raises(AssertionError, match=r"(?s)style-src.*img-src"):
        misbehave()


def test_the_pictures_of_the_readme_can_be_made(browser: Browser, tmp_path: Path) -> None:
    photograph(browser, tmp_path)

    for folder in (tmp_path, DOCS):
        assert {path.name for path in folder.glob("*.png")} == PICTURES.keys()
        for path in folder.glob("*.png"):
            assert path.stat().st_size < 150_000
            assert struct.unpack(">II", path.read_bytes()[16:24]) == tuple(SIZE.values())


# Many variants


def test_a_choice_of_each_dimension_writes_the_lines_and_can_be_made_with_keys(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path) as address:
        write(many_variants.pages(address), tmp_path)
        with visiting(browser, address, color_scheme="light") as visit:
            page = visit.go("")
            cuda, torch = page.get_by_label("CUDA"), page.get_by_label("PyTorch")
            lines = page.locator(".panel pre code").first

            assert options(torch) == ["newest", "torch2.7", "torch2.8", "torch2.9", "torch2.10"]
            assert f'url = "{address}whl/"' in lines.inner_text()

            torch.select_option("torch2.9")  # for the default CUDA
            assert f'url = "{address}whl/cu128/torch2.9/"' in lines.inner_text()

            cuda.focus()
            page.keyboard.type("cu130")
            assert options(torch) == ["newest", "torch2.9", "torch2.10", "torch2.11"]
            assert f'url = "{address}whl/cu130/torch2.9/"' in lines.inner_text()

            page.keyboard.press("Tab")
            page.keyboard.type("torch2.11")
            text = lines.inner_text()
            assert f'url = "{address}whl/cu130/torch2.11/"' in text
            assert 'name = "acme-kernels-cu130-torch2.11"' in text

            cuda.select_option("cu118")  # which has no torch2.11
            assert f'url = "{address}whl/cu118/"' in lines.inner_text()
            page.get_by_text("pip", exact=True).click()
            command = page.locator(".panel:visible pre code").inner_text()
            assert command == "ghpypi run -s acme/kernels --index cu118 -- pip install NAME"
            flat = page.locator("[data-slot=flat]")
            assert flat.inner_text() == f"{address}cu118/"
            visit.go("project/flash-tensor/")
            assert "--index cu118 -- pip" in page.locator(".panel:visible pre code").inner_text()
            assert (cuda.input_value(), torch.input_value()) == ("cu118", "")
            page.get_by_text("Addresses of all").click()
            assert serious(page) == []
            page.emulate_media(color_scheme="dark")
            assert serious(page) == []


def options(select: Locator) -> list[str]:
    """Read what a choice offers."""
    return select.locator("option").all_inner_texts()
