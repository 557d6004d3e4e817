"""Broken indexes, each with one fault: the rule that it violates, a name, and what differs.

The parts are those of `sites`; a response of `None` does not exist.
"""

import hashlib
import json
from typing import NamedTuple

from ghpypi.core.digest import digest_of
from tests.jobs.verify.sites import (
    BARE,
    FILE,
    FILES,
    INDEX,
    METADATA,
    ONLY_JSON,
    PAGE,
    SERVED,
    SHA256,
    STATIC,
    STATIC_JSON,
    UPLOADED,
    VARYING,
    WHEEL,
    WHEEL_URL,
    html,
    link,
    page_json,
    redirect,
    root_html,
    root_json,
    row,
)
from tests.support.archives import WHEEL_NAME, core_metadata, wheel_of
from tests.support.canned_site import BINARY, HTML, Canned, Pages
from tests.support.variant_wheels import CUDA_12, CUDA_13, variant_wheel, variants_json


class Fault(NamedTuple):
    """A broken index."""

    rule: str
    name: str
    sound: Pages
    changes: Pages
    project: str = ""

    @property
    def pages(self) -> Pages:
        return {**self.sound, **self.changes}


def page(rule: str, name: str, changed: Canned, **more: Canned | None) -> Fault:
    """A static index with another project page."""
    return Fault(rule, name, STATIC, {PAGE: changed, **more})


def attribute(rule: str, name: str, /, **values: str | None) -> Fault:
    """A static index with another value of a file."""
    return Fault(rule, name, STATIC, {PAGE: html(link(**values))})


def key(rule: str, name: str, /, **values: object) -> Fault:
    """An index of JSON with another value of a file."""
    return Fault(rule, name, ONLY_JSON, {PAGE: page_json(row(**values))})


def top(rule: str, name: str, /, *rows: object, **values: object) -> Fault:
    """An index of JSON with another value of the page."""
    return Fault(rule, name, ONLY_JSON, {PAGE: page_json(*rows, **values)})


def href(rule: str, name: str, url: str, **changes: Canned | None) -> Fault:
    """A static index with another link."""
    return Fault(rule, name, STATIC, {PAGE: html(link(href=url)), **changes})


def stored(rule: str, name: str, file: Canned, **values: str | None) -> Fault:
    """A static index with another file, at the same address."""
    return Fault(rule, name, STATIC, {WHEEL_URL: file, PAGE: html(link(**values))})


def built(rule: str, name: str, content: bytes, metadata: bytes = METADATA) -> Fault:
    """A static index with another wheel, whose hash and metadata file are right."""
    values = {
        "size": str(len(content)),
        "core_metadata": f"sha256={digest_of(metadata)}",
        "requires_python": ">=3.9" if b"Requires-Python" in metadata else None,
    }
    changed = html(link(href=f"{WHEEL_URL}#sha256={digest_of(content)}", **values))
    return Fault(rule, name, STATIC, {
        PAGE: changed,
        WHEEL_URL: Canned(type=BINARY, body=content),
        f"{WHEEL_URL}.metadata": Canned(type=BINARY, body=metadata),
    })  # fmt: skip


def typed(rule: str, media_type: str, body: bytes = html(link()).body, name: str = "") -> Fault:
    """A static index with another media type of a page."""
    return page(rule, name or media_type or "none", Canned(type=media_type, body=body))


def with_headers(rule: str, name: str, **headers: str) -> Fault:
    named = {field.replace("_", "-"): value for field, value in headers.items()}
    return page(rule, name, Canned(body=html(link()).body, headers=named))


def json_differs(rule: str, name: str, /, **values: object) -> Fault:
    """An index whose JSON has another value of a file than HTML."""
    return Fault(rule, name, STATIC_JSON, {f"{PAGE}index.json": page_json(row(**values))})


