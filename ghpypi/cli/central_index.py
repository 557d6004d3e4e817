"""The central index: a repository whose index includes the files of a store."""

from dataclasses import replace

from ghpypi.cli.settings import Settings
from ghpypi.core.indexes.selection import names_store
from ghpypi.core.locator import Locator
from ghpypi.errors import UsageError
from ghpypi.stores import locate


def central_index(settings: Settings, given: str | None = None) -> Settings | None:
    """Find the central index of a store.

    It is set by an option, or by `index-store` in the configuration of the store. Otherwise it is
    the store of the configuration in the current folder, if that lists this one in `repositories`.

    Args:
        settings: The settings of the store.
        given: The value of the option; `None` if it was not given.

    Returns:
        The settings of the central index; `None` if there is none.

    Raises:
        UsageError: The given store cannot be the central index of this store.
    """
    text = given or settings.config.index_store
    checkout_config = settings.checkout_config
    named_beside = bool(checkout_config.store) and names_store(
        checkout_config, settings.locator.value
    )
    if not text and named_beside:
        text = checkout_config.store
    if not text:
        return None
    other = locate(settings.named_store(text) if given else text)
    _check(text, other, settings)
    if other.value.lower() == settings.locator.value.lower():
        return None
    own = settings.given_config if named_beside and text == checkout_config.store else None
    # On the same GitHub server, so that no file can send the token to another host.
    choice = settings.choice._replace(locator=other._replace(host=settings.locator.host))
    return replace(settings, given_config=own, chosen=choice)


def _check(text: str, other: Locator, settings: Settings) -> None:
    same_kind = other.kind == settings.locator.kind
    if not same_kind or not settings.backend.capabilities.joins_indexes:
        raise UsageError(
            f"the index store '{text}' cannot include files of '{settings.locator.value}'",
            hint="only the index of a repository on GitHub can include files of other repositories",
        )
    if other.host and not settings.hosts.matches(other.host):
        raise UsageError(f"the index store '{text}' is not on '{settings.hosts.hostname}'")
