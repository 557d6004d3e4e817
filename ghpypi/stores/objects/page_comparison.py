"""Compares the pages of an index run with those in a bucket."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import NamedTuple

from ghpypi.core.catalog.parts import is_part
from ghpypi.core.site.paths import Page
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.page_uploads import BATCH, THREADS, is_current
from ghpypi.workers import in_order


class PageState(NamedTuple):
    """A page, compared with the published one.

    Attributes:
        path: Its path.
        is_current: The page is there, with its media type.
        is_equal: The page is there, perhaps with another media type.
    """

    path: str
    is_current: bool
    is_equal: bool


def compared_pages(
    client: BucketClient, pages: Iterable[Page], sizes: Mapping[str, int | None]
) -> Iterator[PageState]:
    """Compare pages, several at once; those that a listing has with another size are not read.

    Args:
        client: The bucket, and the prefix of the site.
        pages: The pages.
        sizes: The sizes of all objects that are there, in bytes; `None` if one is not known.
    """
    left = iter(pages)
    while batch := list(islice(left, BATCH)):
        number = min(THREADS, len(batch))
        yield from in_order(partial(_compared, client, sizes), batch, number, "compare-page")


def _compared(client: BucketClient, sizes: Mapping[str, int | None], page: Page) -> PageState:
    path, content = page
    is_there = path in sizes
    # A part of the catalog may have more lines than it needs.
    if is_there and sizes[path] not in {None, len(content)} and not is_part(path):
        is_there = False
    found = client.read(path) if is_there else None
    if found is None:
        return PageState(path, is_current=False, is_equal=False)
    return PageState(path, is_current(found, page), found.content == content)
