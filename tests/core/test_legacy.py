"""The form of an upload, and the responses to clients."""

import base64
import hashlib

import pytest

from ghpypi.core.names import Filename
from ghpypi.core.upload.legacy_form import Answer, Fields, UploadForm, answer_to, refused, stored
from ghpypi.errors import (
    ConflictError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)

WHEEL = "acme_lib-1.0-py3-none-any.whl"
SDIST = "acme_lib-1.0.tar.gz"
CONTENT = b"bytes"
DIGESTS = {
    "md5": hashlib.md5(CONTENT, usedforsecurity=False).hexdigest(),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "blake2_256": hashlib.blake2b(CONTENT, digest_size=32).hexdigest(),
}


def fields(**changes: str | tuple[str, ...] | None) -> Fields:
    """The form that twine sends, with changes; `None` leaves a field out."""
    sent: dict[str, tuple[str, ...]] = {
        ":action": ("file_upload",),
        "protocol_version": ("1",),
        "filetype": ("bdist_wheel",),
        "name": ("acme-lib",),
        "version": ("1.0",),
        "sha256_digest": (DIGESTS["sha256"],),
    }
    for name, value in changes.items():
        field = {"action": ":action"}.get(name, name)
        sent.pop(field, None)
        if value is not None:
            sent[field] = value if isinstance(value, tuple) else (value,)
    return sent


def faults(sent: Fields, filename: str = WHEEL) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as caught:
        UploadForm.parse(sent, filename)
    return caught.value.faults


def test_a_form_names_the_file_and_its_digests() -> None:
    form = UploadForm.parse(fields(md5_digest=DIGESTS["md5"], attestations="[]"), WHEEL)

    assert form.filename.project == "acme-lib"
    assert form.digests == {"md5": DIGESTS["md5"], "sha256": DIGESTS["sha256"]}
    assert form.attestations == "[]"


@pytest.mark.parametrize("filename", ["../acme_lib-1.0.tar.gz", "acme_lib-1.0.exe", "", "x.whl"])
def test_what_is_no_distribution_by_its_name_is_refused(filename: str) -> None:
    assert "is not a distribution filename" in faults(fields(), filename)[0]


def test_names_and_versions_may_be_spelled_otherwise() -> None:
    UploadForm.parse(fields(name="Acme.Lib", version="1.0.0"), WHEEL)


def test_fields_that_decide_nothing_may_be_missing_or_empty() -> None:
    UploadForm.parse(fields(name=None, version=None, protocol_version=None, md5_digest=""), WHEEL)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"action": "submit"}, "unsupported :action 'submit'; only 'file_upload' is supported"),
        ({"action": None}, "unsupported :action ''; only 'file_upload' is supported"),
        ({"protocol_version": "2"}, "unsupported protocol_version 2; only 1 is supported"),
        ({"name": "other"}, f"name 'other' does not match {WHEEL} of 'acme-lib'"),
        ({"version": "1.1"}, f"version '1.1' does not match {WHEEL} of 1.0"),
        ({"version": "one"}, "'one' is not a valid version (PEP 440)"),
        ({"version": ("1.0", "1.1")}, "the form has 2 fields 'version'"),
        ({"filetype": "sdist"}, f"filetype 'sdist' does not match {WHEEL}"),
        (
            {"filetype": "bdist_egg"},
            "unsupported filetype 'bdist_egg'; only bdist_wheel and sdist are supported",
        ),
        ({"sha256_digest": "abc"}, "sha256_digest 'abc' is not a sha256 digest"),
        ({"sha256_digest": "a!"}, "sha256_digest 'a!' is not a sha256 digest"),
        ({"md5_digest": "g" * 32}, f"md5_digest '{'g' * 32}' is not a md5 digest"),
        (
            {"sha256_digest": None},
            (
                "the form has no digest: one of md5_digest, sha256_digest, blake2_256_digest is "
                "required"
            ),
        ),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(
    changes: dict[str, str | tuple[str, ...] | None], fault: str
) -> None:
    assert faults(fields(**changes)) == (fault,)


def test_all_that_is_wrong_is_reported_together() -> None:
    assert len(faults(fields(action="x", name="other", version="2", filetype="sdist"))) == 4


@pytest.mark.parametrize(
    "spelling",
    [
        DIGESTS["md5"],
        DIGESTS["md5"].upper(),
        base64.urlsafe_b64encode(bytes.fromhex(DIGESTS["md5"])).decode(),
        base64.urlsafe_b64encode(bytes.fromhex(DIGESTS["md5"])).decode().rstrip("="),
    ],
)
def test_md5_is_read_in_either_of_its_spellings(spelling: str) -> None:
    form = UploadForm.parse(fields(sha256_digest=None, md5_digest=spelling), WHEEL)

    assert form.digests == {"md5": DIGESTS["md5"]}


@pytest.mark.parametrize("algorithm", sorted(DIGESTS))
def test_each_digest_is_compared_with_what_arrived(algorithm: str) -> None:
    sent = {"sha256_digest": None, f"{algorithm}_digest": DIGESTS[algorithm]}
    form = UploadForm.parse(fields(**sent), WHEEL)
    form.check(DIGESTS)
    with pytest.raises(RefusedError) as caught:
        form.check({**DIGESTS, algorithm: "0" * len(DIGESTS[algorithm])})

    (fault,) = caught.value.faults
    arrived = "0" * len(DIGESTS[algorithm])

    assert fault == (
        f"{WHEEL}: {algorithm} of the received file is {arrived}, the form has {DIGESTS[algorithm]}"
    )


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (refused(["a", "b"]), 400, "this upload was not accepted: a; b"),
        (NotAllowedError("no", hint="ask"), 403, "no (ask)"),
        (NotFoundError("gone"), 404, "gone"),
        (TryLaterError("busy"), 503, "busy"),
        (FailedError("damaged"), 502, "damaged"),
    ],
)
def test_each_kind_of_failure_has_its_status(error: GhpypiError, status: int, text: str) -> None:
    answer = answer_to(error, WHEEL)

    assert (answer.status, answer.text) == (status, text)
    assert bool(answer.retry_after) == (status == 503)


def test_a_conflict_begins_with_the_words_that_clients_look_for_when_they_skip() -> None:
    answer = answer_to(ConflictError("x", faults=[f"{WHEEL} is in release t"]), WHEEL)

    assert answer.status == 400
    assert answer.text.startswith(f"File already exists ('{WHEEL}', ")
    assert "is in release t" in answer.text
    assert "--skip-existing" not in answer.text


def test_what_is_there_already_counts_as_uploaded() -> None:
    filename = Filename.parse(WHEEL)

    assert stored(filename, where="acme/pypi t", again=True) == Answer(
        status=200, text=f"{WHEEL} already exists in acme/pypi t with the same content"
    )
    assert stored(filename, where="acme/pypi t", again=False).status == 200
