"""Files on the default branch, read and changed over the API."""

from collections.abc import Callable

import pytest

from ghpypi.errors import FailedError, NotAllowedError
from ghpypi.jobs.edit_config import ConfigEdit, edit_config
from ghpypi.stores.github.config_file import GitHubConfigFile
from tests.emulator import Fault
from tests.emulator.schema import check_all
from tests.stores.github.scene import Scene


def edit(scene: Scene, path: str, change: Callable[[str], str], message: str) -> bool:
    return edit_config(GitHubConfigFile(scene.connect(), path), change, message).changed


def test_a_file_is_changed_with_one_commit(scene: Scene) -> None:
    scene.repository.commit_files({"notes/a b.txt": b"one\n"})
    scene.github.keep_answers()
    connection = scene.connect()

    assert edit_config(
        GitHubConfigFile(connection, "notes/a b.txt"), lambda text: f"{text}two\n", "Add a line"
    ).changed
    assert scene.repository.files("main")["notes/a b.txt"] == b"one\ntwo\n"
    assert scene.connect().read_file("notes/a b.txt") == b"one\ntwo\n"
    assert check_all(scene.github.requests) > 0


def test_a_file_that_is_not_there_is_made(scene: Scene) -> None:
    scene.repository.commit_files({"README.md": b"here"})

    assert edit_config(
        GitHubConfigFile(scene.connect(), "new.txt"), lambda text: f"{text}new", "Add it"
    ).changed
    assert scene.repository.files("main")["new.txt"] == b"new"


def test_a_change_that_changes_nothing_makes_no_commit(scene: Scene) -> None:
    scene.repository.commit_files({"a.txt": b"one"})
    head = scene.repository.head("main")

    assert not edit(scene, "a.txt", lambda text: text, "Nothing")
    assert scene.repository.head("main") == head


def test_a_concurrent_change_is_kept(scene: Scene) -> None:
    scene.repository.commit_files({"a.txt": b"one\n"})
    seen: list[str] = []

    def change(text: str) -> str:
        if not seen:
            scene.repository.commit_files({"a.txt": b"zero\n"})
        seen.append(text)
        return f"{text}two\n"

    assert edit(scene, "a.txt", change, "Add a line")
    assert seen == ["one\n", "zero\n"]
    assert scene.repository.files("main")["a.txt"] == b"zero\ntwo\n"


def test_a_file_that_changes_all_the_time_is_given_up(scene: Scene) -> None:
    scene.repository.commit_files({"a.txt": b"one"})
    scene.github.faults.add(Fault.status(409, method="PUT", times=100))
    with pytest.raises(FailedError, match=r"a\.txt of acme/pypi cannot be written"):
        edit(scene, "a.txt", str.upper, "Shout")


def test_a_rule_that_protects_the_branch_is_named_at_once(scene: Scene) -> None:
    scene.repository.commit_files({"a.txt": b"one"})
    scene.repository.protected_branches.add("main")
    with pytest.raises(NotAllowedError, match="a rule protects the branch") as caught:
        edit(scene, "a.txt", str.upper, "Shout")

    assert "Changes must be made through a pull request." in caught.value.message
    assert "pull request" in caught.value.hint
    assert [each.method for each in scene.github.requests].count("PUT") == 1


def test_a_token_that_may_not_write_is_reported(scene: Scene) -> None:
    scene.repository.commit_files({"a.txt": b"one"})
    scene.github.faults.add(Fault.status(404, method="PUT"))
    with pytest.raises(NotAllowedError, match="this token may not write this file"):
        edit(scene, "a.txt", str.upper, "Shout")


def test_a_folder_is_read_without_what_is_deeper(scene: Scene) -> None:
    scene.repository.commit_files(
        {"x/a.html": b"a", "x/b c.css": b"b", "x/d.md": b"d", "x/y/e.html": b"e", "f": b"f"}
    )
    connection = scene.connect()

    assert connection.read_folder("x/", (".html", ".css")) == {"a.html": b"a", "b c.css": b"b"}
    assert connection.read_folder("nowhere", (".html",)) is None
    assert connection.read_folder("f", (".html",)) is None


# Pull requests


def propose(scene: Scene, text: str = "two\n") -> ConfigEdit:
    file = GitHubConfigFile(scene.connect(), "notes.txt")
    message = "Add: two & more\n\nWhy not"
    return edit_config(file, lambda before: f"{before}{text}", message, propose=True)


def test_a_pull_request_has_one_commit_and_changes_nothing_else(scene: Scene) -> None:
    scene.repository.commit_files({"notes.txt": b"one\n"})
    scene.github.keep_answers()
    edited = propose(scene)
    (pull,) = scene.repository.pulls

    assert edited == ConfigEdit(
        changed=True, proposal=f"{scene.github.server_url}/acme/pypi/pull/{pull.number}"
    )
    assert (pull.title, pull.body, pull.base) == ("Add: two & more", "Why not", "main")
    assert pull.head.startswith("ghpypi/add-two-more-")
    assert scene.repository.files(pull.head)["notes.txt"] == b"one\ntwo\n"
    assert scene.repository.files("main")["notes.txt"] == b"one\n"
    assert len(scene.repository.commits(pull.head)) == len(scene.repository.commits("main")) + 1
    assert check_all(scene.github.requests) > 0


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/git/refs"), ("PUT", "/contents/"), ("POST", "/pulls")]
)
def test_a_pull_request_that_was_interrupted_is_opened_once(
    scene: Scene, method: str, path: str
) -> None:
    scene.repository.commit_files({"notes.txt": b"one\n"})
    scene.github.faults.add(Fault.status(418, method=method, path=path))
    with pytest.raises(FailedError):
        propose(scene)
    first, second = propose(scene), propose(scene)

    assert first == second
    assert len(scene.repository.pulls) == 1
    assert scene.repository.files(scene.repository.pulls[0].head)["notes.txt"] == b"one\ntwo\n"


def test_a_pull_request_keeps_a_change_that_was_committed_first(scene: Scene) -> None:
    scene.repository.commit_files({"notes.txt": b"zero\n"})
    seen: list[str] = []

    def change(text: str) -> str:
        if not seen:
            scene.repository.commit_files({"notes.txt": b"one\n"})
        seen.append(text)
        return f"{text}two\n"

    edit_config(GitHubConfigFile(scene.connect(), "notes.txt"), change, "Add", propose=True)
    (pull,) = scene.repository.pulls

    assert seen == ["zero\n", "one\n"]
    assert scene.repository.files(pull.head)["notes.txt"] == b"one\ntwo\n"
    assert len(scene.repository.git.refs("refs/heads/ghpypi/")) == 1
