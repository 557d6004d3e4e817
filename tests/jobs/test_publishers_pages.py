"""The links of publishers' own pages, compared with ours for the same releases."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.model import File
from ghpypi.core.names import Filename
from tests.support.files import entry_of, indexes_of, made

DATA = Path(__file__).parents[1] / "data/pages"

LLAMA = "from = 'tag'\npattern = '^v[0-9.]+-(.+)$'\nplain = 'cpu'\n"
SGLANG = (
    "pattern = 'cu[0-9]+|rocm[0-9]+|musa[0-9]+'\n"
    "plain = { cu118 = '<0.2', cu128 = '==0.3.3', cu129 = '>=0.3.9' }\n"
)


def links(data: dict[str, Any], toml: str) -> dict[str, set[str]]:
    """Name the release and the name of each file that each index of variants links."""
    projects: dict[NormalizedName, list[File]] = defaultdict(list)
    for tag, names in data["releases"]:
        for name in names:
            projects[Filename.parse(name).project].append(made(name, tag, text=tag))
    entries = [entry_of(*files) for files in projects.values()]
    indexes = indexes_of(f"[variants]\n{toml}", entries)
    found: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for index, offer in indexes.offers(entry, indexes.variants):
            found[index].update(f"{file.tag}/{file.filename}" for file in offer.files)
    return found


def compared(name: str, toml: str) -> tuple[list[str], list[str]]:
    """Name the links to wheels that are missing here, and those that are too many."""
    data = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    ours = {
        f"{index} {link}"
        for index, found in links(data, toml).items()
        for link in found
        if link.endswith(".whl")
    }
    theirs = {f"{index} {link}" for index, found in data["pages"].items() for link in found}
    return sorted(theirs - ours), sorted(ours - theirs)


def test_no_link_of_llama_cpp_python_is_missing_and_none_is_too_many() -> None:
    assert compared("llama-cpp-python", LLAMA) == ([], [])


def test_without_plain_no_cuda_index_of_llama_cpp_python_has_a_cpu_wheel() -> None:
    missing, extra = compared("llama-cpp-python", LLAMA.replace("plain = 'cpu'\n", ""))

    assert {link.split()[0] for link in missing} == {"cpu"}
    assert extra == []


def test_links_of_sglang_are_missing_only_where_their_page_has_a_build_for_another_variant() -> (
    None
):
    missing, extra = compared("sglang", SGLANG)
    other = [link for link in missing if "+" in link and f"+{link.split()[0]}" not in link]

    # Their pages link two wheels without a label twice: as cu124 or cu128, and as cu129.
    assert [link for link in missing if link not in other] == [
        "cu124 v0.3.13/sgl_kernel-0.3.13-cp310-abi3-manylinux2014_aarch64.whl",
        "cu129 v0.3.3/sgl_kernel-0.3.3-cp39-abi3-manylinux2014_x86_64.whl",
    ]
    assert len(other) == 38
    # They have no page for this one.
    assert extra == [
        "rocm702 v0.3.21/sgl_kernel-0.3.21+rocm702-cp310-abi3-manylinux2014_x86_64.whl"
    ]
