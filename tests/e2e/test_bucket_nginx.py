"""nginx of the examples, in front of an index in a private bucket or in a folder.

moto checks the signature of each request, by computing it again with botocore, and the policy of
the user.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ghpypi.core.simple.negotiation import PageFormat
from tests.e2e.buckets import COPY, Bucket, private_bucket
from tests.e2e.installers import Installer, Place, Uv
from tests.e2e.nginx import EXAMPLES, nginx_of_example
from tests.e2e.proxy import SAMPLES, Private, Proxy, proxy
from tests.emulator import Emulator, Fault
from tests.support.packages import written
from tests.support.waiting import HANG_SECONDS, eventually

pytestmark = pytest.mark.nightly

JSON = PageFormat.JSON.value
PAGE = "simple/acme-lib/"
FILE = "files/acme-kernels-1.0+cu128/acme_kernels-1.0+cu128-py3-none-any.whl"
PASSWORD = "a-password-of-ann"
REPOSITORY = "acme/rights"


@dataclass(frozen=True, kw_only=True)
class Front:
    """nginx that runs.

    Attributes:
        root: Its address, ending in `/`.
        folder: What it writes.
        auth: Credentials that may read.
    """

    root: str
    folder: Path
    auth: tuple[str, str]

    @property
    def index(self) -> str:
        return self.root.replace("://", "://{}:{}@".format(*self.auth)) + "simple/"

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.ask("GET", path, **{"auth": self.auth, **more})

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            url = self.root + path
            return session.request(method, url, allow_redirects=False, timeout=HANG_SECONDS, **more)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    folder = tmp_path_factory.mktemp("bucket")
    policy = (EXAMPLES / "bucket-nginx" / "reader-policy.json").read_text()
    with private_bucket(written(folder / "dist", *SAMPLES), policy, folder) as made:
        yield made


@pytest.fixture(scope="module")
def front(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    command = ["openssl", "passwd", "-apr1", PASSWORD]
    hashed = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    passwords = folder / "passwords"
    passwords.write_text(f"ann:{hashed}\n")
    changes = {"/etc/nginx/ghpypi/passwords": str(passwords), "200 404 10s;": "200 404 1h;"}
    with nginx_of_example(folder, "bucket-nginx", {**bucket.settings, **changes}) as root:
        yield Front(root=root, folder=folder, auth=("ann", PASSWORD))


def test_an_installer_gets_projects_from_the_bucket(
    front: Front, installer: Installer, place: Place
) -> None:
    done = installer.install(place, front.index, "Acme.App", "acme-kernels")

    assert done.returncode == 0, done.stdout + done.stderr
    assert place.installed() == {
        "acme-app": "1.0",
        "acme-lib": "1.1",
        "acme-kernels": "1.0+cu128",
    }


HTML = "text/html; charset=utf-8"
BYTES = "application/octet-stream"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "accept", "kind", "file"),
    [
        (PAGE, JSON, JSON, f"{PAGE}index.json"),
        (PAGE, "", HTML, f"{PAGE}index.html"),
        ("", "", HTML, "index.html"),
        ("pypi/acme-lib/json", "", "application/json", "pypi/acme-lib/json"),
        (FILE, "", BYTES, FILE),
        (FILE.replace("+", "%2B"), "", BYTES, FILE),
        (f"{FILE}.metadata", "", BYTES, f"{FILE}.metadata"),
        (COPY, "", BYTES, COPY),
    ],
)
def test_pages_and_files_are_those_of_the_bucket(
    front: Front, bucket: Bucket, *, method: str, path: str, accept: str, kind: str, file: str
) -> None:
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    response = front.ask(method, path, auth=front.auth, headers=headers)
    content = (bucket.index / file).read_bytes()

    assert response.status_code == 200
    assert response.headers["content-type"] == kind
    assert response.headers["content-length"] == str(len(content))
    assert response.content == (content if method == "GET" else b"")
    assert not [name for name in response.headers if name.startswith("x-amz")]


def test_a_range_is_read_from_the_bucket(front: Front, bucket: Bucket) -> None:
    part = front.get(FILE, headers={"Range": "bytes=-5"})
    beyond = front.get(FILE, headers={"Range": "bytes=100000-"})

    assert (part.status_code, part.content) == (206, (bucket.index / FILE).read_bytes()[-5:])
    assert part.headers["content-range"].startswith("bytes ")
    assert beyond.status_code == 416


def test_a_page_is_revalidated_and_read_once_for_all(front: Front, bucket: Bucket) -> None:
    line = f"GET {bucket.root}/simple/acme-source/index.json"
    before = bucket.requests.count(line)
    first = front.get("simple/acme-source/", headers={"Accept": JSON})
    known = {"Accept": JSON, "If-None-Match": first.headers["etag"]}
    again = [front.get("simple/acme-source/", headers=known).status_code for _ in range(3)]

    assert again == [304] * 3
    assert bucket.requests.count(line) == before + 1


@pytest.mark.parametrize(
    ("path", "status", "place"),
    [
        ("simple", 301, "/simple/"),
        ("simple/Acme_Lib", 301, "/simple/acme-lib/"),
        ("simple/nothing/", 404, None),
        ("files/acme-lib-1.0/nothing.whl", 404, None),
        (".ghpypi.lock", 404, None),
        ("files/../ghpypi.toml", 404, None),
        ("simple/%2e%2e/", 404, None),
        (f"{PAGE}?format=nonsense", 406, None),
    ],
)
def test_other_paths(front: Front, path: str, status: int, place: str | None) -> None:
    response = front.get(path)

    assert (response.status_code, response.headers.get("location")) == (status, place)


@pytest.mark.parametrize("path", [PAGE, FILE, "", "@page", "@bucket"])
def test_nothing_is_there_without_the_password(front: Front, path: str) -> None:
    front.get(path)

    assert front.ask("GET", path).status_code == 401
    assert front.ask("GET", path, auth=("ann", "wrong")).status_code == 401


REFUSED = "the bucket refuses the request of this server\n"


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"SecretAccessKey": "x"}, 502, REFUSED),
        ({"AccessKeyId": "x"}, 502, REFUSED),
        (None, 500, "this server has no credentials for its bucket\n"),
    ],
    ids=["secret", "key", "none"],
)
def test_a_refusal_of_the_bucket_is_explained(
    front: Front, bucket: Bucket, change: dict[str, str] | None, status: int, reason: str
) -> None:
    with bucket.with_credentials(json.dumps({**bucket.user, **change}) if change else ""):
        response = front.get(FILE)

    assert (response.status_code, response.text) == (status, reason)
    assert front.get(FILE).status_code == 200


def test_the_keys_of_a_role_are_sent_with_their_session(front: Front, bucket: Bucket) -> None:
    with bucket.with_credentials(json.dumps(bucket.role)):
        assert front.get(FILE).status_code == 200
    with bucket.with_credentials(json.dumps({**bucket.role, "SessionToken": "x"})):
        assert front.get(FILE).status_code == 502


def test_neither_passwords_nor_credentials_are_written(front: Front, bucket: Bucket) -> None:
    for path in (PAGE, FILE, "simple/nothing/"):
        front.get(path)
    secrets = [PASSWORD, bucket.user["SecretAccessKey"], "Signature="]
    written_files = [*front.folder.rglob("*.log"), *(front.folder / "cache").rglob("*")]
    texts = [path.read_bytes() for path in written_files if path.is_file()]

    assert len(texts) >= 3  # two logs and a page
    assert not [each for each in texts for secret in secrets if secret.encode() in each]


@pytest.fixture(scope="module")
def rights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    """A private repository without an index, and one who may read it."""
    folder = tmp_path_factory.mktemp("rights")
    with Emulator(folder) as github:
        github.add_organization("acme", base_permission="none")
        for login in ("reader", "stranger"):
            github.add_user(login)
        github.add_repository(REPOSITORY, private=True).grant("reader", "read")
        yield Private(github=github, folder=folder, publisher="", reader=github.add_token("reader"))


@pytest.fixture(scope="module")
def server(rights: Private) -> Iterator[Proxy]:
    with proxy(rights.environment(), REPOSITORY, "--proxy-headers", "127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module", params=["folder", "bucket"])
def with_rights(
    request: pytest.FixtureRequest,
    rights: Private,
    server: Proxy,
    bucket: Bucket,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """Run nginx that asks the server who may read, and has pages and files itself."""
    folder = tmp_path_factory.mktemp("nginx")
    changes = {
        "ghpypi/password.conf": "ghpypi/github-rights.conf",
        "ghpypi/bucket.conf": f"ghpypi/{request.param}.conf",
        "http://127.0.0.1:8080/": server.root,
        "root /srv/packages;": f"root {bucket.index};",
        "204 10s;": "204 1h;",
    }
    with nginx_of_example(folder, "bucket-nginx", {**bucket.settings, **changes}) as root:
        yield Front(root=root, folder=folder, auth=("someone", rights.reader))


def test_an_installer_sends_a_token_of_github(with_rights: Front, place: Place) -> None:
    done = Uv().install(place, with_rights.index, "acme-app")

    assert done.returncode == 0, done.stdout + done.stderr
    assert place.installed() == {"acme-app": "1.0", "acme-lib": "1.1"}


@pytest.mark.parametrize("path", [PAGE, FILE, f"{FILE}.metadata", "simple/nothing/"])
def test_github_decides_who_may_read(with_rights: Front, rights: Private, path: str) -> None:
    found = with_rights.get(path)
    stranger = with_rights.ask("GET", path, auth=("x", rights.github.add_token("stranger")))
    nobody = with_rights.ask("GET", path)

    assert found.status_code == (200 if "lib" in path or "kernels" in path else 404)
    assert (stranger.status_code, stranger.text) == (403, "this token may not read it\n")
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == 'Basic realm="ghpypi", charset="UTF-8"'


def test_files_of_nginx_have_ranges_and_pages_have_both_formats(
    with_rights: Front, bucket: Bucket
) -> None:
    part = with_rights.get(FILE, headers={"Range": "bytes=0-3"})
    head = with_rights.ask("HEAD", PAGE, auth=with_rights.auth)
    page = with_rights.get(PAGE, headers={"Accept": JSON})

    assert (part.status_code, part.content) == (206, (bucket.index / FILE).read_bytes()[:4])
    assert (head.status_code, head.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-type"] == JSON
    assert page.json()["name"] == "acme-lib"


def test_a_permission_is_asked_for_once_and_no_token_is_written(
    with_rights: Front, rights: Private, server: Proxy
) -> None:
    token, user = rights.github.add_token("reader"), with_rights.folder.name
    for path in (PAGE, FILE, "simple/"):
        assert with_rights.get(path, auth=(user, token)).status_code == 200
    # The log is written in turns: when this request is in it, all before are.
    with_rights.get(PAGE, auth=(user, "ghp_" + "0" * 36))
    asked = eventually(
        lambda: [
            found
            for found in [[x["status"] for x in server.log if x["user"] == user]]
            if found[-1:] == [401]
        ]
    )
    written_files = [*with_rights.folder.rglob("*.log"), *(with_rights.folder / "cache").rglob("*")]
    texts = [path.read_bytes() for path in written_files if path.is_file()]

    assert asked == [[204, 401]]
    assert not [each for each in texts if token.encode() in each]


def test_callers_have_to_wait_while_no_permission_can_be_checked(
    with_rights: Front, rights: Private
) -> None:
    rights.github.faults.add(Fault.status(502, times=10))
    try:
        response = with_rights.get(PAGE, auth=("x", rights.github.add_token("reader")))
    finally:
        rights.github.faults.clear()

    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
