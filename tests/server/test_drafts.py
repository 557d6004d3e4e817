"""Drafts of uploads: they are listed and served at once, and published after a pause."""

import asyncio
import itertools
from collections.abc import AsyncIterator
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
from ghpypi.stores.memory import ANYTHING, MemoryStore
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
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as uploads:
        first = uploads.upload(WHEEL)
        between = uploads.stored()
        second = uploads.upload(SDIST)
        uploads.publish()

        assert (first.status_code, second.status_code) == (200, 200)
        assert between == {f"{TAG} (draft)": sorted([WHEEL[0], SIDECAR[0]])}
        assert uploads.stored() == {TAG: ALL}
        assert uploads.upload_target.opened == [WRITER, WRITER]


def test_a_full_release_continues_in_a_second_draft(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as uploads:
        uploads.upload_target.store._rules = ANYTHING._replace(max_assets=4)  # type: ignore[attr-defined]
        wheels = [(f"acme_lib-1.0-{build}-py3-none-any.whl", WHEEL[1]) for build in range(3)]
        answers = [uploads.upload(each) for each in (*wheels, wheels[2], SDIST)]
        between = {tag: len(names) for tag, names in uploads.stored().items()}
        uploads.publish()

        assert {each.status_code for each in answers} == {200}
        assert between == {f"{TAG} (draft)": 4, f"{TAG}-part2 (draft)": 3}
        assert {tag: len(names) for tag, names in uploads.stored().items()} == {
            TAG: 4,
            f"{TAG}-part2": 3,
        }


def test_a_release_is_published_after_a_pause_in_uploads(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=LONG, immutable=True) as uploads:
        for build in range(4):
            uploads.upload((f"acme_lib-1.0-{build}-py3-none-any.whl", WHEEL[1]))
            uploads.server.portal.call(asyncio.sleep, LONG.after / 2)
        between = list(uploads.stored())
        uploads.wait()

        assert between == [f"{TAG} (draft)"]
        assert {tag: len(names) for tag, names in uploads.stored().items()} == {TAG: 8}


def test_one_index_run_starts_after_all_uploads(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=LONG) as uploads:
        for file in (WHEEL, SDIST, wheel("other"), sdist("other")):
            uploads.upload(file)
        uploads.wait()

        assert uploads.upload_target.started == [WRITER]
        assert sorted(uploads.stored()) == [TAG, "other-1.0"]


def test_an_uploaded_file_is_listed_and_served_before_publication(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=60)) as uploads:
        uploads.upload(WHEEL)
        page = uploads.server.client.get(PAGE, headers={"accept": JSON}).json()
        (file,) = page["files"]

        assert file["filename"] == WHEEL[0]
        assert file["requires-python"] == ">=3.9"
        assert uploads.server.client.get(FILE).content == WHEEL[1]
        assert (
            uploads.server.client.get(FILE, headers={"range": "bytes=2-5"}).content == WHEEL[1][2:6]
        )
        assert uploads.server.client.get(f"{FILE}.metadata").content == SIDECAR[1]
        assert uploads.server.client.get(FILE, auth=signed_in(STRANGER)).status_code == 403
        assert uploads.server.reader.count("link") == 0


def test_an_uploaded_file_of_a_public_repository_is_public_before_publication(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=60)) as uploads:
        uploads.server.reader.public = True
        uploads.upload(WHEEL)

        assert uploads.server.client.get(FILE, auth=ANONYMOUS).content == WHEEL[1]


