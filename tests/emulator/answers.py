"""JSON answers, errors in GitHub's words, paging and conditional requests."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.emulator.wire import Answer

DOCS = "https://docs.github.com/rest"
JSON_TYPE = "application/json; charset=utf-8"
MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 30


class RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """A JSON document as an answer; bytes are taken as JSON already."""
    body = document if isinstance(document, bytes) else dumps(document)
    return Answer(status, {"Content-Type": JSON_TYPE, **(headers or {})}, body)


def dumps(document: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(document, separators=(",", ":")).encode()


def no_content() -> Answer:
    """204."""
    return Answer(204)


def error(status: int, message: str, **more: Any) -> RefusalError:
    """An error with only a message."""
    document = {"message": message, "documentation_url": DOCS, "status": str(status), **more}
    return RefusalError(json_answer(document, status))


def not_found() -> RefusalError:
    """404, also where rights are missing (docs: rest/using-the-rest-api/troubleshooting)."""
    return error(404, "Not Found")


def invalid(resource: str, code: str, field: str, message: str | None = None) -> RefusalError:
    """422 with one entry in `errors`."""
    entry = {"resource": resource, "code": code, "field": field}
    if message is not None:
        entry["message"] = message
    return error(422, "Validation Failed", errors=[entry])


def upload_invalid(code: str, field: str, message: str | None = None) -> RefusalError:
    """422 as the host for uploads words it (octokit/fixtures: release-assets-conflict)."""
    entry = {"resource": "ReleaseAsset", "code": code, "field": field}
    if message is not None:
        entry["message"] = message
    return upload_error(422, "Validation Failed", errors=[entry])


def upload_error(status: int, message: str, **more: Any) -> RefusalError:
    """An error of the host for uploads, which names the request."""
    document = {"message": message, "request_id": request_id(), "documentation_url": DOCS, **more}
    return RefusalError(json_answer(document, status))


def request_id() -> str:
    """A value for `x-github-request-id`."""
    digits = secrets.token_hex(18).upper()
    return ":".join((digits[:4], digits[4:10], digits[10:16], digits[16:22], digits[22:30]))


def paginate(
    items: Sequence[Any], query: Mapping[str, str], url: str, default: int = DEFAULT_PER_PAGE
) -> tuple[Sequence[Any], dict[str, str]]:
    """The items of the page asked for, and its `Link` header.

    docs: rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    size, page = page_asked_for(query, default)
    last = max(1, -(-len(items) // size))
    targets: dict[str, int] = {}
    if page > 1:
        targets["prev"] = min(page - 1, last)
    if page < last:
        targets.update(next=page + 1, last=last)
    if page > 1:
        targets["first"] = 1
    links = ", ".join(
        f'<{url}?{urlencode({**query, "page": number})}>; rel="{relation}"'
        for relation, number in targets.items()
    )
    chosen = items[(page - 1) * size : page * size]
    return chosen, {"Link": links} if links else {}


def page_asked_for(query: Mapping[str, str], default: int = DEFAULT_PER_PAGE) -> tuple[int, int]:
    """`per_page`, at most 100, and `page`; nonsense counts as not given."""
    size = _positive(query.get("per_page", ""), default)
    return min(size, MAX_PER_PAGE), _positive(query.get("page", ""), 1)


def _positive(text: str, default: int) -> int:
    return max(1, int(text)) if text.isdigit() and int(text) else default


def weak_etag(answer: Answer, salt: str) -> str:
    """The tag of a JSON answer; it differs between tokens (`Vary: Authorization`)."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    digest = hashlib.sha256(salt.encode() + body).hexdigest()
    return f'W/"{digest}"'


def tag_matches(header: str, etag: str) -> bool:
    """Whether an `If-None-Match` names this tag, by weak comparison (RFC 9110, 13.1.2)."""
    wanted = etag.removeprefix("W/")
    given = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in given or wanted in given