PLUS = WHEEL_NAME.replace("1.0", "1.0+cu128")
PLUS_WHEEL = wheel_of(
    info="acme_lib-1.0+cu128.dist-info",
    metadata=core_metadata("Requires-Python: >=3.9", version="1.0+cu128"),
)
NO_VERSION = b"Metadata-Version: 2.1\nName: acme-lib\n\n"
ODD_REQUIREMENT = core_metadata("Requires-Dist: a (>=")
METADATA_FILE = STATIC[f"{WHEEL_URL}.metadata"]
SECOND = "acme_lib-1.0-py2-none-any.whl"
SECOND_STORED = {
    f"{FILES}{SECOND}": FILE,
    f"{FILES}{SECOND}.metadata": METADATA_FILE,
}
MD5 = hashlib.md5(WHEEL, usedforsecurity=False).hexdigest()
ASSET = "https://api.github.com/repos/a/b/releases/assets/1"
SIGN_IN = "https://login.example/login?return=x"
SIGN_IN_PAGE = {SIGN_IN: Canned(body=b"<!DOCTYPE html><form></form>")}
PUBLISHED = "https://pypi.example/provenance/x"


def plus_link(written: str) -> str:
    return link(
        PLUS, f"{FILES}{written}#sha256={digest_of(PLUS_WHEEL)}", core_metadata=None,
        size=str(len(PLUS_WHEEL)),
    )  # fmt: skip


def _renamed(filename: str, metadata: bytes, rule: str, name: str) -> Fault:
    content = wheel_of(metadata=metadata)
    url = f"{FILES}{filename}"
    changed = html(
        link(filename, f"{url.replace('+', '%2B')}#sha256={digest_of(content)}", core_metadata=None,
             size=str(len(content)))
    )  # fmt: skip
    file = Canned(type=BINARY, body=content)
    return Fault(rule, name, STATIC, {PAGE: changed, url.replace("+", "%2B"): file})


def _variants(rule: str, name: str, *labels: str, document: bytes | None) -> Fault:
    """An index with variant wheels, with the file that describes them or without it."""
    needs = {"cu12": CUDA_12, "cu13": CUDA_13}
    wheels = dict(variant_wheel(label, needs[label]) for label in labels)
    index = f"{INDEX}acme-kern/"
    files = dict(wheels)
    if document is not None:
        files["acme_kern-1.0-variants.json"] = document
    links = [
        link(
            each, f"{FILES}{each}#sha256={digest_of(content)}", core_metadata=None,
            requires_python=None, size=str(len(content)),
        )
        for each, content in files.items()
    ]  # fmt: skip
    return Fault(rule, name, {}, {
        INDEX: root_html("acme-kern"),
        index: html(*links),
        f"{INDEX}acme-kern": redirect(index, 301),
        **{f"{FILES}{each}": Canned(type=BINARY, body=text) for each, text in files.items()},
    })  # fmt: skip


VARIANTS = json.dumps(variants_json(cu12=CUDA_12)).encode()

