"""Names of distribution files."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ghpypi.core.names import (
    Filename,
    InvalidFilenameError,
    is_distribution,
    natural_key,
    normalize,
    quote_path,
    stem_of,
    version_key,
)
from tests.support.strategies import project_names, versions

NORMAL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("text", "project", "version", "kind"),
    [
        ("acme_lib-1.0-py3-none-any.whl", "acme-lib", "1.0", "wheel"),
        ("Acme.Lib-1.0-py3-none-any.whl", "acme-lib", "1.0", "wheel"),
        ("acme_lib-1.0-1abc-py2.py3-none-any.whl", "acme-lib", "1.0", "wheel"),
        ("acme_lib-1!2.0+cu128-cp311-cp311-win_amd64.whl", "acme-lib", "1!2.0+cu128", "wheel"),
        ("acme_lib-1.0rc1.tar.gz", "acme-lib", "1.0rc1", "sdist"),
        ("acme-lib-1.0.zip", "acme-lib", "1.0", "sdist"),
        ("a-0.tar.gz", "a", "0", "sdist"),
    ],
)
def test_a_filename_is_parsed(text: str, project: str, version: str, kind: str) -> None:
    filename = Filename.parse(text)

    assert (filename.project, str(filename.version), filename.kind) == (project, version, kind)
    assert filename.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme.whl",
        "acme-1.0.whl",
        "acme-1.0-py3-none.whl",
        "acme-x-py3-none-any.whl",
        "acme-1.0-x1-py3-none-any.whl",
        "-1.0-py3-none-any.whl",
        "acme.tar.gz",
        "acme-x.tar.gz",
        "acme-1.0.tar.bz2",
        "acme-1.0.exe",
        "-1.0.tar.gz",
        "_acme-1.0.tar.gz",
        "ac me-1.0.tar.gz",
        "\u212aelvin-1.0.tar.gz",
        "acme-1.0.WHL",
        "\u00e1cme-1.0-py3-none-any.whl",
        "acme_-1.0-py3-none-any.whl",
        "acme- 1.0.tar.gz",
        "acme-1.0\n.tar.gz",
        "acme-1.0 (1).tar.gz",
        "acme-1.0-py3-none-a/b.whl",
        "acme-1.0-py3-none-\u00e1ny.whl",
        "acme-lib-1.0-variants.json",
        f"acme-{'1' * 5000}.tar.gz",
    ],
)
def test_what_is_no_distribution_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilenameError):
        Filename.parse(text)


@given(project_names, versions, st.sampled_from([".tar.gz", ".zip", "-py3-none-any.whl"]))
@example("a", "0", ".zip")
def test_the_cheap_way_to_the_project_agrees_with_the_thorough_one(
    name: str, version: str, suffix: str
) -> None:
    text = name.replace("-", "_") + f"-{version}{suffix}"
    try:
        filename = Filename.parse(text)
    except InvalidFilenameError:
        assume(False)

    assert normalize(stem_of(text) or "") == filename.project


@pytest.mark.parametrize(
    ("text", "project", "version"),
    [
        ("leo-6.7.8-9.tar.gz", "leo", "6.7.8.post9"),
        ("zope.event-3.5.0-1.zip", "zope-event", "3.5.0.post1"),
        ("acme-lib-1.0-2.tar.gz", "acme-lib", "1.0.post2"),
        ("acme-2-3.tar.gz", "acme-2", "3"),
        ("acme-lib2-1.0.tar.gz", "acme-lib2", "1.0"),
        ("acme-1.0-2.1.tar.gz", "acme-1-0", "2.1"),
    ],
)
def test_an_implicit_post_release_is_known_by_the_dots(
    text: str, project: str, version: str
) -> None:
    filename = Filename.parse(text)

    assert (filename.project, str(filename.version)) == (project, version)
    for beside in ("", ".metadata", ".provenance"):
        assert normalize(stem_of(text + beside) or "") == project


@given(st.text())
def test_the_cheap_way_judges_nothing(text: str) -> None:
    for suffix in (".whl", ".tar.gz", ".zip"):
        stem_of(text + suffix)


@given(project_names)
def test_normalizing_is_that_of_the_standard_and_settles_at_once(name: str) -> None:
    normal = normalize(name)

    assert normal == re.sub(r"[-_.]+", "-", name).lower()
    assert normalize(normal) == normal
    assert NORMAL.fullmatch(normal)


@pytest.mark.parametrize(
    ("text", "version", "kind"),
    [
        ("acme_lib-1.0-variants.json", "1.0", "variants"),
        ("acme_lib-1.0-py3-none-any-cu128.whl", "1.0", "wheel"),
        ("acme_lib-1.0+x.1-2b-cp312-cp312-linux_x86_64-fa7e.whl", "1.0+x.1", "wheel"),
    ],
)
def test_names_of_variant_wheels_are_understood(text: str, version: str, kind: str) -> None:
    filename = Filename.parse(text)

    assert (filename.project, str(filename.version)) == ("acme-lib", version)
    assert filename.kind == kind
    assert stem_of(text) == "acme_lib"


@pytest.mark.parametrize(
    ("name", "distribution", "listed"),
    [
        ("acme-1.0-py3-none-any.whl", True, True),
        ("acme-1.0.tar.gz", True, True),
        ("acme-1.0.zip", True, True),
        ("acme-1.0-variants.json", True, True),
        ("acme-1.0-py3-none-any.whl.provenance", False, True),
        ("acme-1.0-py3-none-any.whl.metadata", False, True),
        ("acme-1.0.tar.gz.metadata", False, True),
        ("notes.metadata", False, False),
        (".metadata", False, False),
        ("acme-1.0.tar.gz.asc", False, False),
        ("README.md", False, False),
    ],
)
def test_distributions_and_what_lies_beside_them_are_recognized_by_suffix(
    name: str, *, distribution: bool, listed: bool
) -> None:
    assert is_distribution(name) is distribution
    assert (stem_of(name) is not None) is listed


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_path_is_plain_and_comes_back(path: str) -> None:
    quoted = quote_path(path)

    assert re.fullmatch(r"[A-Za-z0-9/._~%-]*", quoted)
    assert unquote(quoted) == path


def test_a_plus_and_an_epoch_are_quoted() -> None:
    assert quote_path("v1!2/acme-1!2+cu128.whl") == "v1%212/acme-1%212%2Bcu128.whl"


def test_versions_compare_as_versions() -> None:
    ordered = sorted(["1.10", "1!0.1", "1.2+cu128", "1.2", "1.2rc1"], key=version_key)

    assert ordered == ["1.2rc1", "1.2", "1.2+cu128", "1.10", "1!0.1"]


def test_numbers_in_names_are_sorted_by_value_whatever_their_length() -> None:
    huge = "9" * 5000

    assert sorted(
        ["cu128", f"cu{huge}", "cu9", "cpu", "torch2.10", "torch2.9", "cu09a"], key=natural_key
    ) == ["cpu", "cu9", "cu09a", "cu128", f"cu{huge}", "torch2.9", "torch2.10"]
