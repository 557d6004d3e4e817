"""Limits of a site: a page that is too large is named before anything is published."""

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.quantities import human_size
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import RefusedError
from ghpypi.jobs.index.budget import Batch
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import SiteLimits
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

SETTINGS = SiteSettings(
    config=Config.parse("[site]\npages = false\n"), address="https://acme.example/"
)
FEWER = "offer fewer files, such as with [retention] or 'exclude-assets' in ghpypi.toml"


def run(site: MemorySite, options: IndexOptions | None = None) -> list[str]:
    store, reporter = MemoryStore(), MemoryReporter()
    for name in ("acme_lib", "acme_web_of_a_longer_name"):
        publish_files(store, [wheel(name, "1.0")], f"{name}-1.0")
    build_index(store, site, SETTINGS, reporter, options or IndexOptions())
    return reporter.warnings


def limited(page: int | None = None, site: int | None = None) -> MemorySite:
    limits = SiteLimits(page=page, site=site, source="GitHub")
    return MemorySite({}, name="acme/pypi", limits=limits)


def largest() -> tuple[str, int]:
    site = MemorySite({})
    run(site)
    return max(((path, len(page)) for path, page in site.pages.items()), key=lambda x: x[1])


def test_a_page_that_is_too_large_is_named_and_nothing_is_published() -> None:
    path, size = largest()
    site = limited(page=size - 1)
    with pytest.raises(RefusedError) as caught:
        run(site)

    assert str(caught.value).startswith(f"{path} of acme/pypi would have {human_size(size)}; ")
    assert str(caught.value).endswith("nothing was published")
    assert caught.value.hint == FEWER
    assert site.pages == {}


def test_a_page_near_the_limit_is_a_warning() -> None:
    path, size = largest()
    warning, *_ = [x for x in run(limited(page=size)) if x.startswith(path)]

    assert warning == (
        f"{path} of acme/pypi has {human_size(size)}; GitHub accepts files of {human_size(size)}; "
        f"{FEWER}"
    )


@pytest.mark.parametrize("files", [1, 100])
def test_another_limit_that_is_near_is_one_warning_of_a_run_that_publishes(files: int) -> None:
    asked: list[str] = []

    def near() -> str:
        asked.append("near")
        return "acme/pypi is large"

    limits = SiteLimits(page=10**6, source="GitHub", near=near)
    site = MemorySite({}, name="acme/pypi", limits=limits)
    options = IndexOptions(batch=Batch(files=files), parallel=1)

    assert run(site, options) == ["acme/pypi is large"]
    assert run(site, options) == []
    assert asked == ["near"]


@pytest.mark.parametrize("files", [1, 100])
def test_a_site_near_the_limit_is_one_warning(files: int) -> None:
    pages = MemorySite({})
    run(pages)
    total = sum(map(len, pages.pages.values()))
    options = IndexOptions(batch=Batch(files=files), parallel=1)
    (warning,) = run(limited(site=total + 9), options)

    assert warning.startswith("the pages of acme/pypi have more than ")
    assert "GitHub publishes sites of " in warning
    assert run(limited(site=total * 2), options) == []
