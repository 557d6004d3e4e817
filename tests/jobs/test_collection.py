"""The garbage collector is off while many objects are made, and on again after that."""

import gc

import pytest

from ghpypi.jobs.index.collection import without_collection


def test_it_is_on_again_also_after_an_error() -> None:
    with pytest.raises(ValueError, match="off"), without_collection():
        raise ValueError("on" if gc.isenabled() else "off")

    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with without_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
