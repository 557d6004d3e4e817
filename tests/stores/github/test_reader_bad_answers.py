"""Every request that a server makes of GitHub gets every kind of bad answer.

A server either gets what it asked for or a `GhpypiError`, after which it goes on with what it
knew. No bad answer looks like an empty index, another configuration or a missing permission.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.locator import Hosts
from ghpypi.core.model import File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Refusal
from ghpypi.errors import GhpypiError, NotAllowedError, NotFoundError
from ghpypi.server.catalog_view import CatalogView
from ghpypi.server.served_store import ServedStore
from ghpypi.stores.github.backend import GitHubBackend
from ghpypi.stores.github.reader import GitHubReader
from tests.emulator import Emulator, Fault, Request
from tests.emulator.repository import Repository
from tests.stores.github.scene import Scene as StoreScene
from tests.support.bad_answers import ANSWERS, chosen
from tests.support.files import asset_file
from tests.support.packages import wheel

WHEEL = "acme_lib-1.0-py3-none-any.whl"
CONTENT = bytes(range(256)) * 64
REFUSALS = ("401", "403", "404", "405", "409", "410", "418", "422", "451", "413", "400")

Ask = Callable[[GitHubReader, Secret, File], object]


def read(reader: GitHubReader, token: Secret, file: File, part: Range | None) -> bytes:
    with reader.open(file, "", token, part) as stream:
        return stream.read(-1 if part is None else part.last - part.first + 1)


def known(reader: GitHubReader, token: Secret, file: File) -> object:
    """Look again after the configuration and the branch changed."""
    del file
    before = reader.snapshot(token, None)
    return reader.snapshot(token, before)


ASKS: dict[str, Ask] = {
    "snapshot": lambda reader, token, _: reader.snapshot(token, None),
    "snapshot again": known,
    "rights": lambda reader, token, _: reader.rights("acme/pypi", token),
    "page": lambda reader, token, _: reader.page("index.html", token, reader.snapshot(token, None)),
    "link": lambda reader, token, file: bool(reader.link(file, "", token)),
    "link of metadata": lambda reader, token, file: bool(reader.link(file, ".metadata", token)),
    "file": lambda reader, token, file: read(reader, token, file, None),
    "part": lambda reader, token, file: read(reader, token, file, Range(first=100, last=199)),
}


@pytest.fixture
def repository(github: Emulator) -> Repository:
    github.rate_limit = 10**9
    github.add_organization("acme")
    github.add_user("bot")
    repository = github.add_repository("acme/pypi", private=True)
    repository.grant("bot", "write")
    repository.commit_files({"ghpypi.toml": '[index]\ntitle = "Ours"\n'})
    pages = {"catalog.jsonl": "one", "index.html": "page"}
    repository.commit_files(pages, branch="gh-pages")
    return repository


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_a_bad_answer_is_an_error_and_never_another_truth(
    github: Emulator, repository: Repository, ask: Ask
) -> None:
    release = repository.add_release("v1.0")
    release.add_asset(f"{WHEEL}.metadata", b"Name: acme-lib\n")
    asset = release.add_asset(WHEEL, CONTENT)
    file = asset_file(WHEEL, asset)
    hosts = Hosts.parse(github.api_url, github.server_url)
    token = Secret(github.add_token("bot", permissions={"contents": "read"}, owner="acme"))
    github.clear_log()
    right = ask(GitHubReader(hosts, "acme/pypi"), token, file)
    requests = list(github.requests)

    for number, request in enumerate(requests, 1):
        for name in chosen(request, number):
            github.clear_log()
            github.faults.add(Fault.at(number, ANSWERS[name]))
            try:
                found = ask(GitHubReader(hosts, "acme/pypi"), token, file)
            except GhpypiError as error:
                check_error(error, name, request)
            else:
                check_answer(found, right, name)
            github.faults.clear()


def check_error(error: GhpypiError, name: str, request: Request) -> None:
    where = f"{request.method} {request.target}: {name}: {error!r}"
    is_refusal = name.startswith(REFUSALS) and name.endswith("with JSON")

    assert "ghp_" not in str(error), where
    assert request.origin != "cdn" or not isinstance(error, NotAllowedError), where
    if request.origin == "api" and not is_refusal:
        assert not isinstance(error, (NotAllowedError, NotFoundError)), where


def check_answer(found: object, right: object, name: str) -> None:
    """Compare; what GitHub itself refuses may be a missing file, or a right that is missing."""
    if found == right:
        return
    refusal = getattr(found, "refusal", None)
    missing = found is None or getattr(found, "catalog", found) is None

    assert name.endswith("with JSON"), (name, found)
    assert refusal in set(Refusal) - {Refusal.NONE} or missing or name.startswith("404"), name


def test_upon_a_bad_answer_a_server_goes_on_with_the_last_catalog(scene: StoreScene) -> None:
    scene.repository.add_release("acme-lib-1.0").add_asset(*wheel("acme_lib", "1.0"))
    scene.index()
    catalog_view = CatalogView("acme/pypi")
    reader = GitHubReader(scene.hosts, "acme/pypi")
    served_store = ServedStore(
        name="acme/pypi",
        capabilities=GitHubBackend.capabilities,
        reader=reader,
        catalog_view=catalog_view,
    )
    served_store.load(Secret(scene.token))
    name = canonicalize_name("acme-lib")
    files = catalog_view.files(name)
    scene.github.clear_log()
    scene.repository.commit_files({"other.txt": "0"}, branch="gh-pages")
    served_store.load(Secret(scene.token))
    requests = list(scene.github.requests)

    for number, request in enumerate(requests, 1):
        for kind in chosen(request, number):
            scene.repository.commit_files({"other.txt": f"{number} {kind}"}, branch="gh-pages")
            scene.github.clear_log()
            scene.github.faults.add(Fault.at(number, ANSWERS[kind]))
            with suppress(GhpypiError):
                served_store.load(Secret(scene.token))
            scene.github.faults.clear()

            assert catalog_view.files(name) == files, f"{request.path}: {kind}"
    assert files
