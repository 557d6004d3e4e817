"""Counts of downloads in the metrics."""

from types import SimpleNamespace
from typing import Any

import pytest

from ghpypi.server.access_log import RequestRecord
from ghpypi.server.download_counter import DownloadCounter, client_of, note_download
from tests.server.scene import ANONYMOUS, Server, serving
from tests.server.test_monitoring import MONITORING, of, samples
from tests.support.files import made
from tests.support.packages import wheel

WHEEL = wheel()
PATH = f"/files/acme_lib-1.0/{WHEEL[0]}"


def downloads(server: Server, client: str) -> float:
    server.app.metrics_port = 9090
    found = samples(server.client.get(f"{MONITORING}/metrics", auth=ANONYMOUS))
    labels = {"store": "acme/pypi", "project": "acme-lib", "version": "1.0", "client": client}
    return found.get(of("ghpypi_downloads_total", **labels), 0)


def get(server: Server, path: str = PATH, **headers: str) -> int:
    return server.client.get(path, headers=headers, follow_redirects=False).status_code


@pytest.mark.parametrize("stream", [False, True])
def test_files_and_redirects_to_them_are_counted_by_client(*, stream: bool) -> None:
    with serving(WHEEL, stream=stream) as server:
        for agent in ("pip/26.0 {}", "pip/25.3", "uv/0.9.5"):
            assert get(server, **{"user-agent": agent}) == (200 if stream else 302)

        assert (downloads(server, "pip"), downloads(server, "uv")) == (2, 1)


def test_metadata_parts_and_failures_are_no_downloads() -> None:
    with serving(WHEEL, stream=True) as server:
        agent = {"user-agent": "pip/26.0"}

        get(server, f"{PATH}.metadata", **agent)

        assert get(server, **agent, range="bytes=0-9") == 206
        assert get(server, PATH.replace("1.0-", "9.9-"), **agent) == 404
        assert server.client.head(PATH, headers=agent).status_code == 200
        assert server.client.get(PATH, headers=agent, auth=ANONYMOUS).status_code == 401
        assert downloads(server, "pip") == 0


def test_the_port_of_the_index_shows_no_names_of_projects() -> None:
    with serving(WHEEL) as server:
        get(server)

        assert downloads(server, "other") == 1
        assert "acme-lib" not in server.client.get("/metrics").text


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("pip/26.0 {}", "pip"),
        ("UV/0.9", "uv"),
        ("Mozilla/5.0 (X11)", "browser"),
        ("poetry/2.1.0 CPython/3.13", "poetry"),
        ("attacker-1/2", "other"),
        ("", "other"),
    ],
)
def test_a_client_is_one_of_a_limited_number_of_names(agent: str, client: str) -> None:
    assert client_of(agent) == client


def test_the_number_of_series_is_limited() -> None:
    counter = DownloadCounter(most=1)
    for version in ("1.0", "1.1", "1.2", "1.2"):
        state = {"store": SimpleNamespace(name="acme/pypi")}
        scope: dict[str, Any] = {"method": "GET", "headers": [], "state": state}
        note_download(scope, made(f"acme_lib-{version}.tar.gz"))
        counter.count(RequestRecord(scope=scope, status=200))
    (family,) = counter.collect()

    assert [(x.labels["project"], x.value) for x in family.samples] == [
        ("acme-lib", 1),
        ("other", 3),
    ]
