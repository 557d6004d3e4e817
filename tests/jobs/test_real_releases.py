"""The releases of real publishers, with the configuration each of them would write."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.names import Filename
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite
from tests.support.publishers import PUBLISHERS, Publisher
from tests.support.reporters import MemoryReporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a publisher writes, and what has to come of it.

    Attributes:
        toml: The table `[variants]`.
        indexes: The variants there are.
        variant: Names the variant of a file, by its tag and name, by other means than ours.
        shared: Files without a variant are in all indexes.
    """

    toml: str
    indexes: set[str]
    variant: Callable[[str, str], str]
    shared: bool = True


def _local(filename: str) -> str:
    return filename.split("-")[1].partition("+")[2]


def _cuda_and_torch(_: str, filename: str) -> str:
    return _local(filename).replace("cxx11abiTRUE", "").replace("cxx11abiFALSE", "")


def _of_tag(tag: str, _: str) -> str:
    return "-".join(tag.split("-")[1:])


def _toolkit(_: str, filename: str) -> str:
    local = _local(filename)
    known = ("cpu", "xpu", "cu", "rocm", "musa")
    return next((x for x in re.split(r"[.]|torch", local) if x.startswith(known)), "")


CASES = {
    # The ABI is no choice of its own: both are in one index, and the torch it is for decides.
    "flash-attention": Case(
        toml=r"pattern = '(cu\d+torch\d+\.\d+)'",
        indexes={
            *(f"cu12torch2.{minor}" for minor in range(4, 9)),
            "cu11torch2.4",
            "cu123torch2.4",
        },
        variant=_cuda_and_torch,
    ),
    "flashinfer": Case(
        toml=r"pattern = '(cu\d+)'",  # it is followed by the version of torch: +cu124torch2.4
        indexes={"cu124", "cu128", "cu129", "cu130", "cu134"},
        variant=_toolkit,
    ),
    "llama-cpp-python": Case(
        toml="from = 'tag'\npattern = '^v[0-9.]+-(.+)$'",
        indexes={
            *("cu118", "cu121", "cu122", "cu123", "cu124", "cu125", "cu130", "cu132"),
            *("rocm72", "hip-radeon", "vulkan", "metal"),
        },
        variant=_of_tag,
    ),
    "sglang": Case(
        toml=r"pattern = 'cu\d+|rocm\d+|musa\d+'",
        indexes={
            *("cu124", "cu128", "cu129", "cu130"),
            *("rocm700", "rocm702", "rocm711", "rocm720", "musa43"),
        },
        variant=_toolkit,
    ),
    "vllm": Case(
        toml=r"pattern = 'cu\d+|rocm\d+|cpu|xpu'" + "\nshared = false",
        indexes={"cpu", "xpu", "cu118", "cu121", "cu129", "cu130"},
        variant=_toolkit,
        shared=False,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A publisher's site."""

    case: Case
    publisher: Publisher
    site: MemorySite
    report: IndexReport

    def offered(self, index: str) -> set[str]:
        """Give the URLs on all pages of an index."""
        folder = IndexPaths().folder(index)
        listed = json.loads(self.site.pages[f"{folder}index.json"])["projects"]
        pages = [self.site.pages[f"{folder}{project['name']}/index.json"] for project in listed]
        return {file["url"] for page in pages for file in json.loads(page)["files"]}


def index(name: str, toml: str) -> Run:
    publisher, site = Publisher(name), MemorySite({})
    text = f"[site]\npages = false\n[variants]\n{toml}"
    settings = SiteSettings(config=Config.parse(text), address="https://acme.example/")
    report = build_index(publisher, site, settings, MemoryReporter(), IndexOptions())
    return Run(case=CASES[name], publisher=publisher, site=site, report=report)


@pytest.fixture(params=PUBLISHERS, scope="module")
def run(request: pytest.FixtureRequest) -> Run:
    return index(request.param, CASES[request.param].toml)


def test_every_variant_in_the_data_has_an_index_and_nothing_else_has(run: Run) -> None:
    assert set(run.report.indexes) == {"", *run.case.indexes}


def test_every_file_is_in_the_index_of_its_variant(run: Run) -> None:
    offered = {name: run.offered(name) for name in run.case.indexes}
    for tag, filename, url in run.publisher.assets:
        variant = run.case.variant(tag, filename)
        there = {name for name, urls in offered.items() if url in urls}

        if variant:
            assert there == {variant}, filename
        elif not run.case.shared:
            assert there == set(), filename


def test_shared_files_are_in_all_indexes_where_no_other_has_their_name_and_no_other_files_are(
    run: Run,
) -> None:
    names: dict[str, set[str]] = {}
    for tag, filename, _ in run.publisher.assets:
        names.setdefault(filename, set()).add(run.case.variant(tag, filename))
    for tag, filename, url in run.publisher.assets:
        if run.case.shared and not run.case.variant(tag, filename):
            there = {name for name in run.case.indexes if url in run.offered(name)}
            shared = filename.endswith(("-none-any.whl", ".tar.gz"))

            assert there == (run.case.indexes - names[filename] if shared else set()), filename
            assert (filename in run.report.unlabeled) is not shared


def test_nothing_is_dropped(run: Run) -> None:
    offered = set().union(*(run.offered(name) for name in run.report.indexes))

    assert offered == {url for _, _, url in run.publisher.assets}
    assert run.report.refused == ()
    assert run.report.left == ()
    assert run.report.files == len(list(run.publisher.assets))


def test_every_release_of_a_version_is_listed(run: Run) -> None:
    assert {f for _, f, _ in run.publisher.assets if Filename.parse(f).version.is_prerelease} == {
        file["filename"]
        for path, page in run.site.pages.items()
        if path.endswith("/index.json")
        for file in json.loads(page).get("files", [])
        if Filename.parse(file["filename"]).version.is_prerelease
    }


@pytest.mark.parametrize("name", [name for name in PUBLISHERS if name != "llama-cpp-python"])
def test_names_with_different_local_versions_are_all_listed(name: str) -> None:
    run = index(name, CASES[name].toml + "\nmain = 'all'")

    assert run.report.shared_names == ()
    assert run.offered("") == {url for _, _, url in run.publisher.assets}


# llama-cpp-python: one name, many releases

LINUX = "llama_cpp_python-0.3.34-py3-none-manylinux_2_35_x86_64.whl"
WINDOWS = "llama_cpp_python-0.3.34-py3-none-win_amd64.whl"


def places(run: Run, filename: str) -> set[str]:
    """Name the releases from which the main index has a file."""
    return {url.split("/")[-2] for url in run.offered("") if url.endswith(filename)}


def test_the_main_index_has_the_file_without_a_variant_and_the_report_lists_all() -> None:
    run = index("llama-cpp-python", CASES["llama-cpp-python"].toml)
    shared_names = {each.filename: each for each in run.report.shared_names}

    assert places(run, WINDOWS) == {"v0.3.34"}
    assert shared_names[WINDOWS].main_variant == ""
    assert places(run, LINUX) == set()
    assert shared_names[LINUX].main_variant is None
    assert shared_names[LINUX].variants == (
        *("cu118", "cu121", "cu122", "cu123", "cu124", "cu125", "cu130", "cu132"),
        *("rocm72", "vulkan"),
    )
    counts: dict[str, set[str]] = {}
    for tag, filename, _ in run.publisher.assets:
        counts.setdefault(filename, set()).add(tag)
    assert shared_names.keys() == {name for name, tags in counts.items() if len(tags) > 1}


def test_the_main_index_has_what_is_configured() -> None:
    toml = CASES["llama-cpp-python"].toml + "\ndefault = 'cu124'"
    run = index("llama-cpp-python", toml)

    assert places(run, LINUX) == {"v0.3.34-cu124"}
    assert places(run, WINDOWS) == {"v0.3.34-cu124"}


def _version(url: str) -> tuple[str, str]:
    public, _, local = url.rsplit("/", maxsplit=1)[-1].split("-")[1].partition("%2B")
    return public, local


def test_an_alias_falls_back_for_each_project_and_version_by_itself() -> None:
    toml = CASES["flashinfer"].toml + "\naliases = { cu133 = 'cu130', cu129 = 'cu128' }"
    run = index("flashinfer", toml)
    projects = {
        name: {each["name"] for each in json.loads(page)["projects"]}
        for name in ("cu130", "cu133")
        if (page := run.site.pages[f"{name}/simple/index.json"])
    }

    assert run.offered("cu133") == run.offered("cu130")
    assert projects["cu133"] == projects["cu130"]
    # Versions that have files of their own need none that stand in.
    names = {_version(url) for url in run.offered("cu129")}
    own = {public for public, local in names if "cu129" in local}
    filled = {public for public, local in names if "cu128" in local}
    assert "0.6.3" in own
    assert filled
    assert own.isdisjoint(filled)
