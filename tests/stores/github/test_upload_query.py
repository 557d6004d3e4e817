"""What an upload reads before its first write, with one request or, where that fails, with many."""

from collections.abc import Callable

import pytest

from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.names import Filename
from ghpypi.errors import NotAllowedError, RefusedError
from ghpypi.stores.github.upload_query import _text
from tests.emulator.graphql import MOST_TEXT
from tests.stores.github.scene import Scene

COMING = [Filename.parse("acme_lib-1.0-py3-none-any.whl")]
CATALOG, PART = "catalog.jsonl", "catalog/part-ac.jsonl"
ONE_QUERY = ["POST /graphql"]
BOTH = ["POST /graphql", "GET /repos/acme/pypi"]
UNSEEN = b"only in a newer commit"


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.repository.commit_files({CONFIG_FILE: "[index]\n"})
    scene.repository.commit_files({CATALOG: "short\n", PART: "long\n"}, "gh-pages")
    scene.github.clear_log()
    return scene


def read(scene: Scene) -> list[bytes | None]:
    """Open a store for an upload, and read what an upload does."""
    connection = scene.connect()
    connection.require_write(COMING)
    site = connection.site("gh-pages")
    parts = [site.read([path]).get(path) for path in (PART, "catalog/part.jsonl")]
    return [connection.read_file(CONFIG_FILE), site.catalog(), *parts]


def test_one_request_gives_rights_configuration_and_index(scene: Scene) -> None:
    assert read(scene) == [b"[index]\n", b"short\n", b"long\n", None]
    assert scene.log() == ONE_QUERY


def test_the_size_of_the_repository_is_known(scene: Scene) -> None:
    scene.repository.size = 900_000
    connection = scene.connect()
    connection.require_write(COMING)

    assert connection.repository.size == 900_000 * 1024


@pytest.mark.parametrize("field", ["file", "isArchived", "viewerPermission", "immutable"])
def test_a_server_without_a_field_is_asked_as_by_other_commands(scene: Scene, field: str) -> None:
    scene.github.unknown_fields.add(field)

    assert read(scene)[:3] == [b"[index]\n", b"short\n", b"long\n"]
    assert scene.log()[:2] == BOTH


def test_a_long_file_is_read_whole(scene: Scene) -> None:
    text = "x" * (MOST_TEXT + 1)
    scene.repository.commit_files({CATALOG: text}, "gh-pages")
    scene.github.clear_log()

    assert read(scene)[1] == text.encode()
    assert scene.log() == [*ONE_QUERY, f"GET /repos/acme/pypi/contents/{CATALOG}"]


@pytest.mark.parametrize("content", [b"caf\xe9\n", b"a\0b"], ids=["Latin-1", "binary"])
def test_a_file_that_is_not_utf8_is_read_exactly(scene: Scene, content: bytes) -> None:
    scene.repository.commit_files({CATALOG: content}, "gh-pages")

    assert read(scene)[1] == content


def test_an_exact_regular_file_is_used_and_no_link(scene: Scene) -> None:
    blob = {"oid": "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0", "text": "hello"}

    def found(mode: int) -> bytes | None:
        text = _text({"file": {"mode": mode, "object": blob}}, "file")

        assert text

        return text.content

    assert [found(0o100644), found(0o120000)] == [b"hello", None]


def test_a_second_reader_of_a_catalog_reads_it_and_its_parts_again(scene: Scene) -> None:
    connection = scene.connect()
    connection.require_write(COMING)
    connection.site("gh-pages").catalog()
    scene.repository.commit_files({CATALOG: UNSEEN, PART: UNSEEN}, "gh-pages")
    site = connection.site("gh-pages")

    assert (site.catalog(), site.read([PART])[PART]) == (UNSEEN, UNSEEN)


def test_files_are_used_for_some_seconds(scene: Scene) -> None:
    connection = scene.connect()
    connection.require_write(COMING)
    scene.repository.commit_files({CATALOG: UNSEEN}, "gh-pages")
    scene.github.advance(60)

    assert connection.site("gh-pages").catalog() == UNSEEN


def test_a_repository_without_files_has_none(scene: Scene) -> None:
    scene.repository.commit_files({CONFIG_FILE: None})
    scene.repository.git.set_ref("refs/heads/gh-pages", None)
    scene.github.clear_log()

    assert read(scene)[:2] == [None, None]
    assert scene.log()[:1] == ONE_QUERY


def test_a_renamed_repository_has_its_current_name(scene: Scene) -> None:
    scene.repository.rename("acme/packages")
    connection = scene.connect()
    connection.require_write(COMING)

    assert connection.repository.name == "acme/packages"
    assert scene.log() == ONE_QUERY


def archive(scene: Scene) -> None:
    scene.repository.archived = True


def demote(scene: Scene) -> None:
    scene.repository.grant("bot", "read")


@pytest.mark.parametrize(
    ("change", "error"),
    [(archive, RefusedError), (demote, NotAllowedError)],
    ids=["archived", "reader"],
)
def test_why_nothing_may_be_written_is_read_as_by_other_commands(
    scene: Scene, change: Callable[[Scene], None], error: type[Exception]
) -> None:
    change(scene)
    with pytest.raises(error):
        scene.connect().require_write(COMING)

    assert scene.log() == BOTH


def test_the_token_of_a_workflow_has_no_role_and_may_write(scene: Scene) -> None:
    token = scene.github.add_token("bot", installation="acme/pypi")
    scene.connect(token=token).require_write(COMING)

    assert scene.log() == ONE_QUERY


def test_tags_that_were_just_missing_are_not_searched(scene: Scene) -> None:
    for number in range(100):
        scene.repository.add_release(f"other-{number}")
    connection = scene.connect()
    connection.require_write(COMING)
    store = connection.store()
    store.related(lambda: {"acme-lib-1.0", "acme-lib-1"})

    assert scene.log() == ONE_QUERY

    scene.github.advance(60)
    store.related(lambda: {"acme-lib-1.0"})

    assert scene.log()[1:] == ONE_QUERY
