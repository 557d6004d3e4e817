"""What a store cannot take."""

from dataclasses import replace

import pytest

from ghpypi.core.upload.checks import (
    conflict_lines,
    distribution_faults,
    distribution_warnings,
    plan_faults,
)
from ghpypi.core.upload.plan import Distribution
from ghpypi.core.upload.planning import make_plan
from ghpypi.core.upload.rules import Rules
from tests.core.test_plan import SDIST, SIDECAR, TAG, WHEEL, distribution, stored


def renamed(name: str) -> str:
    """Rename as a store does that knows few characters."""
    return "".join(letter if letter.isalnum() or letter in "-_.+" else "." for letter in name)


RULES = Rules(max_size=1000, max_assets=1000, name=renamed)


def sized(size: int, name: str = SDIST) -> Distribution:
    return replace(distribution(name), size=size)


def test_the_largest_size_is_taken_and_one_more_is_not() -> None:
    assert list(distribution_faults([sized(1000)], RULES)) == []
    assert list(distribution_faults([sized(1001)], RULES)) == [
        f"{SDIST}: 1,001 bytes, the store takes 1,000 at most"
    ]


@pytest.mark.parametrize(
    ("size", "warnings"),
    [
        (900, []),
        (901, [f"{SDIST} has 90% of the maximum size of the store"]),
        (1000, [f"{SDIST} has 100% of the maximum size of the store"]),
        (1001, []),
    ],
)
def test_a_file_that_will_soon_be_too_big_is_worth_a_warning(
    size: int, warnings: list[str]
) -> None:
    assert list(distribution_warnings([sized(size)], RULES)) == warnings


def test_what_is_doubtful_about_a_file_is_a_warning() -> None:
    doubtful = replace(distribution(SDIST), warnings=("its metadata is not UTF-8",))

    assert list(distribution_warnings([doubtful], RULES)) == [f"{SDIST}: its metadata is not UTF-8"]


@pytest.mark.parametrize("length", [244, 245, 255])
def test_a_name_leaves_room_for_what_is_stored_beside_it(length: int) -> None:
    name = f"{'a' * (length - len('-1.0.tar.gz'))}-1.0.tar.gz"
    faults = list(distribution_faults([distribution(name)], RULES))

    assert faults == (
        [] if length <= 244 else [f"{name}: its name has {length} characters; the limit is 244"]
    )


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (WHEEL, ""),
        ("acme_lib-1.0+cu128-py3-none-any.whl", ""),
        (
            "acme_lib-1!2.0.tar.gz",
            (
                "acme_lib-1!2.0.tar.gz: the store would rename it to acme_lib-1.2.0.tar.gz "
                "(an epoch '1!' cannot be kept), and installers miss it"
            ),
        ),
        (
            "acme_lib-1.0-py3-none-a!b.whl",
            (
                "acme_lib-1.0-py3-none-a!b.whl: the store would rename it to "
                "acme_lib-1.0-py3-none-a.b.whl, and installers miss it"
            ),
        ),
    ],
)
def test_a_name_the_store_would_change_is_refused(name: str, fault: str) -> None:
    assert list(distribution_faults([distribution(name)], RULES)) == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (
            ("acme_lib-1.0.0-py3-none-any.whl", WHEEL),
            (
                f"{WHEEL}: given 2 times (dist/{WHEEL}, dist/acme_lib-1.0.0-py3-none-any.whl): "
                "the names mean the same project, version and tags"
            ),
        ),
        (
            ("acme_lib-1.0.zip", SDIST),
            (
                f"{SDIST}: given 2 times (dist/{SDIST}, dist/acme_lib-1.0.zip): "
                "a version has one source distribution"
            ),
        ),
    ],
    ids=["wheels", "sdists"],
)
def test_two_spellings_of_one_file_are_refused(names: tuple[str, str], fault: str) -> None:
    assert list(distribution_faults(map(distribution, names), RULES)) == [fault]


def test_a_name_given_twice_is_refused_with_its_paths() -> None:
    first, second = distribution(SDIST), replace(distribution(SDIST), place="old/x.tar.gz")

    assert list(distribution_faults([second, first, distribution(WHEEL)], RULES)) == [
        f"{SDIST}: given 2 times (dist/{SDIST}, old/x.tar.gz)"
    ]


def test_all_faults_of_all_files_are_reported() -> None:
    files = [sized(2000, "a-1!1.0.zip"), sized(3000), sized(1, "b-1!1.0.zip")]

    assert len(list(distribution_faults(iter(files), RULES))) == 4


@pytest.mark.parametrize(
    ("present", "fault"),
    [
        (997, ""),
        (
            998,
            (
                "release acme-lib-1.0 would have 1,001 assets (998 exist, including metadata "
                "files); the limit is 1,000: divide the files among several releases with --tag"
            ),
        ),
    ],
)
def test_a_release_holds_a_thousand_assets(present: int, fault: str) -> None:
    there = stored(TAG, *(f"x{number}" for number in range(present)))
    plan = make_plan([distribution(WHEEL), distribution(SDIST)], [there])

    assert list(plan_faults(plan, RULES)) == ([fault] if fault else [])


def test_a_new_release_holds_no_more_either() -> None:
    plan = make_plan([distribution(WHEEL), distribution(SDIST)], [])

    assert list(plan_faults(plan, RULES._replace(max_assets=3))) == []
    assert len(list(plan_faults(plan, RULES._replace(max_assets=2)))) == 1


def test_a_full_release_is_no_fault_if_nothing_is_added() -> None:
    plan = make_plan([distribution(WHEEL)], [stored(TAG, WHEEL, SIDECAR, "a", "b")])

    assert list(plan_faults(plan, RULES._replace(max_assets=1))) == []


def test_an_immutable_release_takes_nothing() -> None:
    files = [distribution(WHEEL), distribution(SDIST)]
    plan = make_plan(files, [stored(TAG, WHEEL, immutable=True)])

    (fault,) = plan_faults(plan, RULES)
    assert fault == (f"release acme-lib-1.0 is immutable and accepts no more files: {SDIST}")


def test_an_immutable_release_is_no_fault_if_nothing_is_added() -> None:
    plan = make_plan([distribution(WHEEL)], [stored(TAG, WHEEL, immutable=True)])

    assert list(plan_faults(plan, RULES)) == []


def test_conflicts_are_named_with_their_release() -> None:
    files = [distribution(WHEEL), distribution(SDIST)]
    plan = make_plan(files, [stored("x", SDIST, content=b"other")])

    assert list(conflict_lines(plan)) == [f"{SDIST} is in release x"]


def test_a_conflict_names_the_other_spelling() -> None:
    other = "Acme.Lib-1.0-py3-none-any.whl"
    plan = make_plan([distribution(other)], [stored("x", WHEEL, content=b"other")])

    assert list(conflict_lines(plan)) == [f"{other} is in release x as {WHEEL}"]
