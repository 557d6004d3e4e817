"""Files as a catalog has them, made up from their names."""

from collections.abc import Iterable

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.selection import UpstreamFiles
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename, Sha256, quote_path
from tests.emulator.release import Asset

STORE = "acme/pypi"


def made(
    filename: str,
    tag: str = "v1",
    *,
    text: str = "",
    origin: str = STORE,
    label: str = "",
    prerelease: bool = False,
    uploaded_at: str = "2026-01-31T12:00:00Z",
) -> File:
    """Make up a file; another text makes another content."""
    parsed = Filename.parse(filename)
    return File(
        filename=filename,
        version=str(parsed.version),
        url=f"https://github.example/{origin}/releases/download/{tag}/{quote_path(filename)}",
        size=1000,
        sha256=digest_of(f"{filename} {text}".encode()),
        uploaded_at=uploaded_at,
        requires_python=None,
        core_metadata=None,
        origin=origin,
        tag=tag,
        prerelease=prerelease,
        stamp=f"{origin} {tag} {filename} {text}",
        label=label,
    )


def asset_file(name: str, asset: Asset, key: str = "") -> File:
    """Make up the file of a release asset of the emulator, whose digest is unknown.

    Args:
        name: The filename.
        asset: The asset.
        key: What the catalog says of where it is; by default that is right.
    """
    return made(name, "v1.0")._replace(
        url="",
        size=asset.size,
        sha256=Sha256(""),
        uploaded_at="",
        stamp="",
        key=key or f"repos/{STORE}/releases/assets/{asset.id}",
    )


def project_of(*files: File) -> Project:
    """Put files of one project together."""
    (name,) = {Filename.parse(file.filename).project for file in files}
    return Project(name=name, files=files)


def entry_of(*files: File, upstream: UpstreamFiles | None = None) -> Entry:
    """Make the entry of a project."""
    return Entry(fingerprint="0", project=project_of(*files), upstream=upstream or {})


def indexes_of(toml: str, entries: Iterable[Entry] = (), *, store: str = STORE) -> Indexes:
    """Make the indexes of a site with these projects."""
    config = Config.parse(toml)
    rules = Indexes(config=config, store=store)
    lines = [entry.line(rules.membership(entry.project)) for entry in entries]
    return Indexes.of(config, store, lines)


def offers_of(toml: str, *entries: Entry) -> dict[str, list[str]]:
    """Name what each index of a site offers, of all of its projects."""
    indexes = indexes_of(toml, entries)
    found: dict[str, list[str]] = {name: [] for name in indexes.names}
    for entry in entries:
        held = indexes.holding(indexes.membership(entry.project))
        for name, offer in indexes.offers(entry, held):
            found[name] += [file.filename for file in offer.files]
            found[name] += [document["filename"] for document in offer.upstream]
    return found
