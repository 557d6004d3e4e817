"""Addresses in READMEs and Dockerfiles of users of real publishers, on the sites we make instead.

Each is read as pip does it: the address, the name of the project, a slash.
"""

import re
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter


class Publisher(NamedTuple):
    """What a publisher configures, has in releases, and has told users.

    Attributes:
        toml: The configuration.
        releases: Tags, each with the version of a wheel.
        addresses: Addresses below the site, each with the release whose wheel is there.
        flat: The addresses are for `--find-links`.
    """

    toml: str
    releases: dict[str, str]
    addresses: dict[str, str]
    flat: bool = False


WHL = "[index]\npath = 'whl/{index}/'\n"
CUDA = "[variants.dimensions.cuda]\npattern = '(cu[0-9]+)'\n"
TORCH = "[variants.dimensions.torch]\npattern = '(torch[0-9.]+)'\noptional = 'newest'\n"
NIGHTLY = "[variants.dimensions.channel]\nfrom = 'tag'\npattern = '^(nightly)-'\nshared = false\n"

PUBLISHERS = {
    "llama-cpp-python": Publisher(
        WHL + "[variants]\nfrom = 'tag'\npattern = '^v[0-9.]+-(.+)$'\n",
        {"v0.3.4-cu124": "0.3.4", "v0.3.4-metal": "0.3.4", "v0.3.4-cpu": "0.3.4"},
        {
            "whl/cu124": "v0.3.4-cu124",
            "whl/metal": "v0.3.4-metal",
            "whl/cpu": "v0.3.4-cpu",
            "whl/cpu/simple": "v0.3.4-cpu",
        },
    ),
    "llama-cpp-python-cublas": Publisher(
        "[index]\npath = '{index}/'\npath-names = { avx2 = 'AVX2', avx512 = 'AVX512' }\n"
        "[variants.dimensions.cpu]\nfrom = 'tag'\npattern = '^(AVX[0-9]*)'\n" + CUDA,
        {"AVX2": "0.2.20+cu117", "AVX512": "0.2.20+cu117"},
        {"AVX2/cu117": "AVX2", "AVX512/cu117": "AVX512"},
    ),
    "flashinfer": Publisher(
        WHL + NIGHTLY + CUDA + TORCH,
        {
            "v0.1": "0.1+cu121torch2.4",
            "v0.2": "0.2+cu129torch2.10",
            "nightly-v0.3-20260101": "0.3.dev1+cu129torch2.10",
        },
        {
            "whl/cu129": "v0.2",
            "whl/nightly/cu129": "nightly-v0.3-20260101",
            "whl/cu121/torch2.4": "v0.1",
        },
    ),
    "sgl-whl": Publisher(
        WHL + "[variants]\npattern = '(cu[0-9]+)'\n", {"v0.3": "0.3+cu129"}, {"whl/cu129": "v0.3"}
    ),
    "gsplat": Publisher(
        WHL + "[variants]\npattern = '(pt[0-9]+cu[0-9]+)'\n",
        {"v1": "1.0+pt20cu118", "v2": "1.0+pt21cu121"},
        {"whl/pt20cu118": "v1", "whl/pt21cu121": "v2"},
    ),
    "flash-attention3-wheels": Publisher(
        "[index]\nfind-links = '{index:_}'\n"
        + CUDA
        + "[variants.dimensions.torch]\npattern = '(torch[0-9]+)'\n",
        {"v1": "3.0+cu128torch280", "v2": "3.0+cu129torch290"},
        {"cu128_torch280": "v1", "cu129_torch290": "v2"},
        flat=True,
    ),
    "torch-packages-builder": Publisher(
        "[index]\npath = '{index}/'\n", {"v1": "1.0+pt28cpu"}, {"": "v1", "simple": "v1"}
    ),
    "vllm": Publisher(
        "[index]\npath = '{index}/'\n[variants.dimensions.commit]\nfrom = 'tag'\n"
        "pattern = '^[0-9a-f]{40}$'\n" + CUDA,
        {"0f3a1b2c" * 5: "0.11+cu129", "1f3a1b2c" * 5: "0.11+cu129"},
        {f"{'0f3a1b2c' * 5}/cu129": "0f3a1b2c" * 5},
    ),
    "pytorch": Publisher(
        WHL + "[variants]\npattern = 'cu[0-9]+'\n", {"v2": "2.8+cu128"}, {"whl/cu128": "v2"}
    ),
}


def found(site: MemorySite, address: str) -> set[str]:
    """Read a page of files; name them, each with its place in the store."""
    folder = f"{address}/" if address else ""
    page = site.pages[f"{folder}index.html"].decode()
    links = re.findall(r'<a href="([^"#]+)#sha256=[0-9a-f]{64}"', page)
    return {normpath(f"{folder}{unquote(href)}") for href in links}


@pytest.mark.parametrize("publisher", PUBLISHERS.values(), ids=PUBLISHERS)
def test_what_users_have_written_down_finds_the_wheels_of_that_address_alone(
    publisher: Publisher,
) -> None:
    store, site = MemoryStore(), MemorySite({})
    for tag, version in publisher.releases.items():
        publish_files(store, [wheel("kern", version)], tag)
    settings = SiteSettings(config=Config.parse(publisher.toml), address="")
    build_index(store, site, settings, MemoryReporter(), IndexOptions())

    for address, tag in publisher.addresses.items():
        wanted = f"files/{tag}/kern-{publisher.releases[tag]}-py3-none-any.whl"
        page = address if publisher.flat else f"{address}/kern".removeprefix("/")
        assert found(site, page) == {wanted}, address
