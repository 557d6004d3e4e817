"""JSON that others wrote."""

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: It is not JSON, is nested too deeply to be read, or holds a lone surrogate,
            which cannot be written again as UTF-8.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    # Only an escape can be a surrogate: a text is decoded from UTF-8 without any.
    if "\\u" in text if isinstance(text, str) else b"\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value