ROOTS = [
    Fault("root-missing", "404", STATIC, {INDEX: None}),
    Fault("not-an-index", "the page for people", STATIC_JSON, {
        INDEX: html('<a href="project/acme-lib/">acme-lib</a>', version=""),
        f"{INDEX}simple/": root_html("acme-lib"),
        f"{INDEX}index.json": None,
    }),
    Fault("root-empty", "no links", STATIC, {INDEX: root_html()}),
    Fault("root-empty", "JSON", ONLY_JSON, {INDEX: root_json()}),
    Fault("root-name-invalid", "white space", STATIC, {INDEX: html(
        '<a href="acme-lib/">acme-lib</a>', '<a href="a%20b/">a b</a>'
    )}),
    Fault("root-name-twice", "two spellings", ONLY_JSON, {INDEX: root_json("acme-lib", "Acme_Lib")}),
    Fault("root-link", "another project", STATIC, {INDEX: html('<a href="other/">acme-lib</a>')}),
    Fault("root-link", "another folder", STATIC, {INDEX: html('<a href="/p/acme-lib/">acme-lib</a>')}),
    Fault("root-formats", "one is older", STATIC_JSON, {f"{INDEX}index.json": root_json("acme-lib", "b")}),
    Fault("root-formats", "negotiated", SERVED, {INDEX: Canned(body=root_html().body, headers=VARYING)}),
    Fault("project-unlisted", "named", STATIC, {INDEX: root_html("other")}, "acme-lib"),
    Fault("unknown-project-found", "an empty page", STATIC, {
        f"{INDEX}ghpypi-verify-no-such-project/": html(),
    }),
    Fault("unknown-project-forbidden", "an object store", STATIC, {
        f"{INDEX}ghpypi-verify-no-such-project/": Canned(status=403),
    }),
    Fault("unknown-project-error", "500", STATIC, {
        f"{INDEX}ghpypi-verify-no-such-project/": Canned(status=500),
    }),
    Fault("slash", "404", STATIC, {f"{INDEX}acme-lib": None}),
    Fault("page-unreadable", "root JSON", ONLY_JSON, {INDEX: Canned(type=root_json().type, body=b"{")}),
    Fault("page-sign-in", "root", STATIC, {INDEX: Canned(status=401)}),
    Fault("redirect-insecure", "root", STATIC, {INDEX: redirect("http://pypi.example/simple/")}),
    Fault("redirect-hijack", "root", STATIC, {INDEX: redirect("https://www.acme.example/simple/")}),
]  # fmt: skip

RESPONSES = [
    page("page-missing", "404", Canned(status=404)),
    Fault("page-not-normalized", "the name as written", STATIC, {
        INDEX: root_html("Acme.Lib"), PAGE: None, f"{INDEX}Acme.Lib/": html(link()),
    }),
    page("page-sign-in", "401", Canned(status=401)),
    page("page-sign-in", "403", Canned(status=403)),
    Fault("page-sign-in", "a form", STATIC, {PAGE: redirect(SIGN_IN), **SIGN_IN_PAGE}),
    page("page-unavailable", "503", Canned(status=503)),
    page("page-unavailable", "no connection", Canned(status=0)),
    page("page-status", "204", Canned(status=204)),
    page("page-status", "418", Canned(status=418)),
    page("redirect-loop", "to itself", redirect(PAGE)),
    page("redirect-insecure", "HTTP", redirect("http://pypi.example/simple/acme-lib/")),
    page("redirect-hijack", "a custom domain", redirect("https://www.acme.example/acme-lib/")),
    Fault("redirect-host", "another host has the page", STATIC, {
        PAGE: redirect("https://www.acme.example/simple/acme-lib/"),
        "https://www.acme.example/simple/acme-lib/": html(link()),
    }),
    Fault("redirect-relative", "another path", STATIC, {
        PAGE: redirect("/new/acme-lib/"),
        "https://pypi.example/new/acme-lib/": html(link(href=f"/x/{WHEEL_NAME}#sha256={SHA256}")),
        f"https://pypi.example/x/{WHEEL_NAME}": FILE,
        f"https://pypi.example/x/{WHEEL_NAME}.metadata": METADATA_FILE,
    }),
    typed("content-type-missing", ""),
    typed("content-type-json", "application/json", page_json().body),
    typed("content-type", "text/plain"),
    typed("content-type", "application/xhtml+xml"),
    typed("content-type-case", "Text/HTML"),
    typed("content-mismatch", HTML, page_json().body),
    typed("content-mismatch", page_json().type),
    Fault("vary", "negotiated", SERVED, {
        PAGE: Canned(body=html(link()).body, headers={"ETag": '"1"'}),
    }),
    Fault("default-form", "JSON for all", SERVED, {f"{INDEX} any": root_json("acme-lib")}),
    with_headers("long-cache", "a day", Cache_Control="public, max-age=86400"),
    with_headers("long-cache", "immutable", Cache_Control="max-age=600, immutable"),
    with_headers("stale-cache", "older than max-age", Cache_Control="max-age=600", Age="7200"),
    page("page-truncated", "connection", Canned(body=html(link()).body, cut=20)),
    page("page-truncated", "within a tag", Canned(body=html(link()).body[:-60])),
    page("page-unclosed", "no end", html(link(), end="")),
    page("page-unreadable", "markup", Canned(body=b"<!DOCTYPE html><![x" + html(link()).body)),
    typed("page-unreadable", page_json().type, b'{"files": ['),
    typed("page-unreadable", page_json().type, b"\xef\xbb\xbf" + page_json().body, "a mark"),
    page("not-utf8", "Latin-1", Canned(body=html(link(), "\xe9").body.replace("\xe9".encode(), b"\xe9"))),
]  # fmt: skip

