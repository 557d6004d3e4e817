"""Hostile requests and hostile pages of an upstream index, over real sockets.

Each request goes to a server with each parser of HTTP, and to one with TLS. Whatever it is, the
answer is never 500, nothing is logged with a traceback, and the server goes on.
"""

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ghpypi.core.config.trust import Trust
from ghpypi.core.secret import Secret
from ghpypi.server.index.upstream import UpstreamIndex, UpstreamOptions
from ghpypi.server.served_store import Passwords
from ghpypi.server.upload.identity_tokens import Issuer
from ghpypi.server.upload.trusted_publishing import PREFIX, TrustedPublishing, UploadTokens
from ghpypi.stores.upstream import HttpUpstream
from tests.server.scene import IN_A_FOLDER, READER, basic
from tests.server.sockets import KINDS, Port, Received, port, request
from tests.server.uploading import publishing
from tests.support.jobs_of_github import AUDIENCE, FakeIssuer
from tests.support.packages import wheel

JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT_JSON = f"Accept: {JSON}"
SIGNED_IN = f"Authorization: {basic(READER)}"


def authorization(value: str) -> bytes:
    """Write a request with an Authorization header of arbitrary bytes."""
    return request("/simple/").replace(
        b"\r\n\r\n", b"\r\nAuthorization: " + value.encode("latin-1") + b"\r\n\r\n"
    )


def password(secret: bytes) -> bytes:
    """Write a request with a password of arbitrary bytes."""
    encoded = base64.b64encode(b"user:" + secret).decode()
    return authorization(f"Basic {encoded}")


def posted(path: str, body: bytes, *lines: str) -> bytes:
    return request(path, *lines, method="POST", body=body)


def token(text: str) -> bytes:
    return f'{{"token": {text}}}'.encode()


def jwt(*parts: str) -> str:
    """Write what looks like a token: three parts in base64."""
    encoded = (base64.urlsafe_b64encode(x.encode()).rstrip(b"=").decode() for x in parts)
    return json.dumps(".".join(encoded))


DEEP = "[" * 15_000 + "]" * 15_000
DEEP_OBJECT = '{"a":' * 10_000 + "1" + "}" * 10_000
LONE = '"\\ud800"'

BODIES = {
    "nothing": b"",
    "not JSON": b"token",
    "not UTF-8": b'{"token": "\xff"}',
    "UTF-16": '{"token": "x"}'.encode("utf-16"),
    "deep list": DEEP.encode(),
    "deep object": DEEP_OBJECT.encode(),
    "deep token": token(DEEP),
    "a number": b"1",
    "a number of 5,000 digits": token("1" * 5000),
    "null": b"null",
    "a list": b"[]",
    "no token": b"{}",
    "token is a number": token("1"),
    "token is null": token("null"),
    "token is empty": token('""'),
    "lone surrogate": token(LONE),
    "lone surrogate with the prefix": token(f'"{PREFIX}\\ud800.\\udfff.x"'),
    "lone surrogate as a key": b'{"\\ud800": 1, "token": "x"}',
    "NUL": token('"\\u0000"'),
    "not ASCII": token('"\u00e9.\u00e9.\u00e9"'),
    "prefix alone": token(f'"{PREFIX}"'),
    "deep header": token(jwt(DEEP, "{}", "x")),
    "deep claims": token(jwt('{"alg": "RS256", "kid": "key-0"}', DEEP, "x")),
    "lone surrogate in the header": token(jwt('{"alg": "RS256", "kid": "\\ud800"}', "{}", "x")),
    "header is a list": token(jwt("[]", "{}", "x")),
    "alg is a list": token(jwt('{"alg": [], "kid": "key-0"}', "{}", "x")),
    "alg is none": token(jwt('{"alg": "none", "kid": "key-0"}', "{}", "")),
    "alg is a number": token(jwt('{"alg": 1}', "{}", "x")),
    "kid is an object": token(jwt('{"alg": "RS256", "kid": {}}', "{}", "x")),
    "crit": token(jwt('{"alg": "RS256", "kid": "key-0", "crit": ["x"]}', "{}", "x")),
    "b64": token(jwt('{"alg": "RS256", "kid": "key-0", "b64": false}', "{}", "x")),
    "header of 5,000 digits": token(jwt('{"alg": "RS256", "x": ' + "1" * 5000 + "}", "{}", "x")),
    "only dots": token('".."'),
    "too large": b"x" * (65 << 10),
}

