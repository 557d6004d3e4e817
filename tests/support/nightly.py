"""Rows of a test that run at night: one row is tried by each run of the tests, so that a rule has
its proof, and the others take the same path at the same price."""

import pytest
from _pytest.mark import ParameterSet


def nightly(*values: object, id: str | None = None) -> ParameterSet:  # noqa: A002 - as of pytest
    """Return the values of a row that runs at night.

    Args:
        values: The values of the parameters.
        id: The name of the row; by default, pytest finds one.
    """
    return pytest.param(*values, marks=pytest.mark.nightly, id=id)
