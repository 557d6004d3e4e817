"""Recording the downloads of each week in `downloads.json`, in runs that update counts."""

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.stock import Stock
from ghpypi.core.download_history import DOWNLOADS_PATH, DownloadHistory
from ghpypi.core.names import is_distribution
from ghpypi.core.site.ownership import Owned
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Reporter, Site


def new_history(  # noqa: PLR0913, PLR0917 - what is published, what is listed, and the run
    site: Site,
    catalog: Catalog,
    owned: Owned,
    stock: Stock,
    options: IndexOptions,
    reporter: Reporter,
) -> bytes | None:
    """Return `downloads.json` with a record of this week.

    Args:
        site: The site with the file.
        catalog: The published catalog; empty if it is damaged.
        owned: The paths that earlier runs wrote, or may have written if the catalog is damaged.
        stock: The listing, with exact counts.
        options: The settings of the run.
        reporter: Receives a note if the file starts again from nothing.

    Returns:
        The content; `None` if the catalog and the published file say the same already: the run does
        not update counts, the counts of this week are recorded, or nothing was ever downloaded.
    """
    known = DOWNLOADS_PATH in catalog.owns
    if not options.refresh or options.check:
        return None if known else kept_history(site, owned)
    text = site.read([DOWNLOADS_PATH]).get(DOWNLOADS_PATH, b"")
    if text and DOWNLOADS_PATH not in owned and not options.adopt:
        reporter.step(
            f"ghpypi did not write {DOWNLOADS_PATH} of {site.name}, so downloads per week are "
            "not recorded; 'ghpypi index --refresh --adopt' replaces it"
        )
        return None
    before = DownloadHistory()
    try:
        before = DownloadHistory.parse(text)
    except ValueError as error:
        if known or text:
            reporter.step(
                f"{DOWNLOADS_PATH} is missing or damaged, and starts again from nothing: {error}"
            )
    after = before.with_counts(options.now().date(), _counts(stock))
    return after.dump() if after.counts and not (known and after == before) else None


def kept_history(site: Site, owned: Owned) -> bytes | None:
    """Return the published `downloads.json`, if there is one and it is not damaged."""
    if DOWNLOADS_PATH not in owned:
        return None
    text = site.read([DOWNLOADS_PATH]).get(DOWNLOADS_PATH, b"")
    try:
        DownloadHistory.parse(text)
    except ValueError:
        return None
    return text


def _counts(stock: Stock) -> dict[NormalizedName, int]:
    """Return the downloads of each project; a release that is listed twice counts once."""
    counts = {}
    for name, listed in stock.projects.items():
        files = {
            (release.origin, release.tag, asset.name): asset.downloads
            for release, assets in listed
            for asset in assets
            if is_distribution(asset.name)
        }
        counts[name] = sum(files.values())
    return counts
