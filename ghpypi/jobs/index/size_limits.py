"""The limits of a site, checked while pages are rendered.

So a page that GitHub would reject is named before anything is pushed.
"""

from collections.abc import Iterable, Iterator

from ghpypi.core.quantities import NEAR_LIMIT, human_size
from ghpypi.core.site.paths import Page
from ghpypi.errors import RefusedError
from ghpypi.ports import Reporter, SiteLimits

_FEWER_FILES = "offer fewer files, such as with [retention] or 'exclude-assets' in ghpypi.toml"

_FEWER_PAGES = f"lower 'version-pages' in [site], or {_FEWER_FILES}"


class SizeCheck:
    """Checks the pages of one index run, all batches together.

    Args:
        limits: The limits of the site.
        site: The name of the site.
        reporter: Receives warnings.
    """

    def __init__(self, limits: SiteLimits, site: str, reporter: Reporter) -> None:
        self._limits = limits
        self._site = site
        self._reporter = reporter
        self._sizes: dict[str, int] = {}
        self._total = 0
        self._warned: set[str] = set()
        self._begun = False

    def passed(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Pass on pages.

        Raises:
            RefusedError: A page is larger than the site accepts.
        """
        if self._limits.page is None and self._limits.site is None:
            yield from pages
            return
        if not self._begun:
            self._begun = True
            if near := self._limits.near():
                self._reporter.warn(near)
        for path, page in pages:
            self._total += len(page) - self._sizes.get(path, 0)
            self._sizes[path] = len(page)
            self._check_page(path, len(page))
            self._check_site()
            yield path, page

    def _check_page(self, path: str, size: int) -> None:
        most = self._limits.page
        if most is None or size < NEAR_LIMIT * most:
            return
        if size > most:
            raise RefusedError(
                f"{path} of {self._site} would have {human_size(size)}; "
                f"{self._limits.source} accepts files of {human_size(most)}; nothing was published",
                hint=_FEWER_FILES,
            )
        self._warn(
            path,
            f"{path} of {self._site} has {human_size(size)}; {self._limits.source} accepts files "
            f"of {human_size(most)}",
        )

    def _check_site(self) -> None:
        most = self._limits.site
        if most is not None and self._total >= NEAR_LIMIT * most:
            self._warn(
                "",
                f"the pages of {self._site} have more than {human_size(NEAR_LIMIT * most)}; "
                f"{self._limits.source} publishes sites of {human_size(most)}",
                hint=_FEWER_PAGES,
            )

    def _warn(self, subject: str, message: str, hint: str = _FEWER_FILES) -> None:
        if subject not in self._warned:
            self._warned.add(subject)
            self._reporter.warn(f"{message}; {hint}")
