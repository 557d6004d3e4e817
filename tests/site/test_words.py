"""Texts, tags, releases, grids, dependencies and plots: what pages say in words."""

from collections.abc import Iterable

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.model import File, Project, Yank, Yanks
from ghpypi.core.site.coverage import NO, YES, Coverage, coverage
from ghpypi.core.site.dependencies import Dependency, dependencies
from ghpypi.core.site.plot import MOST_BARS, plot
from ghpypi.core.site.releases import releases, shown
from ghpypi.core.site.tags import tags_of
from ghpypi.core.site.text import line
from tests.site.gallery import file, variant_of


def test_a_text_becomes_one_line_with_an_end() -> None:
    assert line(" a\n\tb\u2028c ") == "a b c"
    assert line("abcdef", 4) == "abc…"
    assert line("ab cdef", 4) == "ab…"


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("py3-none-any", "Python 3 · any system"),
        ("py2.py3-none-any", "Python 2 and 3 · any system"),
        ("py2-none-any", "Python 2 · any system"),
        ("py38-none-any", "Python 3.8 or newer · any system"),
        ("cp312-cp312-win_amd64", "CPython 3.12 · Windows x86-64"),
        ("cp313-cp313t-win_arm64", "CPython 3.13, free-threaded · Windows ARM64"),
        ("cp39-abi3-win32", "CPython 3.9 or newer · Windows x86, 32 bits"),
        (
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "CPython 3.11 · Linux x86-64, glibc 2.17 or newer",
        ),
        (
            "cp311-cp311-manylinux_2_28_aarch64.manylinux_2_5_aarch64",
            "CPython 3.11 · Linux ARM64, glibc 2.5 or newer",
        ),
        ("cp27-cp27mu-manylinux1_i686", "CPython 2.7 · Linux x86, 32 bits, glibc 2.5 or newer"),
        (
            "cp311-cp311-musllinux_1_2_riscv64",
            "CPython 3.11 · Linux (musl) RISC-V, musl 1.2 or newer",
        ),
        ("cp311-cp311-linux_x86_64", "CPython 3.11 · Linux x86-64"),
        ("cp311-cp311-macosx_11_0_arm64", "CPython 3.11 · macOS Apple silicon, 11 or newer"),
        ("cp311-cp311-macosx_10_9_universal2", "CPython 3.11 · macOS universal, 10.9 or newer"),
        ("pp310-pypy310_pp73-win_amd64", "PyPy 3.10 · Windows x86-64"),
        ("cp313-cp313-ios_13_0_arm64_iphoneos", "CPython 3.13 · iOS ARM64, 13.0 or newer"),
        (
            "cp314-cp314-ios_13_0_x86_64_iphonesimulator",
            "CPython 3.14 · iOS simulator x86-64, 13.0 or newer",
        ),
        (
            "cp313-cp313-android_21_arm64_v8a",
            "CPython 3.13 · Android ARM64, API level 21 or newer",
        ),
        ("cp313-cp313-pyodide_2025_0_wasm32", "CPython 3.13 · WebAssembly, Pyodide 2025.0"),
        ("py3-none-wasi_0_1_wasm32", "Python 3 · WebAssembly, WASI 0.1"),
        ("cp313-cp313-freebsd_14_amd64", "CPython 3.13 · FreeBSD 14 amd64"),
        ("graalpy312-graalpy250_312_native-win_amd64", "GraalPy 3.12 · Windows x86-64"),
        ("cp315-abi3t-win_amd64", "CPython 3.15 or newer, free-threaded · Windows x86-64"),
        (
            "cp315-abi3.abi3t-win_amd64",
            "CPython 3.15 or newer, also free-threaded · Windows x86-64",
        ),
        (
            "cp314-cp314.cp314t-win_amd64",
            "CPython 3.14, CPython 3.14 free-threaded · Windows x86-64",
        ),
        ("graalpy-none-plan9_z80", "graalpy · plan9_z80"),
        ("cp310.cp311-none-any", "CPython 3.10, CPython 3.11 · any system"),
    ],
)
def test_tags_are_described_in_words(tags: str, words: str) -> None:
    assert tags_of(f"acme-1.0-{tags}.whl").words == words


def test_what_has_no_tags_is_source() -> None:
    assert tags_of("acme-1.0.tar.gz").words == tags_of("acme-1.0.zip").words == "source"


def project(*files: File) -> Project:
    return Project(name=NormalizedName("acme"), files=files)


def wheels(*versions: str, tags: str = "py3-none-any") -> Iterable[File]:
    return (file(f"acme-{version}-{tags}.whl", "2026-01-01") for version in versions)


