"""Distributions to try things with, made in memory by the package's own builder."""

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from ghpypi.core.digest import digest_of
from ghpypi.core.distribution.examine import skim
from ghpypi.core.names import SIDECAR_SUFFIX, Filename
from ghpypi.core.sample import build_sdist, build_wheel
from ghpypi.core.upload.plan import Distribution
from ghpypi.ports import FileStore, NewAsset, NewRelease
from ghpypi.stores import built

Built = tuple[str, bytes]
"""Filename and content."""


def wheel(
    name: str = "acme_lib", version: str = "1.0", metadata: str = "", text: str = ""
) -> Built:
    """Build a wheel; another text makes other bytes of the same metadata."""
    return build_wheel(name, version, {f"{name}.py": text}, metadata=metadata)


def sdist(
    name: str = "acme_lib", version: str = "1.0", metadata: str = "", text: str = ""
) -> Built:
    """Build a source distribution."""
    return build_sdist(name, version, {f"{name}.py": text}, metadata=metadata)


def sidecar_of(file: Built) -> Built:
    """Take the metadata out of a distribution, as its sidecar."""
    name, content = file
    text = skim(io.BytesIO(content), Filename.parse(name)).text
    if text is None:
        raise ValueError(f"{name} has no metadata")
    return name + SIDECAR_SUFFIX, text


def on_disk(folder: Path, *files: Built) -> list[Distribution]:
    """Write distributions into a folder, and read them as an upload does."""
    return built.read(written(folder, *files))


def written(folder: Path, *files: Built) -> list[Path]:
    """Write distributions into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files:
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def new_asset(
    name: str, content: bytes, *, opener: Callable[[], BinaryIO] | None = None
) -> NewAsset:
    """Describe content to be stored; another opener makes the description a lie."""
    return NewAsset(
        name=name,
        size=len(content),
        sha256=digest_of(content),
        open=opener or (lambda: io.BytesIO(content)),
    )


def new_release(tag: str = "acme-lib-1.0", *, prerelease: bool = False) -> NewRelease:
    """Describe a release."""
    return NewRelease(tag=tag, title=tag, notes="", prerelease=prerelease)


def no_advance(_: int) -> None:
    """Ignore progress."""


def publish_files(
    store: FileStore, files: Iterable[Built] | Mapping[str, bytes], tag: str = "acme-lib-1.0"
) -> None:
    """Put files into a published release, as they are."""
    release = store.draft(new_release(tag))
    for name, content in files.items() if isinstance(files, Mapping) else files:
        store.put(release, new_asset(name, content), no_advance)
    store.publish(release)


def replace_asset(store: FileStore, file: Built) -> None:
    """Put other content in the place of a stored file, as `gh release upload --clobber` does."""
    (release,) = [x for x in store.releases() if file[0] in {each.name for each in x.assets}]
    store.put(release, new_asset(*file), no_advance, overwrite=True)
