"""What hypothesis makes of our values."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry, Membership, Refused, Shown
from ghpypi.core.model import OWN, File, Project
from ghpypi.core.names import Sha256, normalize, quote_path

_ALNUM = "abcxyzABCXYZ019"

project_names: SearchStrategy[str] = st.builds(
    "{}{}".format,
    st.sampled_from(_ALNUM),
    st.builds("{}{}".format, st.text(_ALNUM + "-_.", max_size=8), st.sampled_from(_ALNUM))
    | st.just(""),
)
"""Every project name that PEP 508 allows, within reason."""

versions: SearchStrategy[str] = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "1!"]),
    st.lists(st.integers(0, 99).map(str), min_size=1, max_size=3).map(".".join),
    st.sampled_from(["", "a1", "b2", "rc3", ".post4", ".dev5", "rc1.post2.dev3"]),
    st.sampled_from(["", "+cu128", "+rocm6.3", "+local.1"]),
)
"""Versions in normal form."""

texts: SearchStrategy[str] = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"'<>&\n\u2028\\"), max_size=20
)
"""Any text that can be written down."""

digests: SearchStrategy[Sha256] = st.binary(min_size=32, max_size=32).map(
    lambda digest: Sha256(digest.hex())
)


tags: SearchStrategy[str] = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="/\\"), max_size=9
).map("v{}".format)
"""Tags of releases, with characters that an address has to quote."""


@st.composite
def files(draw: DrawFn, name: str) -> File:
    """Make files of a project, in a folder or in releases."""
    version = draw(versions)
    platform = draw(st.sampled_from(["py3-none-any", "cp311-cp311-win_amd64"]))
    filename, tag = f"{name}-{version}-{platform}.whl", draw(tags)
    origin = draw(st.sampled_from([OWN, "acme/pypi", "Acme/.github"]))
    place = f"files/{tag}/{filename}"
    url, key = quote_path(place), place
    if origin != OWN:
        asset = draw(st.integers(1, 1 << 60))
        key = draw(st.just("") | st.just(f"repos/{origin}/releases/assets/{asset}"))
        path = quote_path(f"{origin}/releases/download/{tag}/{filename}")
        url = f"https://github.example/{path}{draw(st.sampled_from(['', '.bin']))}"
    beside = f"{url}.provenance" if origin == OWN else "https://github.example/a%20b"
    return File(
        filename=filename,
        version=version,
        url=url,
        size=draw(st.integers(0, 1 << 40)),
        sha256=draw(digests),
        uploaded_at="2026-01-31T12:00:00Z",
        requires_python=draw(st.none() | texts),
        core_metadata=draw(st.none() | digests),
        origin=origin,
        tag=tag,
        prerelease=draw(st.booleans()),
        stamp=draw(texts),
        label=draw(texts),
        provenance=draw(st.none() | st.just(beside)),
        downloads=draw(st.integers(0, 1 << 40)),
        key=key,
    )


@st.composite
def projects(draw: DrawFn) -> Project:
    """Make projects, also with no files."""
    name = normalize(draw(project_names))
    return Project(
        name=name, files=tuple(draw(st.lists(files(name.replace("-", "_")), max_size=4)))
    )


index_names: SearchStrategy[str] = st.sampled_from(["", "cu128", "rocm6.3", "stable"])

memberships: SearchStrategy[Membership] = st.builds(
    Membership,
    indexes=st.lists(index_names, unique=True).map(tuple),
    variants=st.lists(index_names, unique=True).map(tuple),
    flawed=st.booleans(),
)
"""Where projects may stand."""


theirs: SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "filename": st.sampled_from(["acme_lib-9.0.tar.gz", "\u00e9 (1)-1.whl"]),
        "url": st.just("https://index.example/a%20b"),
    },
    optional={
        "yanked": st.just(True) | st.just("a\n<reason>"),
        "requires-python": st.just(">=3.9"),
    },
)
"""Files of other indexes."""


@st.composite
def entries(draw: DrawFn) -> Entry:
    """Make entries of a catalog."""
    refused = st.builds(Refused, filename=texts, where=texts, reason=texts, stamp=texts)
    return Entry(
        fingerprint=draw(st.text("0123456789abcdef", min_size=1, max_size=32)),
        project=draw(projects()),
        refused=tuple(draw(st.lists(refused, max_size=2))),
        shown=draw(st.builds(Shown, texts, texts, texts, texts, texts)),
        upstream=draw(st.dictionaries(texts, st.lists(theirs), max_size=1)),
    )


@st.composite
def catalogs(draw: DrawFn) -> Catalog:
    """Make catalogs, sorted by name as they are read."""
    made: dict[NormalizedName, Entry] = {
        entry.project.name: entry for entry in draw(st.lists(entries(), max_size=4))
    }
    lines = {name: made[name].line(draw(memberships)) for name in sorted(made)}
    return Catalog(
        pages=draw(texts),
        rules=draw(texts),
        indexes=tuple(draw(st.lists(index_names))),
        lines=lines,
    )
