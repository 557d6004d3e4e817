"""What the published catalog says of the packages that an installer is to take from an index.

PDM and Pipenv do not look into one index before another. Each package that has to come from our
index has to be named, and that includes those that only other packages of ours need.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name

from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.clients.snippets import ClientOptions
from ghpypi.core.parsing import parse_requirement, split_url
from ghpypi.core.site.about import About
from ghpypi.core.site.tree import about_path
from ghpypi.errors import GhpypiError, NotFoundError, UsageError
from ghpypi.ports import Reporter, Site


def with_catalog(settings: Settings, tool: str, options: ClientOptions) -> ClientOptions:
    """Add what has to be named for a tool, as far as the published index tells."""
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
            f"the published index could not be read ({error.message}): name all packages that are "
            "to come from it, with those that only other packages of it need"
        )
        return options


def _settings_of(settings: Settings, options: ClientOptions) -> Settings:
    """Find the store of an index: a server names it in its addresses, unless it has a short name.

    Raises:
        UsageError: The store is not known.
    """
    if not options.private or settings.given_store:
        return settings
    parts = split_url(options.url).path.strip("/").split("/")
    if len(parts) < len(("OWNER", "REPO", "simple")):
        raise UsageError("its address does not name a store, and --store is not given")
    return replace(settings, given_store="/".join(parts[:2]))


def _projects(site: Site, reporter: Reporter) -> tuple[NormalizedName, ...]:
    with reporter.progress("reading the index"):
        text = site.catalog()
    if text is None:
        raise NotFoundError(f"nothing has been published to {site.name}")
    lines = Catalog.parse(text, source=site.name).lines
    return tuple(name for name, line in lines.items() if line.files)


def _with_needs(
    packages: Sequence[str], projects: Sequence[NormalizedName], site: Site
) -> Iterator[str]:
    """Name packages, and those of the same index that they need, each once."""
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
    """Name what the version that the site shows of a project requires."""
    path = about_path(name)
    try:
        requirements = About.parse(site.read([path])[path]).requires_dist
    except (KeyError, ValueError):
        return  # a site without pages for people publishes no requirements
    for text in requirements:
        try:
            yield canonicalize_name(parse_requirement(text).name)
        except InvalidRequirement:
            continue
