"""A program: photograph the landing page and a project page for the README, into docs/.

The browser's fonts decide the pixels, so they are not compared; a test ensures that the
pictures can be made, and that those which stand in docs/ are pictures of that kind.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from tests.site import gallery
from tests.site.browser import launched, served, visiting, write

DOCS = Path(__file__).parents[2] / "docs"
SIZE = {"width": 1120, "height": 760}
PICTURES = {
    "landing.png": ("", "light"),
    "landing-dark.png": ("", "dark"),
    "project.png": ("project/flash-tensor/", "light"),
    "project-dark.png": ("project/flash-tensor/", "dark"),
}


def photograph(browser: Browser, target: Path) -> None:
    """Make all pictures."""
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name, served(Path(name)) as address:
        folder = Path(name)
        write(gallery.pages("https://acme.github.io/pypi/"), folder)
        for picture, (path, scheme) in PICTURES.items():
            with visiting(browser, address, viewport=SIZE, color_scheme=scheme) as visit:
                visit.go(path).screenshot(path=target / picture)


if __name__ == "__main__":
    with launched() as chromium:
        photograph(chromium, DOCS)
