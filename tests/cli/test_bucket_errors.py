"""What commands say if a bucket cannot be used: what, where, why, and what to do."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ghpypi.core.locator import Hosts
from ghpypi.errors import TryLaterError
from ghpypi.ports import StoreAccess
from ghpypi.stores import locate
from ghpypi.stores.objects.backend import BucketBackend
from tests.cli.conftest import Bench

STORE = "s3://acme/team"
READING = f"cannot read ghpypi.toml in {STORE}"
SECRET = "hunter2"


class Endpoint:
    """An endpoint of S3 that answers each request alike.

    Attributes:
        url: Its address.
        status: The status of its responses.
        body: Their body.
        type: Its content type.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.status, self.body = 404, ""
        self.type = "application/xml"

    def error(self, status: int, code: str, more: str = "") -> None:
        self.status, self.body = status, f"<Error><Code>{code}</Code>{more}</Error>"


@pytest.fixture
def endpoint(bench: Bench) -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers.status)
            self.send_header("Content-Type", answers.type)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answers = Endpoint(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        bench.set(
            GHPYPI_STORE=STORE,
            AWS_ENDPOINT_URL=answers.url,
            AWS_ALLOW_HTTP="true",
            AWS_ACCESS_KEY_ID="AKIA",
            AWS_SECRET_ACCESS_KEY=SECRET,
            AWS_REGION="us-east-1",
        )
        yield answers
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "code", "exit_code", "message", "hint"),
    [
        (404, "NoSuchBucket", 5, f"{READING}: the bucket does not exist", "create the bucket"),
        (
            403, "AccessDenied", 4,
            f"the credentials do not allow to read ghpypi.toml in {STORE}: AccessDenied",
            "docs/how-to/buckets.md lists the permissions",
        ),
        (
            403, "InvalidAccessKeyId", 4,
            f"{READING}: the credentials are invalid: InvalidAccessKeyId",
            "sign in with the AWS CLI",
        ),
        (403, "ExpiredToken", 4, f"{READING}: the credentials have expired", "sign in with"),
        (
            403, "RequestTimeTooSkewed", 4, f"{READING}: the clock of this machine is wrong",
            "set the clock",
        ),
        (
            400, "AuthorizationHeaderMalformed", 2, f"{READING}: the bucket is in another region",
            "set AWS_REGION to eu-central-1",
        ),
        (
            301, "PermanentRedirect", 2, f"{READING}: the bucket is in another region",
            "set AWS_REGION to that of the bucket",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_why_and_what_to_do(
    bench: Bench,
    endpoint: Endpoint,
    *,
    status: int,
    code: str,
    exit_code: int,
    message: str,
    hint: str,
) -> None:
    endpoint.error(status, code, "<Region>eu-central-1</Region>")
    for command in ("list", "index"):
        outcome = bench.run(command)

        assert outcome.code == exit_code, outcome
        assert outcome.err.startswith(f"error: {message}")
        assert f"\nhint: {hint}" in outcome.err
        assert SECRET not in outcome.err


XHTML = "<html><body><p>Sign in</p></body></html>"


@pytest.mark.parametrize("command", ["list", "index"])
def test_a_page_in_the_place_of_an_object_is_an_error(
    bench: Bench, endpoint: Endpoint, command: str
) -> None:
    endpoint.status, endpoint.body, endpoint.type = 200, XHTML, "text/html; charset=utf-8"
    outcome = bench.run(command)

    assert (outcome.code, outcome.out) == (7, "")
    assert outcome.err == (
        f"error: {READING}: {endpoint.url} responds with content of type 'text/html', which is not "
        "a response of an object store\nhint: check AWS_ENDPOINT_URL, and whether a proxy, a "
        "firewall or a sign-in page of the network answers instead\n"
    )


@pytest.mark.parametrize(
    ("content", "media_type", "said"),
    [
        (XHTML, "text/html", "content of type 'text/html'"),
        ("<ListAllMyBucketsResult/>", "application/xml", "content of type 'application/xml'"),
        ("<!doctype html><meta charset=utf-8>", "text/html", "unexpected content"),
        ("{}", "application/json", "unexpected content"),
        ("", "text/plain", "unexpected content"),
    ],
)
def test_a_page_in_the_place_of_a_listing_is_no_empty_bucket(
    bench: Bench, endpoint: Endpoint, content: str, media_type: str, said: str
) -> None:
    del bench
    endpoint.status, endpoint.body, endpoint.type = 200, content, media_type
    client = BucketBackend(locate(STORE), StoreAccess(hosts=Hosts.of("github.com"))).client
    for listing in (lambda: list(client.objects()), client.names):
        with pytest.raises(TryLaterError, match=f"cannot list objects in {STORE}: .* {said}"):
            listing()


def test_init_says_what_blocks_it(bench: Bench, endpoint: Endpoint) -> None:
    endpoint.error(403, "AccessDenied")
    outcome = bench.run("init", STORE)

    assert outcome.code == 4
    assert f"do not allow to list objects in {STORE}: AccessDenied" in outcome.out
    assert "docs/how-to/buckets.md lists the permissions" in outcome.out


@pytest.mark.parametrize("command", [["list"], ["show", "acme-lib"], ["yank", "acme-lib==1.0"]])
def test_an_empty_bucket_has_no_index_yet(
    bench: Bench, endpoint: Endpoint, command: list[str]
) -> None:
    endpoint.error(404, "NoSuchKey")
    outcome = bench.run(*command)

    assert outcome.code == 5
    assert outcome.err.startswith(f"error: {STORE} has no index yet\nhint: publish one with")


def test_verify_says_how_a_bucket_without_a_url_is_checked(
    bench: Bench, endpoint: Endpoint
) -> None:
    endpoint.error(404, "NoSuchKey")
    outcome = bench.run("verify")

    assert outcome.code == 2
    assert f"""ghpypi run -s {STORE} -- sh -c 'ghpypi verify "$GHPYPI_RUN""" in outcome.err


@pytest.mark.parametrize(
    "address", ["minio:9000", "http://", "https://a b/", "ftp://x/", f"http://u:{SECRET}@[x"]
)
def test_an_endpoint_that_is_no_url_is_named(
    bench: Bench, endpoint: Endpoint, address: str
) -> None:
    del endpoint
    bench.set(AWS_ENDPOINT_URL=address)
    outcome = bench.run("list")

    assert outcome.code == 2
    assert outcome.err.startswith("error: AWS_ENDPOINT_URL is not a URL such as https://")
    assert SECRET not in outcome.err


def test_plain_http_has_to_be_allowed(bench: Bench, endpoint: Endpoint) -> None:
    del endpoint
    bench.set(AWS_ALLOW_HTTP="")
    outcome = bench.run("list")

    assert outcome.code == 4
    assert "its endpoint is plain http\nhint: set AWS_ALLOW_HTTP=true" in outcome.err


def test_the_library_has_to_be_installed(
    bench: Bench, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    del endpoint
    for name in [name for name in sys.modules if name.partition(".")[0] == "obstore"]:
        monkeypatch.setitem(sys.modules, name, None)
    outcome = bench.run("list")

    assert outcome.code == 2
    assert outcome.err == (
        "error: stores in buckets require obstore\nhint: run:  pip install 'ghpypi[objects]'\n"
    )
