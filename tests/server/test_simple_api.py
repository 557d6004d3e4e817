from collections.abc import Iterator

import pytest
from pypi_simple import ProjectPage

from ghpypi.core.config.config import Config
from ghpypi.core.model import File
from ghpypi.core.names import Sha256, normalize
from ghpypi.server.index.upstream import UpstreamOptions
from tests.server.scene import (
    ANONYMOUS,
    JSON,
    Server,
    serving,
)
from tests.support.packages import publish_files, sdist, wheel

HTML = "application/vnd.pypi.simple.v1+html"
LOCAL = '[variants]\nfrom = "local-version"\n[indexes.stable]\nexclude = ["acme-lib>=2"]'


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(wheel(), wheel(version="1.1"), sdist("other", "0.5")) as made:
        yield made


@pytest.mark.parametrize("path", ["/simple/acme-lib/", "/acme/pypi/simple/acme-lib/"])
def test_a_project_page_links_files_on_this_server(server: Server, path: str) -> None:
    response = server.client.get(path, headers={"accept": JSON})

    assert response.status_code == 200
    assert response.headers["content-type"] == JSON
    files = response.json()["files"]
    assert [each["url"] for each in files] == [
        "../../files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl",
        "../../files/acme_lib-1.1/acme_lib-1.1-py3-none-any.whl",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/simple/",
        "/acme/pypi/simple/",
        "/ACME/PyPI/simple/",
        "/team/simple/",
        "http://any//simple//",
    ],
)
def test_the_list_of_projects_is_at_every_path_of_the_store(server: Server, path: str) -> None:
    response = server.client.get(path, headers={"accept": JSON})

    assert [each["name"] for each in response.json()["projects"]] == ["acme-lib", "other"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/html; charset=utf-8"),
        (JSON, JSON),
        (f"{JSON};q=0", None),
        ("application/json", None),
        (
            "text/html;q=0.5, application/vnd.pypi.simple.v1+html",
            "application/vnd.pypi.simple.v1+html; charset=utf-8",
        ),
    ],
)
def test_the_format_follows_the_accept_header(
    server: Server, accept: str, kind: str | None
) -> None:
    response = server.client.get("/simple/acme-lib/", headers={"accept": accept})

    assert response.status_code == (200 if kind else 406)
    assert kind is None or response.headers["content-type"] == kind


def test_the_format_parameter_overrides_the_accept_header(server: Server) -> None:
    asked = "/simple/acme-lib/?format=application/vnd.pypi.simple.latest+json"

    assert server.client.get(asked, headers={"accept": "text/html"}).headers["content-type"] == JSON
    assert (
        server.client.get(
            "/simple/acme-lib/?format=text/plain", headers={"accept": JSON}
        ).status_code
        == 406
    )


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/simple/Acme_Lib/", "../acme-lib/"),
        ("/simple/Acme_Lib", "acme-lib/"),
        ("/simple/acme-lib", "acme-lib/"),
        ("/simple", "simple/"),
        ("/team/simple/a.b?format=text/html", "a-b/?format=text/html"),
    ],
)
def test_other_spellings_are_redirected(server: Server, path: str, location: str) -> None:
    response = server.client.get(path)

    assert (response.status_code, response.headers["location"]) == (301, location)


def test_a_page_with_a_known_etag_is_not_sent_again(server: Server) -> None:
    first = server.client.get("/simple/acme-lib/", headers={"accept": JSON})

    again = server.client.get(
        "/simple/acme-lib/", headers={"accept": JSON, "if-none-match": first.headers["etag"]}
    )

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "private, max-age=0, must-revalidate"


def test_every_format_and_coding_has_its_own_etag(server: Server) -> None:
    kinds = [JSON, "text/html", "application/vnd.pypi.simple.v1+html"]
    tags = {
        server.client.get(
            "/simple/acme-lib/", headers={"accept": kind, "accept-encoding": coding}
        ).headers["etag"]
        for kind in kinds
        for coding in ("identity", "gzip")
    }

    assert len(tags) == 6


def test_a_gzipped_page_has_the_same_content(server: Server) -> None:
    plain, packed = (
        server.client.get("/simple/acme-lib/", headers={"accept": JSON, "accept-encoding": coding})
        for coding in ("identity", "gzip, deflate")
    )

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.content == plain.content  # which the client has decompressed


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br;q=1, gzip;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("notgzip", False),
        ("identity", False),
        ("", False),
    ],
)
def test_pages_are_gzipped_only_for_clients_that_accept_it(
    server: Server, accepted: str, *, packed: bool
) -> None:
    response = server.client.get("/simple/acme-lib/", headers={"accept-encoding": accepted})

    assert ("content-encoding" in response.headers) == packed


def test_head_returns_the_headers_of_get_without_a_body(server: Server) -> None:
    full = server.client.get("/simple/acme-lib/")
    head = server.client.head("/simple/acme-lib/")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == full.headers


