"""Recording the downloads of each week in `downloads.json`, in runs that update counts."""

from packaging.utils import NormalizedName

from ghpypi.core.catalog.stock import Stock
from ghpypi.core.download_history import DOWNLOADS_PATH, DownloadHistory
from ghpypi.core.names import is_distribution
from ghpypi.core.site.ownership import Owned
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Reporter, Site


def new_history(
    site: Site, owned: Owned, stock: Stock, options: IndexOptions, reporter: Reporter
) -> bytes | None:
    """Return `downloads.json` with a record of this week.

    Args:
        site: The site with the file.
        owned: The paths that earlier runs wrote; a file of others is left alone.
        stock: The listing, with exact counts.
        options: The settings of the run.
        reporter: Receives a note if the file starts again from nothing.

    Returns:
        The content; `None` if the published file remains as it is: the run does not update counts,
        the counts of this week are recorded, or nothing was ever downloaded.
    """
    if not options.refresh or options.check:
        return None
    before = DownloadHistory()
    if DOWNLOADS_PATH not in owned:
        if not options.adopt and site.read([DOWNLOADS_PATH]):
            reporter.step(
                f"ghpypi did not write {DOWNLOADS_PATH} of {site.name}, so downloads per week are "
                "not recorded; 'ghpypi index --refresh --adopt' replaces it"
            )
            return None
    else:
        try:
            before = DownloadHistory.parse(site.read([DOWNLOADS_PATH]).get(DOWNLOADS_PATH, b""))
        except ValueError as error:
            reporter.step(
                f"{DOWNLOADS_PATH} is missing or damaged, and starts again from nothing: {error}"
            )
    after = before.with_counts(options.now().date(), _counts(stock))
    return after.dump() if after != before and after.counts else None


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
            for asset, release in listed
            if is_distribution(asset.name)
        }
        counts[name] = sum(files.values())
    return counts
