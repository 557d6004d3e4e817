"""Which responses are the file that was requested."""

import requests

RAW = "application/vnd.github.raw+json"
"""The media type with which the contents API returns the bytes of a file, up to 100 MB."""

OCTETS = "application/octet-stream"
"""The media type with which the API returns the bytes of an asset."""

GOOD = {200, 206}
"""The statuses of a response that is the file, or the requested part of it."""

_BYTES = {RAW, OCTETS}


def is_wrong_type(response: requests.Response, accept: str, *, from_api: bool) -> bool:
    """Return whether a response is not of the requested kind, such as a sign-in form.

    Args:
        response: The response.
        accept: The requested media type.
        from_api: It comes from the API, and not from a file host, which sends JSON files too.
    """
    kind = response.headers.get("Content-Type", "")
    is_json = from_api and kind.startswith("application/json")
    return kind.startswith("text/html") or (is_json and accept in _BYTES)