LISTINGS = [
    page("api-version-major", "2.0", html(link(), version="2.0")),
    top("api-version-major", "JSON", meta={"api-version": "2.0"}),
    page("api-version-newer", "1.9", html(link(), version="1.9")),
    top("api-version-invalid", "missing", meta={}),
    top("api-version-invalid", "a number", meta={"api-version": 1.4}),
    page("api-version-invalid", "twice", html(link(), head='<meta name="pypi:repository-version" content="1.0">')),
    top("project-name", "another", name="other"),
    top("project-name", "not normalized", name="Acme.Lib"),
    top("versions-missing", "PEP 700", versions=...),
    top("versions-differ", "one missing", versions=["0.9"]),
    top("versions-invalid", "no version", versions=["1.0", "latest"]),
    top("versions-invalid", "twice", versions=["1.0", "1.0.0"]),
    top("status-unknown", "abandoned", project_status={"status": "abandoned"}),
    top("status-place", "in meta", meta={"api-version": "1.4", "project-status": "archived"}),
    top("status-place", "called state", project_status={"state": "archived"}),
    top("quarantined-files", "JSON", project_status={"status": "quarantined"}),
    page("quarantined-files", "HTML", html(link(), head='<meta name="pypi:project-status" content="quarantined">')),
    page("no-files", "HTML", html()),
    top("no-files", "JSON", files=[], versions=[]),
    top("json-null", "status", project_status=None),
    key("json-null", "size", size=None),
    key("json-null", "upload time", upload_time=None),
    key("json-null", "yanked", yanked=None),
    top("json-type", "files", files={}),
    top("json-type", "a file", None),
    top("json-type", "status", project_status="archived"),
    key("json-type", "size", size="12"),
    key("json-type", "yanked", yanked=1),
    key("json-type", "core metadata", core_metadata="sha256=x"),
    key("json-type", "hash", hashes={"sha256": 5}),
    top("json-key-missing", "files", files=...),
    top("json-key-missing", "url", row(url=...)),
    key("json-key-missing", "hashes", hashes=...),
    key("old-metadata-key", "PEP 714", dist_info_metadata=True),
    top("withdrawn-key", "PEP 708", alternate_locations=[]),
    page("base-relative", "a path", html(link(), head='<base href="/x/">')),
    page("file-twice", "same", html(link(), link())),
    page("file-twice-differs", "two hashes", html(link(), link(href=f"{FILES}b/{WHEEL_NAME}#sha256={'0' * 64}"))),
    page("anchor-text", "words", html(link(text="download"))),
    page("filename-invalid", "no version", html(link(), link("acme_lib.whl", f"{FILES}acme_lib.whl#sha256={SHA256}"))),
    page("filename-project", "another", html(link(), link("other-1.0-py3-none-any.whl"))),
    top("filename-project", "JSON", row(), row("other-1.0-py3-none-any.whl"), versions=["1.0"]),
    Fault("filename-url", "the API of GitHub", ONLY_JSON, {
        PAGE: page_json(row(url=ASSET)), ASSET: FILE, f"{ASSET}.metadata": METADATA_FILE,
    }),
    page("not-a-distribution", "a checksum", html(link(), '<a href="SHA256SUMS">SHA256SUMS</a>')),
    href("link-invalid", "white space", f"{FILES}a b/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-invalid", "a bracket", f"https://[/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-scheme", "FTP", f"ftp://files.example/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-scheme", "a file", f"file:///srv/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-insecure", "HTTP", f"http://files.example/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-credentials", "a password", f"https://bot:hunter22@files.example/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-local-host", "loopback", f"https://127.0.0.1:8080/{WHEEL_NAME}#sha256={SHA256}"),
    href("link-local-host", "an intranet", f"https://build.internal/{WHEEL_NAME}#sha256={SHA256}"),
    page("plus-escaped-twice", "%252B", html(plus_link(PLUS.replace("+", "%252B"))), **{
        f"{FILES}{PLUS.replace('+', '%252B')}": Canned(type=BINARY, body=PLUS_WHEEL),
    }),
    page("plus-unescaped", "an object store", html(plus_link(PLUS)), **{
        f"{FILES}{PLUS.replace('+', '%2B')}": Canned(type=BINARY, body=PLUS_WHEEL),
    }),
    href("metadata-query", "a signed URL", f"{WHEEL_URL}?key=1#sha256={SHA256}", **{f"{WHEEL_URL}?key=1": FILE}),
    href("hash-missing", "HTML", WHEEL_URL),
    key("hash-missing", "JSON", hashes={}),
    page("hash-mixed", "one", html(link(), link(SECOND, f"{FILES}{SECOND}")), **SECOND_STORED),
    href("hash-weak", "MD5", f"{WHEEL_URL}#md5={MD5}", **{WHEEL_URL: Canned(type=BINARY, body=WHEEL)}),
    href("hash-fragment", "SHA-1", f"{WHEEL_URL}#sha1={'0' * 40}"),
    href("hash-fragment", "an egg", f"{WHEEL_URL}#egg=acme-lib"),
    key("hash-first", "BLAKE2", hashes={"blake2b_256": "0" * 64, "sha256": SHA256}),
    href("hash-malformed", "short", f"{WHEEL_URL}#sha256=12ab"),
    key("hash-malformed", "letters", hashes={"sha256": "x" * 64}),
    attribute("requires-python-invalid", "letters", requires_python=">=three"),
    key("requires-python-invalid", "JSON", requires_python=">=3.6.*"),
    attribute("requires-python-escaped", "twice", requires_python="&gt;=3.9"),
    key("requires-python-escaped", "JSON", requires_python="&gt;=3.9"),
    attribute("yanked-bare", "no value", yanked=BARE),
    attribute("core-metadata-value", "false", core_metadata="false"),
    attribute("core-metadata-value", "MD5", core_metadata=f"md5={MD5}"),
    key("core-metadata-value", "JSON", core_metadata={}),
    attribute("core-metadata-alias", "true", dist_info_metadata="true"),
    key("size-missing", "PEP 700", size=...),
    key("upload-time-invalid", "no zone", upload_time="2026-01-31T12:00:00"),
    key("upload-time-invalid", "words", upload_time="yesterday"),
    attribute("upload-time-attribute", "words", upload_time="yesterday"),
    key("upload-time-digits", "one digit", upload_time="2026-01-31T12:00:00.5Z"),
    key("upload-time-digits", "an offset", upload_time="2026-01-31T12:00:00+00:00"),
    attribute("upload-time-future", "next year", upload_time="2027-01-31T12:00:00Z"),
    page("upload-time-mixed", "one", html(link(), link(SECOND, upload_time=None)), **SECOND_STORED),
    attribute("provenance-url", "relative", provenance="../x"),
    _variants("variants-missing", "two wheels", "cu12", "cu13", document=None),
]  # fmt: skip

