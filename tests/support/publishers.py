"""The real releases written down in `tests/data`, as a source."""

import io
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import SIDECAR_SUFFIX, Filename, Sha256, quote_path
from ghpypi.core.sample import build_sdist, build_wheel, core_metadata

DATA = Path(__file__).parents[1] / "data"
PUBLISHERS = ("flash-attention", "flashinfer", "llama-cpp-python", "sglang", "vllm")


class Publisher:
    """The releases of one publisher; what is read of them is made up from their names.

    Args:
        name: One of `PUBLISHERS`.
    """

    local = False

    def __init__(self, name: str) -> None:
        text = (DATA / f"{name}.json").read_text(encoding="utf-8")
        self.name = name
        self.data: list[dict[str, Any]] = json.loads(text)["releases"]

    @property
    def assets(self) -> Iterator[tuple[str, str, str]]:
        """List tag, filename and URL of every distribution."""
        for release in self.data:
            for name, *_ in release["assets"]:
                yield release["tag"], name, _url(release, name)

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases, each wheel with a sidecar."""
        for number, release in enumerate(self.data):
            yield StoredRelease(
                key=str(number),
                origin=release["repository"],
                tag=release["tag"],
                draft=False,
                prerelease=False,
                immutable=True,
                assets=tuple(_assets(release)),
            )

    def absence(self, origin: str) -> None:
        """Everything is listed."""

    def detailed(self, asset: Asset) -> Asset:
        return asset

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a wheel or a source distribution."""
        parsed = Filename.parse(asset.name)
        build = build_wheel if parsed.kind == "wheel" else build_sdist
        return io.BytesIO(build(_name(parsed), str(parsed.version), {})[1])

    seekable = stream


def _assets(release: dict[str, Any]) -> Iterator[Asset]:
    for name, size, *digest in release["assets"]:
        sha256 = (digest[0] if digest else "") or digest_of(_url(release, name).encode())
        yield _asset(release, name, size, Sha256(sha256))
        if name.endswith(".whl"):
            content = _metadata(name)
            yield _asset(release, name + SIDECAR_SUFFIX, len(content), digest_of(content))


def _asset(release: dict[str, Any], name: str, size: int, sha256: Sha256) -> Asset:
    return Asset(
        folder=f"repos/{release['repository']}/releases/assets",
        name=name,
        size=size,
        version=sha256,
        uploaded="2026-01-01T00:00:00Z",
        sha256=sha256,
        identifier=str(int(sha256[:8], 16)),
        address=_url(release, name),
    )


def _url(release: dict[str, Any], name: str) -> str:
    path = f"{release['repository']}/releases/download/{release['tag']}/{name}"
    return f"https://github.com/{quote_path(path)}"


def _metadata(wheel: str) -> bytes:
    parsed = Filename.parse(wheel)
    return core_metadata(_name(parsed), str(parsed.version)).encode()


def _name(filename: Filename) -> str:
    return filename.project.replace("-", "_")