PATHS = {
    "Kelvin sign": "/%E2%84%AAit",
    "Kelvin sign in a project": "/simple/%E2%84%AAit/",
    "Kelvin sign as a store": "/%E2%84%AA/%E2%84%AA/simple/",
    "Kelvin sign in a file": "/files/x/%E2%84%AAit-1.0-py3-none-any.whl",
    "long s": "/simple/%C5%BFix/",
    "dotted I": "/simple/%C4%B0x/",
    "dotted I, no slash": "/simple/%C4%B0x",
    "dotless i": "/simple/%C4%B1x",
    "full width": "/simple/%EF%BD%81%EF%BD%82",
    "superscript": "/simple/x%C2%B2/",
    "not UTF-8": "/simple/%ff%fe/",
    "half of a character": "/simple/%E2%84/",
    "surrogates": "/simple/%ED%A0%80/",
    "NUL": "/simple/%00/",
    "line end": "/simple/a%0d%0aSet-Cookie:x/",
    "line end, no slash": "/project/a%0d%0aSet-Cookie:x",
    "line end in the query": "/simple/A?x=%0d%0aSet-Cookie:x",
    "percent": "/simple/%/",
    "percent G": "/simple/%GG/",
    "dots": "/../../../../etc/passwd",
    "encoded dots": "/%2e%2e/%2e%2e/etc/passwd",
    "encoded slash": "/simple/..%2f..%2fetc/",
    "backslash": "/project/..%5c..%5cx/",
    "slashes": "////",
    "double slash host": "//evil.example/simple",
    "double slash project": "//evil.example/simple/Acme",
    "no such index": "/nosuch/simple/acme-lib/",
    "page not UTF-8": "/project/%ff/",
    "page of a surrogate": "/project/%ED%A0%80/",
    "page Kelvin": "/project/%E2%84%AA",
    "file of dots": "/files/../../../x-1.0.tar.gz",
    "file not UTF-8": "/files/%ff/%ff-1.0.tar.gz",
    "file with NUL": "/files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl%00",
    "file of a surrogate": "/files/%ED%A0%80/acme_lib-1.0-py3-none-any.whl",
    "version of 5,000 digits": f"/files/x/acme_lib-{'1' * 200}-py3-none-any.whl",
    "format not known": "/simple/?format=\xe9",
    "format twice": "/simple/?format=x&format=y",
    "format surrogate": "/simple/?format=%ED%A0%80",
    "many parameters": "/simple/?" + "a=b&" * 8000,
    "next of a surrogate": "/login?next=/%ED%A0%80",
    "next elsewhere": "/login?next=//evil.example",
    "metrics": "/metrics",
}

HEADERS = {
    "accept not ASCII": "Accept: \xe9/\xff",
    "accept of commas": "Accept: " + "," * 40_000,
    "accept of semicolons": "Accept: text/html" + ";" * 40_000,
    "accept q infinite": "Accept: text/html;q=1e999",
    "accept q not a number": "Accept: text/html;q=nan",
    "accept q long": "Accept: text/html;q=0." + "1" * 900,
    "accept q Arabic": "Accept: text/html;q=\xb2",
    "encoding": "Accept-Encoding: gzip;q=\xb2",
    "encoding long": "Accept-Encoding: " + "gzip;q=0," * 5000,
    "cookie not ASCII": "Cookie: ghpypi-session=\xe9\xff; ghpypi-form=\xe9",
    "cookie of semicolons": "Cookie: " + ";" * 40_000,
    "cookie long": "Cookie: ghpypi-session=" + "g" * 40_000,
    "etag not ASCII": "If-None-Match: \xe9",
    "etag star": "If-None-Match: *",
    "range": "Range: bytes=\xb2-\xb3",
    "range of 5,000 digits": f"Range: bytes={'1' * 5000}-",
    "range negative": "Range: bytes=-0",
    "host not ASCII": "X-Forwarded-Host: \xe9",
    "user agent not ASCII": "User-Agent: \xff\xfe",
    "length not a number": "Content-Length: x",
    "length negative": "Content-Length: -1",
    "length of 5,000 digits": f"Content-Length: {'1' * 5000}",
    "length Arabic": "Content-Length: \xb2",
    "chunked and length": "Transfer-Encoding: chunked\r\nContent-Length: 3",
    "chunked twice": "Transfer-Encoding: chunked, chunked",
    "transfer not known": "Transfer-Encoding: gzip",
    "upgrade": "Connection: Upgrade\r\nUpgrade: websocket",
    "upgrade to h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c",
    "expect": "Expect: x",
    "folded": "X: a\r\n b",
    "space in a name": "X : a",
    "no colon": "X",
    "NUL": "X: \0",
    "bare CR": "X: a\rb",
}

