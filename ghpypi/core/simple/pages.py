"""The HTML of pages of the Simple repository API (PEP 503, 592, 658), from their documents."""

from collections.abc import Iterable

from ghpypi.core.simple.documents import API_VERSION, ProjectDocument, RootDocument
from ghpypi.core.templates import template


def project_html(document: ProjectDocument) -> bytes:
    return template("simple/project.html").render(page=document).encode()


def flat_html(index: str, documents: Iterable[ProjectDocument]) -> bytes:
    """Render a page for `--find-links`: the files of all projects of an index.

    Args:
        index: The name of the index, for the title.
        documents: The documents of its projects.
    """
    page = {
        "meta": {"api-version": API_VERSION},
        "name": f"all projects of {index}",
        "files": [file for document in documents for file in document["files"]],
    }
    return template("simple/project.html").render(page=page).encode()


def root_html(document: RootDocument) -> bytes:
    """Render the project list as HTML, with relative links, which Poetry's search requires."""
    return template("simple/root.html").render(page=document).encode()