def test_builds_of_one_version_are_one_release_and_the_newest_comes_first() -> None:
    found = releases(project(*wheels("1.0+b", "1.0", "1.0+a", "1.10", "1.9", "1.0.post1")), {})

    assert [(each.version, each.builds) for each in found] == [
        ("1.10", ()),
        ("1.9", ()),
        ("1.0.post1", ()),
        ("1.0", ("a", "b")),
    ]


def test_spellings_of_a_version_are_one_release() -> None:
    found = releases(project(*wheels("1.0.0+b", "1.0+a", "1.0.0", tags="py2-none-any")), {})

    assert [(each.version, each.builds) for each in found] == [("1.0.0", ("a", "b"))]


def test_a_release_knows_its_times_and_downloads() -> None:
    first = file("acme-1.0.tar.gz", "2026-01-01", downloads=3)
    last = file("acme-1.0-py3-none-any.whl", "2026-02-02", downloads=4)
    (found,) = releases(project(last, first), {})

    assert (found.first, found.last) == ("2026-01-01T09:30:00Z", "2026-02-02T09:30:00Z")
    assert found.downloads == 7


def test_a_release_is_yanked_when_all_of_it_is() -> None:
    reasons = {"1.0+a": "x", "2.0.0+a": "a", "2.0+b": "b"}
    yanks: Yanks = {Version(version): Yank(reason=reason) for version, reason in reasons.items()}
    new, old = releases(project(*wheels("1.0+a", "1.0+b", "2.0+a", "2.0+b")), yanks)

    assert new.yanked == Yank(reason="a")
    assert old.yanked is None


def test_a_prerelease_is_one_by_version_or_by_the_word_of_its_publisher() -> None:
    marked = next(iter(wheels("3.0")))._replace(prerelease=True)
    found = releases(project(*wheels("1.0", "2.0rc1", "2.0.dev1"), marked), {})

    assert [each.version for each in found if each.prerelease] == ["3.0", "2.0rc1", "2.0.dev1"]


@pytest.mark.parametrize(
    ("versions", "yanked", "version"),
    [
        (("1.0", "2.0", "3.0rc1"), (), "2.0"),
        (("1.0", "2.0+a", "2.0+b", "3.0rc1"), ("2.0+b",), "2.0"),
        (("1.0", "2.0", "3.0rc1"), ("2.0",), "1.0"),
        (("1.0", "3.0rc1"), ("1.0",), "3.0rc1"),
    ],
)
def test_the_release_shown_is_the_one_installers_take(
    versions: tuple[str, ...], yanked: tuple[str, ...], version: str
) -> None:
    yanks: Yanks = {Version(each): Yank() for each in yanked}
    known = project(*wheels(*versions))

    assert shown(known, releases(known, yanks), yanks).version == version


def test_the_release_shown_is_the_one_whose_metadata_is_shown() -> None:
    marked = next(iter(wheels("2.0")))._replace(prerelease=True)
    described = project(*wheels("1.0"), marked, file("acme-3.0-variants.json", "2026-01-01"))
    bare = project(file("acme-3.0-variants.json", "2026-01-01"))

    assert shown(described, releases(described, {}), {}).version == "2.0"
    assert shown(bare, releases(bare, {}), {}).version == "3.0"


def grid(*names: str) -> Coverage | None:
    return coverage([file(f"acme-1.0{name}", "2026-01-01") for name in names], variant_of)


def test_wheels_for_every_system_need_no_grid() -> None:
    assert grid("-py3-none-any.whl", ".tar.gz") is None
    assert grid(".tar.gz") is None


def test_a_grid_shows_what_there_is_and_what_not() -> None:
    assert grid(
        "-cp310-cp310-win_amd64.whl",
        "-cp39-cp39-win_amd64.whl",
        "-cp310-cp310-manylinux_2_17_x86_64.whl",
        "-cp313-cp313t-win_amd64.whl",
        "-pp310-pypy310_pp73-win_amd64.whl",
        ".tar.gz",
    ) == Coverage(
        ("3.9", "3.10", "3.13t", "PyPy 3.10"),
        (
            ("Linux x86-64", ("–", "✓", "–", "–")),  # noqa: RUF001 - as on the page
            ("Windows x86-64", ("✓", "✓", "✓", "✓")),
        ),
        source=True,
    )


