"""The form that twine, uv, Poetry, PDM, hatch and flit send a file with, and how they are answered.

Source: PyPI's documentation, "Upload API" (legacy). Each client sends other fields, some of them
under names of its own, so the form decides nothing: what a file is, the file itself says. The
form has to name the file, give a digest of it, and not contradict it.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
"""The file types that are taken, and what their files are."""

DIGESTS = {"md5_digest": "md5", "sha256_digest": "sha256", "blake2_256_digest": "blake2_256"}
"""The fields that hold digests, and their algorithms."""

LIMITS = {
    ":action": 64,
    "protocol_version": 64,
    "filetype": 64,
    "name": 1024,
    "version": 1024,
    **dict.fromkeys(DIGESTS, 256),
    "attestations": 1 << 20,
}
"""The fields that are read, and how many bytes they may have; all others are passed over."""

SIZES = {"md5": 16, "sha256": 32, "blake2_256": 32}

LARGEST = 2 << 30
"""Bytes of the largest file that is taken if nothing else is said; GitHub takes one less."""

QUIET_SECONDS = 10.0
"""How long nobody uploads to a release before it is published, if nothing else is said."""

CONTENT = "content"
"""The field that is the file."""

Fields = Mapping[str, Sequence[str]]
"""The fields of a form that are read, each as often as it was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """What came with a file.

    Attributes:
        filename: The name of the file.
        digests: Its digests as the client took them, in hexadecimal, by algorithm.
        attestations: The text of its attestations (PEP 740); empty if there are none.
    """

    filename: Filename
    digests: Mapping[str, str]
    attestations: str = ""

    @classmethod
    def parse(cls, fields: Fields, filename: str) -> "UploadForm":
        """Read a form.

        Raises:
            RefusedError: With everything that is wrong with it.
        """
        try:
            parsed = Filename.parse(filename)
        except InvalidFilenameError as error:
            raise refused([f"'{filename}' is not the name of a distribution: {error}"]) from error
        faults = [*_faults_of_call(fields), *_contradictions(fields, parsed)]
        digests = {}
        for field, algorithm in DIGESTS.items():
            if text := _only(fields, field).strip():
                digests[algorithm] = _hexadecimal(text, SIZES[algorithm])
                if not digests[algorithm]:
                    faults.append(f"{field} '{text}' is no {algorithm} digest")
        if not any(_only(fields, field) for field in DIGESTS):
            faults.append(f"it has no digest: one of {', '.join(DIGESTS)} is needed")
        if faults:
            raise refused(faults)
        return cls(filename=parsed, digests=digests, attestations=_only(fields, "attestations"))

    def check(self, digests: Mapping[str, str]) -> None:
        """See to it that what arrived is what was sent.

        Raises:
            RefusedError: It is not.
        """
        faults = [
            f"{algorithm} of what arrived is {digests[algorithm]}, the form says {said}"
            for algorithm, said in self.digests.items()
            if digests[algorithm] != said
        ]
        if faults:
            raise refused([f"{self.filename.text}: {fault}" for fault in faults])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client is told.

    Attributes:
        status: The HTTP status.
        text: For people.
        retry_after: Seconds to wait before another attempt; 0 for no such advice.
    """

    status: int
    text: str
    retry_after: int = 0


def stored(filename: Filename, *, where: str, again: bool) -> Answer:
    """Say that a file is in; PyPI says 200, too, to one that is there already, byte for byte."""
    if again:
        return Answer(status=200, text=f"{filename.text} is in {where} already, byte for byte")
    return Answer(status=200, text=f"{filename.text} is in {where}")


def incomplete(answer: Answer, error: UnfinishedError) -> Answer:
    """Add to an answer that the release is not published yet, because of other files."""
    missing = "; ".join(error.faults)
    text = f"{answer.text}\nwarning: the release is not published yet: {missing}"
    return Answer(status=answer.status, text=text)


def answer_to(error: GhpypiError, filename: str = "") -> Answer:
    """Say why a file was not taken."""
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
    """Refuse an upload for what is wrong with it."""
    return RefusedError("this upload was not accepted", faults=faults)


def _conflict(error: ConflictError, filename: str) -> str:
    """Tell of a conflict in the words that clients look for when they skip what exists.

    twine, Poetry and PDM take "already exist" with 400, and PyPI's sentence begins so.
    """
    detail = "; ".join(error.faults) or error.message
    return (
        f"File already exists ('{filename}', with other content: {detail}). "
        "A published file never changes: release a new version"
    )


def _sentence(error: GhpypiError) -> str:
    text = error.message
    if error.faults:
        text = f"{text}: {'; '.join(error.faults)}"
    return f"{text} ({error.hint})" if error.hint else text


def _faults_of_call(fields: Fields) -> Iterator[str]:
    action = _only(fields, ":action")
    if action != "file_upload":
        yield f"its :action is '{action}', and only 'file_upload' is done here"
    if _only(fields, "protocol_version") not in {"", "1"}:
        yield f"protocol_version {_only(fields, 'protocol_version')} is not known here, only 1"
    for field, values in fields.items():
        if len(values) > 1:
            yield f"it has {len(values)} fields {field}"


def _contradictions(fields: Fields, filename: Filename) -> Iterator[str]:
    """Compare form and filename; name and version are compared as the standards do."""
    filetype, name, version = (_only(fields, each) for each in ("filetype", "name", "version"))
    if filetype not in KINDS:
        yield f"its filetype is '{filetype}', and only {' and '.join(KINDS)} are taken"
    elif KINDS[filetype] != filename.kind:
        yield f"its filetype is '{filetype}', which {filename.text} is not"
    if name and normalize(name) != filename.project:
        yield f"its name is '{name}', but {filename.text} is of '{filename.project}'"
    try:
        if version and parse_version(version) != filename.version:
            yield f"its version is '{version}', but {filename.text} is of {filename.version}"
    except InvalidVersion:
        yield f"its version '{version}' is not one (PEP 440)"


def _only(fields: Fields, field: str) -> str:
    values = fields.get(field)
    return values[0] if values else ""


def _hexadecimal(text: str, size: int) -> str:
    """Read a digest: hexadecimal, or in the URL-safe base64 that MD5 was specified in first."""
    if len(text) == 2 * size:
        return text.lower() if re.fullmatch(r"[0-9A-Fa-f]+", text) else ""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded.hex() if len(decoded) == size else ""