def test_a_published_file_is_served_from_the_store(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload(WHEEL)
        uploads.wait()

        assert (
            uploads.server.client.get(FILE)
            .headers["location"]
            .startswith("https://signed.example/")
        )
        assert uploads.left_files() == []


def test_a_file_that_comes_after_an_immutable_release_is_refused(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", immutable=True) as uploads:
        uploads.upload(WHEEL)
        uploads.wait()
        response = uploads.upload(SDIST)

        assert response.status_code == 400
        assert f"release {TAG} is immutable and accepts no more files" in response.text


def test_a_file_is_added_to_a_release_that_is_not_immutable(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload(WHEEL)
        uploads.wait()
        response = uploads.upload(SDIST)
        shown = uploads.server.client.get(PAGE, headers={"accept": JSON}).json()["files"]
        uploads.wait()

        assert response.status_code == 200
        assert [each["filename"] for each in shown] == [WHEEL[0], SDIST[0]]
        assert uploads.stored() == {TAG: ALL}
        assert uploads.left_files() == []


def test_publication_waits_for_running_uploads(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", immutable=True) as uploads:
        content_type, body = form(SDIST)
        headers = {"authorization": basic(WRITER), "content-type": content_type}
        cut = body.index(b"\r\n\r\n", body.index(b"filename=")) + 10

        async def slow() -> AsyncIterator[bytes]:
            # More than a piece, so that the beginning is read before the end is there.
            yield body[:cut]
            await asyncio.sleep(4 * QUIET)
            yield body[cut:]

        async def both() -> tuple[Response, list[str], Response]:
            task = asyncio.create_task(
                raw_asgi.post(uploads.server.app, "/legacy/", headers, slow())
            )
            await asyncio.sleep(0.01)
            first = await uploads.upload_at_once(WHEEL)
            await asyncio.sleep(2 * QUIET)
            return first, list(uploads.stored()), await task

        first, between, second = uploads.server.portal.call(both)
        uploads.wait()

        assert (first.status_code, second.status_code) == (200, 200)
        assert between == [f"{TAG} (draft)"]
        assert uploads.stored() == {TAG: ALL}


def test_files_of_one_version_that_come_at_the_same_time_fill_one_release(tmp_path: Path) -> None:
    built = [wheel(text=f"x = {number}\n")[1] for number in range(6)]
    files = [(f"acme_lib-1.0-{n}-py3-none-any.whl", content) for n, content in enumerate(built)]
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as uploads:

        async def all_of_them() -> list[Response]:
            work = [uploads.upload_at_once(file) for file in (*files, *files)]
            return list(await asyncio.gather(*work))

        responses = uploads.server.portal.call(all_of_them)
        uploads.publish()

        assert {each.status_code for each in responses} == {200}
        assert sum("already" in each.text for each in responses) == 6
        assert {tag: len(names) for tag, names in uploads.stored().items()} == {TAG: 12}
        assert uploads.left_files() == []


def test_a_failed_publication_is_retried(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        store = uploads.server.reader.store
        publish, failing = store.publish, [TryLaterError("GitHub is busy")]

        def refusing(release: StoredRelease) -> StoredRelease:
            if failing:
                raise failing.pop()
            return publish(release)

        store.publish = refusing  # type: ignore[method-assign]
        uploads.upload(WHEEL)
        uploads.wait()

        assert failing == []
        assert list(uploads.stored()) == [TAG]


def test_a_refused_publication_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with publishing(tmp_path / "in") as uploads:

        def refusing(release: StoredRelease) -> StoredRelease:
            raise NotAllowedError("the token is gone")

        uploads.server.reader.store.publish = refusing  # type: ignore[method-assign]
        uploads.upload(WHEEL)
        uploads.wait()

        assert f"{TAG} was uploaded but not published: the token is gone" in caplog.text
        assert WRITER not in caplog.text
        assert uploads.server.client.get(FILE).content == WHEEL[1]


def test_an_unexpected_error_of_a_publication_is_logged_and_blocks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in") as uploads:

        def broken(release: StoredRelease) -> StoredRelease:
            raise ValueError("an unexpected failure")

        uploads.server.reader.store.publish = broken  # type: ignore[method-assign]
        uploads.upload(WHEEL)
        uploads.wait()

        assert "an unexpected failure" in caplog.text
        assert uploads.upload(SDIST).status_code == 200


def test_uploads_with_the_token_of_a_job_are_published_at_once(tmp_path: Path) -> None:
    job = "ghs_job1234567890"
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=3600)) as uploads:
        uploads.server.reader.tokens[job] = Rights(read=True, write=None)
        response = uploads.upload(WHEEL, job)

        assert response.status_code == 200
        assert list(uploads.stored()) == [TAG]


def test_the_server_publishes_with_its_own_token_when_that_of_a_job_has_ended(
    tmp_path: Path,
) -> None:
    job, own = "ghs_job1234567890", "ghp_servers1234567890"
    with publishing(tmp_path / "in", options=WAITING, own_token=own) as uploads:
        uploads.server.reader.tokens[job] = Rights(read=True, write=None)
        store = uploads.server.reader.store
        publish, ended = store.publish, [BadTokenError("GitHub does not know this token")]

        def refusing(release: StoredRelease) -> StoredRelease:
            if ended:
                raise ended.pop()
            return publish(release)

        store.publish = refusing  # type: ignore[method-assign]
        uploads.upload(WHEEL, job)
        between = list(uploads.stored())
        uploads.publish()

        assert between == [f"{TAG} (draft)"]
        assert list(uploads.stored()) == [TAG]
        assert uploads.upload_target.opened == [job, own]
        assert uploads.upload_target.started == [own]


def test_a_version_with_an_interrupted_upload_is_completed_file_by_file(tmp_path: Path) -> None:
    job = "ghs_job1234567890"
    with publishing(
        tmp_path / "in", options=UploadServiceOptions(after=3600), immutable=True
    ) as uploads:
        uploads.server.reader.tokens[job] = Rights(read=True, write=None)
        broken_off(uploads.server.reader.store, SDIST[0])
        first = uploads.upload(WHEEL, job)
        between = list(uploads.stored())
        second = uploads.upload(SDIST, job)
        uploads.wait()

        assert (first.status_code, second.status_code) == (200, 200)
        assert f"not published yet: {SDIST[0]} is incomplete" in first.text
        assert between == [f"{TAG} (draft)"]
        assert uploads.stored() == {TAG: ALL}


def test_an_interrupted_upload_of_another_file_does_not_delay_a_mutable_release(
    tmp_path: Path,
) -> None:
    authorizer = AuthorizerOptions(password=Secret("pw"))
    with publishing(tmp_path / "in", capabilities=IN_A_FOLDER, authorizer=authorizer) as uploads:
        broken_off(uploads.server.reader.store, SDIST[0])
        first = uploads.upload(WHEEL, "pw")
        between = list(uploads.stored())
        second = uploads.upload(SDIST, "pw")

        assert (first.status_code, second.status_code) == (200, 200)
        assert between == [TAG]
        assert uploads.stored() == {TAG: ALL}


def broken_off(store: MemoryStore, name: str) -> None:
    """Leave what an upload of an earlier server left when it was interrupted."""
    harness = MemoryStoreHarness(store)
    harness.leave_unfinished(store.draft(new_release(TAG)), name)


def test_a_draft_that_was_deleted_meanwhile_is_created_again(tmp_path: Path) -> None:
    class NumberingStore(MemoryStore):
        """A store whose releases have keys of their own, as on GitHub."""

        def draft(self, release: NewRelease) -> StoredRelease:
            made = super().draft(release)
            numbered = made._replace(key=f"{made.key}#{next(numbers)}")
            self._releases = {numbered.key: numbered}
            return numbered

    numbers = itertools.count()
    with publishing(tmp_path / "in", options=WAITING) as uploads:
        uploads.upload_target.store = uploads.server.reader.store = NumberingStore("acme/pypi")
        uploads.upload(WHEEL)
        uploads.server.reader.store._releases.clear()
        response = uploads.upload(SDIST)
        uploads.publish()

        assert response.status_code == 200
        assert uploads.stored() == {TAG: [SDIST[0]]}


def test_a_draft_that_another_process_published_is_found_published(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as uploads:
        uploads.upload(WHEEL)
        store = uploads.server.reader.store
        store.publish(next(store.releases()))
        uploads.publish()

        assert (
            uploads.server.client.get(FILE)
            .headers["location"]
            .startswith("https://signed.example/")
        )
        assert uploads.upload_target.started == [WRITER]


def test_drafts_without_running_uploads_are_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in", options=WAITING) as uploads:
        uploads.server.reader.store.draft(new_release("other-1.0"))
        for file in (WHEEL, SDIST):
            uploads.upload(file)
        uploads.publish()

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
        responses = one.upload(WHEEL), two.upload(SDIST)
        one.publish()
        two.publish()

        assert [int(each.status_code) for each in responses] == [200, 200]
        assert one.stored() == {TAG: ALL}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotAllowedError("it may not"), "cannot start the index run: it may not"),
        (
            RefusedError("it is off", hint="turn it on"),
            "cannot start the index run: it is off (turn it on)",
        ),
        (ValueError("an unexpected failure"), "an unexpected failure"),
    ],
)
def test_an_index_run_that_cannot_start_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, text: str
) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload_target.index_failing.append(error)
        uploads.upload(WHEEL)
        uploads.wait()

        assert text in caplog.text
        assert uploads.upload_target.started == [WRITER]


