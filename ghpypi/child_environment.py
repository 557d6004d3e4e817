"""The environment of child processes: no secrets.

Child processes run code of others: build backends, templates, packages that are installed. They
must not find tokens, passwords and keys of clouds in their environment, because the authors of that
code do not always have access to the secrets of the person or workflow that runs it.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from ghpypi.core.secret_variables import is_secret_variable

_taken: dict[str, str] = {}
"""The variables that `without_secrets` has removed, which this process may still need."""


def child_environment(
    *, keep: Collection[str] = (), without: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return the variables of this process that a program may have.

    Args:
        keep: Variables with secrets that the program needs.
        without: Prefixes of variables that are left out too.
    """
    usual = {
        name: value
        for name, value in os.environ.items()
        if not is_secret_variable(name) and not name.startswith(without)
    }
    return {**usual, **secrets_found(keep)}


def secrets_found(names: Collection[str]) -> Mapping[str, str]:
    """Return the variables with secrets that are set, removed ones included."""
    known = {**_taken, **os.environ}
    return {name: known[name] for name in names if known.get(name)}


def forget_secrets() -> dict[str, str]:
    """Remove all secrets from the environment of this process, and return them."""
    return {name: os.environ.pop(name) for name in [*os.environ] if is_secret_variable(name)}


@contextmanager
def without_secrets() -> Iterator[None]:
    """Remove all secrets from the environment within the `with` block.

    For child processes that inherit the environment. Templates run in a sandbox; if one escapes
    from it, or a child process is compromised, it must not find secrets in the environment.
    """
    taken = forget_secrets()
    _taken.update(taken)
    try:
        yield
    finally:
        os.environ.update(taken)
        for name in taken:
            _taken.pop(name, None)
