"""What is done with an upload once it is on disk: checked, stored, verified. Blocks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, File
from ghpypi.core.names import PROVENANCE_SUFFIX, SIDECAR_SUFFIX, Filename
from ghpypi.core.secret import Secret
from ghpypi.core.upload.attestations import Publisher, provenance
from ghpypi.core.upload.legacy_form import Answer, Form, stored
from ghpypi.core.upload.plan import Action, Distribution, ReleasePlan
from ghpypi.jobs.upload import UploadOptions, upload
from ghpypi.ports import FileStore, NewAsset, UploadTarget
from ghpypi.server.upload.certificates import identity
from ghpypi.server.upload.draft import PendingFile
from ghpypi.server.upload.multipart import ReceivedUpload
from ghpypi.server.upload.tracked_store import SharedDraft, TrackedStore, WarningCollector
from ghpypi.stores import built


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploader:
    """Somebody who may upload.

    Attributes:
        token: What the store is opened with.
        allows: Tells whether they may upload a file; all files, if they may write at all.
        publisher: Who they are, where that is proved.
        forget: Called when the token turns out to be none.
    """

    token: Secret | None = field(repr=False)
    allows: Callable[[Filename], bool] = lambda _: True
    publisher: Publisher | None = None
    forget: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What came of an upload.

    Attributes:
        answer: What the client is told.
        store: Where it is.
        waiting: What is new in there; `None` if nothing is.
        draft: It is in a draft, which has to be published.
        drafts: The tags of all drafts in there.
    """

    answer: Answer
    store: FileStore
    waiting: PendingFile | None
    draft: bool
    drafts: frozenset[str] = frozenset()


def store_file(
    received: ReceivedUpload, upload_target: UploadTarget, uploader: Uploader, shared: SharedDraft
) -> Stored:
    """Put a file into its store, as `ghpypi upload --draft` does.

    Raises:
        RefusedError: It is not what it has to be, or the store cannot take it.
        ConflictError: It is there already with other content.
        NotAllowedError: The visitor may not write.
        TryLaterError: The store refused for now; the same upload again finishes the work.
    """
    form = Form.parse(received.fields, received.path.name)
    form.check(received.digests)
    (distribution,) = built.read([received.path])
    beside = _beside(distribution, form, uploader.publisher)
    store = upload_target.open(uploader.token)
    counter = TrackedStore(store, shared, beside)
    notes = WarningCollector()
    report = upload([distribution], counter, notes, UploadOptions(draft=True))
    (release,), (item,) = report.plan.releases, report.plan.items
    shared.tag = release.tag
    sent = item.action is Action.SEND
    asset = counter.assets.get(distribution.filename.text) or _present(release, distribution)
    answer = stored(distribution.filename, where=f"{store.name} {item.where}", again=not sent)
    if sent:
        answer = stored(distribution.filename, where=f"{store.name} {release.tag}", again=False)
    if notes.warnings:
        text = "\n".join([answer.text, *(f"warning: {each}" for each in notes.warnings)])
        answer = Answer(status=answer.status, text=text)
    draft = release.tag in report.drafts
    waiting = None
    if asset and (sent or draft):
        waiting = _waiting(distribution, release, asset, draft=draft, origin=store.origin)
    drafts = frozenset(counter.drafts)
    return Stored(answer=answer, store=store, waiting=waiting, draft=draft, drafts=drafts)


def _present(release: ReleasePlan, distribution: Distribution) -> Asset | None:
    assets = release.existing.assets if release.existing else ()
    return next((x for x in assets if x.name == distribution.filename.text), None)


def _beside(
    distribution: Distribution, form: Form, publisher: Publisher | None
) -> dict[str, NewAsset]:
    """Put on disk what is to lie beside a file; its attestations go to the store with it."""
    path = Path(distribution.path)
    if distribution.sidecar is not None:
        path.with_name(path.name + SIDECAR_SUFFIX).write_bytes(distribution.sidecar)
    if not form.attestations:
        return {}
    content = provenance(
        form.attestations, form.filename, distribution.sha256, whose=publisher or identity
    )
    place = path.with_name(path.name + PROVENANCE_SUFFIX)
    place.write_bytes(content)
    asset = NewAsset(
        name=place.name,
        size=len(content),
        sha256=digest_of(content),
        open=lambda: place.open("rb"),
    )
    return {path.name: asset}


def _waiting(
    distribution: Distribution, release: ReleasePlan, asset: Asset, *, draft: bool, origin: str
) -> PendingFile:
    metadata, sidecar = distribution.metadata, distribution.sidecar
    file = File(
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
    return PendingFile(
        project=distribution.filename.project, file=file, folder=Path(distribution.path).parent
    )
