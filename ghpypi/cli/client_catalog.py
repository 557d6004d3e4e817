"""Finding dependencies in the published index, for installers that need each package listed.

PDM and Pipenv do not prefer one index to another. Each package that must come from the private
index must be listed, including dependencies of other packages in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name

from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.clients.options import ClientOptions
from ghpypi.core.parsing import parse_requirement, split_url
from ghpypi.core.site.about import About
from ghpypi.core.site.paths import about_path
from ghpypi.errors import GhpypiError, NotFoundError, UsageError
from ghpypi.ports import Reporter, Site


def with_catalog(settings: Settings, tool: str, options: ClientOptions) -> ClientOptions:
    """Add the dependencies that a tool needs listed, as far as the index publishes them."""
    if tool not in {"pdm", "pipenv"}:
        return options
    try:
        site = _settings_of(settings, options).opened.site()
        projects = _projects(site, settings.reporter)
        if tool == "pdm":
            return replace(options, projects=projects)
        return replace(options, packages=tuple(_with_needs(options.packages, projects, site)))
    except GhpypiError as error:
        settings.reporter.warn(
            f"cannot read the published index ({error.message}): list all packages that must come "
            "from it, including dependencies of other packages in it"
        )
        return options


def _settings_of(settings: Settings, options: ClientOptions) -> Settings:
    """Return the settings of an index's store, which is part of its URL on a server.

    Raises:
        UsageError: The URL has a short name instead of the store.
    """
    if not options.private or settings.given_store:
        return settings
    parts = split_url(options.url).path.strip("/").split("/")
    if len(parts) < len(("OWNER", "REPO", "simple")):
        raise UsageError("its URL does not contain the store; specify it with --store")
    return replace(settings, given_store="/".join(parts[:2]))


def _projects(site: Site, reporter: Reporter) -> tuple[NormalizedName, ...]:
    with reporter.progress("reading the index"):
        text = site.catalog()
    if text is None:
        raise NotFoundError(f"nothing has been published to {site.name}")
    lines = Catalog.parse(text, source=site.name, read=site.read).lines
    return tuple(name for name, line in lines.items() if line.files)


def _with_needs(
    packages: Sequence[str], projects: Sequence[NormalizedName], site: Site
) -> Iterator[str]:
    """Yield packages and their dependencies in the same index, without duplicates."""
    ours, seen, waiting = set(projects), set[str](), list(packages)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        yield name
        if name in ours:
            waiting += [each for each in _needs(NormalizedName(name), site) if each in ours]


def _needs(name: NormalizedName, site: Site) -> Iterator[NormalizedName]:
    """Yield the dependencies of the version of a project that its page shows."""
    path = about_path(name)
    try:
        requirements = About.parse(site.read([path])[path]).requires_dist
    except (KeyError, ValueError):
        return  # the site has no project pages, and so no `about.json`
    for text in requirements:
        try:
            yield canonicalize_name(parse_requirement(text).name)
        except InvalidRequirement:
            continue
