"""Uploads through the server, over a store in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
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
    with publishing(tmp_path / "in", immutable=True) as uploads:
        uploads.upload(WHEEL)
        waiting = uploads.upload(WHEEL)
        uploads.wait()
        published = uploads.upload(WHEEL)
        uploads.wait()

        assert (
            waiting.text == f"{WHEEL[0]} already exists in acme/pypi {TAG} with the same content\n"
        )
        assert (published.status_code, published.text) == (200, waiting.text)
        assert uploads.stored() == {TAG: sorted([WHEEL[0], SIDECAR[0]])}
        assert uploads.left_files() == []


def test_another_spelling_of_a_version_goes_into_the_existing_release(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload(WHEEL)
        uploads.wait()
        other = sdist("acme_lib", "1.0.0")
        response = uploads.upload(other)
        uploads.wait()

        assert response.text == f"{other[0]} is stored in acme/pypi {TAG}\n"
        assert uploads.stored() == {TAG: sorted([WHEEL[0], SIDECAR[0], other[0]])}


def test_another_spelling_of_a_version_goes_into_the_existing_draft(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as uploads:
        release = uploads.server.reader.store.draft(new_release(TAG))
        other = sdist("acme_lib", "1.0.0")
        uploads.upload(other)
        uploads.publish()

        assert release.draft
        assert uploads.stored() == {TAG: [other[0]]}


def test_another_file_of_the_same_name_is_a_conflict_with_the_message_of_pypi(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload(WHEEL)
        response = uploads.upload(OTHER)

        assert response.status_code == 400
        assert response.text.startswith(
            f"File already exists ('{WHEEL[0]}', with different content"
        )


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
def test_a_caller_without_write_permission_is_refused_and_nothing_is_stored(
    tmp_path: Path, token: str | None, status: int, text: str
) -> None:
    with publishing(tmp_path / "in") as uploads:
        response = uploads.upload(WHEEL, token)

        assert response.status_code == status
        assert text in response.text
        assert ("www-authenticate" in response.headers) == (status == 401)
        assert (uploads.stored(), uploads.left_files(), uploads.upload_target.opened) == (
            {},
            [],
            [],
        )


def test_a_token_that_github_refuses_during_an_upload_is_removed_from_the_cache(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload(WHEEL)
        uploads.upload_target.failing.append(BadTokenError("GitHub does not know this token"))
        response = uploads.upload(SDIST)
        asked = uploads.server.reader.count("rights")
        uploads.upload(SDIST)

        assert (response.status_code, response.text.strip()) == (
            401,
            "GitHub does not know this token",
        )
        assert uploads.server.reader.count("rights") == asked + 1


def test_a_permission_that_github_denies_during_an_upload_is_reported(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload_target.failing.append(NotAllowedError("it may not write", hint="ask"))
        response = uploads.upload(WHEEL)

        assert (response.status_code, response.text) == (403, "it may not write (ask)\n")


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
def test_invalid_uploads_are_refused_with_the_reason_and_leave_nothing(
    tmp_path: Path, file: tuple[str, bytes], changes: dict[str, str], text: str
) -> None:
    with publishing(tmp_path / "in") as uploads:
        response = uploads.upload(file, **changes)
        uploads.wait()

        assert response.status_code == 400
        assert text in response.text
        assert (uploads.stored(), uploads.left_files()) == ({}, [])


def test_attestations_are_stored_as_the_provenance_of_the_file(tmp_path: Path) -> None:
    made = attestation(WHEEL)
    with publishing(tmp_path / "in", options=WAITING, immutable=True) as uploads:
        uploads.upload(WHEEL, attestations=json.dumps([made]))
        waiting = uploads.server.client.get(f"{FILE}.provenance").json()
        uploads.publish()
        store = uploads.server.reader.store
        (release,) = store.releases()
        (asset,) = [x for x in release.assets if x.name == f"{WHEEL[0]}.provenance"]
        with store.stream(asset) as stream:
            kept = json.loads(stream.read())

        assert kept == waiting
        assert kept["attestation_bundles"][0]["attestations"] == [made]


def test_a_body_with_a_too_large_content_length_is_refused_before_it_is_read(
    tmp_path: Path,
) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(max_file_size=1000)) as uploads:
        headers = {"authorization": basic(WRITER), "content-length": str(1 << 40)}

        read = []

        async def body() -> AsyncIterator[bytes]:
            read.append(1)
            yield b"x"

        response = uploads.server.portal.call(
            raw_asgi.post, uploads.server.app, "/legacy/", headers, body()
        )

        assert (response.status_code, response.text.strip()) == (
            413,
            "the file is too large; the limit is 1,000 bytes",
        )
        assert read == []


def test_a_file_that_exceeds_the_limit_is_refused(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(max_file_size=100)) as uploads:
        response = uploads.upload(WHEEL)

        assert (response.status_code, response.text) == (
            413,
            "the file is too large; the limit is 100 bytes\n",
        )
        assert uploads.left_files() == []


def test_a_client_that_disconnects_leaves_no_file(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=WAITING) as uploads:
        uploads.upload(SDIST)
        content_type, body = form(WHEEL)
        headers = {"authorization": basic(WRITER), "content-type": content_type}
        half = raw_asgi.pieces_of(body[: len(body) // 2])
        response = uploads.server.portal.call(
            raw_asgi.disconnect, uploads.server.app, "/legacy/", headers, half
        )
        waiting = uploads.left_files()
        uploads.publish()

        assert response is None
        assert len(waiting) == 1
        assert uploads.stored() == {TAG: [SDIST[0]]}
        assert uploads.left_files() == []


def test_an_upload_without_data_times_out(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", options=UploadServiceOptions(idle_seconds=0.05)) as uploads:
        content_type, body = form(WHEEL)
        headers = {"authorization": basic(WRITER), "content-type": content_type}

        async def slow() -> AsyncIterator[bytes]:
            yield body[:500]
            await asyncio.sleep(10)

        response = uploads.server.portal.call(
            raw_asgi.post, uploads.server.app, "/legacy/", headers, slow()
        )

        assert (response.status_code, response.text) == (
            408,
            "timeout while waiting for data of the upload\n",
        )
        assert uploads.left_files() == []


def test_an_outage_of_github_is_reported_with_retry_after(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.upload_target.failing.append(TryLaterError("GitHub is busy"))
        refused = uploads.upload(WHEEL)
        again = uploads.upload(WHEEL)

        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert again.status_code == 200


def test_warnings_are_in_the_response(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        store = uploads.server.reader.store
        store._rules = store._rules._replace(max_size=len(WHEEL[1]))
        response = uploads.upload(WHEEL)

        assert response.status_code == 200
        assert f"warning: {WHEEL[0]} has 100% of the maximum size" in response.text


def test_a_store_without_an_upload_target_accepts_no_uploads(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        uploads.server.served_store.upload_target = None
        response = uploads.upload(WHEEL)

        assert (response.status_code, response.text) == (403, "acme/pypi accepts no uploads\n")


def test_a_server_that_cannot_store_an_upload_responds_with_500(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = UploadServiceOptions(folder=tmp_path / "nowhere")
    with publishing(tmp_path / "in", options=options) as uploads:
        response = uploads.upload(WHEEL)

        assert (response.status_code, response.text) == (500, "the server cannot store the file\n")
        assert "FileNotFoundError" in caplog.text


@pytest.mark.parametrize(
    "path", ["/legacy/", "/legacy", "/simple/", "/", "/acme/pypi/legacy/", "/team/legacy/"]
)
def test_uploads_are_accepted_at_each_usual_path(tmp_path: Path, path: str) -> None:
    with publishing(tmp_path / "in") as uploads:
        response = uploads.upload_to(path, WHEEL)

        assert response.status_code == 200


def test_get_is_not_allowed_on_the_upload_path(tmp_path: Path) -> None:
    with publishing(tmp_path / "in") as uploads:
        response = uploads.server.client.get("/legacy/")

        assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "header", [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]
)
def test_cross_site_uploads_are_refused(tmp_path: Path, header: tuple[str, str]) -> None:
    with publishing(tmp_path / "in") as uploads:
        content_type, body = form(WHEEL)
        headers = dict([("content-type", content_type), header])
        response = uploads.server.client.post(
            "/legacy/", auth=signed_in(WRITER), headers=headers, content=body
        )

        assert response.status_code == 403
        assert uploads.stored() == {}


def test_hatch_finds_existing_files_at_its_path(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", WHEEL) as uploads:
        response = uploads.server.client.get(
            "/legacy/%2Bsimple/acme-lib/", headers={"accept": "*/*"}
        )

        assert response.status_code == 200
        assert f">{WHEEL[0]}</a>" in response.text


def test_no_token_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with publishing(tmp_path / "in") as uploads:
        uploads.upload(WHEEL)
        uploads.upload(OTHER)
        uploads.wait()
        uploads.server.app.log.flush()
        lines = "".join(uploads.server.log) + caplog.text

        assert '"status":400' in lines
        assert WRITER not in lines


def test_an_upload_searches_the_index_once_it_is_loaded() -> None:
    with serving(wheel("acme_lib")) as server:
        drafts = Drafts(after=0)
        before = drafts.index_reader(server.served_store)
        server.settle()
        reader = drafts.index_reader(server.served_store)
        files = reader and reader()

    assert before is None
    assert files
    assert [file.tag for file in files(NormalizedName("acme-lib"))] == ["acme_lib-1.0"]
