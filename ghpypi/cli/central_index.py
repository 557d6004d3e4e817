"""The central index repository whose index has the files of a store too."""

from dataclasses import replace

from ghpypi.cli.settings import Settings
from ghpypi.core.indexes.selection import names_store
from ghpypi.core.locator import Locator
from ghpypi.errors import UsageError
from ghpypi.stores import locate


def central_index(settings: Settings, given: str | None = None) -> Settings | None:
    """Find the central index of a store.

    It is named by an option, by `index-store` in the configuration of the store, or it is the store
    of the configuration beside us, where that has this one among its `repositories`.

    Args:
        settings: Of the store.
        given: The option; `None` if it was not given.

    Returns:
        The settings of the index repository; `None` if there is none.

    Raises:
        UsageError: It cannot be the index of this store.
    """
    text = given or settings.config.index_store
    beside = settings.beside
    named_beside = bool(beside.store) and names_store(beside, settings.locator.value)
    if not text and named_beside:
        text = beside.store
    if not text:
        return None
    other = locate(text)
    _check(text, other, settings)
    if other.value.lower() == settings.locator.value.lower():
        return None
    own = settings.given_config if named_beside and text == beside.store else None
    # On the GitHub of this store, so that no file can send the token to another host.
    choice = replace(settings.choice, locator=replace(other, host=settings.locator.host))
    return replace(settings, given_config=own, chosen=choice)


def _check(text: str, other: Locator, settings: Settings) -> None:
    same_kind = other.kind == settings.locator.kind
    if not same_kind or not settings.backend.capabilities.joins_indexes:
        raise UsageError(
            f"the index store '{text}' has nothing to do with '{settings.locator.value}'",
            hint="only repositories on GitHub have their files in the index of another one",
        )
    if other.host and not settings.hosts.matches(other.host):
        raise UsageError(f"the index store '{text}' is not on '{settings.hosts.hostname}'")
