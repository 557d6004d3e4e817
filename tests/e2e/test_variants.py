"""Wheels in the shapes that publishers of GPU software give them, installed by pip and uv."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.tags import platform_tags

from ghpypi.core.sample import build_sdist, build_wheel
from ghpypi.stores.directory.store import DirectoryStore
from tests.e2e.conftest import signed_in
from tests.e2e.installers import Installer, Place, Uv
from tests.e2e.served import Ghpypi
from tests.emulator import Emulator
from tests.support.folder_server import serving
from tests.support.packages import Built, publish_files


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


@pytest.fixture(
    scope="module", params=[pytest.param("directory", marks=pytest.mark.nightly), "github"]
)
def site(
    request: pytest.FixtureRequest, shape: Shape, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("variants")
    build = in_directory if request.param == "directory" else on_github
    yield from build(shape, folder)


def in_directory(shape: Shape, folder: Path) -> Iterator[Site]:
    store = folder / "index"
    for tag, files in shape.releases.items():
        publish_files(DirectoryStore(store), files, tag)
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


# Platform wheels

PLATFORM = list(platform_tags())[-1]
"""The most general platform of this machine, such as `linux_x86_64`."""


def platform_wheel(name: str, version: str, variant: str) -> Built:
    """Build a wheel for this machine, which knows its variant."""
    filename, content = built(name, version, variant)
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for path in old.namelist():
            text = old.read(path).replace(b"py3-none-any", f"py3-none-{PLATFORM}".encode())
            # RECORD would need new digests; installers do without them for this one file.
            lines = [
                x for x in text.splitlines(keepends=True) if b"dist-info/WHEEL,sha256" not in x
            ]
            new.writestr(path, b"".join(lines))
    return filename.replace("-any.whl", f"-{PLATFORM}.whl"), packed.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an installer has to take from one index, whatever else is there.

    Attributes:
        toml: The table `[variants]`.
        releases: What is in each release: versions of one project, each with its variant.
        index: The folder of the index.
        variant: The one that has to arrive; `None` if nothing may be installed.
    """

    toml: str
    releases: dict[str, list[tuple[str, str]]]
    index: str
    variant: str | None


BY_TAG = {
    "v1.0": [("1.0", "cpu")],
    "v1.0-cu124": [("1.0", "cu124")],
    "v1.1": [("1.1", "cpu")],
}
TAGS = "from = 'tag'\npattern = '^v[0-9.]+-(.+)$'\n"
LABELS = {"v1": [(f"1.0+{variant}", variant) for variant in ("cu129", "cu130", "rocm720")]}
LEVELS = {
    "wheels": [("1.0+cu117", "avx2 cu117"), ("1.0+cu118", "avx2 cu118")],
    "AVX512": [("1.0+cu117", "avx512 cu117"), ("1.0+cu118", "avx512 cu118")],
}
TWO_DIMENSIONS = """
[variants.dimensions.avx]
from = "tag"
pattern = '^(wheels|avx512)$'
rename = { wheels = "avx2" }
[variants.dimensions.cuda]
pattern = '(cu[0-9]+)'
"""
NIGHTLY = {
    "v1.0": [("1.0+cu130", "cu130")],
    "nightly-20260101": [("2.0.dev1+cu129", "nightly cu129"), ("2.0.dev1+cu130", "nightly cu130")],
}
CHANNELS = """
[variants.dimensions.channel]
from = "tag"
pattern = '^(nightly)-'
shared = false
[variants.dimensions.cuda]
pattern = '(cu[0-9]+)'
"""
EXTENDED = {
    "v0.2": [(f"0.2+{label}", label) for label in ("cpu", "cu121", "cu121avx", "cu122", "rocm5.6")],
}
OPTIONAL_LEVELS = """
[variants.dimensions.avx]
from = ["tag", "local-version"]
pattern = '(basic|avx512|avx2|avx)'
optional = true
[variants.dimensions.cuda]
pattern = '(cu[0-9]+|rocm[0-9.]+|cpu)'
"""
KNOWN = "pattern = 'cu[0-9]+|rocm[0-9]+'\n"
CHOICES = {
    "a CUDA index has no CPU wheels": Choice(
        toml=TAGS, releases=BY_TAG, index="cu124/", variant="cu124"
    ),
    "plain wheels are of the variant that they are said to be": Choice(
        toml=TAGS + "plain = 'cpu'\n", releases=BY_TAG, index="cpu/", variant="cpu"
    ),
    "the main index has none of the variants": Choice(
        toml=KNOWN, releases=LABELS, index="", variant=None
    ),
    "the main index has the default variant": Choice(
        toml=KNOWN + "default = 'cu129'\n", releases=LABELS, index="", variant="cu129"
    ),
    "of one name in two releases each index has its own": Choice(
        toml=TWO_DIMENSIONS, releases=LEVELS, index="avx512/cu117/", variant="avx512 cu117"
    ),
    "nightly builds are in the index of their channel": Choice(
        toml=CHANNELS, releases=NIGHTLY, index="nightly/cu130/", variant="nightly cu130"
    ),
    "nightly builds are in no other index": Choice(
        toml=CHANNELS, releases=NIGHTLY, index="cu130/", variant="cu130"
    ),
    "builds for certain processors are in their own index": Choice(
        toml=OPTIONAL_LEVELS, releases=EXTENDED, index="avx/cu121/", variant="cu121avx"
    ),
    "builds for all processors are in the index without": Choice(
        toml=OPTIONAL_LEVELS, releases=EXTENDED, index="cu121/", variant="cu121"
    ),
    "a wheel that the pattern does not know is not shared": Choice(
        toml="pattern = 'cu[0-9]+'\n",
        releases={"v1": [("0.3.1+cu128", "cu128"), ("0.3.1+rocm6.3", "rocm6.3")]},
        index="cu128/",
        variant="cu128",
    ),
}


