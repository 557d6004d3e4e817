"""The folders of releases in stores that are folders or buckets."""

from urllib.parse import quote


def folder_name(tag: str) -> str:
    """Return the name of the folder of a tag, without separators and leading dots."""
    name = quote(tag, safe="+!@=,~ ")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name