def test_an_unknown_name_is_not_found(server: Server) -> None:
    assert server.client.get("/simple/nothing/").status_code == 404
    assert server.client.get("/nowhere/simple/acme-lib/").status_code == 404


@pytest.mark.parametrize(
    "name", ["%2e%2e", "a%2fb", "%0d%0aSet-Cookie:x", "n%C3%A4me", "-", "a%00", "..%2f..%2fx"]
)
def test_an_invalid_name_is_not_found(name: str) -> None:
    with serving(wheel(), upstream_index=UpstreamOptions(url="https://index.example/")) as server:
        for path in (f"/simple/{name}/", f"/simple/{name}", f"/team/simple/{name}/"):
            response = server.client.get(path)

            assert response.status_code == 404
            assert "location" not in response.headers


def test_a_request_for_an_unknown_project_loads_the_new_catalog() -> None:
    with serving(wheel()) as server:
        assert server.client.get("/simple/later/").status_code == 404
        publish_files(server.reader.store, [wheel("later", "1.0")], tag="later-1.0")
        server.index()
        server.clock.time += 3

        assert server.client.get("/simple/later/").status_code == 200


def test_requests_for_unknown_projects_rarely_read_the_store(server: Server) -> None:
    server.client.get("/simple/")
    before = server.reader.count("snapshot")

    for _ in range(20):
        server.client.get("/simple/nothing/")

    assert server.reader.count("snapshot") == before


def test_variants_and_named_indexes_have_their_own_pages() -> None:
    files = (wheel(version="1.0+cu128"), wheel(version="1.0+cpu"), wheel(version="2.0"))
    with serving(*files, config=Config.parse(LOCAL)) as server:
        main = server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()
        cuda = server.client.get("/team/cu128/simple/acme-lib/", headers={"accept": JSON}).json()
        stable = server.client.get("/stable/simple/acme-lib/", headers={"accept": JSON}).json()

        assert main["versions"] == ["2.0"]
        assert cuda["versions"] == ["1.0+cu128", "2.0"]
        assert stable["versions"] == ["1.0+cpu", "1.0+cu128"]
        assert cuda["files"][0]["url"] == (
            "../../../files/acme_lib-1.0+cu128/acme_lib-1.0+cu128-py3-none-any.whl"
        )
        assert server.client.get("/cu999/simple/").status_code == 404


def test_the_index_of_several_dimensions_is_a_nested_folder() -> None:
    dimensions = "[variants.dimensions.{}]\nfrom = '{}'\npattern = '({})'\n"
    toml = dimensions.format("channel", "tag", "acme") + dimensions.format(
        "cuda", "local-version", r"cu\d+"
    )
    with serving(wheel(version="1.0+cu128"), config=Config.parse(toml)) as server:
        page = server.client.get(
            "/team/acme/cu128/simple/acme-lib/", headers={"accept": JSON}
        ).json()

        assert page["files"][0]["url"] == (
            "../../../../files/acme_lib-1.0+cu128/acme_lib-1.0+cu128-py3-none-any.whl"
        )
        assert (
            server.client.get("/acme/cu128/simple/", headers={"accept": JSON}).json()["projects"]
            != []
        )
        assert server.client.get("/acme/cu128/simple").headers["location"] == "simple/"
        assert server.client.get("/acme/cu999/simple/").status_code == 404


def test_the_page_of_a_project_called_simple_is_not_an_index(server: Server) -> None:
    assert (
        "page 'project/simple/index.html' not found" in server.client.get("/project/simple/").text
    )


def test_a_yank_in_the_configuration_takes_effect_at_once(server: Server) -> None:
    server.client.get("/simple/acme-lib/")
    server.reader.configured = Config.parse('[yanked]\nacme-lib = { "1.0" = "broken <b>" }')
    server.settle()

    files = server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()["files"]

    assert [each.get("yanked") for each in files] == ["broken <b>", None]


def test_a_quarantined_project_lists_no_files(server: Server) -> None:
    server.reader.configured = Config.parse('[projects.acme-lib]\nstatus = "quarantined"')

    page = server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()

    assert (page["files"], page["project-status"]["status"]) == ([], "quarantined")


def test_an_added_file_is_listed_until_the_catalog_contains_it(server: Server) -> None:
    server.client.get("/simple/")
    new = server.served_store.catalog_view.files(normalize("acme-lib"))[0]._replace(
        filename="acme_lib-3.0-py3-none-any.whl", version="3.0", tag="acme_lib-3.0"
    )
    server.served_store.catalog_view.add(normalize("acme-lib"), new)
    server.served_store.catalog_view.add(
        normalize("brand-new"), _file("brand_new-1.0-py3-none-any.whl")
    )

    versions = server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()["versions"]
    names = [
        each["name"]
        for each in server.client.get("/simple/", headers={"accept": JSON}).json()["projects"]
    ]

    assert versions == ["1.0", "1.1", "3.0"]
    assert names == ["acme-lib", "brand-new", "other"]

    server.clock.time += 4000
    server.reader.configured = Config.parse('[index]\ntitle = "changed"')
    server.settle()

    assert server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()["versions"] == [
        "1.0",
        "1.1",
    ]


