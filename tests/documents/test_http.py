"""`reference/http.md` has the paths that the server routes, and the files that a site has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.routing import Route

from ghpypi.core.config.config import Config
from ghpypi.core.simple.negotiation import NAMES
from ghpypi.server.index.page_response import CACHE
from ghpypi.server.index.site import PLACES
from ghpypi.server.upload.handler import UploadHandler
from ghpypi.server.upload.service import UploadService
from ghpypi.server.upload.trusted_publishing import TrustedPublishing
from ghpypi.stores.objects.keys import content_type
from tests.documents.blocks import ROOT, read
from tests.server.scene import IN_A_FOLDER, Server, serving
from tests.support.packages import sidecar_of, wheel

PAGE = read("docs/reference/http.md")
GOLDEN = ROOT / "tests/golden/site"
RELEASE = "acme_lib-1.0"
FILE = "acme_lib-1.0-py3-none-any.whl"
CACHING = {"revalidated": CACHE, "one hour": "private, max-age=3600", "none": "no-store"}
EXAMPLES = {
    "INDEX": "stable", "NAME": "acme-lib", "TAG": RELEASE, "FILENAME": FILE, "PATH": "whl",
    "PLACE": "projects/",
}  # fmt: skip
"""What the placeholders of paths stand for in requests."""
NOT_HERE = {
    "/packages/AA/DIGEST/FILENAME", "/variants/NAME/FILENAME",
    "/_/oidc/mint-token", "/_/oidc/burn-token",
}  # fmt: skip
"""Paths whose successful responses need more; their own tests have them."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a table of paths."""

    path: str
    methods: tuple[str, ...]
    response: str
    media_type: str
    caching: str

    @property
    def url(self) -> str:
        """The path of an example."""
        return re.sub(r"[A-Z]{2,}", lambda found: EXAMPLES[found[0]], self.path)


def rows(section: str) -> list[list[str]]:
    """Return the cells of the rows of the first table of a section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


ROWS = [
    Row(
        path=path.strip("`| "),
        methods=tuple(methods.split(", ")),
        response=response,
        media_type=media_type,
        caching=caching.strip("| "),
    )
    for section in ("Paths of the server", "Paths of each store")
    for path, methods, response, media_type, caching in rows(section)
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    config = Config.parse('[index]\npath = ["{index}/simple/", "whl/{index}/"]\n[indexes.stable]\n')
    file = wheel("acme_lib")
    with serving(file, sidecar_of(file), config=config, capabilities=IN_A_FOLDER) as server:
        assert server.client.get("/simple/").status_code == 200
        yield server


def routed(server: Server) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of each route, with `*` for its parameters."""
    handler = UploadHandler(None, UploadService())  # type: ignore[arg-type]  # its routes only
    publishing = TrustedPublishing(None, (), None)  # type: ignore[arg-type]
    own = server.app._own_router.routes
    below = [*server.app.all_stores.router.routes, *handler.routes, *publishing.routes]
    for route in [*own, *below]:
        assert isinstance(route, Route)
        path = re.sub(r"\{[^}]*\}", "*", route.path)
        if path.split("/")[1] in PLACES or route.endpoint.__name__ == "_method_not_allowed":
            continue
        yield from ((method, path) for method in (route.methods or ()) if method != "HEAD")


def test_each_route_is_in_the_document(server: Server) -> None:
    described = {
        (method, re.sub(r"[A-Z]{2,}", "*", row.path).rstrip("/") or "/")
        for row in ROWS
        for method in row.methods
        if "FILENAME." not in row.path and row.path != "/PLACE"
    }

    assert described == set(routed(server))
    assert {f"/{place}" for place in PLACES} == {
        path.rstrip("/")
        for row in ROWS
        if row.path == "/PLACE"
        for path in re.findall(r"`(/[^`]+)`", row.response)
    }


@pytest.mark.parametrize("row", [row for row in ROWS if "GET" in row.methods], ids=lambda x: x.path)
def test_a_response_has_the_media_type_and_caching_of_the_document(
    row: Row, server: Server
) -> None:
    if row.path in NOT_HERE or row.path.startswith("/_/"):
        return
    response = server.client.get(row.url)
    if row.path.endswith(".provenance"):  # this file has none
        assert response.status_code == 404
        return

    assert response.status_code in {200, 204}, response.text

    kind = response.headers.get("content-type", "no body").partition(";")[0]
    expected = {"[negotiated](#media-types)": "text/html", "by name": "text/html"}
    documented = row.media_type.partition(";")[0]
    caching = row.caching.rpartition("; ")[2].removesuffix(" for files")

    assert kind == expected.get(documented, documented).strip("`")
    assert response.headers["cache-control"] == CACHING[caching]


def test_the_media_types_are_those_of_the_negotiation() -> None:
    assert {cells[0].strip("`| ") for cells in rows("Media types")} == set(NAMES)


def test_each_file_of_a_site_is_in_the_document() -> None:
    patterns = {
        cells[0].strip("`| "): [kind.strip("`") for kind in cells[2].strip(" |").split(", ")]
        for cells in rows("Files of a static site")
    }
    for path in GOLDEN.rglob("*"):
        if not path.is_file():
            continue
        name = path.relative_to(GOLDEN).as_posix()
        found = [kinds for pattern, kinds in patterns.items() if _is_of(name, pattern)]

        assert found, name
        assert any(content_type(name).partition(";")[0] in kinds for kinds in found), name


def _is_of(name: str, pattern: str) -> bool:
    expression = re.escape(pattern).replace(re.escape("..."), ".+")
    return bool(re.fullmatch(re.sub(r"[A-Z]{2,}", "[^/]+", expression), name))
