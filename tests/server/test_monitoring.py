import json

import pytest
from httpx2 import Response
from prometheus_client.parser import text_string_to_metric_families

from ghpypi.core.config.config import Config
from ghpypi.core.serving import Refusal, Rights
from ghpypi.server.auth.authorizer import FILE_SECONDS
from tests.server.scene import (
    ANONYMOUS,
    READER,
    STRANGER,
    WRITER,
    serving,
    signed_in,
)
from tests.support.packages import wheel

MONITORING = "http://192.0.2.9:9090"


def test_each_request_is_a_line_of_json_without_secrets() -> None:
    with serving(wheel()) as server:
        server.client.get(
            "/simple/acme-lib/?format=text/html&secret=1", headers={"user-agent": "pip/26"}
        )
        server.client.get(f"/simple/{READER}/")
        server.client.get(f"/simple/{'0123456789abcdef' * 2}01234567/ghpypi-upload-eyJhbGciOi.x/")
        server.app.log.flush()
        lines = [json.loads(line) for line in "".join(server.log).splitlines()]

        assert [each["path"] for each in lines] == [
            "/simple/acme-lib/",
            "/simple/***/",
            "/simple/***/***/",
        ]
        assert lines[0]["status"] == 200
        assert (lines[0]["user"], lines[0]["agent"]) == ("someone", "pip/26")
        assert lines[0]["bytes"] > 100
        assert READER not in "".join(server.log)
        assert "secret" not in "".join(server.log)


def test_the_line_of_an_error_has_its_text() -> None:
    with serving(wheel()) as server:
        server.client.get("/simple/nothing/")
        server.client.get("/simple/")
        server.app.log.flush()
        refused, found = [json.loads(line) for line in "".join(server.log).splitlines()]

        assert (refused["status"], refused["error"]) == (
            404,
            "project 'nothing' not found in acme/pypi",
        )
        assert "error" not in found


def test_a_line_cannot_be_forged() -> None:
    with serving(wheel()) as server:
        server.client.get("/simple/", headers={"user-agent": 'x"}\n{"status": 200}'})
        server.app.log.flush()

        assert len("".join(server.log).splitlines()) == 1