def test_starting_an_index_run_is_given_up_after_some_attempts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload_target.index_failing.extend(
            TryLaterError("GitHub is busy") for _ in range(3)
        )
        uploads.upload(WHEEL)
        uploads.wait()

        assert uploads.upload_target.started == [WRITER] * 3
        assert "cannot start the index run: GitHub is busy" in caplog.text


def test_starting_an_index_run_is_retried(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload_target.index_failing.append(TryLaterError("GitHub is busy"))
        uploads.upload(WHEEL)
        uploads.wait()

        assert uploads.upload_target.started == [WRITER, WRITER]


def test_a_draft_of_an_earlier_server_is_completed_by_the_same_upload(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as uploads:
        store = uploads.server.reader.store
        draft = store.draft(new_release(TAG))
        for name, content in (SIDECAR, WHEEL):
            store.put(draft, new_asset(name, content), no_advance)
        response = uploads.upload(WHEEL)
        shown = uploads.server.client.get(FILE).content
        uploads.publish()

        assert response.status_code == 200
        assert shown == WHEEL[1]
        assert list(uploads.stored()) == [TAG]


def test_unpublished_drafts_are_published_at_shutdown(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(after=3600)) as uploads:
        uploads.upload(WHEEL)
        uploads.server.portal.call(uploads.upload_service.close)

        assert list(uploads.stored()) == [TAG]
        assert uploads.upload_target.started == [WRITER]
        assert uploads.left_files() == []


def test_uploads_to_a_folder_are_complete_when_the_response_is_sent(tmp_path: Path) -> None:
    options, authorizer = UploadServiceOptions(after=3600), AuthorizerOptions(password=Secret("pw"))
    with publishing(
        tmp_path / "in", options=options, capabilities=IN_A_FOLDER, authorizer=authorizer
    ) as uploads:
        response = uploads.upload(WHEEL, "pw")

        assert response.status_code == 200
        assert list(uploads.stored()) == [TAG]