AUTHORIZATIONS = {
    "Basic e": authorization("Basic \xe9"),
    "Basic of nothing": authorization("Basic"),
    "Basic of one character": authorization("Basic a"),
    "Basic with spaces": authorization("Basic   "),
    "Basic of padding": authorization("Basic ===="),
    "Bearer e": authorization("Bearer \xe9"),
    "Bearer of our prefix": authorization(f"Bearer {PREFIX}\xe9"),
    "Digest": authorization("Digest x"),
    "scheme not ASCII": authorization("\xe9 \xe9"),
    "password not UTF-8": password(b"\xff\xfe"),
    "password with surrogates": password(b"\xed\xa0\x80"),
    "password with NUL": password(b"\0"),
    "password with line ends": password(b"a\r\nX: y"),
    "password not ASCII": password("\u00e9\u4e2d".encode()),
    "token with line end": password(READER.encode() + b"\n"),
    "our prefix": password(PREFIX.encode()),
    "our prefix not ASCII": password(f"{PREFIX}\u00e9".encode()),
    "user not UTF-8": authorization("Basic " + base64.b64encode(b"\xff:x").decode()),
    "user with line end": authorization("Basic " + base64.b64encode(b"a\r\nb:x").decode()),
}

FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=x"
POSTS = {
    "login: not UTF-8": posted("/login", b"token=\xff&form=\xfe", FORM),
    "login: surrogates": posted("/login", b"token=%ED%A0%80&form=%ED%A0%80", FORM),
    "login: many fields": posted("/login", b"a=b&" * 4000, FORM),
    "login: too large": posted("/login", b"x" * 20_000, FORM),
    "login: form not ASCII": posted(
        "/login", b"form=%C3%A9&token=x", FORM, "Cookie: ghpypi-form=" + "\xe9" * 40
    ),
    "login: origin": posted("/login", b"", "Origin: \xe9"),
    "logout": posted("/logout", b""),
    "upload: nothing": posted("/legacy/", b"", SIGNED_IN),
    "upload: no boundary": posted("/legacy/", b"x", SIGNED_IN, "Content-Type: multipart/form-data"),
    "upload: type not ASCII": posted("/legacy/", b"x", SIGNED_IN, "Content-Type: \xe9; \xff=\xfe"),
    "upload: garbage": posted("/legacy/", b"garbage", SIGNED_IN, MULTIPART),
    "upload: anonymous": posted("/legacy/", b"garbage", MULTIPART),
    "upload: browser": posted("/legacy/", b"x", SIGNED_IN, "Origin: x"),
    "method": request("/simple/", method="BREW"),
    "method of a store": request("/acme/pypi/", method="DELETE"),
    "options": request("*", method="OPTIONS"),
    "connect": request("evil.example:443", method="CONNECT"),
    "absolute": request("http://evil.example/simple/"),
    "absolute of brackets": request("http://[::1/simple/"),
    "trace": request("/simple/", method="TRACE"),
    "HTTP/0.9": b"GET /simple/\r\n\r\n",
    "HTTP/1.0": b"GET /simple/ HTTP/1.0\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /simple/ HTTP/1.1\r\n\r\n",
    "two hosts": request("/simple/", "Host: evil.example"),
    "TLS on plain": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "zeros": bytes(3000) + b"\r\n\r\n",
    "path not ASCII": b"GET /simple/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "fragment": request("/simple/#x"),
    "bad chunk after a response": (
        request("/simple/", "Transfer-Encoding: chunked", method="POST") + b"zz\r\n"
    ),
    "pipelined garbage": request("/health") + b"\0\0\0\r\n\r\n",
}