def test_the_stable_interface_of_free_threaded_pythons_has_columns_of_its_own() -> None:
    free, both = "-cp315-abi3t-win_arm64.whl", "-cp315-abi3.abi3t-win_amd64.whl"

    assert grid(free) == Coverage(
        ("3.15t", "newer t"), (("Windows ARM64", (YES, YES)),), source=False
    )
    assert grid(free, both, "-cp314-cp314t-win_amd64.whl") == Coverage(
        ("3.14t", "3.15", "3.15t", "newer", "newer t"),
        (
            ("Windows ARM64", (NO, NO, YES, NO, YES)),
            ("Windows x86-64", (YES, YES, YES, YES, YES)),
        ),
        source=False,
    )


def test_the_stable_interface_fills_all_that_is_newer_and_no_free_threads() -> None:
    assert grid(
        "-cp310-abi3-win_amd64.whl", "-cp39-cp39-win_amd64.whl", "-cp313-cp313t-win_amd64.whl"
    ) == Coverage(
        ("3.9", "3.10", "3.13t", "newer"),
        (("Windows x86-64", ("✓", "✓", "✓", "✓")),),
        source=False,
    )
    assert grid("-cp310-abi3-win_amd64.whl", "-cp313-cp313t-win_arm64.whl") == Coverage(
        ("3.10", "3.13t", "newer"),
        (
            ("Windows ARM64", ("–", "✓", "–")),  # noqa: RUF001
            ("Windows x86-64", ("✓", "–", "✓")),  # noqa: RUF001
        ),
        source=False,
    )


def test_wheels_that_name_no_python_fill_their_row() -> None:
    assert grid("-py3-none-win_amd64.whl") == Coverage(
        ("Python 3",), (("Windows x86-64", ("✓",)),), source=False
    )


def test_a_grid_names_the_variants() -> None:
    found = grid(
        "+cu128-cp310-cp310-win_amd64.whl",
        "+cpu-cp310-cp310-win_amd64.whl",
        "+cpu-1-cp310-cp310-win_amd64.whl",
        "-cp310-cp310-win_amd64.whl",
    )

    assert found
    assert found.rows == (("Windows x86-64", ("cpu cu128",)),)


def test_dependencies_are_grouped_by_extra_and_linked_if_indexed() -> None:
    found = dependencies(
        [
            "Acme_Core >=3,<4",
            "other (>=1)",
            'win; sys_platform == "win32"',
            "full[all] ; extra == 'x'",
            'both>1; python_version<"3.12" and extra == "x"',
            'fore; extra == "x" and python_version<"3.12"',
            'or; python_version<"3.12" or extra == "x"',
            'each; extra == "x" or extra == "y"',
            "??? no requirement",
        ],
        {"acme-core"},
    )

    assert found == (
        (
            "",
            (
                Dependency("Acme_Core", ">=3,<4", "", "acme-core"),
                Dependency("other", ">=1", "", ""),
                Dependency("win", "", 'sys_platform == "win32"', ""),
                Dependency("??? no requirement", "", "", ""),
            ),
        ),
        (
            "x",
            (
                Dependency("full", "[all]", "", ""),
                Dependency("both", ">1", 'python_version<"3.12"', ""),
                Dependency("fore", "", 'python_version<"3.12"', ""),
                Dependency("or", "", 'python_version<"3.12" or extra == "x"', ""),
                Dependency("each", "", 'extra == "x" or extra == "y"', ""),
            ),
        ),
        ("y", (Dependency("each", "", 'extra == "x" or extra == "y"', ""),)),
    )


def counts(*downloads: int) -> Project:
    return project(
        *(
            file(f"acme-{number}.0.zip", "2026-01-01", downloads=count)
            for number, count in enumerate(downloads, 1)
        )
    )


def test_a_plot_has_a_bar_for_each_release_and_says_it_in_words() -> None:
    drawn = plot(releases(counts(1000, 0, 2000), {}))

    assert drawn
    assert drawn.path == "M0 90v-45h20v45zM26 90v-1h20v1zM52 90v-90h20v90z"
    assert drawn.words == "1.0: 1,000, 2.0: 0, 3.0: 2,000"
    assert (drawn.span, drawn.most, drawn.width) == ("1.0 to 3.0", "2,000", 78)


def test_a_plot_has_an_end() -> None:
    drawn = plot(releases(counts(*range(1, 100)), {}))

    assert drawn
    assert drawn.path.count("M") == MOST_BARS
    assert drawn.span == "76.0 to 99.0"


@pytest.mark.parametrize("downloads", [(5,), (0, 0)])
def test_where_there_is_nothing_to_compare_there_is_no_plot(downloads: tuple[int, ...]) -> None:
    assert plot(releases(counts(*downloads), {})) is None
