"""Checking and storing a received file. All functions block."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ghpypi.attestation.certificates import identity
from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, File
from ghpypi.core.upload.attestations import Publisher, provenance
from ghpypi.core.upload.legacy_form import Answer, UploadForm, stored
from ghpypi.core.upload.plan import Action, Distribution, ReleasePlan
from ghpypi.jobs.upload import IndexReader, UploadOptions, upload
from ghpypi.ports import FileStore, UploadTarget
from ghpypi.server.ports import Uploader
from ghpypi.server.upload.draft import PendingFile
from ghpypi.server.upload.multipart import ReceivedUpload
from ghpypi.server.upload.tracked_store import SharedDraft, TrackedStore, WarningCollector
from ghpypi.stores import built


class Stored(NamedTuple):
    """The outcome of an upload.

    Attributes:
        answer: The response to the client.
        store: The store, opened for the uploader.
        pending: The new file; `None` if there is none.
        draft: Whether the file is in a draft.
        drafts: The tags of the drafts that the upload has seen.
    """

    answer: Answer
    store: FileStore
    pending: PendingFile | None
    draft: bool
    drafts: frozenset[str] = frozenset()


def store_file(
    received: ReceivedUpload,
    upload_target: UploadTarget,
    uploader: Uploader,
    shared: SharedDraft,
    index: IndexReader | None,
) -> Stored:
    """Check a file and put it into its store, as `ghpypi upload --draft` does.

    Args:
        received: The file.
        upload_target: Opens the store.
        uploader: Who uploads.
        shared: What concurrent uploads to the release know of each other.
        index: Reads the published index, see `upload`; `None` to read that of the store.

    Raises:
        RefusedError: A check failed, or the store does not accept the file.
        ConflictError: The store has the file with other content.
        NotAllowedError: The uploader may not write.
        TryLaterError: A rate limit or outage; uploading the file again finishes the work.
    """
    form = UploadForm.parse(received.fields, received.path.name)
    form.check(received.digests)
    (distribution,) = built.read([received.path])
    distribution = _with_siblings(received.path, distribution, form, uploader.publisher)
    store, published = upload_target.open(uploader.token, [distribution.filename])
    counter = TrackedStore(store, shared)
    notes = WarningCollector()
    report = upload(
        [distribution], counter, notes, UploadOptions(draft=True), index=index or published
    )
    (release,), (item,) = report.plan.releases, report.plan.items
    existing = release.existing
    shared.planned(release.tag, existing if existing and existing.draft else None)
    sent = item.action is Action.SEND
    asset = counter.assets.get(distribution.filename.text) or _present(release, distribution)
    answer = stored(distribution.filename, where=f"{store.name} {item.where}", again=not sent)
    if sent:
        answer = stored(distribution.filename, where=f"{store.name} {release.tag}", again=False)
    if notes.warnings:
        text = "\n".join([answer.text, *(f"warning: {each}" for each in notes.warnings)])
        answer = Answer(status=answer.status, text=text)
    draft = release.tag in report.drafts
    pending = None
    if asset and (sent or draft):
        file = _file_of(distribution, release, asset, draft=draft, origin=store.origin)
        project, folder = distribution.filename.project, received.path.parent
        pending = PendingFile(project=project, file=file, folder=folder)
    drafts = frozenset(counter.drafts)
    return Stored(answer=answer, store=store, pending=pending, draft=draft, drafts=drafts)


def _present(release: ReleasePlan, distribution: Distribution) -> Asset | None:
    assets = release.existing.assets if release.existing else ()
    return next((x for x in assets if x.name == distribution.filename.text), None)


def _with_siblings(
    path: Path, distribution: Distribution, form: UploadForm, publisher: Publisher | None
) -> Distribution:
    """Return a file with the provenance of its upload; write its siblings to its folder."""
    if form.attestations:
        content = provenance(
            form.attestations, form.filename, distribution.sha256, whose=publisher or identity
        )
        distribution = replace(distribution, provenance=content)
    for suffix, content in distribution.siblings.items():
        path.with_name(path.name + suffix).write_bytes(content)
    return distribution


def _file_of(
    distribution: Distribution, release: ReleasePlan, asset: Asset, *, draft: bool, origin: str
) -> File:
    metadata, sidecar = distribution.metadata, distribution.sidecar
    return File(
        filename=distribution.filename.text,
        version=str(distribution.filename.version),
        url="" if draft else asset.url,
        size=distribution.size,
        sha256=distribution.sha256,
        uploaded_at=asset.uploaded_at,
        requires_python=metadata.valid_requires_python if metadata else None,
        core_metadata=None if sidecar is None else digest_of(sidecar),
        origin=origin,
        tag=release.tag,
        prerelease=release.existing.prerelease if release.existing else release.prerelease,
        stamp=asset.stamp,
        key=asset.key,
    )
