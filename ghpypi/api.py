"""The public API: upload files to a store, build an index, read a catalog.

The commands `upload`, `publish`, `index`, `list` and `show` call these functions. They print
nothing, and read neither the environment nor a configuration in the current folder: what commands
find there are arguments here.

All errors are `GhpypiError`. The message says what happened, `faults` lists details, `hint` says
what to do, and `exit_code` is that of the command. After a failure, the same call again does what
is left.

Names in `__all__` are public; `docs/reference/api.md` has an example.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.locator import Hosts
from ghpypi.core.names import Filename
from ghpypi.core.quantities import first_of
from ghpypi.core.secret import Secret
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.upload.plan import Distribution
from ghpypi.errors import GhpypiError, UsageError
from ghpypi.jobs import upload as upload_job
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.jobs.upload import Publication, UploadOptions, UploadReport
from ghpypi.opened_store import OpenedStore
from ghpypi.ports import Renderer, Reporter, SilentReporter, StoreAccess
from ghpypi.stores import locate, open_backend

__all__ = [
    "Catalog",
    "Distribution",
    "GhpypiError",
    "IndexOptions",
    "IndexReport",
    "OpenedStore",
    "Publication",
    "Reporter",
    "UploadOptions",
    "UploadReport",
    "build_index",
    "open_store",
    "publish",
    "read_catalog",
    "read_files",
    "upload",
]

Place = str | PathLike[str]

MOST_NAMES = 10
"""Maximum number of filenames in a message."""


def open_store(
    store: Place,
    *,
    token: str = "",
    api_url: str = "",
    max_wait: float = 0.0,
    reporter: Reporter | None = None,
) -> OpenedStore:
    """Open a store, without a request.

    Args:
        store: A repository on GitHub, `OWNER/REPO` or `HOST/OWNER/REPO`; or the path of a folder,
            which has a `/` or `.` at its beginning: `./index`.
        token: Token for GitHub; without one, only public repositories can be read.
        api_url: URL of the API of an Enterprise Server; by default that of the host of the store,
            or of github.com.
        max_wait: Maximum time to wait for rate limits and outages, in seconds.
        reporter: Receives steps, progress and warnings; nothing is reported without one.

    Raises:
        UsageError: There can be no such store, or it is on another host than `api_url`.
    """
    locator = locate(fspath(store))
    hosts = Hosts.parse(api_url) if api_url else Hosts.of(locator.host or "github.com")
    if locator.host and not hosts.matches(locator.host):
        raise UsageError(f"the store '{locator}' is not on '{hosts.hostname}'")
    reporter = reporter or SilentReporter()
    access = StoreAccess(
        hosts=hosts,
        token=lambda: Secret(token) if token else None,
        reporter=reporter,
        max_wait=max_wait,
    )
    return OpenedStore(
        backend=open_backend(locator, access),
        server=hosts.server,
        reporter=reporter,
    )


def read_files(
    files: Iterable[Place], store: OpenedStore, *, fixed: Place | None = None
) -> list[Distribution]:
    """Open, hash and check wheels and source distributions; nothing is sent.

    Args:
        files: Files, folders (the distributions directly in them) or patterns; `dist` if there are
            none. Attestations beside a file, `NAME.TYPE.attestation`, become its provenance;
            signatures and other companion files are skipped.
        store: The target store, whose limits apply.
        fixed: Folder for corrected copies of wheels whose metadata lacks the local version of their
            filename; they must stay there until the upload is complete. By default, such wheels are
            uploaded as they are, with a warning.

    Raises:
        NotFoundError: An argument matches no file.
        RefusedError: Files are damaged, dangerous, or beyond the limits; `faults` has them all.
    """
    # Slow to import, and no other function opens archives.
    from ghpypi.stores import built  # noqa: PLC0415

    arguments = [fspath(each) for each in files]
    selection = built.find(arguments)
    if not arguments:
        names = first_of([path.name for path in selection.files], MOST_NAMES)
        store.reporter.step(f"taking the files of {built.DEFAULT_FOLDER}: {names}")
    if selection.skipped:
        folders = [f"{path.name}/" for path in selection.skipped if path.is_dir()]
        plain = [path.name for path in selection.skipped if not path.is_dir()]
        for kind, each in (("files that are not distributions", plain), ("folders", folders)):
            if each:
                store.reporter.step(f"skipping {kind}: {first_of(each, MOST_NAMES)}")
    paths = list(selection.files)
    if fixed is not None:
        copies = built.fix_local_versions(paths, Path(fixed))
        _report_fixed(copies, selection.companions, store.reporter)
        paths = [copies.get(path, path) for path in paths]
    with store.reporter.progress("checking", len(paths), unit="file") as advance:
        return built.read(paths, store.backend.rules, advance)


def _report_fixed(fixed: Iterable[Path], companions: Iterable[Path], reporter: Reporter) -> None:
    """Say which wheels were renamed, and which of their signatures do not belong to the copies."""
    for path in fixed:
        version = Filename.parse(path.name).version
        reporter.step(f"{path.name}: wrote version {version} into its metadata")
        former = [x.name for x in companions if x.name.startswith(f"{path.name}.")]
        if former:
            reporter.warn(
                f"{', '.join(former)}: of {path.name} as it was before, and not of the wheel "
                "that is uploaded"
            )


def upload(
    distributions: Sequence[Distribution], store: OpenedStore, options: UploadOptions | None = None
) -> UploadReport:
    """Put distributions into the releases of a store. The index is not rebuilt.

    Args:
        distributions: What `read_files` returned.
        store: The store.
        options: The release, whether it stays a draft, and whether anything is sent at all. The
            variants of a release of its own are those of the configuration.

    Returns:
        The plan, and which releases were published or stay drafts.

    Raises:
        NotAllowedError: There is no token, or it may not write.
        RefusedError: The store cannot take some files; nothing was sent.
        ConflictError: Some exist with other content; nothing was sent.
        TryLaterError: `max_wait` is over.
    """
    options = options or UploadOptions()
    opened = store.backend.store([each.filename for each in distributions])
    if options.tag:
        options = replace(options, variants=store.config().variants)
    return upload_job.upload(
        distributions, opened, store.reporter, options, index=store.published_files
    )


def publish(tag: str, store: OpenedStore) -> Publication:
    """Publish the draft of a release. The index is not rebuilt.

    Args:
        tag: The tag of the release.
        store: The store.

    Raises:
        NotFoundError: There is no such release.
        UnfinishedError: A file of it has not arrived.
    """
    return upload_job.publish(tag, store.backend.store())


def build_index(
    store: OpenedStore,
    folder: Place | None = None,
    options: IndexOptions | None = None,
    *,
    site_settings: SiteSettings | None = None,
    renderer: AbstractContextManager[Renderer] | None = None,
) -> IndexReport:
    """Build the index of a store, and write the pages that differ.

    Args:
        store: The store.
        folder: Folder to write the site to; by default, the site is published where the store has
            it: on the branch `gh-pages`, in its folder or bucket, or where `[site]` says.
        options: What else can be chosen.
        site_settings: What pages show besides files; by default what the configuration says.
        renderer: Renders descriptions and the site's own templates; by default child processes with
            limits, which import the program's main module: it needs
            `if __name__ == "__main__":`.

    Raises:
        RefusedError: The index would be empty or lose files, and `allow_shrink` is not set.
        OccupiedError: Files that ghpypi did not write would be replaced, and `adopt` is not set.
        DifferenceError: `check` is set, and the site is not up to date.
        TryLaterError: `max_wait` is over, or others publish all the time.
    """
    options = options or IndexOptions()
    store = store.reading_once()
    place = None if folder is None else Path(folder)
    site = store.site(place, writing=not (options.check or options.dry_run))
    site_settings = site_settings or store.site_settings(place)
    static = place is not None or store.site_store() is not store.backend
    source = store.source(static=static)
    upstream = store.upstream()
    # Slow to import, and the other functions read no index and render nothing.
    from ghpypi.jobs.index import job  # noqa: PLC0415
    from ghpypi.rendering import ProcessRenderer  # noqa: PLC0415

    with renderer or ProcessRenderer() as rendering:
        return job.build_index(
            source, site, site_settings, store.reporter, options, upstream, rendering
        )


def read_catalog(store: OpenedStore, folder: Place | None = None) -> Catalog:
    """Read the catalog of a published index: all projects, versions and files that are known.

    Args:
        store: The store.
        folder: Folder with a site that `build_index` wrote; by default the site of the store.

    Raises:
        NotFoundError: No index was published yet.
    """
    return store.catalog(None if folder is None else Path(folder))
