"""Workers that run the tests begin with those that take long."""

from tests.support.sharing import shared


def test_each_worker_begins_with_modules_that_take_long_and_gets_as_many_tests() -> None:
    long, short = ["AAAA", "BB", "CC"], ["dd", "eee", "f", "gg"]

    assert "".join(shared(long, short, 2)) == "AAAAddfggBBCCeee"


def test_no_test_is_lost() -> None:
    modules = [[(module, test) for test in range(module)] for module in range(1, 20)]
    found = shared(modules[::3], modules[1::3] + modules[2::3], 3)

    assert sorted(found) == sorted(test for module in modules for test in module)
