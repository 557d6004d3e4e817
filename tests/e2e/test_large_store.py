"""How many requests an upload of one wheel takes where a repository has 6,700 releases.

Counts are not clocks: they are the same on a busy machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import requests

from tests.e2e.proxy import STORE, Private, Proxy, private_repository, proxy
from tests.support.packages import wheel, written
from tests.support.waiting import HANG_SECONDS, eventually

RELEASES = 6700

SEND = [
    "POST /graphql",  # rights, configuration, index, newest releases, and whether one exists
    "POST /releases",
    "POST /graphql",  # another process may have made a draft of the tag at the same time
    "POST /releases/NUMBER/assets",
    "POST /releases/NUMBER/assets",
]
PUBLISH = "PATCH /releases/NUMBER"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        world, releases = made.repository.world, made.repository.releases
        pattern = replace(releases[0], assets=[])
        releases += [
            replace(pattern, id=world.next_id(), tag_name=f"other-{number}", assets=[])
            for number in range(RELEASES)
        ]
        yield made


def asked(private: Private, other: Sequence[str] = ()) -> list[str]:
    """List the requests up to the one that published a release.

    Args:
        private: The repository.
        other: Beginnings of paths that a server asks for at times that do not depend on uploads.
    """
    number = str(private.repository.releases[-1].id)
    found = []
    for each in private.github.requests:
        path = each.path.removeprefix(f"/repos/{STORE}").replace(number, "NUMBER")
        if path.startswith(("/actions/", "/dispatches", *other)):
            continue
        found.append(f"{each.method} {path}".strip())
        if each.method == "PATCH":
            break
    return found


def send(server: Proxy, token: str, version: str) -> None:
    name, content = wheel("acme_lib", version)
    form = {
        ":action": "file_upload",
        "protocol_version": "1",
        "name": "acme_lib",
        "version": version,
        "filetype": "bdist_wheel",
        "sha256_digest": sha256(content).hexdigest(),
    }
    done = requests.post(
        f"{server.root}legacy/",
        auth=("__token__", token),
        data=form,
        files={"content": (name, content)},
        timeout=HANG_SECONDS,
    )

    assert done.status_code == 200, done.text


def test_an_upload_by_command(private: Private, tmp_path: Path) -> None:
    paths = written(tmp_path / "dist", wheel("acme_lib", "7.0"))
    private.github.clear_log()
    private.ghpypi.do("upload", *paths, "--store", STORE, "--no-rebuild")

    assert asked(private) == [*SEND, PUBLISH]


def test_uploads_through_a_server(private: Private) -> None:
    with proxy(private.environment(), STORE, "--publish-after", "0") as server:
        for version, first in (("8.0", True), ("8.1", False)):
            private.github.clear_log()
            send(server, private.publisher, version)

            assert private.repository.releases[-1].tag_name == f"acme-lib-{version}"

            eventually(lambda: not private.repository.releases[-1].draft)
            rights = ["GET"] if first else []  # before the file is received
            assert asked(private) == [*rights, *SEND, PUBLISH]
