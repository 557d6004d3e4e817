"""The form of the legacy upload API, as sent by twine, uv, Poetry, PDM, hatch and flit.

Clients send different fields, some of them with their own names, so the metadata comes from the
file itself. The form must contain the filename and a digest, and must not contradict the file.

Source: PyPI's documentation, "Upload API" (legacy).
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.version import InvalidVersion

from ghpypi.core.names import Filename, InvalidFilenameError, normalize
from ghpypi.core.parsing import parse_version
from ghpypi.errors import (
    ConflictError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
    UnfinishedError,
)

KINDS = {"bdist_wheel": "wheel", "sdist": "sdist"}
"""The accepted file types, and the kinds of their files."""

DIGESTS = {"md5_digest": "md5", "sha256_digest": "sha256", "blake2_256_digest": "blake2_256"}
"""The fields with digests, and their algorithms."""

LIMITS = {
    ":action": 64,
    "protocol_version": 64,
    "filetype": 64,
    "name": 1024,
    "version": 1024,
    **dict.fromkeys(DIGESTS, 256),
    "attestations": 1 << 20,
}
"""The known fields with their maximum sizes in bytes; all others are ignored."""

SIZES = {"md5": 16, "sha256": 32, "blake2_256": 32}

LARGEST = 2 << 30
"""Default maximum size of a file in bytes; that of GitHub is one byte less."""

QUIET_SECONDS = 10.0
"""Default time without uploads before a release is published, in seconds."""

CONTENT = "content"
"""The field with the file."""

Fields = Mapping[str, Sequence[str]]
"""The values of the known fields of a form."""


class UploadForm(NamedTuple):
    """The form of an upload.

    Attributes:
        filename: The parsed name of the file.
        digests: The digests computed by the client, in hexadecimal, by algorithm.
        attestations: The JSON of attestations (PEP 740); empty if there are none.
    """

    filename: Filename
    digests: Mapping[str, str]
    attestations: str = ""

    @classmethod
    def parse(cls, fields: Fields, filename: str) -> "UploadForm":
        """Parse a form.

        Raises:
            RefusedError: The form is invalid; the error has all faults.
        """
        try:
            parsed = Filename.parse(filename)
        except InvalidFilenameError as error:
            raise refused([f"'{filename}' is not a distribution filename: {error}"]) from error
        faults = [*_faults_of_call(fields), *_contradictions(fields, parsed)]
        digests = {}
        for field, algorithm in DIGESTS.items():
            if text := _only(fields, field).strip():
                digests[algorithm] = _hexadecimal(text, SIZES[algorithm])
                if not digests[algorithm]:
                    faults.append(f"{field} '{text}' is not a {algorithm} digest")
        if not any(_only(fields, field) for field in DIGESTS):
            faults.append(f"the form has no digest: one of {', '.join(DIGESTS)} is required")
        if faults:
            raise refused(faults)
        return cls(filename=parsed, digests=digests, attestations=_only(fields, "attestations"))

    def check(self, digests: Mapping[str, str]) -> None:
        """Compare the digests with those of the received file.

        Raises:
            RefusedError: They differ.
        """
        faults = [
            f"{algorithm} of the received file is {digests[algorithm]}, the form has {said}"
            for algorithm, said in self.digests.items()
            if digests[algorithm] != said
        ]
        if faults:
            raise refused([f"{self.filename.text}: {fault}" for fault in faults])


class Answer(NamedTuple):
    """The response to an upload.

    Attributes:
        status: The HTTP status.
        text: The text for users.
        retry_after: The value of `Retry-After` in seconds; 0 for none.
    """

    status: int
    text: str
    retry_after: int = 0


def stored(filename: Filename, *, where: str, again: bool) -> Answer:
    """Return the response for a stored file; as on PyPI, 200 also if it already existed."""
    if again:
        return Answer(
            status=200, text=f"{filename.text} already exists in {where} with the same content"
        )
    return Answer(status=200, text=f"{filename.text} is stored in {where}")


def incomplete(answer: Answer, error: UnfinishedError) -> Answer:
    """Add a warning that the release is not published yet, because of other files."""
    missing = "; ".join(error.faults)
    text = f"{answer.text}\nwarning: the release is not published yet: {missing}"
    return Answer(status=answer.status, text=text)


def answer_to(error: GhpypiError, filename: str = "") -> Answer:
    """Return the response for an error."""
    if isinstance(error, ConflictError):
        return Answer(status=400, text=_conflict(error, filename))
    text = _sentence(error)
    if isinstance(error, RefusedError):
        return Answer(status=400, text=text)
    if isinstance(error, NotAllowedError):
        return Answer(status=403, text=text)
    if isinstance(error, NotFoundError):
        return Answer(status=404, text=text)
    if isinstance(error, TryLaterError):
        return Answer(status=503, text=text, retry_after=30)
    return Answer(status=502, text=text)


def refused(faults: Sequence[str]) -> RefusedError:
    """Return the error for an invalid upload."""
    return RefusedError("this upload was not accepted", faults=faults)


def _conflict(error: ConflictError, filename: str) -> str:
    """Return the text for a conflict, which clients parse to skip existing files.

    twine, Poetry and PDM look for "already exist" with 400; PyPI's message begins like this.
    """
    detail = "; ".join(error.faults) or error.message
    return (
        f"File already exists ('{filename}', with different content: {detail}). "
        "Published files cannot be replaced: release a new version"
    )


def _sentence(error: GhpypiError) -> str:
    text = error.message
    if error.faults:
        text = f"{text}: {'; '.join(error.faults)}"
    return f"{text} ({error.hint})" if error.hint else text


def _faults_of_call(fields: Fields) -> Iterator[str]:
    action = _only(fields, ":action")
    if action != "file_upload":
        yield f"unsupported :action '{action}'; only 'file_upload' is supported"
    if _only(fields, "protocol_version") not in {"", "1"}:
        version = _only(fields, "protocol_version")
        yield f"unsupported protocol_version {version}; only 1 is supported"
    for field, values in fields.items():
        if len(values) > 1:
            yield f"the form has {len(values)} fields '{field}'"


def _contradictions(fields: Fields, filename: Filename) -> Iterator[str]:
    """Compare the form with the filename; names and versions are normalized."""
    filetype, name, version = (_only(fields, each) for each in ("filetype", "name", "version"))
    if filetype not in KINDS:
        yield f"unsupported filetype '{filetype}'; only {' and '.join(KINDS)} are supported"
    elif KINDS[filetype] != filename.kind:
        yield f"filetype '{filetype}' does not match {filename.text}"
    if name and normalize(name) != filename.project:
        yield f"name '{name}' does not match {filename.text} of '{filename.project}'"
    try:
        if version and parse_version(version) != filename.version:
            yield f"version '{version}' does not match {filename.text} of {filename.version}"
    except InvalidVersion:
        yield f"'{version}' is not a valid version (PEP 440)"


def _only(fields: Fields, field: str) -> str:
    values = fields.get(field)
    return values[0] if values else ""


def _hexadecimal(text: str, size: int) -> str:
    """Return a digest in hexadecimal; MD5 may also be in URL-safe base64."""
    if len(text) == 2 * size:
        return text.lower() if re.fullmatch(r"[0-9A-Fa-f]+", text) else ""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded.hex() if len(decoded) == size else ""
