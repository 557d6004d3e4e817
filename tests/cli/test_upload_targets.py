"""The ways into stores that uploads take: a folder, and GitHub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ghpypi.cli.upload_targets import LocalUploadTarget, RemoteUploadTarget
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError, NoIndexWorkflowError, NotAllowedError
from ghpypi.ports import StoreAccess
from ghpypi.stores import locate, open_backend
from tests.emulator import Emulator
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import publish_files, wheel

STORE = "acme/pypi"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path) as made:
        made.add_organization("acme")
        for login, role in (("publisher", "write"), ("reader", "read")):
            made.add_user(login)
            made.find_repository(STORE) or made.add_repository(STORE, private=True)
            made.repository(STORE).grant(login, role)
        yield made


def upload_target(github: Emulator) -> RemoteUploadTarget:
    return RemoteUploadTarget(locate(STORE), Hosts.parse(github.api_url, github.server_url))


def test_a_repository_is_opened_with_the_token_of_who_uploads(github: Emulator) -> None:
    store = upload_target(github).open(Secret(github.add_token("publisher"))).files
    publish_files(store, [wheel()])

    assert [each.tag_name for each in github.repository(STORE).releases] == ["acme-lib-1.0"]


def test_a_repository_is_closed_to_who_may_only_read(github: Emulator) -> None:
    with pytest.raises(NotAllowedError, match="no write access to"):
        upload_target(github).open(Secret(github.add_token("reader")))


def test_a_token_that_has_expired_is_distinguished(github: Emulator) -> None:
    with pytest.raises(BadTokenError):
        upload_target(github).open(Secret(github.add_token("publisher", expired=True)))


def test_the_index_workflow_of_a_repository_is_started(github: Emulator) -> None:
    add_index_workflow(github.repository(STORE))
    upload_target(github).start_index(Secret(github.add_token("publisher")))

    assert [each.event_type for each in github.dispatches] == ["ghpypi"]


def test_the_central_index_of_a_repository_is_started(github: Emulator) -> None:
    central = github.add_repository("acme/index")
    central.grant("publisher", "write")
    add_index_workflow(central)
    github.repository(STORE).commit_files({"ghpypi.toml": 'index-store = "acme/index"\n'})
    upload_target(github).start_index(Secret(github.add_token("publisher")))

    assert [each.repo for each in github.dispatches] == ["acme/index"]


def test_an_index_that_nothing_rebuilds_is_reported(github: Emulator) -> None:
    with pytest.raises(NoIndexWorkflowError, match=f"no workflow of {STORE} listens"):
        upload_target(github).start_index(Secret(github.add_token("publisher")))

    assert github.dispatches == []


def test_the_index_of_a_folder_is_rebuilt(tmp_path: Path) -> None:
    hosts = Hosts.of("github.com")
    backend = open_backend(locate(str(tmp_path)), StoreAccess(hosts=hosts))
    way = LocalUploadTarget(backend, server=hosts.server)
    publish_files(way.open(None).files, [wheel()])
    way.start_index(None)

    assert (tmp_path / "simple" / "acme-lib" / "index.html").is_file()
