"""The lists of real publishers of GPU wheels, with the configurations of `docs/how-to/gpu.md`.

Where a publisher has pages, ours have to link the same; of the others, where a wheel belongs is
said here in another way than the configuration says it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.site.paths import project_paths
from tests.support.gpu import WITH_PAGES, WITHOUT_PAGES, Link, Publisher, configurations

PUBLISHERS = {each.name: each for each in (*WITH_PAGES, *WITHOUT_PAGES)}

SAME_NAME = {
    "exllama": 2,
    "flash-attention-prebuilt": 1304,
    "llama-cpp-binaries": 19,
    "llama-cpp-python-fork": 305,
}
"""Files whose names another release has for the same variant: one of each can be offered."""


@pytest.mark.parametrize("name", PUBLISHERS)
def test_every_file_is_kept_but_those_whose_names_others_have(name: str) -> None:
    publisher = PUBLISHERS[name]
    offered = set().union(*publisher.own.values())

    assert offered <= publisher.files
    assert {x for _, x in offered} == {x for _, x in publisher.indexed}
    assert len(publisher.indexed) - publisher.listed == SAME_NAME.get(name, 0)


@pytest.mark.parametrize("name", [x.name for x in WITH_PAGES])
def test_no_link_of_a_publisher_is_missing_and_none_is_too_many(name: str) -> None:
    publisher = PUBLISHERS[name]

    assert publisher.missing() == set()
    assert publisher.extra() == set()


def label(filename: str) -> str:
    return filename.split("-")[1].partition("+")[2]


ADDRESSES = {
    "llama-cpp-python": "path = 'whl/{index}/'",
    "llama-cpp-python-cublas": "path = ['index/{index}/', 'index/textgen/{index}/']\n"
    "path-names = { avx = 'AVX', avx2 = 'AVX2', avx512 = 'AVX512' }",
    "flashinfer": "path = '{index}/'",
    "flashinfer-2024": "path = '{index}/'",
    "gsplat": "path = 'whl/{index}/'",
    "sgl-whl": "path = '{index}/'",
}
"""What keeps the addresses of their pages."""


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_page_of_a_publisher_is_at_its_address(name: str) -> None:
    publisher, paths = PUBLISHERS[name], Config.parse(f"[index]\n{ADDRESSES[name]}").index.paths
    own = {
        page
        for index, project in publisher.own
        for folder in paths.folders(index)
        for page in project_paths(NormalizedName(project), folder)
    }
    theirs = {page for page in publisher.data["theirs"] if page.endswith("/index.html")}

    # Their generator wrote "torch" where the name of a wheel has no version of torch.
    assert {page for page in theirs - own if "/torch/" not in page} == set()
    assert len(theirs & own) > len(theirs) * 0.9


def test_what_runs_with_any_variant_is_in_all_of_them() -> None:
    publisher = PUBLISHERS["sgl-whl"]
    there = {index for index, project in publisher.own if project == "sglang"}
    stable = {index for index, _ in publisher.own if "/" not in index}

    assert there == {*stable, "nightly/cu129", "pr/cu129"}


# Publishers without pages


def local_version(_: str, filename: str) -> set[str]:
    return {label(filename)}


def level_and_backend(tag: str, filename: str) -> set[str]:
    apart = re.sub(r"(avx|basic)", r".\1", label(filename))
    words = re.split(r"[-.]", f"{tag}.{apart}".lower())
    level = next((word for word in words if word.startswith(("avx", "basic"))), "")
    backend = re.split(r"\.?(?:avx|basic)", label(filename))[0] or "metal"
    return {"/".join(filter(None, (level, backend)))}


def toolkit(filename: str) -> tuple[str, str, str]:
    """Take CUDA, torch and ABI out of a label."""
    found = re.fullmatch(
        r"(cu\d+)\.?torch(\d+)\.(\d+)(?:\.\d+)*(cxx11abi[A-Z]+)?(?:git\w+)?", label(filename)
    )
    assert found, filename
    return found[1], f"torch{found[2]}.{found[3]}", (found[4] or "").lower()


def cuda_and_torch(_: str, filename: str) -> set[str]:
    cuda, torch, abi = toolkit(filename)
    named = {f"{cuda}/{torch}/{abi}".rstrip("/")}
    return named | ({f"{cuda}/{torch}"} if abi == "cxx11abitrue" else set())


RULES: dict[str, Callable[[str, str], set[str]]] = {
    "auto-gptq": local_version,
    "exllama": local_version,
    "llama-cpp-python-fork": level_and_backend,
    "llama-cpp-binaries": level_and_backend,
    "textgen-cublas": level_and_backend,
    "exllamav3": cuda_and_torch,
    "flash-attention": cuda_and_torch,
    "causal-conv1d": cuda_and_torch,
    "flash-attention-prebuilt": cuda_and_torch,
}


def coarse(index: str) -> bool:
    """Check whether the name of an index of CUDA and torch leaves torch out."""
    return "torch" not in index


def placed(publisher: Publisher) -> dict[str, set[Link]]:
    """Give the platform wheels of each index but the main one."""
    found: dict[str, set[Link]] = defaultdict(set)
    for (index, _), links in publisher.own.items():
        if index:
            found[index] |= {x for x in links if not x[1].endswith((".tar.gz", "-any.whl"))}
    return found


def expected(publisher: Publisher, links: Iterable[Link]) -> dict[str, set[Link]]:
    found: dict[str, set[Link]] = defaultdict(set)
    for tag, filename in links:
        if not filename.endswith((".tar.gz", "-any.whl")):
            for index in RULES[publisher.name](tag, filename):
                found[index].add((tag, filename))
    return found


@pytest.mark.parametrize("name", RULES)
def test_every_wheel_is_in_the_indexes_of_its_labels_and_in_no_others(name: str) -> None:
    publisher = PUBLISHERS[name]
    own = placed(publisher)
    if RULES[name] is cuda_and_torch:
        own = {index: links for index, links in own.items() if not coarse(index)}
    offered = set().union(*publisher.own.values())

    assert own == expected(publisher, offered)


@pytest.mark.parametrize("name", [name for name in RULES if RULES[name] is cuda_and_torch])
def test_an_index_without_a_torch_has_the_newest_for_each_version_and_machine(name: str) -> None:
    publisher = PUBLISHERS[name]
    offered = set().union(*publisher.own.values())
    newest: dict[tuple[str, ...], tuple[tuple[int, ...], set[Link]]] = {}
    for link in offered:
        if link[1].endswith((".tar.gz", "-any.whl")):
            continue
        cuda, torch, abi = toolkit(link[1])
        project, version, *machine = link[1].split("-")
        number = tuple(map(int, torch.removeprefix("torch").split(".")))
        for index in {cuda, f"{cuda}/{abi}"} if abi == "cxx11abitrue" else {f"{cuda}/{abi}"}:
            # The tags of a wheel are a set: manylinux2014 is a name of manylinux_2_17.
            key = (index.rstrip("/"), project, version.partition("+")[0], *machine)
            before = newest.get(key, ((), set()))
            if number >= before[0]:
                newest[key] = number, {link} | (before[1] if number == before[0] else set())
    wanted: dict[str, set[Link]] = defaultdict(set)
    for (index, *_), (_, links) in newest.items():
        wanted[index] |= links

    assert {index: x for index, x in placed(publisher).items() if coarse(index)} == wanted


def test_source_distributions_are_in_all_indexes_unless_the_configuration_says_otherwise() -> None:
    publisher = PUBLISHERS["causal-conv1d"]
    sources = {x for x in publisher.files if x[1].endswith(".tar.gz")}

    assert all(sources <= links for links in publisher.own.values())


def test_the_newest_file_of_a_name_can_be_offered() -> None:
    oldest = PUBLISHERS["flash-attention-prebuilt"]

    newest = replace(oldest, more='[index]\nsame-name = "newest"\n')
    dates = {tag: date for tag, date, _ in oldest.data["releases"]}
    of_name: dict[str, list[str]] = defaultdict(list)
    for tag, name in oldest.files:
        of_name[name].append(dates[tag])
    chosen = {name: dates[tag] for tag, name in set().union(*newest.own.values())}

    assert chosen == {name: max(found) for name, found in of_name.items()}


def test_every_configuration_of_the_document_is_tried_with_a_publisher() -> None:
    tried = {(x.section, x.number) for x in PUBLISHERS.values() if x.section}
    there = {(title, n) for title, found in configurations().items() for n in range(len(found))}

    assert tried == there
