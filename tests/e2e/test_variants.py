"""Wheels in the shapes that publishers of GPU software give them, installed by pip and uv."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ghpypi.core.sample import build_sdist, build_wheel
from ghpypi.stores.directory import DirectoryStore
from tests.e2e.conftest import signed_in
from tests.e2e.installers import Installer, Place
from tests.e2e.served import Ghpypi
from tests.emulator import Emulator
from tests.support.folder_server import serving
from tests.support.packages import Built, shelve


def built(name: str, version: str, variant: str, metadata: str = "") -> Built:
    """Build a wheel that knows its variant; names are of no length to be copied."""
    return build_wheel(name, version, {f"{name}.py": f"VARIANT = {variant!r}\n"}, metadata=metadata)


HELPER = built("helper", "1.0", "")
NEEDS_HELPER = "Requires-Dist: helper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one publisher releases.

    Attributes:
        toml: The table `[variants]`.
        releases: What is in each release.
        project: What is installed.
        installs: For each index, what arrives from there: a version and its variant.
        prereleases: Likewise, for those who ask for that very version.
    """

    toml: str
    releases: dict[str, list[Built]]
    project: str
    installs: dict[str, tuple[str, str]]
    prereleases: dict[str, tuple[str, str]] = field(default_factory=dict)


SHAPES = {
    "flash-attention": Shape(
        toml="from = 'local-version'",
        releases={
            "v2.8.3": [
                built("flash", f"2.8.3+cu12torch2.{minor}cxx11abi{abi}", f"2.{minor}{abi}")
                for minor in (7, 8)
                for abi in ("TRUE", "FALSE")
            ]
        },
        project="flash",
        installs={
            f"cu12torch2.{minor}cxx11abi{abi.lower()}": (
                f"2.8.3+cu12torch2.{minor}cxx11abi{abi}",
                f"2.{minor}{abi}",
            )
            for minor in (7, 8)
            for abi in ("TRUE", "FALSE")
        },
    ),
    "llama-cpp-python": Shape(
        toml="from = 'tag'\npattern = '-(.+)$'\ndefault = 'cu124'\naliases = { cu126 = 'cu124' }",
        releases={
            "v0.3.4": [HELPER, build_sdist("llama", "0.3.3", {})],
            **{
                f"v0.3.4-{variant}": [built("llama", "0.3.4", variant, NEEDS_HELPER)]
                for variant in ("cpu", "cu124", "metal")
            },
            "v0.3.5rc1-cpu": [built("llama", "0.3.5rc1", "cpu", NEEDS_HELPER)],
        },
        project="llama",
        installs={
            "": ("0.3.4", "cu124"),
            "cpu": ("0.3.4", "cpu"),
            "cu124": ("0.3.4", "cu124"),
            "cu126": ("0.3.4", "cu124"),
            "metal": ("0.3.4", "metal"),
        },
        prereleases={"cpu": ("0.3.5rc1", "cpu")},
    ),
    "sglang": Shape(
        toml="pattern = 'cu\\d+|rocm\\d+|musa\\d+'\nshared = true",
        releases={
            "v1": [
                HELPER,
                *(
                    built("kernel", f"{version}+{variant}", variant, NEEDS_HELPER)
                    for version in ("1.0", "1.0.post1", "1.1rc1")
                    for variant in ("cu130", "rocm700", "musa43")
                ),
            ]
        },
        project="kernel",
        installs={
            "cu130": ("1.0.post1+cu130", "cu130"),
            "rocm700": ("1.0.post1+rocm700", "rocm700"),
            "musa43": ("1.0.post1+musa43", "musa43"),
        },
        prereleases={"rocm700": ("1.1rc1+rocm700", "rocm700")},
    ),
    "vllm": Shape(
        toml="pattern = 'cu\\d+|cpu|xpu'\nshared = false",
        releases={
            "v1": [built("serve", "1.0", "default")]
            + [built("serve", f"1.0+{variant}", variant) for variant in ("cpu", "cu129")],
            "v2": [built("serve", "2.0", "default"), built("serve", "2.0+cu129", "cu129")],
        },
        project="serve",
        installs={"cpu": ("1.0+cpu", "cpu"), "cu129": ("2.0+cu129", "cu129")},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The address of a site, and how it came about."""

    address: str
    shape: Shape


@pytest.fixture(scope="module", params=list(SHAPES))
def shape(request: pytest.FixtureRequest) -> Shape:
    return SHAPES[request.param]


@pytest.fixture(scope="module", params=["directory", "github"])
def site(
    request: pytest.FixtureRequest, shape: Shape, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("variants")
    build = in_directory if request.param == "directory" else on_github
    yield from build(shape, folder)


def in_directory(shape: Shape, folder: Path) -> Iterator[Site]:
    store = folder / "index"
    for tag, files in shape.releases.items():
        shelve(DirectoryStore(store), files, tag)
    (store / "ghpypi.toml").write_text(f"[variants]\n{shape.toml}\n")
    Ghpypi(home=folder, environment={}).do("index", "--store", store)
    with serving(store) as server:
        yield Site(address=server.address, shape=shape)


def on_github(shape: Shape, folder: Path) -> Iterator[Site]:
    with Emulator(folder) as github:
        github.add_organization("acme")
        github.add_user("publisher")
        repository = github.add_repository("acme/pypi")
        repository.grant("publisher", "write")
        for tag, files in shape.releases.items():
            release = repository.add_release(tag)
            for name, content in files:
                release.add_asset(name, content)
        address = f"{github.pages_url}/acme/pypi/"
        toml = f'[index]\nurl = "{address}"\n[variants]\n{shape.toml}\n'
        repository.commit_files({"ghpypi.toml": toml})
        ghpypi = signed_in(github, github.add_token("publisher"), folder)
        ghpypi.do("index", "--store", "acme/pypi")
        yield Site(address=address, shape=shape)


def test_each_index_gives_its_variant(site: Site, installer: Installer, tmp_path: Path) -> None:
    name = site.shape.project
    newest = [(name, *each) for each in site.shape.installs.items()]
    early = [(f"{name}=={each[0]}", index, each) for index, each in site.shape.prereleases.items()]
    for wanted, index, (version, variant) in newest + early:
        folder = f"{index}/simple/" if index else "simple/"
        place = Place.make(tmp_path)
        done = installer.install(place, site.address + folder, wanted)

        assert done.returncode == 0, done.stderr
        assert place.installed()[name] == version
        assert place.run(f"import {name}; print({name}.VARIANT)") == variant
