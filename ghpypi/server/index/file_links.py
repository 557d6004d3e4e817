"""Links to single files on the published page of a project, so that they work on a server."""

from ghpypi.core.config.config import Config
from ghpypi.core.served_paths import FILES
from ghpypi.core.site.copied_files import COPIES_FOLDER


def is_project_page(path: str) -> bool:
    """Return whether a path of a site is a page of a project, which links to its files."""
    return path.startswith("project/") and path.endswith("/index.html")


def with_served_links(page: bytes, path: str, config: Config, files_url: str) -> bytes:
    """Return a page whose links to files are those of the server.

    A published page links to where the files are beside it, or to another place, which may be
    private. A server has the files of a store and their copies at one place each.

    Args:
        page: The page.
        path: Its path below the root of the site.
        config: The configuration that it was published with.
        files_url: The URL of the store of the files, ending in `/`; empty if there is none.
    """
    site, root = config.site, "../" * path.count("/")
    published = {f"{root}{site.up}{site.folder}{COPIES_FOLDER}/": f"{root}{COPIES_FOLDER}/"}
    for url in (f"{root}{site.up}", site.files_url, files_url):
        if url:
            published[f"{url}{FILES}/"] = f"{root}{FILES}/"
    for ours, served in published.items():
        page = page.replace(f'href="{ours}'.encode(), f'href="{served}'.encode())
    return page
