"""Objects, and what identifies their content."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Tag(NamedTuple):
    """Identifies the content of an object at one time.

    Attributes:
        e_tag: Its entity tag.
        version: Its generation in Google Cloud Storage, which conditional writes there need.
    """

    e_tag: str
    version: str = ""

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "Tag":
        """Read the result of a request."""
        return cls(result.get("e_tag") or "", result.get("version") or "")


class StoredObject(NamedTuple):
    """An object.

    Attributes:
        key: Its key below the root.
        size: Size in bytes.
        tag: Identifies its content.
        modified: When it was written.
        attributes: Its headers and metadata, as far as they were asked for.
    """

    key: str
    size: int
    tag: Tag
    modified: datetime
    attributes: Mapping[str, str]


class ObjectContent(NamedTuple):
    """The content of an object, and its tag."""

    content: bytes
    tag: Tag
