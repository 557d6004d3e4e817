"""Every document is in the navigation of the site, and every link of a document leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, normpath

import pytest

from tests.documents.blocks import DOCS, ROOT, documents, read

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
PAGES = [page for page in documents() if page.startswith("docs/")]
SECTIONS = ("tutorial", "how-to", "reference", "explanation")


def links(page: str) -> Iterator[str]:
    """List the links of a document that do not lead to other hosts."""
    text = re.sub(r"^( *)```.*?^\1```", "", read(page), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]+`", "", text)
    for found in LINK.findall(text):
        link = found[0] or found[1]
        if not re.match(r"[a-z]+:", link):
            yield link


def anchors(page: str) -> set[str]:
    """Give the anchors of the headings of a document, as GitHub and MyST do."""
    text = re.sub(r"^( *)```.*?^\1```", "", read(page), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-1")
    return found


@pytest.mark.parametrize("page", documents())
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = normpath(f"{dirname(page)}/{path}") if path else page
        target = target.lstrip("/")
        if not (ROOT / target).exists() or (
            anchor and target.endswith(".md") and anchor not in anchors(target)
        ):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_document_is_in_the_navigation(section: str) -> None:
    """The list of links in `index.md` of each folder is the navigation, see `docs/conf.py`."""
    listed = set(links(f"docs/{section}/index.md"))
    files = {path.name for path in (DOCS / section).glob("*.md")} - {"index.md"}

    assert files - listed == set()


def test_every_document_is_in_one_of_the_sections() -> None:
    known = {"docs/index.md"} | {page for page in PAGES if Path(page).parts[1] in SECTIONS}

    assert {page for page in PAGES if page not in known or len(Path(page).parts) > 3} == set()
    assert [link for link in links("docs/index.md") if link.endswith(".md")] == [
        f"{section}/index.md" for section in SECTIONS
    ]
