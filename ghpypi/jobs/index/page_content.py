"""The content of project pages, made in this run or published before."""

from typing import NamedTuple

from ghpypi.core.site.about import About


class PageContent(NamedTuple):
    """The content of a project page, parsed and as in `about.json`."""

    about: About
    text: bytes

    @classmethod
    def read(cls, text: bytes) -> "PageContent":
        """Read an `about.json` that was made in this run."""
        return cls(About.parse(text), text)

    @classmethod
    def published(cls, text: bytes) -> "PageContent":
        """Read a published `about.json`, which is untrusted: its HTML is sanitized again.

        Raises:
            ValueError: It is missing or invalid.
        """
        about = About.parse(text)
        if about.description:
            from ghpypi.core.site.readme import sanitized  # noqa: PLC0415 - slow to import

            html = sanitized(about.description)
            if html != about.description:
                about = about._replace(description=html, description_digest="")
                return cls(about, about.dump())
        return cls(about, text)
