"""Rendering descriptions as sanitized HTML.

readme_renderer, as used by PyPI, renders and sanitizes. `_Fitting` adapts the result to the page:
images become links, because pages load nothing from other hosts; headings are moved below those of
the page; wide blocks can be scrolled by keyboard. The result is sanitized again, so that an error
in `_Fitting` has no effect on security.
"""

import re
import warnings
from collections.abc import Callable
from email.message import Message
from functools import partial
from html import escape, unescape
from html.parser import HTMLParser
from threading import Lock

from ghpypi.core.site.text import sanitize

LONGEST = 1_000_000
"""Maximum length of a description in characters; the rest is cut off."""

LONGEST_RST = 200_000
"""Maximum length of reStructuredText; longer text is shown as plain text, as docutils takes
seconds."""

LARGEST_HTML = 4_000_000
"""Maximum length of the rendered HTML; otherwise the text is shown as plain text."""

CUT = '<p class="cut">The description goes on; this page shows the beginning.</p>'

_MOST_QUOTES, _MOST_TAGS, _MOST_HEADINGS, _MOST_CELLS = 100, 10_000, 3_000, 100_000

_IDS = "readme-"
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
_BLOCKS = {"aside": "div", "nav": "div", "section": "div"}
_ALERTS = frozenset({"admonition", "note", "tip", "important", "warning", "caution"})
_TOKEN = re.compile(r"[a-z][a-z0-9]{0,2}")  # CSS classes of Pygments
_PLAIN = re.compile(r'<p class="plain">(.*)</p>', re.DOTALL)
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption cite code col colgroup dd del details div dl dt em "
        "figcaption figure h3 h4 h5 h6 hr i kbd li ol p pre span strong sub summary sup table "
        "tbody td th thead tr tt ul var",
    )
)
_ATTRIBUTES = {
    "*": {"id"},
    "a": {"href", "title", "class"},
    "abbr": {"title"},
    "code": {"class"},
    "div": {"align", "class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "p": {"align", "class"},
    "pre": {"tabindex"},
    "span": {"class"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_one_at_a_time = Lock()
"""`catch_warnings` affects the whole process."""


def render(description: str, content_type: str) -> str:
    """Render a description in this process.

    The renderers can take minutes for a short text, or crash the process. Use `ghpypi.rendering`
    for untrusted text.

    Args:
        description: The text.
        content_type: Its markup, such as `text/markdown; variant=GFM`; reStructuredText if empty.

    Returns:
        HTML; empty if the description is empty.
    """
    text, cut = _shortened(description)
    if not text:
        return ""
    html = _rendered(text, content_type)
    if html is None or len(html) > LARGEST_HTML:
        html = _as_plain(text)
    return html + (CUT if cut else "")


def render_plain(description: str) -> str:
    """Return a description as HTML of its plain text."""
    text, cut = _shortened(description)
    return _as_plain(text) + (CUT if cut else "") if text else ""


def sanitized(html: str) -> str:
    """Sanitize HTML that was published; what `render` returns stays as it is.

    Args:
        html: The HTML, as others may have changed it.

    Raises:
        ValueError: It is larger than what `render` returns.
    """
    if len(html) > LARGEST_HTML + len(CUT):
        raise ValueError("the description is too large")
    text = html.removesuffix(CUT)
    plain = _PLAIN.fullmatch(text)
    if plain is None or text != _as_plain(unescape(plain[1])):
        text = _clean(text, _kept_fragment)
    return sanitize(text) + (CUT if html.endswith(CUT) else "")


def _shortened(description: str) -> tuple[str, bool]:
    """Truncate a long text at the end of a line; return whether it was truncated."""
    text = sanitize(description).strip()
    if len(text) <= LONGEST:
        return text, False
    return text[:LONGEST].rpartition("\n")[0] or text[:LONGEST], True


def _as_plain(text: str) -> str:
    return f'<p class="plain">{escape(text)}</p>'


def _rendered(text: str, content_type: str) -> str | None:
    header = Message()
    header["content-type"] = content_type or "text/x-rst"
    kind = header.get_content_type()
    variant = str(header.get_param("variant") or "GFM")
    html = None
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        renderer = _renderer(kind, variant, text)
        try:
            html = renderer(text) if renderer else None
        except Exception:  # noqa: BLE001 - a text can break docutils and Pygments in any way
            html = None
    # A short text can expand to many megabytes, which are not processed further.
    if html is None or len(html) > LARGEST_HTML:
        return None
    return _clean(_Fitting.fit(html), _fragment)


def _renderer(kind: str, variant: str, text: str) -> Callable[[str], str | None] | None:
    """Import the renderer of a content type; docutils alone takes a tenth of a second.

    Returns:
        The renderer; `None` if a text is shown as it is.
    """
    if kind == "text/markdown" and _is_reasonable(text):
        import readme_renderer.markdown  # noqa: PLC0415 - see above

        variant = "CommonMark" if variant.lower() == "commonmark" else "GFM"
        return partial(readme_renderer.markdown.render, variant=variant)
    if kind == "text/x-rst" and len(text) <= LONGEST_RST:
        from ghpypi.core.site.rst import render_rst  # noqa: PLC0415 - see above

        return render_rst
    return None


def _is_reasonable(text: str) -> bool:
    """Return whether a text is free of constructs that keep a renderer busy for minutes.

    Renderers take quadratic time for nested quotes, unclosed tags and equal headings, and fill up
    every short row of a wide table.
    """
    quotes = max((len(each) for each in re.findall(r"^[> ]{8,}", text, re.MULTILINE)), default=0)
    rows = [row.count("|") for row in text.splitlines() if "|" in row]
    return (
        quotes <= _MOST_QUOTES
        and text.count("<") <= _MOST_TAGS
        and text.count("\n#") <= _MOST_HEADINGS
        and max(rows, default=0) * len(rows) <= _MOST_CELLS
    )


class _Fitting(HTMLParser):
    """Adapts sanitized HTML to the page."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._links = 0

    @classmethod
    def fit(cls, html: str) -> str:
        fitting = cls()
        fitting.feed(html)
        fitting.close()
        return "".join(fitting._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: sanitize(value or "") for key, value in attrs}
        if tag == "img":
            self._image(values)
            return
        if tag == "input":
            self._parts.append("☑ " if "checked" in values else "☐ ")
            return
        if tag == "a":
            self._links += 1
        if tag == "table":
            self._parts.append('<div class="scroll" tabindex="0" role="group" aria-label="Table">')
        if tag == "pre":
            values["tabindex"] = "0"
        self._open(_name(tag), values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._links -= 1
            if self._parts[-1].startswith("<a "):  # an anchor of a heading
                self._parts.pop()
                return
        self._parts.append(f"</{_name(tag)}>")
        if tag == "table":
            self._parts.append("</div>")

    def handle_data(self, data: str) -> None:
        self._parts.append(escape(sanitize(data)))

    def _image(self, values: dict[str, str]) -> None:
        """Replace an image with its alternative text, as a link unless it is in a link already."""
        text = values.get("alt", "").strip() or "image"
        source = values.get("src", "")
        if self._links or not source.startswith(("https://", "http://")):
            self._open("span", {"class": "image"})
            self._parts.append(f"{escape(text)}</span>")
        else:
            self._open("a", {"class": "image", "href": source})
            self._parts.append(f"{escape(text)}</a>")

    def _open(self, tag: str, values: dict[str, str]) -> None:
        written = "".join(f' {key}="{escape(value)}"' for key, value in values.items())
        self._parts.append(f"<{tag}{written}>")


def _name(tag: str) -> str:
    return _HEADINGS.get(tag) or _BLOCKS.get(tag) or tag


def _clean(html: str, relative: Callable[[str], str | None]) -> str:
    import nh3  # noqa: PLC0415 - only here, and behind readme_renderer

    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        link_rel="nofollow noopener",
        url_schemes={"http", "https", "mailto"},
        url_relative=relative,
        id_prefix=_IDS,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        kept = [each for each in value.split() if _class(tag, each)]
        return " ".join(kept) or None
    return value


def _class(tag: str, name: str) -> bool:
    match tag:
        case "a":
            return name == "image"
        case "div":
            return name == "scroll" or name in _ALERTS
        case "p":
            return name == "admonition-title"
        case "span":
            return name == "image" or bool(_TOKEN.fullmatch(name))
        case _:
            return bool(_TOKEN.fullmatch(name))


def _fragment(url: str) -> str | None:
    """Adapt links within the description; relative links are removed."""
    return f"#{_IDS}{url[1:]}" if url.startswith("#") else None


def _kept_fragment(url: str) -> str | None:
    """Keep the links that `_fragment` has adapted."""
    return url if url.startswith(f"#{_IDS}") else None