REQUESTS: dict[str, bytes] = {
    **{f"path {name}": request(path, SIGNED_IN) for name, path in PATHS.items()},
    **{f"anonymous path {name}": request(path) for name, path in PATHS.items()},
    **{
        f"header {name}": request("/simple/acme-lib/", SIGNED_IN, lines)
        for name, lines in HEADERS.items()
    },
    **{
        f"login with header {name}": request("/login", "User-Agent: Mozilla/5", lines)
        for name, lines in HEADERS.items()
    },
    **{
        f"file with header {name}": request(
            "/tools/files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl", lines
        )
        for name, lines in HEADERS.items()
    },
    **{f"authorization {name}": data for name, data in AUTHORIZATIONS.items()},
    **{
        f"folder authorization {name}": data.replace(b"/simple/", b"/tools/simple/")
        for name, data in AUTHORIZATIONS.items()
    },
    **{
        f"upload authorization {name}": data.replace(b"GET /simple/", b"POST /legacy/")
        for name, data in AUTHORIZATIONS.items()
    },
    **{f"mint {name}": posted("/_/oidc/mint-token", body) for name, body in BODIES.items()},
    **{f"burn {name}": posted("/_/oidc/burn-token", body) for name, body in BODIES.items()},
    **POSTS,
}


@contextmanager
def server(
    folder: Path, kind: str, upstream: str = "", github: FakeIssuer | None = None
) -> Iterator[Port]:
    """Serve a store of GitHub's with uploads and trusted publishing, and a folder."""
    github = github or FakeIssuer()
    upload_tokens = UploadTokens(Secret("a secret of the servers"), AUDIENCE)
    with publishing(
        folder / "in", wheel(), upload_tokens=upload_tokens, own_token=READER
    ) as uploads:
        app = uploads.server.app
        issuer = Issuer(github.url, AUDIENCE, fetch=github.fetch)
        rules = [Trust.parse("acme/lib=acme-*", store="acme/pypi")]
        tools = replace(
            uploads.server.served_store,
            name="tools",
            capabilities=IN_A_FOLDER,
            passwords=Passwords(write=Secret("the password of the folder")),
            _running=None,
        )
        all_stores = app.all_stores
        app.all_stores = replace(
            all_stores,
            served_stores={**all_stores.served_stores, "tools": tools, "kit": tools},
            parts=(*all_stores.parts, TrustedPublishing(issuer, rules, upload_tokens)),
        )
        if upstream:
            options = UpstreamOptions(url=f"{upstream}/simple/", merge=("*",))
            app.all_stores.simple_api._upstream_index = UpstreamIndex(options, HttpUpstream())
        with port(app, folder, kind) as opened:
            yield opened


def hostile_tokens(github: FakeIssuer) -> dict[str, str]:
    """Make tokens that are signed as they should be, with claims of the wrong shape."""
    changes: dict[str, dict[str, Any]] = {
        "exp of 400 digits": {"exp": 10**400},
        "exp is infinite": {"exp": float("inf")},
        "exp is text": {"exp": "tomorrow"},
        "exp is a list": {"exp": []},
        "iat is a list": {"iat": []},
        "jti is a list": {"jti": [1]},
        "jti is an object": {"jti": {"a": 1}},
        "repository is a list": {"repository": ["acme/lib"]},
        "repository is an object": {"repository": {}},
        "repository of surrogates": {"repository": "\ud800/\udfff"},
        "ref is a number": {"ref": 1},
        "ref of surrogates": {"ref": "\ud800"},
        "environment is a list": {"environment": []},
        "workflow is a number": {"workflow_ref": 1, "job_workflow_ref": 2},
        "audience is an object": {"aud": {}},
        "deep claims": {"x": json.loads("[" * 900 + "]" * 900)},
    }
    return {name: github.token(**each) for name, each in changes.items()}


