"""What becomes of uploads: drafts that wait, are seen meanwhile, and are published once."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response

from ghpypi.core.model import StoredRelease
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Rights
from ghpypi.errors import BadTokenError, NotAllowedError, RefusedError, TryLaterError
from ghpypi.ports import NewRelease
from ghpypi.server.auth.authorizer import AuthorizerOptions
from ghpypi.server.upload.service import UploadServiceOptions
from ghpypi.stores.memory import MemoryStore
from tests.contract.harness import MemoryStoreHarness
from tests.server import raw_asgi
from tests.server.scene import (
    ANONYMOUS,
    IN_A_FOLDER,
    JSON,
    STRANGER,
    WRITER,
    basic,
    signed_in,
)
from tests.server.uploading import (
    ALL,
    FILE,
    LONG,
    PAGE,
    QUIET,
    SDIST,
    SIDECAR,
    TAG,
    WAITING,
    WHEEL,
    form,
    publishing,
)
from tests.support.packages import new_asset, new_release, no_advance, sdist, wheel


def test_wheel_and_sdist_in_requests_of_their_own_become_one_immutable_release(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as press:
        first = press.upload(WHEEL)
        between = press.held()
        second = press.upload(SDIST)
        press.publish()

        assert (first.status_code, second.status_code) == (200, 200)
        assert between == {f"{TAG} (draft)": sorted([WHEEL[0], SIDECAR[0]])}
        assert press.held() == {TAG: ALL}
        assert press.upload_target.opened == [WRITER, WRITER]


def test_a_release_waits_until_it_was_quiet(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=LONG, immutable=True) as press:
        for build in range(4):
            press.upload((f"acme_lib-1.0-{build}-py3-none-any.whl", WHEEL[1]))
            press.server.portal.call(asyncio.sleep, LONG.after / 2)
        between = list(press.held())
        press.wait()

        assert between == [f"{TAG} (draft)"]
        assert {tag: len(names) for tag, names in press.held().items()} == {TAG: 8}


def test_the_index_is_started_once_when_all_is_quiet(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=LONG) as press:
        for file in (WHEEL, SDIST, wheel("other"), sdist("other")):
            press.upload(file)
        press.wait()

        assert press.upload_target.started == [WRITER]
        assert sorted(press.held()) == [TAG, "other-1.0"]


def test_readers_of_this_server_see_a_file_at_once_and_get_it_from_here(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=60)) as press:
        press.upload(WHEEL)
        page = press.server.client.get(PAGE, headers={"accept": JSON}).json()
        (file,) = page["files"]

        assert file["filename"] == WHEEL[0]
        assert file["requires-python"] == ">=3.9"
        assert press.server.client.get(FILE).content == WHEEL[1]
        assert (
            press.server.client.get(FILE, headers={"range": "bytes=2-5"}).content == WHEEL[1][2:6]
        )
        assert press.server.client.get(f"{FILE}.metadata").content == SIDECAR[1]
        assert press.server.client.get(FILE, auth=signed_in(STRANGER)).status_code == 403
        assert press.server.reader.count("link") == 0


def test_a_public_repository_shows_a_waiting_file_too(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=60)) as press:
        press.server.reader.public = True
        press.upload(WHEEL)

        assert press.server.client.get(FILE, auth=ANONYMOUS).content == WHEEL[1]


def test_a_published_file_is_where_all_others_are(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload(WHEEL)
        press.wait()

        assert (
            press.server.client.get(FILE).headers["location"].startswith("https://signed.example/")
        )
        assert press.left() == []


def test_a_file_that_comes_after_an_immutable_release_is_refused(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", immutable=True) as press:
        press.upload(WHEEL)
        press.wait()
        answer = press.upload(SDIST)

        assert answer.status_code == 400
        assert f"release {TAG} is immutable and accepts no more files" in answer.text


def test_a_file_is_added_to_a_release_that_is_not_immutable(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload(WHEEL)
        press.wait()
        answer = press.upload(SDIST)
        shown = press.server.client.get(PAGE, headers={"accept": JSON}).json()["files"]
        press.wait()

        assert answer.status_code == 200
        assert [each["filename"] for each in shown] == [WHEEL[0], SDIST[0]]
        assert press.held() == {TAG: ALL}
        assert press.left() == []


def test_a_file_that_is_still_arriving_holds_the_publication_up(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", immutable=True) as press:
        content_type, body = form(SDIST)
        headers = {"authorization": basic(WRITER), "content-type": content_type}
        cut = body.index(b"\r\n\r\n", body.index(b"filename=")) + 10

        async def slow() -> AsyncIterator[bytes]:
            # More than a piece, so that the beginning is read before the end is there.
            yield body[:cut]
            await asyncio.sleep(4 * QUIET)
            yield body[cut:]

        async def both() -> tuple[Response, list[str], Response]:
            task = asyncio.create_task(raw_asgi.post(press.server.app, "/legacy/", headers, slow()))
            await asyncio.sleep(0.01)
            first = await press.upload_at_once(WHEEL)
            await asyncio.sleep(2 * QUIET)
            return first, list(press.held()), await task

        first, between, second = press.server.portal.call(both)
        press.wait()

        assert (first.status_code, second.status_code) == (200, 200)
        assert between == [f"{TAG} (draft)"]
        assert press.held() == {TAG: ALL}


def test_files_of_one_version_that_come_at_the_same_time_fill_one_release(tmp_path: Path) -> None:
    built = [wheel(text=f"x = {number}\n")[1] for number in range(6)]
    files = [(f"acme_lib-1.0-{n}-py3-none-any.whl", content) for n, content in enumerate(built)]
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as press:

        async def all_of_them() -> list[Response]:
            work = [press.upload_at_once(file) for file in (*files, *files)]
            return list(await asyncio.gather(*work))

        answers = press.server.portal.call(all_of_them)
        press.publish()

        assert {each.status_code for each in answers} == {200}
        assert sum("already" in each.text for each in answers) == 6
        assert {tag: len(names) for tag, names in press.held().items()} == {TAG: 12}
        assert press.left() == []


def test_a_publication_that_fails_for_now_is_tried_again(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        store = press.server.reader.store
        publish, failing = store.publish, [TryLaterError("GitHub is busy")]

        def refusing(release: StoredRelease) -> StoredRelease:
            if failing:
                raise failing.pop()
            return publish(release)

        store.publish = refusing  # type: ignore[method-assign]
        press.upload(WHEEL)
        press.wait()

        assert failing == []
        assert list(press.held()) == [TAG]


def test_a_publication_that_cannot_be_is_told_to_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in") as press:

        def refusing(release: StoredRelease) -> StoredRelease:
            raise NotAllowedError("the token is gone")

        press.server.reader.store.publish = refusing  # type: ignore[method-assign]
        press.upload(WHEEL)
        press.wait()

        assert f"{TAG} was uploaded but not published: the token is gone" in caplog.text
        assert WRITER not in caplog.text
        assert press.server.client.get(FILE).content == WHEEL[1]


def test_a_publication_that_breaks_is_told_and_holds_nobody_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in") as press:

        def broken(release: StoredRelease) -> StoredRelease:
            raise ValueError("nobody thought of this")

        press.server.reader.store.publish = broken  # type: ignore[method-assign]
        press.upload(WHEEL)
        press.wait()

        assert "nobody thought of this" in caplog.text
        assert press.upload(SDIST).status_code == 200


def test_the_token_of_a_job_ends_with_it_so_that_nothing_waits(tmp_path: Path) -> None:
    job = "ghs_job1234567890"
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=3600)) as press:
        press.server.reader.tokens[job] = Rights(read=True, write=None)
        answer = press.upload(WHEEL, job)

        assert answer.status_code == 200
        assert list(press.held()) == [TAG]


def test_the_server_publishes_with_its_own_token_when_that_of_a_job_has_ended(
    tmp_path: Path,
) -> None:
    job, own = "ghs_job1234567890", "ghp_servers1234567890"
    with publishing(tmp_path / "in", options=WAITING, own_token=own) as press:
        press.server.reader.tokens[job] = Rights(read=True, write=None)
        store = press.server.reader.store
        publish, ended = store.publish, [BadTokenError("GitHub does not know this token")]

        def refusing(release: StoredRelease) -> StoredRelease:
            if ended:
                raise ended.pop()
            return publish(release)

        store.publish = refusing  # type: ignore[method-assign]
        press.upload(WHEEL, job)
        between = list(press.held())
        press.publish()

        assert between == [f"{TAG} (draft)"]
        assert list(press.held()) == [TAG]
        assert press.upload_target.opened == [job, own]
        assert press.upload_target.started == [own]


def test_a_version_whose_other_file_broke_off_is_finished_file_by_file(tmp_path: Path) -> None:
    job = "ghs_job1234567890"
    with publishing(
        tmp_path / "in", options=UploadServiceOptions(after=3600), immutable=True
    ) as press:
        press.server.reader.tokens[job] = Rights(read=True, write=None)
        broken_off(press.server.reader.store, SDIST[0])
        first = press.upload(WHEEL, job)
        between = list(press.held())
        second = press.upload(SDIST, job)
        press.wait()

        assert (first.status_code, second.status_code) == (200, 200)
        assert f"not published yet: {SDIST[0]} is incomplete" in first.text
        assert between == [f"{TAG} (draft)"]
        assert press.held() == {TAG: ALL}


def test_a_broken_upload_of_another_file_does_not_matter_where_it_can_be_added_later(
    tmp_path: Path,
) -> None:
    authorizer = AuthorizerOptions(password=Secret("pw"))
    with publishing(tmp_path / "in", capabilities=IN_A_FOLDER, authorizer=authorizer) as press:
        broken_off(press.server.reader.store, SDIST[0])
        first = press.upload(WHEEL, "pw")
        between = list(press.held())
        second = press.upload(SDIST, "pw")

        assert (first.status_code, second.status_code) == (200, 200)
        assert between == [TAG]
        assert press.held() == {TAG: ALL}


def broken_off(store: MemoryStore, name: str) -> None:
    """Leave what an upload of an earlier server left when it broke off."""
    harness = MemoryStoreHarness(store)
    harness.leave_unfinished(store.draft(new_release(TAG)), name)


def test_a_draft_that_was_removed_meanwhile_is_made_again(tmp_path: Path) -> None:
    class NumberingStore(MemoryStore):
        """A store whose releases have keys of their own, as on GitHub."""

        def draft(self, release: NewRelease) -> StoredRelease:
            made = super().draft(release)
            numbered = replace(made, key=f"{made.key}#{next(numbers)}")
            self._releases = {numbered.key: numbered}
            return numbered

    numbers = itertools.count()
    with publishing(tmp_path / "in", options=WAITING) as press:
        press.upload_target.store = press.server.reader.store = NumberingStore("acme/pypi")
        press.upload(WHEEL)
        press.server.reader.store._releases.clear()
        answer = press.upload(SDIST)
        press.publish()

        assert answer.status_code == 200
        assert press.held() == {TAG: [SDIST[0]]}


def test_a_draft_that_another_process_published_is_found_published(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as press:
        press.upload(WHEEL)
        store = press.server.reader.store
        store.publish(next(store.releases()))
        press.publish()

        assert (
            press.server.client.get(FILE).headers["location"].startswith("https://signed.example/")
        )
        assert press.upload_target.started == [WRITER]


def test_drafts_that_nobody_fills_are_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in", options=WAITING) as press:
        press.server.reader.store.draft(new_release("other-1.0"))
        for file in (WHEEL, SDIST):
            press.upload(file)
        press.publish()

        named = [x.message for x in caplog.records if "is unpublished" in x.message]
        (message,) = named
        assert message == (
            "acme/pypi: draft other-1.0 is unpublished and no upload to it is running; "
            "publish it with 'ghpypi publish other-1.0'"
        )


def test_two_servers_fill_one_draft(tmp_path: Path) -> None:
    with (
        publishing(tmp_path / "one", options=WAITING, immutable=True) as one,
        publishing(tmp_path / "two", options=WAITING) as two,
    ):
        two.upload_target.store = one.upload_target.store
        two.server.reader.store = one.server.reader.store
        answers = one.upload(WHEEL), two.upload(SDIST)
        one.publish()
        two.publish()

        assert [int(each.status_code) for each in answers] == [200, 200]
        assert one.held() == {TAG: ALL}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotAllowedError("it may not"), "cannot start the index run: it may not"),
        (
            RefusedError("it is off", hint="turn it on"),
            "cannot start the index run: it is off (turn it on)",
        ),
        (ValueError("nobody thought of this"), "nobody thought of this"),
    ],
)
def test_an_index_that_cannot_be_started_is_told_to_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, text: str
) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload_target.index_failing.append(error)
        press.upload(WHEEL)
        press.wait()

        assert text in caplog.text
        assert press.upload_target.started == [WRITER]


def test_an_index_that_can_never_be_started_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload_target.index_failing.extend(TryLaterError("GitHub is busy") for _ in range(3))
        press.upload(WHEEL)
        press.wait()

        assert press.upload_target.started == [WRITER] * 3
        assert "cannot start the index run: GitHub is busy" in caplog.text


def test_an_index_that_cannot_be_started_now_is_started_later(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload_target.index_failing.append(TryLaterError("GitHub is busy"))
        press.upload(WHEEL)
        press.wait()

        assert press.upload_target.started == [WRITER, WRITER]


def test_a_draft_that_a_server_left_behind_is_finished_by_the_same_upload(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as press:
        store = press.server.reader.store
        draft = store.draft(new_release(TAG))
        for name, content in (SIDECAR, WHEEL):
            store.put(draft, new_asset(name, content), no_advance)
        answer = press.upload(WHEEL)
        shown = press.server.client.get(FILE).content
        press.publish()

        assert answer.status_code == 200
        assert shown == WHEEL[1]
        assert list(press.held()) == [TAG]


def test_what_waits_is_published_when_the_server_ends(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=3600)) as press:
        press.upload(WHEEL)
        press.server.portal.call(press.upload_service.close)

        assert list(press.held()) == [TAG]
        assert press.upload_target.started == [WRITER]
        assert press.left() == []


def test_a_store_of_this_machine_is_answered_for_when_all_is_done(tmp_path: Path) -> None:
    options, authorizer = UploadServiceOptions(after=3600), AuthorizerOptions(password=Secret("pw"))
    with publishing(
        tmp_path / "in", options=options, capabilities=IN_A_FOLDER, authorizer=authorizer
    ) as press:
        answer = press.upload(WHEEL, "pw")

        assert answer.status_code == 200
        assert list(press.held()) == [TAG]
