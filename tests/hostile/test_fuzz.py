"""Thousands of archives, metadata files and filenames: only our exceptions, no contradictions."""

import gzip
import io
import zipfile
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.distribution.core_metadata import metadata_issues
from ghpypi.core.distribution.examine import examine, skim
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.names import Filename, InvalidFilenameError, normalize, stem_of
from tests.hostile.fuzzing import MUTATED, made_up, mutations
from tests.support.archives import (
    INFO,
    SDIST_NAME,
    TOP,
    WHEEL_NAME,
    core_metadata,
    sdist_of,
    tar_of,
    wheel_files,
    wheel_of,
    zip_of,
)

WHEEL = Filename.parse(WHEEL_NAME)
SDIST = Filename.parse(SDIST_NAME)


# Metadata


def check_metadata(text: bytes) -> None:
    try:
        metadata = Metadata.parse(text)
    except InvalidMetadataError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the point
        return
    for filename in (WHEEL, SDIST):
        for issue in metadata_issues(metadata, filename):
            assert issue.text.isprintable()
    assert metadata.valid_requires_python in {metadata.requires_python, None}


METADATA_SEEDS = [
    core_metadata(
        "Requires-Dist: a (>=1.0)",
        "Requires-Dist: b[x] ; python_version >= '3' and extra == 'y'",
        "Requires-Python: >=3.9,!=3.10.*",
        "Provides-Extra: y",
        "Keywords: one,two",
        "Project-URL: Home, https://example.org",
        "License-Expression: MIT OR Apache-2.0",
        "Author: \u00e9",
        "Description-Content-Type: text/markdown; variant=GFM",
    ),
    core_metadata("Description: a", "        b"),
    b"Metadata-Version: 2.4\r\nName: x\r\nVersion: 1\r\n\r\n# Title\r\n",
]
FIELD = st.sampled_from([
    "Metadata-Version", "Name", "Version", "Requires-Dist", "Requires-Python", "Summary",
    "Description", "Keywords", "Project-URL", "Home-page", "Content-Type", "X-Other",
])  # fmt: skip
LINE = st.builds("{}: {}".format, FIELD, st.text(max_size=40))


def test_mutated_metadata_raises_nothing_else() -> None:
    for text in mutations(METADATA_SEEDS, MUTATED):
        check_metadata(text)


@made_up
@given(st.lists(LINE, max_size=8), st.text(max_size=60))
def test_made_up_metadata_raises_nothing_else(lines: list[str], body: str) -> None:
    text = core_metadata(*lines).decode() + body
    check_metadata(text.encode("utf-8", "surrogatepass"))


# Archives


def check_archive(content: bytes, filename: Filename) -> None:
    verdict = examine(io.BytesIO(content), filename, len(content)).verdict
    for issue in verdict.issues:
        assert len(issue.text) < 5000
    try:
        skim(io.BytesIO(content), filename)
    except InvalidMetadataError as error:
        assert str(error)  # noqa: PT017
        assert verdict.faults  # what the index leaves out, an upload refuses
    if not verdict.faults and filename is WHEEL:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            assert len(set(archive.namelist())) == len(archive.namelist())


def check_each(contents: Iterator[bytes], filename: Filename) -> None:
    for content in contents:
        check_archive(content, filename)


def test_mutated_wheels_raise_nothing_else() -> None:
    files = {**wheel_files(), f"{INFO}/RECORD": b""}
    stored = zip_of(files, methods=dict.fromkeys(files, zipfile.ZIP_STORED))
    seeds = [wheel_of(), stored, zip_of(files, seekable=False)]
    check_each(mutations(seeds, MUTATED), WHEEL)


def test_mutated_source_distributions_raise_nothing_else() -> None:
    check_each(mutations([sdist_of()], MUTATED // 2), SDIST)


def test_mutated_tar_files_raise_nothing_else() -> None:
    content = [(f"{TOP}/PKG-INFO", core_metadata()), (f"{TOP}/{'d/' * 60}x", b"x")]
    seeds = [tar_of(content)[:4096], tar_of(content, form=1)[:4096]]
    changed = mutations(seeds, MUTATED // 2)
    check_each((gzip.compress(each, 1) for each in changed), SDIST)


MEMBER = st.one_of(
    st.sampled_from([
        "acme_lib.py", f"{INFO}/METADATA", f"{INFO}/WHEEL", f"{INFO}/RECORD", f"{INFO}/",
        f"{INFO}/entry_points.txt", "other-1.0.dist-info/METADATA", f"{TOP}/PKG-INFO",
    ]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
)  # fmt: skip
CONTENT = st.one_of(st.just(core_metadata()), st.just(b"Wheel-Version: 1.0\n"), st.binary())
MEMBERS = st.lists(st.tuples(MEMBER, CONTENT), max_size=6)


@made_up
@given(MEMBERS, st.booleans())
def test_made_up_wheels_raise_nothing_else(
    members: list[tuple[str, bytes]], seekable: bool
) -> None:
    check_archive(zip_of(members, seekable=seekable), WHEEL)


@made_up
@given(MEMBERS)
def test_made_up_source_distributions_raise_nothing_else(
    members: list[tuple[str, bytes]],
) -> None:
    check_archive(gzip.compress(tar_of(members), 1), SDIST)


# Filenames


def check_name(name: str) -> None:
    stem = stem_of(name)
    try:
        filename = Filename.parse(name)
    except InvalidFilenameError as error:
        assert str(error)  # noqa: PT017
        return

    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set("/\\: ")
    assert stem is not None
    assert normalize(stem) == filename.project
    assert str(filename.version)


NAME_SEEDS = [
    WHEEL_NAME.encode(),
    SDIST_NAME.encode(),
    b"acme.lib-1!2.0rc1.post2.dev3+cu128-1a-cp39.cp310-abi3-manylinux_2_17_x86_64.whl",
    b"acme-lib-6.7.8-9.tar.gz",
    b"acme_lib-1.0-variants.json",
    b"acme_lib-1.0-cp313-cp313-linux_x86_64-cu128.whl",
]
PART = st.one_of(
    st.sampled_from(["acme", "1.0", "py3", "none", "any", "1!2", "6.7.8", "9", "+cu128", "\u0661"]),
    st.text(max_size=8),
)
SUFFIX = st.sampled_from([".whl", ".tar.gz", ".zip", "-variants.json", ".whl.metadata", ""])


def test_mutated_names_raise_nothing_else() -> None:
    for name in mutations(NAME_SEEDS, MUTATED):
        check_name(name.decode("utf-8", "surrogateescape"))


@made_up
@given(st.lists(PART, max_size=8), SUFFIX)
def test_made_up_names_raise_nothing_else(parts: list[str], suffix: str) -> None:
    check_name("-".join(parts) + suffix)