KEY_DOCUMENTS = {
    "nothing": "",
    "not JSON": "<html>",
    "deep": DEEP,
    "a list": "[]",
    "a number": "1",
    "keys is a number": '{"keys": 1}',
    "keys are texts": '{"keys": ["x"]}',
    "keys are null": '{"keys": [null]}',
    "key without numbers": '{"keys": [{"kty": "RSA", "kid": "key-0"}]}',
    "key of nonsense": '{"keys": [{"kty": "RSA", "kid": "key-0", "n": "!", "e": []}]}',
    "key of zero": '{"keys": [{"kty": "RSA", "kid": "key-0", "n": "AA", "e": "AA"}]}',
    "key of surrogates": '{"keys": [{"kty": "RSA", "kid": "\\ud800", "n": "AQAB", "e": "AQAB"}]}',
    "kid is a list": '{"keys": [{"kty": "RSA", "kid": [], "n": "AQAB", "e": "AQAB"}]}',
}


def faults(opened: Port, received: Received) -> list[str]:
    """List what is wrong with the answer to a hostile request."""
    found = [line for line in opened.errors if "Traceback" in line or "Exception" in line]
    opened.errors.clear()
    if received.status >= 500:
        found.append(f"HTTP {received.status}: {received.body[:200]!r}")
    if "set-cookie: x" in received.head.lower():
        found.append(received.head)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_requests_are_the_fault_of_their_sender(tmp_path: Path, kind: str) -> None:
    with server(tmp_path, kind) as opened:
        found = {
            name: wrong
            for name, data in REQUESTS.items()
            if (wrong := faults(opened, opened.exchange(data)))
        }

        assert {name: wrong[-1][-300:] for name, wrong in found.items()} == {}
        assert opened.get("/simple/acme-lib/", SIGNED_IN).status == 200


def test_hostile_claims_get_nothing(tmp_path: Path) -> None:
    github = FakeIssuer()
    with server(tmp_path, "httptools", github=github) as opened:
        for name, text in hostile_tokens(github).items():
            received = opened.exchange(posted("/_/oidc/mint-token", token(json.dumps(text))))

            assert faults(opened, received) == [], name
            assert received.status in {200, 422}, name


@dataclass
class OddIssuer(FakeIssuer):
    """An issuer whose list of keys is not one."""

    document: str = ""

    def page(self, path: str) -> str:
        if path.endswith("/openid-configuration"):
            return super().page(path)
        return self.document


@pytest.mark.parametrize("name", KEY_DOCUMENTS)
def test_an_issuer_with_hostile_keys_is_reported_as_the_cause(tmp_path: Path, name: str) -> None:
    github = OddIssuer(document=KEY_DOCUMENTS[name])
    with server(tmp_path, "httptools", github=github) as opened:
        text = json.dumps(github.token())
        received = opened.exchange(posted("/_/oidc/mint-token", token(text)))

        assert received.status in {422, 503}
        assert [line for line in opened.errors if "Traceback" in line] == []


# Pages of an upstream index


def page(files: str, *, meta: str = '{"api-version": "1.0"}') -> str:
    return f'{{"meta": {meta}, "name": "acme-lib", "files": {files}}}'


def file(**facts: object) -> str:
    return page(json.dumps([{"filename": NAME, "url": NAME, "hashes": {}, **facts}]))


