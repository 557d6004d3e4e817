"""Projects in the format of PyPI's JSON API."""

from collections.abc import Iterator

import pytest

from ghpypi.core.config.config import Config
from ghpypi.server.index.upstream import UpstreamOptions
from tests.server.scene import (
    ANONYMOUS,
    STRANGER,
    WRITER,
    NoUpstream,
    Server,
    serving,
    signed_in,
)
from tests.server.test_catalog_view import aggregated
from tests.server.test_upstream import URL, theirs
from tests.support.packages import wheel


@pytest.fixture
def server() -> Iterator[Server]:
    metadata = "Project-URL: Changelog, https://acme.example/changes\n"
    with serving(wheel(metadata=metadata), wheel(version="1.1", metadata=metadata)) as made:
        yield made


@pytest.mark.parametrize(
    "path",
    ["/pypi/acme-lib/json", "/acme/pypi/pypi/acme-lib/json", "/pypi/Acme_Lib/json"],
)
def test_a_project_has_a_document_for_bots(server: Server, path: str) -> None:
    response = server.client.get(path)

    assert response.headers["content-type"] == "application/json"
    assert list(response.json()["releases"]) == ["1.0", "1.1"]
    assert response.json()["info"]["project_urls"] == {"Changelog": "https://acme.example/changes"}
    assert response.json()["urls"][0]["url"] == (
        "../../files/acme_lib-1.1/acme_lib-1.1-py3-none-any.whl"
    )
    assert (
        server.client.get(path, headers={"if-none-match": response.headers["etag"]}).status_code
        == 304
    )


def test_an_index_has_documents_of_its_own_files() -> None:
    config = Config.parse('[indexes.stable]\ninclude = ["acme-lib<1.1"]')
    with serving(wheel(), wheel(version="1.1")) as server:
        server.index(config)
        server.settle()

        assert list(server.client.get("/stable/pypi/acme-lib/json").json()["releases"]) == ["1.0"]
        assert server.client.get("/unknown/pypi/acme-lib/json").status_code == 404


@pytest.mark.parametrize("name", ["unknown", "x-", "K", "..%2f"])
def test_unknown_projects_are_not_found(server: Server, name: str) -> None:
    assert server.client.get(f"/pypi/{name}/json").status_code == 404


def test_only_readers_get_it(server: Server) -> None:
    assert server.client.get("/pypi/acme-lib/json", auth=ANONYMOUS).status_code == 401
    assert server.client.get("/pypi/acme-lib/json", auth=signed_in(STRANGER)).status_code in {
        403,
        404,
    }


def test_files_and_metadata_of_hidden_repositories_stay_hidden() -> None:
    with aggregated() as server:
        seen = server.client.get("/pypi/both/json").json()
        whole = server.client.get("/pypi/both/json", auth=signed_in(WRITER)).json()

        assert list(whole["releases"]) == ["1.0", "2.0"]
        assert "classifiers" in whole["info"]
        assert list(seen["releases"]) == ["1.0"]
        assert "classifiers" not in seen["info"]  # the metadata may be that of a hidden version
        assert server.client.get("/pypi/hidden/json").status_code == 404


def test_a_merged_project_lists_the_files_of_both() -> None:
    options = UpstreamOptions(url=URL, merge=("acme-*",))
    upstream = NoUpstream({"acme-lib": [theirs("acme_lib", "2.0")]})
    with serving(wheel(), upstream_index=options, upstream=upstream) as server:
        found = server.client.get("/pypi/acme-lib/json").json()

    assert list(found["releases"]) == ["1.0", "2.0"]
    assert found["releases"]["2.0"][0]["upload_time"] == "2020-01-01T00:00:00"
