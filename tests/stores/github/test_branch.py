"""The site on a branch: small commits of what differs, one after the other."""

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import pytest

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.secret import Secret
from ghpypi.core.site.ownership import Everything
from ghpypi.errors import (
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    OutdatedError,
)
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Absence, FileSource, SiteChange
from ghpypi.stores.github.branch import BranchSite
from ghpypi.stores.github.branch_commit import ADDRESS, blob_id
from ghpypi.stores.github.git import GitRemote
from ghpypi.stores.github.releases import GitHubStore
from ghpypi.stores.github.transfer import Transfer
from tests.emulator import Emulator, Fault
from tests.stores.github.programs import put_first
from tests.stores.github.scene import SETTINGS, Scene
from tests.support.packages import sidecar_of, wheel
from tests.support.reporters import MemoryReporter

CATALOG = "catalog.jsonl"

ASK = ["GET info/refs git-upload-pack", "POST git-upload-pack"]
FETCH = [*ASK, "POST git-upload-pack"]
PUSH = ["GET info/refs git-receive-pack", "POST git-receive-pack"]


def add(scene: Scene, name: str) -> None:
    """Publish one more project."""
    built = wheel(name, "1.0")
    release = scene.repository.add_release(f"{name}-1.0")
    # With a sidecar nothing of the wheel is read, and its downloads are not counted.
    for each in (built, sidecar_of(built)):
        release.add_asset(*each)


def change(pages: dict[str, bytes], *, removed: tuple[str, ...] = ()) -> SiteChange:
    return SiteChange(pages=pages.items, removed=removed, owned=Everything())


def published(scene: Scene, pages: dict[str, bytes]) -> BranchSite:
    """A site that holds these pages."""
    site = scene.connect().site("gh-pages")
    site.publish(change(pages), base=site.catalog())
    return scene.connect().site("gh-pages")


def git_log(scene: Scene) -> list[str]:
    return [
        f"{each.method} {each.path.partition('.git/')[2]} {each.query.get('service', '')}".strip()
        for each in scene.github.requests_to("git")
    ]


def parents(scene: Scene) -> list[int]:
    """How many parents each commit of the branch has, newest first."""
    commits = scene.repository.commits("gh-pages")
    texts = [scene.repository.git.read_object(each) for each in commits]
    return [each[2].count(b"\nparent ") for each in texts if each]


def paths_of_last(scene: Scene) -> set[str]:
    git = scene.repository.git
    new, old = scene.repository.commits("gh-pages")[:2]
    return set(git._run("diff-tree", "-r", "--name-only", old, new).decode().split())


def test_the_first_publication_makes_a_branch_without_a_past(scene: Scene) -> None:
    add(scene, "alpha")
    main = scene.repository.head("main")
    report = scene.index()

    assert report.published is not None
    assert report.published.revision == scene.repository.head("gh-pages")
    assert parents(scene) == [0]
    assert "README.md" not in scene.repository.files("gh-pages")
    assert scene.repository.head("main") == main
    assert git_log(scene) == [*ASK, *PUSH]


def test_a_publication_starts_few_programs(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="ghpypi"):
        site = published(scene, {"index.html": b"x"})
        first = commands(caplog)
        caplog.clear()
        site.publish(change({"index.html": b"y"}), base=None)

    assert first == ["init", "fetch", "fast-import", "config", "push"]
    assert commands(caplog) == ["init", "fetch", "ls-tree", "fast-import", "config", "push"]


