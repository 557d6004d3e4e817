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
    """The content of an object.

    Attributes:
        content: The bytes.
        tag: Identifies them.
        media_type: The media type that it is served with, without parameters; empty if the store
            has none.
    """

    content: bytes
    tag: Tag
    media_type: str = ""

    def is_page(self, content: bytes, content_type: str) -> bool:
        """Return whether it is a page as ghpypi writes it.

        A page that another tool copied may have the same bytes and another media type. Installers
        do not read it then (PEP 691).

        Args:
            content: The content of the page.
            content_type: Its media type, with parameters.
        """
        is_served_so = self.media_type in {"", media_type_of(content_type)}
        return self.content == content and is_served_so


def media_type_of(content_type: str) -> str:
    """Return the media type of the header `Content-Type`, without parameters."""
    return content_type.partition(";")[0].strip().lower()