def test_an_added_file_is_not_listed_while_the_index_is_held(server: Server) -> None:
    server.reader.configured = Config.parse(f'[hold]\ncommit = "{"a" * 40}"')
    server.client.get("/simple/")
    new = server.served_store.catalog_view.files(normalize("acme-lib"))[0]._replace(
        filename="acme_lib-3.0-py3-none-any.whl", version="3.0", tag="acme_lib-3.0"
    )
    server.served_store.catalog_view.add(normalize("acme-lib"), new)

    page = server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()

    assert page["versions"] == ["1.0", "1.1"]


@pytest.mark.parametrize(
    ("public_url", "url", "base"),
    [
        ("", "https://pypi.example:8443", "https://pypi.example:8443/"),
        ("https://packages.example/", "http://pypi.example", "https://packages.example/"),
        ("", "http://pypi.example", ""),
        ("", "https://a_b.example", ""),
        ("http://packages.example/", "https://pypi.example", ""),
    ],
    ids=["TLS", "public address", "plain HTTP", "bad host", "public address without TLS"],
)
@pytest.mark.parametrize("accept", [JSON, "text/html"])
def test_provenance_urls_are_absolute_https_urls_of_this_server(
    server: Server, public_url: str, url: str, base: str, accept: str
) -> None:
    server.client.get("/simple/")
    server.app.all_stores.simple_api._public_url = public_url
    file = server.served_store.catalog_view.files(normalize("acme-lib"))[0]
    attested = file._replace(
        filename="acme_lib-3.0-py3-none-any.whl",
        version="3.0",
        tag="acme_lib-3.0",
        provenance="https://github.example/acme/pypi/releases/download/x/y.provenance",
    )
    server.served_store.catalog_view.add(normalize("acme-lib"), attested)
    path = "acme/pypi/files/acme_lib-3.0/acme_lib-3.0-py3-none-any.whl.provenance"
    for _ in range(2):
        page = server.client.get(f"{url}/team/simple/acme-lib/", headers={"accept": accept})
        text = page.text

        assert text.count("provenance") == (2 if base else 0)
        assert f'"{base}{path}"' in text or not base
    assert server.client.get(f"/{path}").status_code == 302


def test_the_page_cache_stays_within_its_limit() -> None:
    files = [wheel(f"name{number}", "1.0") for number in range(30)]
    with serving(*files, pages=20_000) as server:
        for number in range(30):
            assert server.client.get(f"/simple/name{number}/").status_code == 200

        assert 0 < server.served_store.catalog_view.cached <= 20_000


def test_pages_of_unchanged_projects_stay_cached_when_others_change(server: Server) -> None:
    server.client.get("/simple/other/")
    kept = dict(server.served_store.catalog_view._cache)
    publish_files(server.reader.store, [wheel(version="9.0")], tag="acme_lib-9.0")
    server.index()
    server.settle()
    server.client.get("/simple/other/")

    (key,) = [key for key in kept if key.name == "other"]
    assert server.served_store.catalog_view.revision.number > 1
    assert server.served_store.catalog_view._cache[key] is kept[key]
    assert "9.0" in server.client.get("/simple/acme-lib/").text


@pytest.mark.parametrize("name", ["acme-lib", "other"])
def test_pypi_simple_reads_both_formats_alike(server: Server, name: str) -> None:
    base = f"https://pypi.example/simple/{name}/"
    asked = server.client.get(f"/simple/{name}/", headers={"accept": JSON})
    html = server.client.get(f"/simple/{name}/")
    from_json = ProjectPage.from_json_data(asked.json(), base)
    from_html = ProjectPage.from_html(name, html.text, base)

    assert from_json.packages
    assert [(x.filename, x.url.partition("#")[0], x.digests) for x in from_json.packages] == [
        (x.filename, x.url.partition("#")[0], x.digests) for x in from_html.packages
    ]


def test_anonymous_callers_get_401_for_every_path(server: Server) -> None:
    for path in ("/simple/acme-lib/", "/simple/nothing/", "/simple/Acme_Lib", "/files/a/b.whl"):
        response = server.client.get(path, auth=ANONYMOUS)

        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Basic ")


def test_other_methods_are_not_allowed_on_pages(server: Server) -> None:
    for method, path in (
        ("DELETE", "/simple/acme-lib/"),
        ("POST", "/simple/"),
        ("POST", "/health"),
    ):
        response = server.client.request(method, path)

        assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


def _file(name: str) -> File:
    return File(
        filename=name,
        version="1.0",
        url="",
        size=1,
        sha256=Sha256("0" * 64),
        uploaded_at="2026-01-01T00:00:00Z",
        requires_python=None,
        core_metadata=None,
        origin="acme/pypi",
        tag="brand_new-1.0",
        prerelease=False,
        stamp="s",
    )
