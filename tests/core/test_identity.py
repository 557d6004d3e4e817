"""Spellings of one file."""

import pytest

from ghpypi.core.identity import identity_of, key_of, stored_key
from ghpypi.core.names import Filename, normalize

PROJECTS = {normalize("acme-lib")}


@pytest.mark.parametrize(
    "name",
    [
        "acme_lib-1.0-py3-none-any.whl",
        "acme_lib-1.0+cu128-1abc-cp311.cp312-abi3-manylinux_2_28_x86_64.whl",
        "acme_lib-1.0-py3-none-any-cu128.whl",
        "acme-lib-1.0.tar.gz",
        "acme_lib-1.0-variants.json",
    ],
)
def test_a_row_of_the_catalog_and_a_parsed_name_agree(name: str) -> None:
    filename = Filename.parse(name)

    assert key_of(filename) == (filename.project, identity_of(name, filename.version))
    assert stored_key(name, PROJECTS) == key_of(filename)


@pytest.mark.parametrize(
    "name",
    [
        "other-1.0.tar.gz",
        "acme_lib-1.0-py3-none-any.whl.metadata",
        "acme_lib-nonsense.tar.gz",
        "README.md",
    ],
)
def test_what_is_no_file_of_the_projects_has_no_key(name: str) -> None:
    assert stored_key(name, PROJECTS) is None
