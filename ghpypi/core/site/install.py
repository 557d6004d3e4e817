"""How to install from each index with each tool, rendered once and then used on every page.

A site with a few indexes shows the lines for each of them. Where there are many, or several
dimensions of variants, the lines are there once, for the index that most people want, beside a
list of all addresses; the script of the pages makes one choice for each dimension of that, and
writes the index that is chosen into the lines.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ghpypi.core.clients.options import UNKNOWN_SITE, ClientOptions, public_index
from ghpypi.core.clients.snippets import snippets
from ghpypi.core.config.variants import Dimension, VariantsConfig
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import Templates, renderer

MOST_TABS = 8
"""Indexes whose lines are all on a page."""

_STAND_IN = "zz-stand-in-zz"
"""Placeholder for the package name, which is replaced in the rendered text."""

_URL, _NAME, _INDEX = "https://zz-url-zz.invalid/", "zz-name-zz", "zz-index-zz"
"""Stand for what depends on the index, in lines that are for any of them."""

_KNOWN_NAMES = {"cuda": "CUDA", "rocm": "ROCm", "cpu": "CPU", "abi": "ABI", "torch": "PyTorch"}
"""How dimensions are written whose names are abbreviations."""


class Source(NamedTuple):
    """The site for installation instructions.

    Attributes:
        title: The title of the site.
        address: The URL of the site, ending in `/`; may be empty.
        repository: `OWNER/REPO`, if the store is on GitHub.
    """

    title: str
    address: str
    repository: str


def install_block(
    links: tuple[IndexLink, ...], package: str, settings: SiteSettings, templates: Templates
) -> str:
    """Render the instructions for all indexes and tools as HTML.

    Args:
        links: The indexes.
        package: The normalized name of the package; empty for a placeholder.
        settings: The settings of pages.
        templates: The custom templates.
    """
    source = Source(settings.config.index.title, settings.address, settings.repository)
    if not package:
        return _block(links, "", source, settings.config.variants, templates)
    block = _block(links, _STAND_IN, source, settings.config.variants, templates)
    return block.replace(_STAND_IN, package)


@lru_cache(maxsize=256)
def _block(
    links: tuple[IndexLink, ...],
    package: str,
    source: Source,
    variants: VariantsConfig,
    templates: Templates,
) -> str:
    facts: dict[str, Any] = {
        "indexes": (),
        "choice": None,
        "address": source.address,
        "unknown": UNKNOWN_SITE,
        "package": package,
    }
    if len(links) > MOST_TABS or any("/" in link.name for link in links):
        facts["choice"] = _choice(links, package, source, variants)
    else:
        facts["indexes"] = [
            (
                _id(link.name),
                link,
                *_lines(link, package, source),
                _flat(source.address or UNKNOWN_SITE, link),
            )
            for link in _preferred_first(links, variants)
        ]
    return renderer("_install.html", templates)(facts).decode()


def download_command(link: IndexLink, package: str, version: str, settings: SiteSettings) -> str:
    """Return the command that downloads a version.

    Args:
        link: The index that it is downloaded from, see `preferred_index`.
        package: The normalized name of the package.
        version: The version.
        settings: The settings of pages.
    """
    url = (settings.address or UNKNOWN_SITE) + link.path
    return f"pip download --no-deps --index-url {url} {package}=={version}"


def _lines(
    link: IndexLink, package: str, source: Source
) -> tuple[str, list[tuple[str, str, str, str, str]]]:
    """Write the lines for an index: its address, and what each tool needs."""
    url = (source.address or UNKNOWN_SITE) + link.path
    name = source_name(source.title, link.name)
    options = public_index(url, name, package, store=source.repository, index=link.name)
    return url, _tools(options)


def _tools(options: ClientOptions) -> list[tuple[str, str, str, str, str]]:
    return [
        (each.tool, *_split(each.title), each.text.rstrip("\n"), each.note)
        for each in snippets(options)
    ]


class _Choice(NamedTuple):
    """Lines into which the script writes the index that is chosen.

    Attributes:
        tools: What each tool needs, as `_tools` gives it; texts and notes are HTML with a
            `data-slot` for each part that depends on the index.
        rows: The indexes in the order of the list: name, address, name for tools, values with
            slashes between them, or `None` for indexes that are not of variants, and the address
            of the page for `--find-links`, which may be empty.
        dimensions: For each choice: its label, what it is called to make none, and the default.
        chosen: The name of the index that the lines are for.
        flat: The address of its page for `--find-links`.
        has_flat: Whether any index has such a page.
    """

    tools: list[tuple[str, str, str, Markup, Markup]]
    rows: list[tuple[str, str, str, str | None, str]]
    dimensions: str
    chosen: str
    flat: str
    has_flat: bool


def _choice(
    links: tuple[IndexLink, ...], package: str, source: Source, variants: VariantsConfig
) -> _Choice:
    base = source.address or UNKNOWN_SITE
    chosen = _preferred_first(links, variants)[0]
    options = public_index(_URL, _NAME, package, store=source.repository, index=_INDEX)
    slots = {
        _URL: ("url", base + chosen.path),
        _NAME: ("name", _tool_name(source, chosen)),
        f" --index {_INDEX}": ("option", f" --index {chosen.name}" if chosen.name else ""),
    }
    return _Choice(
        tools=[
            (tool, title, where, _slotted(text, slots), _slotted(note, slots))
            for tool, title, where, text, note in _tools(options)
        ],
        rows=[
            (
                link.name,
                base + link.path,
                _tool_name(source, link),
                "/".join(link.values) if link.values else None,
                _flat(base, link),
            )
            for link in links
        ],
        dimensions=json.dumps([_labels(each) for each in variants.dimensions]),
        chosen=chosen.name,
        flat=_flat(base, chosen),
        has_flat=any(link.flat for link in links),
    )


def _flat(base: str, link: IndexLink) -> str:
    return base + link.flat if link.flat else ""


def _slotted(text: str, slots: Mapping[str, tuple[str, str]]) -> Markup:
    """Escape lines, and mark the parts that depend on the index."""
    html = escape(text)
    for part, (slot, value) in slots.items():
        marked = Markup('<span data-slot="{}">{}</span>').format(slot, value)
        html = html.replace(escape(part), marked)
    return html


def _labels(dimension: Dimension) -> tuple[str, str, str]:
    """Say what a choice is called, what it is called not to make it, and which it is then."""
    label, value = (
        _KNOWN_NAMES.get(dimension.name, dimension.name or "Variant"),
        dimension.main_value,
    )
    if value:
        return label, f"default ({value})", value
    return label, "newest" if dimension.newest else "none", ""


def preferred_index(links: tuple[IndexLink, ...], variants: VariantsConfig) -> IndexLink | None:
    """Return the index that most people want of those of a project; `None` if it is in none."""
    return _preferred_first(links, variants)[0] if links else None


def preferred_variant(link: IndexLink | None, variants: VariantsConfig) -> str:
    """Name the variant that most people want of a project; empty for files without one.

    Args:
        link: The index that most people want.
        variants: The configuration of variants.
    """
    if link is None:
        return ""
    return variants.main_variant if link.kind == "main" else link.name


def _preferred_first(
    links: tuple[IndexLink, ...], variants: VariantsConfig
) -> tuple[IndexLink, ...]:
    """Order indexes with the one first that most people want; all others stay in order.

    That is the main index, or else the default variant, or else the newest of the variants that
    are named as the first one is: `cu130` of `cu118`, `cu130` and `rocm7.1`.
    """
    ranked = [link for link in links if link.kind == "main" or link.name == variants.main_variant]
    of_variants = [link for link in links if link.kind == "variant"]
    coarse = [x for x in of_variants if x.name.count("/") == of_variants[0].name.count("/")]
    family = [x for x in coarse if _family(x) == _family(coarse[0])]
    first = (*ranked, *reversed(family), *links)[:1]
    return (*first, *(link for link in links if link not in first))


def _family(link: IndexLink) -> str:
    return link.name.rstrip("0123456789.")


def _tool_name(source: Source, link: IndexLink) -> str:
    """Name an index as files of tools do; `ClientOptions` keeps the public index apart."""
    return ClientOptions(url=_URL, name=source_name(source.title, link.name)).name


def source_name(title: str, index: str) -> str:
    """Return a name for an index in tool settings, which includes the title of the site."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "private"
    return f"{words}-{index}".replace("/", "-") if index else words


def _split(title: str) -> tuple[str, str]:
    """Split a title such as `uv, in pyproject.toml`."""
    tool, _, where = title.partition(", ")
    return tool, where


def _id(name: str) -> str:
    """Return the HTML ID of an index; index names have no colons."""
    return re.sub(r"[^A-Za-z0-9._:-]", "_", name.replace("/", ":")) or "main"
