"""A private repository on GitHub, read through the examples that need no Python."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ghpypi.core.simple.negotiation import PageFormat, choose
from tests.e2e.edges import WITH_WORKER, Edge, nginx_edge, worker_edge
from tests.e2e.installers import Installer, Place
from tests.e2e.proxy import STORE, Private, private_repository
from tests.emulator import Fault
from tests.support.waiting import HANG_SECONDS, eventually

JSON, HTML, TEXT = PageFormat.JSON.value, PageFormat.HTML.value, PageFormat.TEXT_HTML.value
PAGE = "simple/acme-lib/"
FILE = "files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"
COPY = "packages/aa/x-1.0-py3-none-any.whl"
EDGES = ["nginx", *(["worker"] if WITH_WORKER else [])]


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        url = f"{made.github.server_url}/{STORE}/releases/download/"
        content = b"\xff\x00" + url.encode()
        made.repository.commit_files({COPY: content}, branch="gh-pages")
        yield made


@pytest.fixture(scope="module", params=EDGES)
def started(
    request: pytest.FixtureRequest,
    private: Private,
    client_tools: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge") / request.param
    if request.param == "nginx":
        with nginx_edge(private, folder) as edge:
            yield edge
    else:
        with worker_edge(private, folder, client_tools) as edge:
            yield edge


@pytest.fixture
def edge(started: Edge) -> Edge:
    started.private.github.clear_log()
    return started


@pytest.fixture
def reader(edge: Edge) -> str:
    """Make a token that no other test has used."""
    return edge.private.github.add_token("reader")


def test_an_installer_gets_a_project_and_what_it_needs(
    edge: Edge, reader: str, installer: Installer, place: Place
) -> None:
    done = installer.install(place, edge.index(reader), "Acme.App", "acme-kernels")
    asked = edge.private.github.requests

    assert done.returncode == 0, done.stdout + done.stderr
    assert place.installed() == {
        "acme-app": "1.0",
        "acme-lib": "1.1",
        "acme-kernels": "1.0+cu128",
    }
    assert len([each for each in asked if each.origin == "api"]) == 12  # README.md: 4 for a wheel
    assert not [each for each in asked if each.origin == "cdn" and "authorization" in each.headers]
    assert {each.headers["authorization"] for each in asked if each.origin == "api"} == {
        f"Bearer {reader}"
    }


def test_a_metadata_file_and_its_wheel_cost_three_requests(edge: Edge, reader: str) -> None:
    for path in (f"{FILE}.metadata", FILE, FILE.replace("1.0-py3", "9.9-py3")):
        edge.get(path, reader)
    release, *assets = edge.asked()

    assert release == "releases/tags/acme-lib-1.0 200"
    assert len(assets) == 2
    assert all(each.startswith("releases/assets/") for each in assets)


@pytest.mark.parametrize("accept", [JSON, HTML])
def test_the_files_of_a_page_are_redirects_to_signed_addresses(
    edge: Edge, reader: str, accept: str
) -> None:
    response = edge.get(PAGE, reader, headers={"Accept": accept})
    page = response.text

    assert response.headers["content-type"].partition(";")[0] == accept
    assert page.count(f"{edge.root}files/acme-lib-1.") == 2
    assert "/releases/download/" not in page
    redirects = [edge.ask(method, FILE, reader) for method in ("HEAD", "GET")]
    signed = redirects[0].headers["location"]

    assert {each.status_code for each in redirects} == {302}
    assert {each.headers["cache-control"] for each in redirects} == {"private, no-store"}
    assert {each.content for each in redirects} == {b""}

    content = requests.get(signed, timeout=HANG_SECONDS).content
    part = requests.get(signed, headers={"Range": "bytes=0-3"}, timeout=HANG_SECONDS)

    assert hashlib.sha256(content).hexdigest() in page
    assert (part.status_code, part.content) == (206, content[:4])


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/*",
        "application/*",
        f"{JSON}, {HTML};q=0.1, text/html;q=0.01",
        f"{JSON};q=0, */*",
        f"{JSON} ; Q=0.5 , text/html; q=0.6",
        "text/html;q=0, */*;q=0.5",
        "application/vnd.pypi.simple.latest+html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "*/*;q=0",
        f"{JSON};q=nan",
        "nonsense",
        "application/json",
    ],
)
def test_the_media_type_is_the_one_that_the_server_would_choose(edge: Edge, accept: str) -> None:
    response = edge.get(PAGE, edge.private.reader, headers={"Accept": accept})
    form = choose(accept)

    if form is None:
        assert response.status_code == 406
    else:
        assert response.headers["content-type"].partition(";")[0] == form.value


def test_a_parameter_wins_over_the_header(edge: Edge) -> None:
    token = edge.private.reader
    for format_, found in ((JSON, JSON), (HTML, HTML), (JSON.replace("+", "%2B"), JSON)):
        response = edge.get(f"{PAGE}?format={format_}", token, headers={"Accept": TEXT})

        assert response.headers["content-type"].partition(";")[0] == found
    assert edge.get(f"{PAGE}?format=nonsense", token).status_code == 406


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("simple", "/simple/"),
        ("simple/acme-lib", "/simple/acme-lib/"),
        ("simple/Acme_.Lib/", "/simple/acme-lib/"),
        ("simple/ACME-LIB?format=text/html", "/simple/acme-lib/?format=text%2Fhtml"),
        ("cu128/simple/A.b", "/cu128/simple/a-b/"),
        ("project/acme-lib", "/project/acme-lib/"),
    ],
)
def test_paths_are_redirected_to_the_normalized_name(edge: Edge, path: str, place: str) -> None:
    response = edge.get(path, edge.private.reader)

    assert (response.status_code, response.headers["location"]) == (301, place)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html"),
        ("simple/", "text/html"),
        ("simple/index.json", "application/json"),
        ("project/acme-lib/", "text/html"),
        ("assets/site.css", "text/css"),
        ("pypi/acme-lib/json", "application/json"),
        ("feed.xml", "application/atom+xml"),
    ],
)
def test_all_pages_of_the_site_are_there(edge: Edge, path: str, kind: str) -> None:
    whole = edge.get(path, edge.private.reader)
    head = edge.ask("HEAD", path, edge.private.reader)

    assert whole.status_code == head.status_code == 200
    assert whole.headers["content-type"].partition(";")[0] == kind
    assert whole.content
    assert head.content == b""
    assert "default-src 'none'" in whole.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "simple/nothing/",
        "simple/%E2%84%AAk/",
        "simple/../ghpypi.toml",
        "simple/%2e%2e/%2e%2e/README.md",
        "simple/a%2fb/",
        "simple//acme-lib/",
        ".github/workflows/index.yml",
        "files/acme-lib-1.0/nothing-1.0.whl",
        "files/nothing/acme_lib-1.0-py3-none-any.whl",
        "files/@acme/secret/nothing/x.whl",
        "files/acme-lib-1.0/",
        "files/x",
        "-/release/",
    ],
)
def test_nothing_else_is_there(edge: Edge, path: str) -> None:
    request = requests.Request("GET", edge.root, auth=("x", edge.private.reader)).prepare()
    request.url = edge.root + path  # as it is
    with requests.Session() as session:
        session.trust_env = False
        response = session.send(request, allow_redirects=False, timeout=HANG_SECONDS)

    assert response.status_code in {400, 404}


@pytest.mark.parametrize("path", [PAGE, FILE, f"{FILE}.metadata", ""])
def test_callers_without_rights_get_nothing_that_others_have_read(edge: Edge, path: str) -> None:
    edge.get(path, edge.private.reader)
    stranger = edge.get(path, edge.private.github.add_token("stranger"))
    unknown = edge.get(path, "ghp_" + "0" * 36)
    nobody = edge.get(path, None)

    assert stranger.status_code == 404
    assert unknown.status_code == nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == 'Basic realm="ghpypi", charset="UTF-8"'
    assert not [each for each in (stranger, unknown, nobody) if "acme_lib" in each.text]


def test_no_request_is_made_for_what_is_no_token(edge: Edge) -> None:
    for token in ("", "secret", "ghp_1234567890\r\nX: y", "ghp_äöü1234567890"):
        assert edge.get(PAGE, token).status_code == 401
    assert edge.get(PAGE, None, headers={"Authorization": "Basic ???"}).status_code == 401
    assert edge.asked() == []


def test_a_token_may_be_the_user_name(edge: Edge, reader: str) -> None:
    for auth in ((reader, ""), (reader, "x-oauth-basic")):
        assert requests.get(edge.root + PAGE, auth=auth, timeout=HANG_SECONDS).ok
    bearer = {"Authorization": f"Bearer {reader}"}

    assert edge.get(PAGE, None, headers=bearer).ok


def test_a_page_is_cached_for_each_token(edge: Edge, reader: str) -> None:
    second = edge.private.github.add_token("reader")
    pages = [edge.get(PAGE, token) for token in (reader, second) * 3]
    known = {"If-None-Match": pages[0].headers["etag"]}

    assert edge.get(PAGE, reader, headers=known).status_code == 304
    assert {each.headers["cache-control"] for each in pages} == {
        "private, max-age=0, must-revalidate"
    }
    assert edge.asked() == ["contents/simple/acme-lib/index.html 200"] * 2


def test_only_reading_is_allowed(edge: Edge) -> None:
    response = edge.ask("POST", PAGE, edge.private.reader)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert edge.asked() == []


def test_github_may_send_the_bytes_itself(edge: Edge, reader: str) -> None:
    edge.private.github.asset_redirects = False
    try:
        response = edge.get(FILE, reader)
    finally:
        edge.private.github.asset_redirects = True

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content.startswith(b"PK")


RENAMED = {"Location": "https://api.github.com/repositories/1"}


def test_a_file_on_the_branch_is_sent_as_it_is(edge: Edge, reader: str) -> None:
    response = edge.get(COPY, reader)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content.startswith(b"\xff\x00http")
    assert response.content.endswith(b"/releases/download/")
    assert edge.ask("HEAD", COPY, reader).content == b""
    assert edge.get(COPY, edge.private.github.add_token("stranger")).status_code == 404


@pytest.mark.parametrize("path", [PAGE, FILE])
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.primary_limit(reset_in=60), 503),
        (Fault.secondary_limit(retry_after=30, code=429), 503),
        (Fault.status(403), 403),
        (Fault.status(500), 503),
        (Fault.reset_before(), 503),
        (Fault.status(301, RENAMED), 502),
    ],
    ids=["limit", "secondary", "forbidden", "broken", "reset", "renamed"],
)
def test_a_failure_of_github_is_explained(
    edge: Edge, reader: str, path: str, fault: Fault, status: int
) -> None:
    edge.private.github.faults.add(fault)
    try:
        response = edge.get(path, reader)
    finally:
        edge.private.github.faults.clear()

    assert response.status_code == status
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert ("retry-after" in response.headers) is (status == 503)
    assert edge.get(path, reader).status_code in {200, 302}


def test_neither_tokens_nor_signed_addresses_are_written(edge: Edge, reader: str) -> None:
    for path in (PAGE, FILE, f"{FILE}.metadata", "simple/nothing/"):
        edge.get(path, reader)
        requests.get(edge.root + path, auth=(reader, ""), timeout=HANG_SECONDS)
    written = [path.read_bytes() for path in edge.folder.rglob("*") if path.is_file()]

    assert written
    assert not [each for each in written if reader.encode() in each or b"sig=" in each]


@pytest.mark.parametrize("name", EDGES)
def test_an_unchanged_page_is_asked_for_again_at_no_cost_and_outlasts_an_outage(
    private: Private, client_tools: Path, tmp_path: Path, name: str
) -> None:
    github = private.github
    folder = tmp_path / name
    running = (
        nginx_edge(private, folder, fresh="1s")
        if name == "nginx"
        else worker_edge(private, folder, client_tools, fresh=0)
    )
    with running as edge:
        first = edge.get(PAGE, private.reader)
        github.clear_log()

        def again() -> bool:
            assert edge.get(PAGE, private.reader).content == first.content
            return bool(github.requests_to("api"))

        eventually(again)

        assert edge.asked() == ["contents/simple/acme-lib/index.html 304"]
        github.faults.add(Fault.status(502, times=100))
        try:
            eventually(again)
        finally:
            github.faults.clear()
