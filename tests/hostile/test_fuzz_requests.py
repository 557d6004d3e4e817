"""Thousands of requests and upload forms: each is answered, and none with an internal error."""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.attestation.certificates import identity
from ghpypi.core.config.trust import Trust
from ghpypi.core.digest import digest_of
from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.core.upload.attestations import provenance
from ghpypi.core.upload.legacy_form import UploadForm
from ghpypi.errors import RefusedError
from ghpypi.server.app import App
from ghpypi.server.upload.identity_tokens import Issuer
from ghpypi.server.upload.multipart import FormReader, TooLargeError
from ghpypi.server.upload.trusted_publishing import TrustedPublishing, UploadTokens
from tests.hostile.fuzzing import MUTATED, SEED, TEXT_TOKENS, made_up, mutations
from tests.server.scene import READER, Server, basic, serving
from tests.server.uploading import form
from tests.support.attesting import attestation
from tests.support.jobs_of_github import AUDIENCE, FakeIssuer
from tests.support.packages import wheel

WHEEL = wheel()
NAME = Filename.parse(WHEEL[0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


# Forms of uploads


def check_form(content_type: str, body: bytes, folder: Path) -> None:
    """Read a form in two pieces, as the server does."""
    cut = len(body) // 3
    try:
        reader = FormReader(content_type, folder, 1 << 16, accept=lambda _: None)
    except RefusedError as error:
        assert error.faults  # noqa: PT017 - that nothing else is raised is the point
        return
    try:
        reader.write(body[:cut])
        reader.write(body[cut:])
        received = reader.end()
        assert received.path.parent.parent == folder
        UploadForm.parse(received.fields, received.path.name).check(received.digests)
    except (RefusedError, TooLargeError) as error:
        assert str(error)  # noqa: PT017
    finally:
        reader.discard()


def seeds() -> list[bytes]:
    """Write the forms of twine and uv, the type of the content first."""
    usual = form((WHEEL[0], b"content"), name="acme-lib", version="1.0", metadata_version="2.1")
    attested = form((WHEEL[0], b"x"), attestations=json.dumps([1]), md5_digest="0" * 32)
    return [content_type.encode() + b"\n" + body for content_type, body in (usual, attested)]


FORM_TOKENS = (
    *TEXT_TOKENS, b"\r\n\r\n", b"--theboundary\r\n", b"--theboundary--\r\n", b'; filename="../x"',
    b'name="content"', b'name=":action"', b"filename*=utf-8''%e2%82%ac", b"Content-Disposition: ",
    b"Content-Transfer-Encoding: base64\r\n",
)  # fmt: skip


def test_mutated_forms_raise_nothing_else(folder: Path) -> None:
    for content in mutations(seeds(), MUTATED, FORM_TOKENS):
        content_type, _, body = content.partition(b"\n")
        check_form(content_type.decode("latin-1"), body, folder)

    assert list(folder.iterdir()) == []


FIELD = st.tuples(
    st.sampled_from([
        ":action", "protocol_version", "filetype", "name", "version", "sha256_digest", "content",
        "md5_digest", "blake2_256_digest", "attestations", "summary", "gpg_signature",
    ]),
    st.sampled_from(["file_upload", "1", "bdist_wheel", "acme-lib", "1.0", "1" * 5000, "[]"])
    | st.text(max_size=12),
    st.none() | st.sampled_from([WHEEL[0], "../x.whl", "", "a\r\nb.whl"]) | st.text(max_size=8),
)  # fmt: skip


def part(name: str, value: str, filename: str | None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    text = f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n{value}\r\n'
    return text.encode("utf-8", "surrogatepass")


@made_up
@given(st.lists(FIELD, max_size=6))
def test_made_up_forms_raise_nothing_else(
    folder: Path, fields: list[tuple[str, str, str | None]]
) -> None:
    body = b"".join(part(*each) for each in fields) + b"--b--\r\n"
    check_form("multipart/form-data; boundary=b", body, folder)


def test_mutated_attestations_raise_nothing_else() -> None:
    good = json.dumps([attestation(WHEEL)])
    digest = digest_of(WHEEL[1])
    assert provenance(good, NAME, digest, whose=identity)
    for content in mutations([good.encode()], MUTATED // 2, TEXT_TOKENS):
        try:
            text = provenance(content.decode(errors="replace"), NAME, digest, whose=identity)
        except RefusedError as error:
            assert error.faults  # noqa: PT017
        else:
            assert json.loads(text)["attestation_bundles"]


# Requests


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    github = FakeIssuer()
    upload_tokens = UploadTokens(Secret("a secret of this test, long enough"), AUDIENCE)
    rules = [Trust.parse("acme/lib=acme-*", store="acme/pypi")]
    issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
    with serving(
        WHEEL, stream=True, parts=(TrustedPublishing(issuer, rules, upload_tokens),)
    ) as made:
        yield made


PATHS = (
    b"/simple/", b"/simple/acme-lib/", b"/acme/pypi/simple/acme-lib/", b"/team/cu128/simple/x/",
    b"/acme/pypi/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl", b"/project/acme-lib/", b"/",
    b"/acme/pypi/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl.metadata", b"/search.json",
    b"/simple/?format=application/vnd.pypi.simple.v1%2Bjson", b"/login", b"/logout", b"/ready",
    b"/metrics", b"/index_mtime", b"/may-read", b"/_/oidc/audience", b"/legacy/",
)  # fmt: skip
HEADERS = (
    (b"authorization", basic(READER).encode()),
    (b"accept", b"application/vnd.pypi.simple.v1+json, text/html;q=0.1"),
    (b"accept-encoding", b"gzip, br;q=0.5, identity;q=0"),
    (b"if-none-match", b'"0123456789abcdef", W/"x"'),
    (b"if-range", b'"0123456789abcdef"'),
    (b"range", b"bytes=0-99"),
    (b"host", b"packages.example:8443"),
    (b"cookie", b"ghpypi-session=gAAAAABx; ghpypi-form=x"),
    (b"origin", b"https://packages.example"),
    (b"content-type", b"application/x-www-form-urlencoded"),
    (b"content-length", b"12"),
    (b"user-agent", b"pip/26.0 {}"),
    (b"x-forwarded-for", b"192.0.2.7, 10.0.0.1"),
)
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "\u00e9")


def requests(count: int) -> Iterator[tuple[str, bytes, list[tuple[bytes, bytes]], bytes]]:
    """Mutate paths, headers and bodies."""
    chance = random.Random(SEED)  # noqa: S311
    paths = mutations(PATHS, count, TEXT_TOKENS)
    values = mutations([value for _, value in HEADERS], 3 * count, TEXT_TOKENS)
    bodies = mutations([b'{"token": "x.y.z"}', b"token=ghp_1&form=x&next=/"], count, TEXT_TOKENS)
    for path, body in zip(paths, bodies, strict=True):
        names = [name for name, _ in chance.sample(HEADERS, 3)]
        headers = [(name, next(values).replace(b"\n", b" ")) for name in names]
        if chance.random() < 0.5:
            headers = [HEADERS[0], *((n, v) for n, v in headers if n != b"authorization")]
        usual = chance.choice(PATHS) if chance.random() < 0.5 else path
        if chance.random() < 0.1:
            usual = chance.choice([b"/_/oidc/mint-token", b"/_/oidc/burn-token"])
        yield chance.choice(METHODS), usual, headers, body


async def record(
    app: App, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> int:
    """Send a request as uvicorn would, with bytes that no HTTP client sends; check the response."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "method": method,
        "path": path.decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "scheme": "http",
        "server": ("192.0.2.9", 8080),
        "client": ("192.0.2.1", 1234),
        "headers": headers,
    }
    messages: list[Any] = []

    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not incoming:
            await asyncio.Event().wait()  # the client stays until it has its response
        return incoming.pop()

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    for name, value in messages[0]["headers"]:
        assert not {*name, *value} & {*b"\r\n\0"}
    return int(messages[0]["status"])


def test_mutated_requests_are_answered(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    statuses: Counter[int] = Counter()
    with caplog.at_level(logging.ERROR):
        for method, target, headers, body in requests(MUTATED // 2):
            server.clock.time += 10  # or all of them would have to wait for each other
            found = server.portal.call(record, server.app, method, target, headers, body)

            assert 200 <= found < 500 or found == 503, (method, target, headers)
            statuses[found] += 1

    assert not caplog.records
    assert statuses[200] > MUTATED // 40


LINE = st.tuples(st.sampled_from([name for name, _ in HEADERS]), st.binary(max_size=20))
SEGMENT = st.sampled_from([b"simple", b"acme", b"pypi", b"files", b"..", b"%2e%2e", b"%00", b""])


@made_up
@given(
    st.sampled_from(METHODS),
    st.lists(SEGMENT | st.binary(max_size=6), max_size=6),
    st.lists(LINE, max_size=4),
    st.binary(max_size=20),
)
def test_made_up_requests_are_answered(
    server: Server,
    method: str,
    segments: list[bytes],
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    target = b"/" + b"/".join(segments)
    server.clock.time += 10
    found = server.portal.call(record, server.app, method, target, headers, body)

    assert 200 <= found < 500
