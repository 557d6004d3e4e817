"""The repositories that a site may show: those that all readers of the site may read.

The pages of a project show the names, the README and the metadata of its files. So a repository
that is less visible than the site is not indexed, whatever the token of the run may read.

Two private repositories count as equally visible, because GitHub does not say who may read them;
`ghpypi serve` checks the permission of each reader.

Source: GitHub documentation, "Changing the visibility of your GitHub Pages site": Pages of a
private repository are public, unless an organization with Enterprise Cloud made them private.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ghpypi.core.visibility import Visibility
from ghpypi.errors import ConfigError
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.repositories import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRepositories:
    """The repositories of a site: those that it may show, and those that it hides.

    Attributes:
        repositories: Those that it may show.
        hidden: For each that matched a pattern and is less visible than the site, why it is not
            shown.
        unused_exclusions: Patterns of `exclude-repositories` that exclude nothing.
    """

    repositories: tuple[Repository, ...]
    hidden: Mapping[str, str] = field(default_factory=dict)
    unused_exclusions: tuple[str, ...] = ()


def select_visible(
    found: Iterable[Repository],
    *,
    store: str,
    site_visibility: Callable[[], Visibility],
    include_private: bool,
) -> SiteRepositories:
    """Select the repositories that a site may show.

    Args:
        found: The repositories.
        store: The repository whose branch holds the site; it may always be shown.
        site_visibility: Finds out who may read the site; called only if it matters.
        include_private: Show all of them.

    Raises:
        ConfigError: The configuration names a repository that is less visible than the site.
    """
    repositories = tuple(found)
    others = [x for x in repositories if x.name != store and not x.public]
    if include_private or not others:
        return SiteRepositories(repositories=repositories)
    audience = site_visibility()
    hidden = tuple(x for x in others if (x.visibility or Visibility.PRIVATE) < audience)
    if faults := [f"{x.name} is {x.word}" for x in hidden if x.named]:
        raise ConfigError(
            f"the site of {store} is {audience.word}, and would show the names, READMEs and "
            "metadata of repositories that fewer people may read",
            faults=faults,
            hint="remove them from 'repositories' in ghpypi.toml, or, if everyone may see that, "
            'set private-repositories = "include" in the table [index]',
        )
    return SiteRepositories(
        repositories=tuple(x for x in repositories if x not in hidden),
        hidden={x.name: f"it is {x.word}, and the site is {audience.word}" for x in hidden},
    )


def find_site_visibility(store: Repository, client: Client) -> Visibility:
    """Find out who may read the site on a branch of a repository: its readers, or everyone.

    Pages that the token may not see count as public.
    """
    visibility = store.visibility or Visibility.PRIVATE
    if visibility is Visibility.PUBLIC or store.has_pages is False:
        return visibility
    call = ApiRequest(verb="GET", path=f"/repos/{store.name}/pages", expect=(401, 403, 404))
    response = client.call(call)
    if response.status == 404:  # noqa: PLR2004 - Not Found: there are no Pages
        return visibility
    private = response.status not in call.expect and response.data.get("public") is False
    return visibility if private else Visibility.PUBLIC
