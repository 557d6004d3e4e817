"""The addresses that the configuration gives indexes, on the server."""

import re
from posixpath import normpath

import pytest

from ghpypi.core.config.config import Config
from tests.server.scene import (
    ANONYMOUS,
    JSON,
    Server,
    serving,
)
from tests.support.packages import publish_files, wheel

PLAIN = wheel("plain")
CUDA = wheel("kernels", "1.0+cu128")
LOCAL = "[variants]\n[index]\npath = {}\nfind-links = ['{{index}}', 'whl/{{index}}.html']"

TEMPLATES = {
    "whl": (LOCAL.format("'whl/{index}/'"), "whl/cu128", "whl"),
    "root": (LOCAL.format("'{index}/'").replace("'{index}', ", ""), "cu128", ""),
    "usual": (LOCAL.format("'{index}/simple/'"), "cu128/simple", "simple"),
}


def resolved(path: str) -> str:
    """Resolve `..`; `normpath` would keep two slashes at the beginning."""
    return "/" + normpath(path).lstrip("/")


def files(server: Server, path: str) -> list[str]:
    """Request a page and each file that it links; return the filenames."""
    response = server.client.get(path)
    found = re.findall(r'<a href="([^"#]+)#sha256=[0-9a-f]+"[^>]*>([^<]+)</a>', response.text)
    folder = path if path.endswith("/") else path.rpartition("/")[0]
    for href, _ in found:
        assert server.client.get(resolved(f"{folder}/{href}")).status_code == 302, href
    return [name for _, name in found]


@pytest.mark.parametrize(("toml", "cuda", "main"), TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("store", ["", "/acme/pypi", "/team"])
def test_indexes_are_at_the_paths_of_the_site_and_below_simple(
    toml: str, cuda: str, main: str, store: str
) -> None:
    with serving(PLAIN, CUDA, config=Config.parse(toml)) as server:
        # The first request: nothing is known of the store yet.
        assert files(server, f"{store}/{cuda}/kernels/") == [CUDA[0]]
        assert files(server, f"{store}/{cuda}/plain/") == [PLAIN[0]]
        assert files(server, resolved(f"{store}/{main}/plain/") + "/") == [PLAIN[0]]
        assert files(server, f"{store}/cu128/simple/kernels/") == [CUDA[0]]
        assert files(server, f"{store}/simple/plain/") == [PLAIN[0]]
        listed = server.client.get(f"{store}/{cuda}/", headers={"accept": JSON}).json()["projects"]
        assert [each["name"] for each in listed] == ["kernels", "plain"]
        assert (
            server.client.get(f"{store}/{cuda}").headers["location"]
            == f"{cuda.rsplit('/', maxsplit=1)[-1]}/"
        )
        assert server.client.get(f"{store}/{cuda}/nothing/").status_code == 404
        assert server.client.get(f"{store}/{cuda}/nothing/at/all/").status_code == 404


def test_a_page_for_find_links_has_all_files_of_its_index() -> None:
    with serving(PLAIN, CUDA, config=Config.parse(TEMPLATES["whl"][0])) as server:
        for path in ("/cu128/", "/whl/cu128.html", "/acme/pypi/cu128/", "/cu128/index.html"):
            assert files(server, path) == [CUDA[0], PLAIN[0]]
        assert files(server, "/main/") == [PLAIN[0]]
        response = server.client.get("/cu128", headers={"accept": JSON})
        assert (response.status_code, response.headers["location"]) == (301, "cu128/")
        response = server.client.get("/whl/cu128.html", headers={"accept": JSON})
        assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_for_find_links_has_no_files_of_repositories_that_the_caller_may_not_read() -> None:
    with serving(PLAIN, CUDA, config=Config.parse(TEMPLATES["whl"][0])) as server:
        assert server.client.get("/whl/cu128.html", auth=ANONYMOUS).status_code == 401
        assert server.client.get("/whl/cu128/", auth=ANONYMOUS).status_code == 401


def test_a_new_variant_has_its_paths_at_once() -> None:
    with serving(PLAIN, config=Config.parse(TEMPLATES["whl"][0])) as server:
        assert server.client.get("/whl/cu128/kernels/").status_code == 404
        publish_files(server.reader.store, [CUDA], "new")
        server.index()
        server.clock.time += 60

        assert files(server, "/whl/cu128/kernels/") == [CUDA[0]]


def test_other_paths_are_unknown_where_the_configuration_names_none() -> None:
    with serving(PLAIN) as server:
        assert server.client.get("/simple/").status_code == 200
        assert server.client.get("/nothing/at/all", auth=ANONYMOUS).status_code == 404


def test_a_named_index_below_another_one_is_served() -> None:
    toml = '[indexes.ml]\ninclude = ["plain"]\n[indexes."ml/dev"]\ninclude = ["kernels"]\n'
    with serving(PLAIN, CUDA, config=Config.parse(toml)) as server:
        assert files(server, "/ml/simple/plain/") == [PLAIN[0]]
        assert files(server, "/ml/dev/simple/kernels/") == [CUDA[0]]
        assert server.client.get("/ml/dev/simple/plain/").status_code == 404