@pytest.mark.parametrize("case", list(CHOICES))
def test_no_build_for_another_variant_is_installed(
    case: str, installer: Installer, tmp_path: Path
) -> None:
    choice = CHOICES[case]
    store = tmp_path / "index"
    for tag, versions in choice.releases.items():
        publish_files(
            DirectoryStore(store), [platform_wheel("kern", *each) for each in versions], tag
        )
    (store / "ghpypi.toml").write_text(f"[variants]\n{choice.toml}")
    Ghpypi(home=tmp_path, environment={}).do("index", "--store", store)
    with serving(store) as server:
        place = Place.make(tmp_path)
        done = installer.install(place, f"{server.address}{choice.index}simple/", "kern")

        if choice.variant is None:
            assert done.returncode != 0
            assert "kern" not in place.installed()
        else:
            assert done.returncode == 0, done.stderr
            assert place.run("import kern; print(kern.VARIANT)") == choice.variant


def test_the_extras_of_a_project_of_uv_can_be_variants(tmp_path: Path) -> None:
    store = tmp_path / "index"
    for tag, versions in LEVELS.items():
        publish_files(
            DirectoryStore(store), [platform_wheel("kern", *each) for each in versions], tag
        )
    (store / "ghpypi.toml").write_text(f"[variants]\n{TWO_DIMENSIONS}")
    Ghpypi(home=tmp_path, environment={}).do("index", "--store", store)
    with serving(store) as server:
        place = Place.make(tmp_path)
        project = tmp_path / "project"
        project.mkdir()
        (project / "pyproject.toml").write_text(EXTRAS.format(address=server.address))
        for extra, variant in (("old", "avx2 cu117"), ("new", "avx512 cu118")):
            done = Uv().sync(place, project, "--extra", extra)

            assert done.returncode == 0, done.stderr
            assert place.run("import kern; print(kern.VARIANT)") == variant


def test_an_index_goes_with_the_torch_backend_of_uv(tmp_path: Path) -> None:
    """The option is about torch and what comes with it; all else is from the index given."""
    store = tmp_path / "index"
    publish_files(
        DirectoryStore(store), [platform_wheel("kern", *each) for each in LABELS["v1"]], "v1"
    )
    (store / "ghpypi.toml").write_text(f"[variants]\n{KNOWN}")
    Ghpypi(home=tmp_path, environment={}).do("index", "--store", store)
    with serving(store) as server:
        place = Place.make(tmp_path)
        options = ("--torch-backend", "cu130", "kern")
        done = Uv().install(place, f"{server.address}cu130/simple/", *options)

        assert done.returncode == 0, done.stderr
        assert place.run("import kern; print(kern.VARIANT)") == "cu130"


EXTRAS = """
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
[project.optional-dependencies]
old = ["kern"]
new = ["kern"]
[tool.uv]
conflicts = [[{{ extra = "old" }}, {{ extra = "new" }}]]
[tool.uv.sources]
kern = [{{ index = "old", extra = "old" }}, {{ index = "new", extra = "new" }}]
[[tool.uv.index]]
name = "old"
url = "{address}avx2/cu117/simple/"
explicit = true
[[tool.uv.index]]
name = "new"
url = "{address}avx512/cu118/simple/"
explicit = true
"""


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