NAME = "acme_lib-2.0-py3-none-any.whl"
HTML = "text/html"
PAGES: dict[str, tuple[str, str | bytes]] = {
    "deep JSON": (JSON, DEEP),
    "deep object": (JSON, DEEP_OBJECT),
    "deep file": (JSON, page(DEEP)),
    "deep value": (JSON, page(f'[{{"filename": "{NAME}", "url": "{NAME}", "yanked": {DEEP}}}]')),
    "a list": (JSON, "[]"),
    "a number of 5,000 digits": (JSON, "1" * 5000),
    "size of 5,000 digits": (JSON, page(f'[{{"filename": "{NAME}", "size": {"1" * 5000}}}]')),
    "not UTF-8": (JSON, b"\xff\xfe"),
    "UTF-16": (JSON, page("[]").encode("utf-16")),
    "files is an object": (JSON, page("{}")),
    "files are texts": (JSON, page('["x"]')),
    "meta is a list": (JSON, page("[]", meta="[]")),
    "meta is deep": (JSON, page("[]", meta=DEEP)),
    "version of 5,000 digits": (JSON, page("[]", meta=f'{{"api-version": "{"1" * 5000}"}}')),
    "surrogate in a name": (JSON, file(filename="\ud800-1.0.tar.gz")),
    "surrogate in an address": (JSON, file(url="https://x/\ud800")),
    "surrogate in a reason": (JSON, file(yanked="\ud800")),
    "surrogate in a key": (JSON, file(**{"\ud800": 1})),
    "surrogate in a digest": (JSON, file(hashes={"\ud800": "\udfff"})),
    "size negative": (JSON, file(size=-1)),
    "size is true": (JSON, file(size=True)),
    "size is a fraction": (JSON, file(size=1e300)),
    "size is infinite": (JSON, page(f'[{{"filename": "{NAME}", "url": "x", "size": Infinity}}]')),
    "digest of a list": (JSON, file(hashes={"sha256": []})),
    "requires-python of 5,000 digits": (JSON, file(**{"requires-python": ">=" + "1" * 5000})),
    "upload-time of year 0": (JSON, file(**{"upload-time": "0000-00-00T00:00:00Z"})),
    "upload-time of the last second": (JSON, file(**{"upload-time": "9999-12-31T23:59:59-12:00"})),
    "address of brackets": (JSON, file(url="http://[::1")),
    "address of a port": (JSON, file(url="http://x:99999/x.whl")),
    "address of a script": (JSON, file(url="javascript:alert(1)")),
    "declaration": (HTML, "<![x"),
    "declaration with a link": (HTML, f'<a href="{NAME}">x</a><![x'),
    "base of brackets": (HTML, f'<base href="http://[::1"><a href="{NAME}">x</a>'),
    "base of a port": (HTML, f'<base href="http://x:y/"><a href="{NAME}">x</a>'),
    "link of brackets": (HTML, '<a href="http://[::1/x-1.0.tar.gz">x</a>'),
    "link of IPv6": (HTML, '<a href="http://[g]/x-1.0.tar.gz">x</a>'),
    "deep HTML": (HTML, "<div>" * 50_000),
    "open tag": (HTML, "<a href='" + "x" * 50_000),
    "open comment": (HTML, "<!--" + "x" * 50_000),
    "many open tags": (HTML, "<a " * 20_000),
    "surrogate references": (HTML, '<a href="&#xD800;-1.0.tar.gz">&#xD800;</a>'),
    "reference of 5,000 digits": (HTML, f'<a href="&#{"1" * 5000};">x</a>'),
    "data-size of 5,000 digits": (HTML, f'<a href="{NAME}" data-size="{"1" * 5000}">x</a>'),
    "data-size of letters": (HTML, f'<a href="{NAME}" data-size="\u00b2">x</a>'),
    "NUL": (HTML, "\0" * 5000),
    "nothing": (HTML, ""),
}


@contextmanager
def upstream_index(pages: Mapping[str, tuple[str, str | bytes]]) -> Iterator[str]:
    """Serve pages of projects by number."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = list(pages.values())[int(self.path.split("/")[2].removeprefix("p"))]
            body = content.encode() if isinstance(content, str) else content
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as index:
        thread = threading.Thread(target=index.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{index.server_port}"
        index.shutdown()
        thread.join()


def test_hostile_pages_of_an_upstream_index_are_its_own_fault(tmp_path: Path) -> None:
    statuses = Counter[int]()
    with upstream_index(PAGES) as upstream, server(tmp_path, "httptools", upstream) as opened:
        for number, name in enumerate(PAGES):
            for accept in (ACCEPT_JSON, "Accept: text/html"):
                received = opened.get(f"/simple/p{number}/", SIGNED_IN, accept)

                statuses[received.status] += 1
                assert received.status in {200, 404, 502}, name
                assert [line for line in opened.errors if "Traceback" in line] == [], name
                if received.status == 502:
                    assert upstream.encode() in received.body, name

        assert opened.get("/simple/acme-lib/", SIGNED_IN).status == 200
        assert statuses[200] > 20
        assert statuses[502] > 20