FORMATS = [
    Fault("formats-files", "one is older", STATIC_JSON, {f"{PAGE}index.json": page_json(row(), row(SECOND))}),
    json_differs("formats-hashes", "replaced", hashes={"sha256": "0" * 64}),
    json_differs("formats-yanked", "JSON only", yanked="broken"),
    json_differs("formats-requires-python", "JSON only", requires_python=">=3.10"),
    json_differs("formats-metadata", "JSON only", core_metadata=...),
    json_differs("formats-values", "size", size=1),
    Fault("formats-status", "HTML only", STATIC_JSON, {
        PAGE: html(link(), head='<meta name="pypi:project-status" content="archived">'),
    }),
    Fault("formats-hashes", "negotiated", SERVED, {PAGE: Canned(
        body=html(link(href=f"{WHEEL_URL}#sha256={'0' * 64}")).body, headers=VARYING,
    )}),
]  # fmt: skip

STORED_FILES = [
    stored("file-missing", "404", Canned(status=404)),
    stored("file-sign-in", "403", Canned(status=403)),
    Fault("file-sign-in", "a form", STATIC, {WHEEL_URL: redirect(SIGN_IN), **SIGN_IN_PAGE}),
    stored("file-unavailable", "500", Canned(status=500)),
    stored("file-unavailable", "no connection", Canned(status=0)),
    stored("redirect-insecure", "file", redirect("http://files.example/x")),
    stored("redirect-loop", "file", redirect(WHEEL_URL)),
    stored("file-is-page", "soft 404", Canned(body=b"<!DOCTYPE html><p>Not found")),
    stored("file-empty", "no bytes", Canned(type=BINARY), size=None),
    attribute("file-size", "another", size="1"),
    href("file-hash", "replaced", f"{WHEEL_URL}#sha256={'0' * 64}"),
    stored("ranges", "ignored", Canned(type=BINARY, body=WHEEL, ranges=False), core_metadata=None),
    built("file-unusable", "damaged", b"PK" + b"x" * 3000),
    built("file-unusable", "no METADATA", wheel_of(without=["acme_lib-1.0.dist-info/METADATA"])),
    built("file-unusable", "no version", wheel_of(metadata=NO_VERSION), NO_VERSION),
    _renamed(PLUS, METADATA, "wheel-contradicts", "a local version"),
    _renamed(WHEEL_NAME, core_metadata("Requires-Python: >=3.9", version="2.0"), "wheel-contradicts", "a version"),
    _renamed(WHEEL_NAME, core_metadata("Requires-Python: >=3.9", name="other"), "wheel-contradicts", "a name"),
    built("wheel-doubtful", "a requirement", wheel_of(metadata=ODD_REQUIREMENT), ODD_REQUIREMENT),
    attribute("requires-python-differs", "another", requires_python=">=3.8"),
    attribute("requires-python-missing", "none", requires_python=None),
    Fault("metadata-missing", "404", STATIC, {f"{WHEEL_URL}.metadata": None}),
    Fault("metadata-hash", "another", STATIC, {
        f"{WHEEL_URL}.metadata": Canned(type=BINARY, body=METADATA + b"x"),
    }),
    Fault("metadata-differs", "of another wheel", STATIC, {
        PAGE: html(link(core_metadata=f"sha256={digest_of(METADATA + b'x')}")),
        f"{WHEEL_URL}.metadata": Canned(type=BINARY, body=METADATA + b"x"),
    }),
    attribute("signature-missing", "404", gpg_sig="true"),
    attribute("provenance-missing", "404", provenance=PUBLISHED),
    page("provenance-invalid", "no JSON", html(link(provenance=PUBLISHED)), **{PUBLISHED: html()}),
    page("provenance-invalid", "another version", html(link(provenance=PUBLISHED)), **{
        PUBLISHED: Canned(type="application/json", body=b'{"version": 2}'),
    }),
    _variants("variants-invalid", "no JSON", "cu12", document=b"x"),
    _variants("variants-invalid", "a label", "cu12", "cu13", document=VARIANTS),
]  # fmt: skip

FAULTS = [*ROOTS, *RESPONSES, *LISTINGS, *FORMATS, *STORED_FILES]
"""All broken indexes."""

SOUND_VARIANTS = _variants("", "sound", "cu12", document=VARIANTS)
TIME_OF_TESTS = UPLOADED.replace("T12", "T18")
