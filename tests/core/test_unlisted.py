"""Reports of files that some or all indexes leave out."""

import pytest

from ghpypi.core.indexes.ambiguous import Ambiguous
from ghpypi.core.indexes.unlisted import SharedName, Unlisted, unlisted
from ghpypi.core.model import File
from tests.support.files import entry_of, indexes_of, made

BY_TAG = "[variants]\nfrom = 'tag'\npattern = '-(.+)'\n"

PLAIN = made("a-1.zip", "v1", text="plain")
CPU = made("a-1.zip", "v1-cpu", text="cpu")
CUDA = made("a-1.zip", "v1-cu124", text="cuda")


def unlisted_of(toml: str, *files: File) -> Unlisted:
    entry = entry_of(*files)
    indexes = indexes_of(toml, [entry])
    return unlisted(entry, indexes.membership(entry.project), indexes)


def test_files_with_different_names_are_not_reported() -> None:
    assert unlisted_of(BY_TAG, PLAIN, made("a-2.zip", "v2-cpu")) == Unlisted(
        shared_names=(), duplicates=(), left=()
    )


def test_names_of_several_variants_are_reported_with_the_one_that_the_main_index_has() -> None:
    (shared_names,) = unlisted_of(BY_TAG, CUDA, PLAIN, CPU).shared_names
    (by_default,) = unlisted_of(BY_TAG + "default = 'cpu'", CUDA, CPU).shared_names
    (nowhere,) = unlisted_of(BY_TAG, CUDA, CPU).shared_names

    assert shared_names == SharedName(
        filename="a-1.zip", variants=("", "cpu", "cu124"), main_variant=""
    )
    assert by_default.main_variant == "cpu"
    assert nowhere.main_variant is None


def test_the_same_content_in_several_releases_is_not_reported() -> None:
    files = (made("a-1.zip", "v1-cpu"), made("a-1.zip", "v1-cu124"))

    assert unlisted_of(BY_TAG, *files) == Unlisted(shared_names=(), duplicates=(), left=())


def test_of_one_variant_the_later_file_is_in_no_index() -> None:
    later = made("a-1.zip", "w1-cpu", text="again", uploaded_at="2027-01-01T00:00:00Z")
    (refused,) = unlisted_of(BY_TAG, CPU, later).duplicates

    assert (refused.filename, refused.where) == ("a-1.zip", "acme/pypi w1-cpu")
    assert refused.reason == "another file of this name was uploaded earlier, to acme/pypi v1-cpu"
    assert refused.stamp == later.stamp


@pytest.mark.parametrize(
    ("first", "later", "reason"),
    [
        (
            "My.Pkg-1.0-py3-none-any.whl",
            "my_pkg-1.0.0-py3-none-any.whl",
            (
                "My.Pkg-1.0-py3-none-any.whl was uploaded earlier, to acme/pypi v1: "
                "installers see one file"
            ),
        ),
        (
            "my_pkg-1.0.zip",
            "my_pkg-1.0.tar.gz",
            (
                "my_pkg-1.0.zip was uploaded earlier, to acme/pypi v1: "
                "a version has one source distribution"
            ),
        ),
    ],
    ids=["wheel", "sdist"],
)
def test_of_several_spellings_the_later_file_is_in_no_index(
    first: str, later: str, reason: str
) -> None:
    files = made(first), made(later, uploaded_at="2027-01-01T00:00:00Z")
    (refused,) = unlisted_of("", *files).duplicates

    assert (refused.filename, refused.reason) == (later, reason)


def test_the_same_content_in_several_spellings_is_not_reported() -> None:
    first = made("my_pkg-1.0-py3-none-any.whl")
    again = made("My.Pkg-1.0-py3-none-any.whl")._replace(sha256=first.sha256)

    assert unlisted_of("", first, again) == Unlisted(shared_names=(), duplicates=(), left=())


def test_the_first_of_a_name_is_left_out_where_the_last_is_wanted() -> None:
    first = made("a-1.zip", "v1", text="first", uploaded_at="2025")
    last = made("a-1.zip", "v2", text="last", uploaded_at="2026")
    (refused,) = unlisted_of("[index]\nsame-name = 'newest'", first, last).duplicates

    assert refused.where == "acme/pypi v1"
    assert refused.reason == "another file of this name was uploaded later, to acme/pypi v2"


def test_a_file_without_a_variant_that_no_index_is_for_is_reported() -> None:
    (refused,) = unlisted_of(BY_TAG + "default = 'cpu'", CPU, PLAIN).duplicates

    assert refused.where == "acme/pypi v1"
    assert refused.reason == (
        "files of variants have this name (cpu), and no index takes the one that has none"
    )


def test_a_variant_whose_index_has_another_use_is_reported() -> None:
    refused = unlisted_of(
        BY_TAG + "default = 'cpu'\n[indexes.cu124]\ninclude = []\n", CPU, CUDA
    ).duplicates

    assert [each.reason for each in refused] == [
        "files of other variants have this name (cpu), and no index is for those of 'cu124'"
    ]


def test_what_another_index_has_is_not_left_out() -> None:
    toml = "[indexes.dev]\nrepositories = ['acme/nightly']\n"
    nightly = made("a-1.zip", text="nightly", origin="acme/nightly", uploaded_at="2020")

    assert unlisted_of(toml, PLAIN, nightly) == Unlisted(shared_names=(), duplicates=(), left=())


def test_what_the_configuration_keeps_out_of_every_index_is_counted_and_not_refused() -> None:
    toml = "[index]\nprereleases = false\n[indexes.x]\ntags = ['v*']\n"
    marked = made("a-2.zip", "night", prerelease=True)

    assert unlisted_of(toml, PLAIN, marked) == Unlisted(
        shared_names=(), duplicates=(), left=("a-2.zip",)
    )


AMBIGUOUS = "[variants]\npattern = '(cu[0-9]+|cpu)'\n"
MACHINE = "cp311-cp311-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("toml", "versions", "indexes"),
    [
        ("", ("1+cu124", "1+cu124avx"), ["cu124"]),
        ("", ("1+cu124", "1+cu128"), []),
        ("", ("1+cu124", "2+cu124avx"), []),
        ("", ("1", "1+cu124"), []),
        ("", ("1+rocm6", "1+xpu"), ["main"]),
        ("plain = 'cpu'\n", ("1", "1+cpu"), ["cpu"]),
        ("[indexes.all]\n", ("1+cu124", "1+cu128"), ["all"]),
        ("[indexes.all]\n", ("1", "1+cu124"), []),
        ("[indexes.cu124]\ninclude = []\n", ("1+cu124", "1+cu124avx"), []),
    ],
)
def test_builds_that_differ_only_in_local_versions_are_reported(
    toml: str, versions: tuple[str, ...], indexes: list[str]
) -> None:
    files = tuple(made(f"kern-{version}-{MACHINE}") for version in versions)

    names = tuple(sorted(file.filename for file in files))
    assert unlisted_of(AMBIGUOUS + toml, *files).ambiguous == tuple(
        Ambiguous(index=index, filenames=names) for index in indexes
    )


def test_wheels_with_other_tags_or_without_variants_are_not_ambiguous() -> None:
    windows = made("kern-1+cu124avx-cp311-cp311-win_amd64.whl")
    cuda, avx = made(f"kern-1+cu124-{MACHINE}"), made(f"kern-1+cu124avx-{MACHINE}")

    assert unlisted_of(AMBIGUOUS, cuda, windows).ambiguous == ()
    assert unlisted_of("", cuda, avx).ambiguous == ()
