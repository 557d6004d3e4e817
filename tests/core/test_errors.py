"""What errors say, and the codes they end with."""

import pytest

from ghpypi import errors


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.GhpypiError, 1),
        (errors.FailedError, 1),
        (errors.RefusedError, 1),
        (errors.UsageError, 2),
        (errors.ConfigError, 2),
        (errors.DifferenceError, 3),
        (errors.NotAllowedError, 4),
        (errors.NotFoundError, 5),
        (errors.ConflictError, 6),
        (errors.TryLaterError, 7),
        (errors.OutdatedError, 7),
    ],
)
def test_each_class_owns_its_exit_code(kind: type[errors.GhpypiError], code: int) -> None:
    assert kind("x").exit_code == code


def test_an_error_says_what_happened_and_all_that_is_wrong() -> None:
    error = errors.RefusedError("no", hint="do this", faults=iter(["one", "two"]))

    assert str(error) == "no\n  - one\n  - two"
    assert (error.message, error.hint, error.faults) == ("no", "do this", ("one", "two"))


def test_an_error_need_not_say_more_than_a_sentence() -> None:
    assert str(errors.FailedError("no")) == "no"