def samples(response: Response) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Read what Prometheus reads."""
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in text_string_to_metric_families(response.text)
        for each in family.samples
    }


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_prometheus_reads_counts_of_requests() -> None:
    with serving(wheel()) as server:
        server.client.get("/simple/acme-lib/")
        server.client.get("/simple/acme-lib/", auth=ANONYMOUS)
        server.client.get("/simple/")
        response = server.client.get("/metrics", auth=ANONYMOUS)
        found = samples(response)

        assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert found[of("ghpypi_requests_total", kind="project", status="200")] == 1
        assert found[of("ghpypi_requests_total", kind="project", status="401")] == 1
        assert found[of("ghpypi_request_seconds_count", kind="project")] == 2
        assert found[of("ghpypi_request_seconds_bucket", kind="root", le="+Inf")] == 1
        assert found[of("ghpypi_sent_bytes_total", kind="project")] > 100


def test_prometheus_reads_the_state_of_a_store_whatever_its_name() -> None:
    with serving(wheel()) as server:
        server.settle()
        server.served_store.name = 'we"ird\\\n'
        server.app.metrics_port = 9090
        found = samples(server.client.get(f"{MONITORING}/metrics", auth=ANONYMOUS))

        assert found[of("ghpypi_files", store='we"ird\\\n')] == 1
        assert found[of("ghpypi_catalog_stale", store='we"ird\\\n')] == 0


def test_metrics_are_in_open_metrics_format_on_request() -> None:
    with serving(wheel()) as server:
        response = server.client.get(
            "/metrics",
            auth=ANONYMOUS,
            headers={"accept": "application/openmetrics-text;version=1.0.0"},
        )

        assert response.headers["content-type"].startswith("application/openmetrics-text")
        assert response.text.count("# EOF\n") == 1


@pytest.mark.parametrize(("token", "seen"), [(None, False), (STRANGER, False), (READER, True)])
def test_the_state_of_a_store_is_visible_with_read_access(token: str | None, *, seen: bool) -> None:
    with serving(wheel(), own_token=WRITER) as server:
        server.settle()
        server.served_store.last_error = "ghpypi.toml of acme/pypi cannot be used"
        ready = server.client.get("/ready", auth=signed_in(token))
        metrics = server.client.get("/metrics", auth=signed_in(token))

        assert ready.json()["status"] == "stale"
        assert ("acme/pypi" in ready.text) is seen
        assert ("ghpypi.toml" in ready.text) is seen
        assert ("acme/pypi" in metrics.text) is seen


def test_a_second_port_shows_the_state_of_all_stores_and_nothing_else() -> None:
    with serving(wheel(), own_token=READER) as server:
        server.settle()
        server.app.metrics_port = 9090

        assert (
            "acme/pypi" in server.client.get(f"{MONITORING}/ready", auth=ANONYMOUS).json()["stores"]
        )
        assert server.client.get(f"{MONITORING}/simple/").status_code == 404
        assert server.client.get("/ready", auth=ANONYMOUS).json()["stores"] == {}


def test_probes_without_credentials_send_no_requests_to_github() -> None:
    with serving(wheel(), own_token=READER) as server:
        server.settle()
        before = len(server.reader.asked)
        for path in ("/health", "/ready", "/metrics"):
            assert server.client.get(path, auth=ANONYMOUS).status_code == 200

        assert len(server.reader.asked) == before


def test_health_does_not_depend_on_stores() -> None:
    with serving(wheel()) as server:
        server.reader.down = True

        assert server.client.get("/health", auth=ANONYMOUS).json() == {"status": "ok"}
        assert server.reader.asked == []


def test_readiness_reports_a_store_that_cannot_be_read() -> None:
    with serving(wheel(), own_token=READER) as server:
        assert server.client.get("/ready", auth=ANONYMOUS).status_code == 503
        server.settle()
        assert server.client.get("/ready", auth=ANONYMOUS).json()["status"] == "ready"

        assert server.client.get("/simple/", auth=signed_in(WRITER)).status_code == 200
        server.reader.down = True
        server.portal.call(server.served_store.try_refresh, None)
        state = server.client.get("/ready", auth=signed_in(WRITER))

        assert (state.status_code, state.json()["status"]) == (200, "stale")
        assert state.json()["stores"]["acme/pypi"]["trouble"] == "GitHub is down"
        assert server.client.get("/simple/acme-lib/", auth=ANONYMOUS).status_code == 401


def test_a_repository_that_the_server_cannot_read_is_named_once_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(wheel(), own_token=READER) as server:
        server.reader.down = True
        for _ in range(2):
            server.portal.call(server.served_store.try_refresh, None)

        assert caplog.messages == ["acme/pypi cannot be read: GitHub is down"]


def test_what_a_caller_may_not_read_is_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with serving(wheel()) as server:
        server.client.get("/simple/", auth=signed_in(STRANGER))

        assert caplog.messages == []


def test_callers_keep_access_when_the_token_of_the_server_has_expired() -> None:
    with serving(wheel(), own_token="ghp_expired1234567890") as server:
        server.reader.tokens["ghp_expired1234567890"] = Rights(refusal=Refusal.BAD_TOKEN)
        server.portal.call(server.served_store.try_refresh, None)
        assert "does not know" in server.served_store.last_error

        assert server.client.get("/simple/acme-lib/").status_code == 200
        assert server.served_store.last_error == ""


def test_an_invalid_token_of_the_server_is_retried_rarely() -> None:
    with serving(wheel(), own_token="ghp_expired1234567890") as server:
        server.reader.tokens["ghp_expired1234567890"] = Rights(refusal=Refusal.BAD_TOKEN)
        for _ in range(20):
            server.portal.call(server.served_store.try_refresh, None)
            server.clock.time += 40

        assert server.reader.count("snapshot") == 1
        server.clock.time += 200
        server.portal.call(server.served_store.try_refresh, None)
        assert server.reader.count("snapshot") == 2


def test_a_damaged_catalog_is_not_loaded() -> None:
    with serving(wheel(), own_token=READER) as server:
        server.settle()
        server.reader.site.pages["catalog.jsonl"] = b"<html>\n"
        server.portal.call(server.served_store.try_refresh, None)

        assert "damaged" in server.served_store.last_error
        assert server.served_store.catalog_view.revision.records


def test_the_time_of_the_last_change_is_reported() -> None:
    with serving(wheel(), own_token=READER) as server:
        server.settle()
        before = int(server.client.get("/index_mtime", auth=ANONYMOUS).text)
        server.served_store.catalog_view.changed += 5
        server.settle()
        assert int(server.client.get("/acme/pypi/index_mtime", auth=ANONYMOUS).text) == before + 5

        server.index(Config.parse('[index]\ntitle = "new"'))
        server.served_store.catalog_view.changed = 0
        server.settle()
        assert int(server.client.get("/index_mtime", auth=ANONYMOUS).text) >= before


def test_a_web_server_in_front_may_ask_who_may_read() -> None:
    with serving(wheel()) as server:
        server.reader.site.pages.clear()  # the repository needs no index
        known = server.client.get("/may-read")
        codes = [
            server.client.get("/acme/pypi/may-read", auth=auth).status_code
            for auth in (("x", READER), ("x", STRANGER), ANONYMOUS)
        ]
        server.clock.time += FILE_SECONDS + 1
        server.client.head("/may-read")

        assert (known.status_code, known.content) == (204, b"")
        assert known.headers["vary"] == "Authorization, Cookie"
        assert codes == [204, 403, 401]
        assert server.reader.count("snapshot") == 0
        assert server.reader.count("rights") == 4