def commands(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the commands of git that were run."""
    return [each.split()[1] for each in caplog.messages if each.startswith("git ")]


def test_the_second_publication_is_one_commit_of_what_differs(scene: Scene) -> None:
    add(scene, "alpha")
    scene.index()
    add(scene, "beta")
    scene.index()
    changed = paths_of_last(scene)

    assert parents(scene) == [1, 0]
    assert CATALOG in changed
    assert any("beta" in each for each in changed)
    assert not any("alpha" in each for each in changed)
    assert scene.repository.read_file("gh-pages", "simple/alpha/index.html")


def test_no_page_is_ever_downloaded(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(scene, "alpha")
    scene.index()
    noise = random.Random(0).randbytes(3_000_000)  # noqa: S311 - does not compress
    scene.repository.commit_files({"big.bin": noise, "simple/x/index.html": b"x"}, "gh-pages")
    add(scene, "beta")
    settings = '"$REAL" cat-file --batch-all-objects --batch-check="%(objecttype)" >"$HERE/$KIND"'
    # Our own repository is looked at after it fetched, and after it pushed.
    folder = put_first(
        tmp_path / "bin",
        monkeypatch,
        'case " $* " in *" fetch "*) KIND=fetched;; *" push "*) KIND=pushed;;\n'
        '*) exec "$REAL" "$@";; esac\n'
        f'"$REAL" "$@"; CODE=$?; {settings}; exit $CODE',
    )
    scene.github.clear_log()
    scene.index()
    sent = scene.github.requests_to("git")[-1]

    assert set((folder / "fetched").read_text().split()) == {"commit", "tree"}
    # The old catalog and its part are known without a download.
    assert (folder / "pushed").read_text().count("blob") == len(paths_of_last(scene)) + 2
    assert int(sent.headers["content-length"]) < 20_000
    assert git_log(scene) == [*ASK, *PUSH]  # the head is known, so branches are not listed
    assert scene.repository.read_file("gh-pages", "big.bin") == noise


def test_of_a_large_catalog_only_the_differences_are_pushed(scene: Scene) -> None:
    old = random.Random(0).randbytes(3_000_000)  # noqa: S311 - does not compress
    site = published(scene, {CATALOG: old, "index.html": b"x"})
    scene.github.clear_log()
    site.publish(change({CATALOG: b"new" + old[5:], "index.html": b"y"}), base=old)
    sent = scene.github.requests_to("git")[-1]

    assert int(sent.headers["content-length"]) < 2_000
    assert git_log(scene) == [*FETCH, *PUSH]
    assert scene.repository.read_file("gh-pages", CATALOG) == b"new" + old[5:]


def test_of_a_large_part_only_the_differences_are_pushed(scene: Scene) -> None:
    old = random.Random(0).randbytes(3_000_000)  # noqa: S311 - does not compress
    part = "catalog/part-a.jsonl"
    site = published(scene, {CATALOG: b"1", part: old})
    scene.github.clear_log()
    pages = {part: b"new" + old[5:], CATALOG: b"2"}
    changed = change(pages)._replace(former=lambda: [old, b"not published"])
    site.publish(changed, base=b"1")

    assert int(scene.github.requests_to("git")[-1].headers["content-length"]) < 2_000
    assert scene.repository.read_file("gh-pages", part) == b"new" + old[5:]


def test_after_a_push_pages_are_read_at_its_commit(scene: Scene) -> None:
    """The API may return the former head of a branch for a while."""
    site = published(scene, {CATALOG: b"1", "a": b"1"})
    revision = site.publish(change({CATALOG: b"2", "a": b"2"}), base=b"1").revision
    scene.github.clear_log()

    assert site.read(["a"]) == {"a": b"2"}
    assert [x.query["ref"] for x in scene.github.requests_to("api")] == [revision]


def test_history_is_not_fetched(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        scene.repository.commit_files({"n.txt": str(number)}, "gh-pages")
    folder = put_first(
        tmp_path / "bin",
        monkeypatch,
        'case " $* " in *" push "*)\n'
        '"$REAL" rev-list refs/heads/gh-pages >"$HERE/commits";; esac\nexec "$REAL" "$@"',
    )
    add(scene, "alpha")
    scene.index()

    assert len((folder / "commits").read_text().split()) == 2
    assert len(scene.repository.commits("gh-pages")) == 6


def test_what_others_put_there_stays(scene: Scene) -> None:
    others: dict[str, bytes | str | None] = {"CNAME": b"py.acme.example\n", "docs/a b/é.txt": b"x"}
    scene.repository.commit_files(others, "gh-pages")
    add(scene, "alpha")
    scene.index()
    scene.index(options=IndexOptions(full=True))
    files = scene.repository.files("gh-pages")

    assert {path: files[path] for path in others} == others


def test_nothing_new_is_no_commit_and_no_git(scene: Scene) -> None:
    add(scene, "alpha")
    scene.index()
    head = scene.repository.head("gh-pages")
    scene.github.clear_log()
    report = scene.index()

    assert report.published is not None
    assert not report.published.changed
    assert scene.repository.head("gh-pages") == head
    assert git_log(scene) == []


def test_everything_written_again_is_no_commit_if_it_is_the_same(scene: Scene) -> None:
    add(scene, "alpha")
    scene.index()
    head = scene.repository.head("gh-pages")
    scene.github.clear_log()
    report = scene.index(options=IndexOptions(full=True))

    assert report.published is not None
    assert not report.published.changed
    assert scene.repository.head("gh-pages") == head
    assert git_log(scene) == [*FETCH, *FETCH]  # the first lists the branch


def test_paths_may_hold_what_they_like(scene: Scene) -> None:
    pages = {'simple/a"b\\c d/é+1.html': b"1", "simple/'$x'/*.html": b"2", CATALOG: b"{}"}
    site = published(scene, pages)

    assert scene.repository.files("gh-pages") == pages
    assert site.publish(change(pages), base=b"{}").changed is False
    last = site.publish(change({CATALOG: b"{}"}, removed=tuple(pages)), base=b"{}")
    assert (last.written, last.removed) == (0, 2)
    assert scene.repository.files("gh-pages") == {CATALOG: b"{}"}


def test_content_is_named_as_git_names_it(scene: Scene) -> None:
    published(scene, {CATALOG: b"{}", "a": b"", "b": b"x\0y\n"})
    tree = scene.repository.git.tree(str(scene.repository.head("gh-pages")))

    assert {path: blob for path, (_, blob) in tree.items()} == {
        CATALOG: blob_id(b"{}"),
        "a": blob_id(b""),
        "b": blob_id(b"x\0y\n"),
    }


def test_the_message_says_what_happened(scene: Scene) -> None:
    add(scene, "alpha")
    scene.index()
    found = scene.repository.git.read_object(str(scene.repository.head("gh-pages")))

    assert found is not None
    assert b"alpha" in found[2].partition(b"\n\n")[2]
    assert b"ghpypi <ghpypi@localhost>" in found[2]


# Others at the same time


class Meanwhile:
    """A source during whose first listing something happens."""

    def __init__(self, store: GitHubStore, happen: Callable[[], object]) -> None:
        self._store = store
        self._happenings = [happen]

    @property
    def name(self) -> str:
        return self._store.name

    @property
    def local(self) -> bool:
        return self._store.local

    def releases(self) -> Iterator[StoredRelease]:
        yield from list(self._store.releases())
        if self._happenings:
            self._happenings.pop()()

    def absence(self, origin: str) -> Absence | None:
        return self._store.absence(origin)

    def detailed(self, asset: Asset) -> Asset:
        return asset

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        return self._store.stream(asset)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        return self._store.seekable(asset)


def index_while(scene: Scene, happen: Callable[[], object]) -> MemoryReporter:
    connection = scene.connect()
    site = connection.site("gh-pages")
    source: FileSource = Meanwhile(connection.store(), happen)
    reporter = MemoryReporter()
    build_index(source, site, SETTINGS, reporter, IndexOptions())
    return reporter


@pytest.mark.parametrize("first", [True, False], ids=["first publication", "later one"])
def test_a_run_that_was_overtaken_looks_again_and_holds_both(scene: Scene, first: bool) -> None:
    if not first:
        add(scene, "zero")
        scene.index()
    add(scene, "alpha")

    def other() -> None:
        add(scene, "beta")
        scene.index()

    reporter = index_while(scene, other)
    files = scene.repository.files("gh-pages")

    assert "another run has published in the meantime; starting over" in reporter.steps
    assert {"simple/alpha/index.html", "simple/beta/index.html"} <= files.keys()
    assert set(parents(scene)[:-1]) <= {1}


def test_a_push_by_hand_meanwhile_is_kept(scene: Scene) -> None:
    add(scene, "zero")
    scene.index()
    add(scene, "alpha")
    index_while(scene, lambda: scene.repository.commit_files({"CNAME": b"x"}, "gh-pages"))
    files = scene.repository.files("gh-pages")

    assert files["CNAME"] == b"x"
    assert "simple/alpha/index.html" in files
    assert parents(scene) == [1, 1, 0]


def show_head(scene: Scene, commit: str) -> None:
    """Let the API show a commit of ghpypi as the head of the branch."""
    found = [{"sha": commit, "commit": {"author": {"email": ADDRESS}}}]
    fault = Fault.status(200, body=json.dumps(found), path="/commits$", times=99)
    scene.github.faults.add(fault)


def test_a_head_that_only_the_api_still_shows_is_not_published_over(scene: Scene) -> None:
    add(scene, "zero")
    scene.index()
    show_head(scene, str(scene.repository.head("gh-pages")))
    scene.repository.commit_files({"CNAME": b"x"}, "gh-pages")
    add(scene, "alpha")
    reporter = index_while(scene, lambda: None)

    assert "another run has published in the meantime; starting over" in reporter.steps
    assert {"CNAME", "simple/alpha/index.html"} <= scene.repository.files("gh-pages").keys()
    assert parents(scene) == [1, 1, 0]


def test_a_branch_that_was_deleted_meanwhile_begins_again(scene: Scene) -> None:
    add(scene, "zero")
    scene.index()
    show_head(scene, str(scene.repository.head("gh-pages")))
    add(scene, "alpha")
    index_while(scene, lambda: scene.repository.git.set_ref("refs/heads/gh-pages", None))

    assert parents(scene) == [0]


def test_the_branch_is_fetched_if_git_does_not_have_the_head_that_the_api_shows(
    scene: Scene,
) -> None:
    add(scene, "zero")
    scene.index()
    show_head(scene, "1" * 40)
    add(scene, "alpha")
    reporter = index_while(scene, lambda: None)

    assert parents(scene) == [1, 0]
    assert not any("starting over" in step for step in reporter.steps)


def test_pages_written_over_a_state_that_is_gone_are_refused(scene: Scene) -> None:
    site = published(scene, {CATALOG: b"1"})
    base = site.catalog()
    published(scene, {CATALOG: b"2"})
    with pytest.raises(OutdatedError, match=r"acme/pypi \(gh-pages\) was changed") as caught:
        site.publish(change({CATALOG: b"3"}), base=base)

    assert caught.value.exit_code == 7
    assert scene.repository.read_file("gh-pages", CATALOG) == b"2"


def test_ten_runs_at_the_same_time_end_with_everything(scene: Scene) -> None:
    names = [f"lib{number}" for number in range(10)]
    errors: list[GhpypiError] = []

    def run(name: str) -> None:
        add(scene, name)
        try:
            scene.index()
        except GhpypiError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = scene.repository.files("gh-pages")

    assert errors == []
    assert {f"simple/{name}/index.html" for name in names} <= files.keys()
    assert parents(scene) == [*[1] * (len(parents(scene)) - 1), 0]
    assert not scene.index().outdated


def test_a_branch_that_was_deleted_meanwhile_is_another_state(scene: Scene) -> None:
    site = published(scene, {CATALOG: b"1"})
    base = site.catalog()
    scene.repository.git.set_ref("refs/heads/gh-pages", None)
    with pytest.raises(OutdatedError):
        site.publish(change({CATALOG: b"2"}), base=base)

    assert site.catalog() is None
    assert site.read([CATALOG]) == {}
    assert site.read([CATALOG, "x"]) == {}
    site.publish(change({CATALOG: b"3"}), base=None)
    assert scene.repository.files("gh-pages") == {CATALOG: b"3"}


def test_a_branch_that_was_made_again_meanwhile_is_built_upon(scene: Scene) -> None:
    site = published(scene, {CATALOG: b"1", "simple/x/index.html": b"x"})
    base = site.catalog()
    scene.repository.git.set_ref("refs/heads/gh-pages", None)
    scene.repository.commit_files({CATALOG: b"1", "CNAME": b"x"}, "gh-pages")
    site.publish(change({CATALOG: b"2", "simple/x/index.html": b"x"}), base=base)

    assert parents(scene) == [1, 0]
    assert scene.repository.files("gh-pages") == {
        CATALOG: b"2",
        "CNAME": b"x",
        "simple/x/index.html": b"x",
    }


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "with a README"])
def test_an_index_can_be_the_first_commit_of_a_repository(scene: Scene, empty: bool) -> None:
    repository = scene.github.add_repository("acme/new", empty=empty)
    repository.grant("bot", "write")
    site = scene.connect("acme/new").site("gh-pages")
    site.publish(change({CATALOG: b"1"}), base=site.catalog())

    assert repository.files("gh-pages") == {CATALOG: b"1"}


# Answers that are not up to date


class Old(Transfer):
    """The API of a branch that it has not heard of for a while."""

    def __init__(self, scene: Scene, catalog: bytes | None) -> None:
        super().__init__(Secret(scene.token), scene.backoff())
        self._catalog = catalog
        self.asked = 0

    def read(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        if url.endswith("/catalog.jsonl?ref=refs/heads/gh-pages"):
            self.asked += 1
            return self._catalog
        return super().read(url, headers)


def opened(scene: Scene, transfer: Transfer) -> BranchSite:
    remote = GitRemote(
        name="acme/pypi",
        server=scene.github.server_url,
        token=Secret(scene.token),
        backoff=scene.backoff(),
    )
    contents = f"{scene.github.api_url}/repos/acme/pypi/contents"
    return BranchSite(
        remote, "gh-pages", contents=contents, transfer=transfer, client=scene.client()
    )


@pytest.mark.parametrize("first", [True, False], ids=["nothing yet", "an older one"])
def test_an_old_catalog_costs_another_round_and_loses_nothing(scene: Scene, first: bool) -> None:
    old = None
    if not first:
        add(scene, "zero")
        scene.index()
        old = scene.repository.read_file("gh-pages", CATALOG)
    add(scene, "alpha")
    scene.index()
    add(scene, "beta")
    transfer, reporter = Old(scene, old), MemoryReporter()
    connection = scene.connect()
    report = build_index(
        connection.store(), opened(scene, transfer), SETTINGS, reporter, IndexOptions()
    )
    files = scene.repository.files("gh-pages")

    assert transfer.asked == 1
    assert report.differences.added == ("beta-1.0-py3-none-any.whl",)
    assert reporter.steps.count("another run has published in the meantime; starting over") == 1
    assert {"simple/alpha/index.html", "simple/beta/index.html"} <= files.keys()
    assert set(parents(scene)[:-1]) == {1}
    assert not scene.index().outdated


def test_the_catalog_of_a_branch_that_is_gone_is_not_built_upon(scene: Scene) -> None:
    add(scene, "alpha")
    scene.index()
    old = scene.repository.read_file("gh-pages", CATALOG)
    scene.repository.git.set_ref("refs/heads/gh-pages", None)
    add(scene, "beta")
    site = opened(scene, Old(scene, old))
    build_index(scene.connect().store(), site, SETTINGS, MemoryReporter(), IndexOptions())

    assert parents(scene) == [0]
    assert not scene.index(options=IndexOptions(full=True)).outdated


def test_pages_are_read_of_the_state_that_is_written_over(scene: Scene) -> None:
    site = published(scene, {CATALOG: b"1", "a": b"old", "b": b"old"})
    base, seen = site.catalog(), list[Mapping[str, bytes]]()

    def pages() -> Iterator[tuple[str, bytes]]:
        scene.repository.commit_files({"a": b"new", "b": b"new"}, "gh-pages")
        seen.extend([site.read(["a"]), site.read(["a", "b"])])
        yield CATALOG, b"2"

    with pytest.raises(OutdatedError):
        site.publish(SiteChange(pages=pages, owned=[CATALOG]), base=base)
    assert seen == [{"a": b"old"}, {"a": b"old", "b": b"old"}]


# Rights, rules, outages


@pytest.mark.parametrize("kind", ["classic", "fine-grained"])
@pytest.mark.parametrize("first", [True, False], ids=["first publication", "later one"])
def test_who_may_only_read_may_not_push(scene: Scene, kind: str, first: bool) -> None:
    if not first:
        published(scene, {CATALOG: b"1"})
    if kind == "classic":
        scene.github.add_user("reader")
        token = scene.github.add_token("reader")
    else:
        token = scene.github.add_token("bot", permissions={"contents": "read"}, owner="acme")
    site = scene.connect(token=token).site("gh-pages")
    with pytest.raises(NotAllowedError) as caught:
        site.publish(change({CATALOG: b"2"}), base=site.catalog())

    assert caught.value.message.startswith("git push of acme/pypi: this token may not do that (")
    assert "Contents: read and write" in caught.value.hint
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    "words",
    [
        "error: GH006: Protected branch update failed for refs/heads/gh-pages.",
        "error: GH013: Repository rule violations found for refs/heads/gh-pages.",
    ],
    ids=["protection", "rules"],
)
def test_a_rule_that_keeps_pushes_out_is_reported_at_once(scene: Scene, words: str) -> None:
    hook = scene.github.folder / "hooks" / "pre-receive"
    hook.write_text(f'#!/bin/sh\necho "{words}" >&2\nexit 1\n')
    hook.chmod(0o755)
    add(scene, "alpha")
    with pytest.raises(
        NotAllowedError, match="git push of acme/pypi: a rule protects the branch"
    ) as caught:
        scene.index()

    assert "exempt the branch of the index from the rule" in caught.value.hint
    assert scene.repository.head("gh-pages") is None
    assert git_log(scene).count("POST git-receive-pack") == 1


def test_a_wrong_token_is_reported_as_wrong(scene: Scene) -> None:
    with pytest.raises(NotAllowedError, match="does not accept this token"):
        scene.connect(token="ghp_wrong").site("gh-pages")


def test_a_repository_that_is_not_there_has_no_site(scene: Scene) -> None:
    with pytest.raises(NotFoundError, match="repository 'acme/none' does not exist"):
        scene.connect("acme/none").site("gh-pages")


def test_a_site_of_a_private_repository_is_read_and_written(scene: Scene) -> None:
    scene.repository.private = True
    add(scene, "alpha")
    scene.index()
    add(scene, "beta")
    scene.index()

    assert parents(scene) == [1, 0]


@pytest.mark.parametrize(
    "fault",
    [Fault.status(503, origin="git", times=4), Fault.reset_before(origin="git", times=4)],
    ids=["503", "reset"],
)
@pytest.mark.parametrize("first", [True, False], ids=["first publication", "later one"])
def test_an_outage_is_waited_out(scene: Scene, fault: Fault, first: bool) -> None:
    if not first:
        add(scene, "zero")
        scene.index()
    add(scene, "alpha")
    scene.github.faults.add(fault)
    scene.index()

    assert len(scene.github.faults.fired) == 4
    assert parents(scene) == ([0] if first else [1, 0])


def test_without_git_nothing_is_published(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = scene.connect().site("gh-pages")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FailedError, match="git is not installed") as caught:
        site.publish(change({CATALOG: b"1"}), base=None)

    assert caught.value.hint == "install git, or publish with --output"


def test_the_settings_of_the_user_do_not_disturb(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator(tmp_path) as elsewhere:
        home = tmp_path / "home"
        hooks = home / "hooks"
        hooks.mkdir(parents=True)
        for name in ("pre-push", "reference-transaction", "post-index-change"):
            (hooks / name).write_text(f'#!/bin/sh\ntouch "{home}/hooked"\nexit 1\n')
            (hooks / name).chmod(0o755)
        (home / ".gitconfig").write_text(
            f"[core]\n\thooksPath = {hooks}\n"
            f"[init]\n\ttemplateDir = {home}\n\tdefaultBranch = trunk\n"
            '[http]\n\textraHeader = "Authorization: Basic c3RyYXk6c3RyYXk="\n'
            f'[http "{scene.github.server_url}/"]\n'
            '\textraHeader = "Authorization: Basic c3RyYXk6c3RyYXk="\n'
            f'[url "{elsewhere.server_url}/"]\n'
            "\tinsteadOf = https://other.example/\n"
            f"\tinsteadOf = {scene.github.server_url}/\n"
            f"\tpushInsteadOf = {scene.github.server_url}/\n"
            f'[credential]\n\thelper = "!touch {home}/asked; false"\n'
            "[push]\n\tgpgSign = true\n\tfollowTags = true\n\tdefault = nothing\n"
            "[transfer]\n\tfsckObjects = true\n"
            "[fetch]\n\tprune = true\n"
            "[safe]\n\tbareRepository = explicit\n"
            "[protocol]\n\tversion = 0\n"
        )
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
        monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'http.extraHeader'='Authorization: Basic x'")
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
            monkeypatch.setenv(name, str(home / "nowhere"))
        monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
        add(scene, "alpha")
        scene.index()
        add(scene, "beta")
        scene.index()

        assert elsewhere.requests == []
    assert parents(scene) == [1, 0]
    assert not (home / "hooked").exists()
    assert not (home / "asked").exists()
    assert not (home / "nowhere").exists()
