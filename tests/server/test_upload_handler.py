"""Uploads through the server, over a store in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from ghpypi.errors import BadTokenError, NotAllowedError, TryLaterError
from ghpypi.server.upload.drafts import Drafts
from ghpypi.server.upload.service import UploadServiceOptions
from tests.server import raw_asgi
from tests.server.scene import (
    READER,
    STRANGER,
    WRITER,
    basic,
    serving,
    signed_in,
)
from tests.server.uploading import (
    FILE,
    OTHER,
    SDIST,
    SIDECAR,
    TAG,
    WAITING,
    WHEEL,
    form,
    publishing,
)
from tests.support.attesting import attestation
from tests.support.packages import new_release, sdist, wheel


def test_the_same_file_again_is_success(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", immutable=True) as press:
        press.upload(WHEEL)
        waiting = press.upload(WHEEL)
        press.wait()
        published = press.upload(WHEEL)
        press.wait()

        assert (
            waiting.text == f"{WHEEL[0]} already exists in acme/pypi {TAG} with the same content\n"
        )
        assert (published.status_code, published.text) == (200, waiting.text)
        assert press.held() == {TAG: sorted([WHEEL[0], SIDECAR[0]])}
        assert press.left() == []


def test_a_version_spelled_otherwise_is_published_in_the_release_it_has(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload(WHEEL)
        press.wait()
        other = sdist("acme_lib", "1.0.0")
        answer = press.upload(other)
        press.wait()

        assert answer.text == f"{other[0]} is stored in acme/pypi {TAG}\n"
        assert press.held() == {TAG: sorted([WHEEL[0], SIDECAR[0], other[0]])}


def test_a_draft_is_published_whatever_spelling_of_its_version_fills_it(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as press:
        release = press.server.reader.store.draft(new_release(TAG))
        other = sdist("acme_lib", "1.0.0")
        press.upload(other)
        press.publish()

        assert release.draft
        assert press.held() == {TAG: [other[0]]}


def test_another_file_of_the_same_name_is_a_conflict_in_the_words_that_clients_know(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload(WHEEL)
        answer = press.upload(OTHER)

        assert answer.status_code == 400
        assert answer.text.startswith(f"File already exists ('{WHEEL[0]}', with different content")


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        (None, 401, "sign in"),
        (READER, 403, "may read acme/pypi, but not publish to it"),
        (STRANGER, 403, "may not read acme/pypi"),
        ("ghp_unknown1234567890", 401, "GitHub does not know this token"),
        ("password", 401, "use a GitHub token as the password"),
    ],
)
def test_who_may_not_write_is_told_so_and_sends_nothing(
    tmp_path: Path, token: str | None, status: int, text: str
) -> None:
    with publishing(tmp_path / "in") as press:
        answer = press.upload(WHEEL, token)

        assert answer.status_code == status
        assert text in answer.text
        assert ("www-authenticate" in answer.headers) == (status == 401)
        assert (press.held(), press.left(), press.upload_target.opened) == ({}, [], [])


def test_a_token_that_is_revoked_while_the_server_believes_in_it_is_forgotten(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload(WHEEL)
        press.upload_target.failing.append(BadTokenError("GitHub does not know this token"))
        answer = press.upload(SDIST)
        asked = press.server.reader.count("rights")
        press.upload(SDIST)

        assert (answer.status_code, answer.text.strip()) == (401, "GitHub does not know this token")
        assert press.server.reader.count("rights") == asked + 1


def test_a_right_that_only_trying_tells_is_told_by_trying(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload_target.failing.append(NotAllowedError("it may not write", hint="ask"))
        answer = press.upload(WHEEL)

        assert (answer.status_code, answer.text) == (403, "it may not write (ask)\n")


WRONG = wheel("acme_lib", "1.0", "Requires-Dist: nonsense ==")


@pytest.mark.parametrize(
    ("file", "changes", "text"),
    [
        (WRONG, {}, "its Requires-Dist cannot be read"),
        (
            ("acme_lib-2.0-py3-none-any.whl", WHEEL[1]),
            {},
            "its metadata has version '1.0', its",
        ),
        ((WHEEL[0], b"no zip"), {}, "it is not a readable archive"),
        (WHEEL, {"sha256_digest": "0" * 64}, "the form has 000"),
        (WHEEL, {"sha256_digest": ""}, "the form has no digest"),
        (WHEEL, {":action": "submit"}, "only 'file_upload' is supported"),
        (WHEEL, {"name": "other"}, "name 'other' does not match"),
        (WHEEL, {"attestations": "[{}]"}, "invalid attestations of acme_lib-1.0-py3-none-any.whl"),
        (WHEEL, {"name": "x" * 2000}, "field 'name' exceeds 1,024 bytes"),
        (("x.whl", b"x"), {}, "'x.whl' is not a distribution filename"),
        ((f"{'a' * 240}-1.0-py3-none-any.whl", b"x"), {}, "its name has 261 characters"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason_and_leaves_nothing(
    tmp_path: Path, file: tuple[str, bytes], changes: dict[str, str], text: str
) -> None:
    with publishing(tmp_path / "in") as press:
        answer = press.upload(file, **changes)
        press.wait()

        assert answer.status_code == 400
        assert text in answer.text
        assert (press.held(), press.left()) == ({}, [])


def test_attestations_are_kept_beside_the_file_as_its_provenance(tmp_path: Path) -> None:
    made = attestation(WHEEL)
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as press:
        press.upload(WHEEL, attestations=json.dumps([made]))
        waiting = press.server.client.get(f"{FILE}.provenance").json()
        press.publish()
        store = press.server.reader.store
        (release,) = store.releases()
        (asset,) = [x for x in release.assets if x.name == f"{WHEEL[0]}.provenance"]
        with store.stream(asset) as stream:
            kept = json.loads(stream.read())

        assert kept == waiting
        assert kept["attestation_bundles"][0]["attestations"] == [made]


def test_what_is_said_to_be_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(max_file_size=1000)) as press:
        headers = {"authorization": basic(WRITER), "content-length": str(1 << 40)}

        read = []

        async def body() -> AsyncIterator[bytes]:
            read.append(1)
            yield b"x"

        answer = press.server.portal.call(
            raw_asgi.post, press.server.app, "/legacy/", headers, body()
        )

        assert (answer.status_code, answer.text.strip()) == (
            413,
            "the file is too large; the limit is 1,000 bytes",
        )
        assert read == []


def test_what_turns_out_to_be_too_large_is_refused(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(max_file_size=100)) as press:
        answer = press.upload(WHEEL)

        assert (answer.status_code, answer.text) == (
            413,
            "the file is too large; the limit is 100 bytes\n",
        )
        assert press.left() == []


def test_a_client_that_goes_away_leaves_nothing_behind(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as press:
        press.upload(SDIST)
        content_type, body = form(WHEEL)
        headers = {"authorization": basic(WRITER), "content-type": content_type}
        half = raw_asgi.pieces_of(body[: len(body) // 2])
        answer = press.server.portal.call(
            raw_asgi.disconnect, press.server.app, "/legacy/", headers, half
        )
        waiting = press.left()
        press.publish()

        assert answer is None
        assert len(waiting) == 1
        assert press.held() == {TAG: [SDIST[0]]}
        assert press.left() == []


def test_a_client_that_falls_silent_is_not_waited_for(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(idle_seconds=0.05)) as press:
        content_type, body = form(WHEEL)
        headers = {"authorization": basic(WRITER), "content-type": content_type}

        async def slow() -> AsyncIterator[bytes]:
            yield body[:500]
            await asyncio.sleep(10)

        answer = press.server.portal.call(
            raw_asgi.post, press.server.app, "/legacy/", headers, slow()
        )

        assert (answer.status_code, answer.text) == (
            408,
            "timeout while waiting for data of the upload\n",
        )
        assert press.left() == []


def test_a_github_that_refuses_for_now_is_told_with_the_time_to_come_again(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.upload_target.failing.append(TryLaterError("GitHub is busy"))
        refused = press.upload(WHEEL)
        again = press.upload(WHEEL)

        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert again.status_code == 200


def test_a_warning_stands_in_the_answer(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        store = press.server.reader.store
        store._rules = replace(store._rules, max_size=len(WHEEL[1]))
        answer = press.upload(WHEEL)

        assert answer.status_code == 200
        assert f"warning: {WHEEL[0]} has 100% of the maximum size" in answer.text


def test_a_store_with_no_way_in_takes_nothing(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        press.server.served_store.upload_target = None
        answer = press.upload(WHEEL)

        assert (answer.status_code, answer.text) == (403, "acme/pypi accepts no uploads\n")


def test_a_server_that_cannot_keep_an_upload_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = UploadServiceOptions(folder=tmp_path / "nowhere")
    with publishing(tmp_path / "in", options=options) as press:
        answer = press.upload(WHEEL)

        assert (answer.status_code, answer.text) == (500, "the server cannot store the file\n")
        assert "FileNotFoundError" in caplog.text


@pytest.mark.parametrize(
    "path", ["/legacy/", "/legacy", "/simple/", "/acme/pypi/legacy/", "/team/legacy/"]
)
def test_uploads_are_taken_at_each_address_that_people_try(tmp_path: Path, path: str) -> None:
    with publishing(tmp_path / "in") as press:
        answer = press.upload_to(path, WHEEL)

        assert answer.status_code == 200


def test_whoever_looks_at_the_address_of_uploads_is_told_what_it_is(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as press:
        answer = press.server.client.get("/legacy/")

        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "header", [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]
)
def test_no_page_makes_a_browser_upload(tmp_path: Path, header: tuple[str, str]) -> None:
    with publishing(tmp_path / "in") as press:
        content_type, body = form(WHEEL)
        headers = dict([("content-type", content_type), header])
        answer = press.server.client.post(
            "/legacy/", auth=signed_in(WRITER), headers=headers, content=body
        )

        assert answer.status_code == 403
        assert press.held() == {}


def test_hatch_finds_what_is_there_already_where_it_looks(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", WHEEL) as press:
        answer = press.server.client.get("/legacy/%2Bsimple/acme-lib/", headers={"accept": "*/*"})

        assert answer.status_code == 200
        assert f">{WHEEL[0]}</a>" in answer.text


def test_no_token_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with publishing(tmp_path / "in") as press:
        press.upload(WHEEL)
        press.upload(OTHER)
        press.wait()
        press.server.app.log.flush()
        lines = "".join(press.server.log) + caplog.text

        assert '"status":400' in lines
        assert WRITER not in lines


def test_the_first_upload_of_a_store_lists_it_and_others_search_with_the_index() -> None:
    with serving(wheel("acme_lib")) as server:
        drafts = Drafts(after=0)
        first = drafts.index_reader(server.served_store)()
        drafts.warn_about_drafts(server.served_store, ())
        server.settle()
        files = drafts.index_reader(server.served_store)()

    assert first is None
    assert files is not None
    assert [file.tag for file in files(NormalizedName("acme-lib"))] == ["acme_lib-1.0"]
