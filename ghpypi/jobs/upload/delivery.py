"""Carrying out the plan of a release: uploading its files and publishing it."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field

from ghpypi.core.config.variants import VariantsConfig
from ghpypi.core.digest import digest_of
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.upload.plan import Action, Item, Plan, ReleasePlan
from ghpypi.core.upload.planning import holds_all, replan
from ghpypi.errors import ConflictError, NotFoundError, RefusedError, TryLaterError
from ghpypi.jobs.upload.checks import (
    common_digests,
    keys_of,
    refuse_faults,
    refuse_unfinished,
    with_digests,
)
from ghpypi.ports import Advance, Attester, FileStore, NewAsset, NewRelease, Reporter

ROUNDS = 5
"""Maximum number of attempts if other processes replace the release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """Settings of an upload.

    Attributes:
        tag: The tag of the release for all files; `None` for the default of each file.
        draft: Stop before publishing.
        skip_existing: Skip files that already exist, even with different content.
        dry_run: Stop after planning.
        parallel: Number of concurrent transfers.
        variants: How tags determine variants, whose files may have the same names.
        attester: Gives provenance to files that are sent and have none; `None` for nothing.
    """

    tag: str | None = None
    draft: bool = False
    skip_existing: bool = False
    dry_run: bool = False
    parallel: int = 4
    variants: VariantsConfig = field(default_factory=VariantsConfig)
    attester: Attester | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Carries out the plans of releases.

    Attributes:
        store: The store.
        reporter: Receives messages about other processes.
        options: The settings.
        advance: Receives progress, in bytes.
        pool: Transfers files.
    """

    store: FileStore
    reporter: Reporter
    options: UploadOptions
    advance: Advance
    pool: Executor

    def deliver(self, plan: ReleasePlan) -> StoredRelease | None:
        """Upload the files of a release, and publish it unless `draft` is set.

        If another process publishes another draft of the same tag in the meantime, the files are
        added to that release, and this draft is deleted.

        Returns:
            The release; `None` if all files of the plan are in others.

        Raises:
            RefusedError: The published release accepts no more files.
            TryLaterError: Other processes kept changing the release.
        """
        if not plan.members:
            return None
        left = list(plan.drafts)
        release = plan.existing or self.store.draft(_new_release(plan))
        for _ in range(ROUNDS):
            plan = self._planned(plan, release, left)
            try:
                now = self._fill(plan, release)
            except NotFoundError:
                found = self.store.draft(_new_release(plan))
                if found.key == release.key:
                    raise
                release = found
                continue
            if now.key != release.key:
                left.append(release)
            if now is release or holds_all(plan, now):
                self._clear(plan, now, left)
                return now
            self.reporter.step(f"another process published {plan.tag}; adding the files to it")
            self.advance(-plan.size)
            release = now
        raise TryLaterError(
            f"other processes kept changing release {plan.tag} of {self.store.name}",
            hint="run the same command again: uploaded files are kept",
        )

    def _planned(
        self, plan: ReleasePlan, release: StoredRelease, left: Iterable[StoredRelease]
    ) -> ReleasePlan:
        """Plan again for the release as it is now; if it cannot accept the files, delete them.

        Raises:
            RefusedError: The release accepts no more files.
            ConflictError: It has files of these names with different content.
        """
        if release is plan.existing:
            return plan
        keys = keys_of(item.distribution.filename for item in plan.members)
        release = with_digests(release, keys, self.store)
        plan = replan(plan, release, skip_existing=self.options.skip_existing)
        try:
            refuse_faults(Plan(releases=(plan,)), self.store, outcome="they were not published")
        except (RefusedError, ConflictError):
            for draft in left:
                self.store.discard(draft, _files(plan))
            raise
        return plan

    def _fill(self, plan: ReleasePlan, release: StoredRelease) -> StoredRelease:
        """Upload missing files and publish the release; return the published release of its tag."""
        self._send_all(plan, release)
        if self.options.draft or not release.draft:
            return release
        if self.store.freezes:
            refuse_unfinished(self.store.settled(release))
        return self.store.publish(release)

    def _send_all(self, plan: ReleasePlan, release: StoredRelease) -> None:
        items = [item for item in plan.items if item.assets]
        tasks = [self.pool.submit(self._send, item, release) for item in items]
        try:
            for task in tasks:
                task.result()
        except Exception:  # not an interruption, which waits for no thread
            for task in tasks:
                task.cancel()
            wait(tasks)
            raise

    def _send(self, item: Item, release: StoredRelease) -> None:
        """Upload a file after its metadata file and provenance, so that it never lacks them.

        A metadata file may already exist, of a removed or replaced wheel of the same name.
        """
        distribution = item.distribution
        name = distribution.filename.text
        for suffix in item.siblings:
            sibling = NewAsset.of(name + suffix, distribution.siblings[suffix])
            self.store.put(release, sibling, lambda _: None, overwrite=True)
        if item.action is Action.SEND:
            file = NewAsset(
                name=name,
                size=distribution.size,
                sha256=distribution.sha256,
                open=distribution.open,
            )
            self.store.put(release, file, self.advance)

    def _clear(
        self, plan: ReleasePlan, release: StoredRelease, drafts: Iterable[StoredRelease]
    ) -> None:
        """Delete the other drafts of a published tag, and report files that are only in a draft.

        Several processes may have filled one draft. The last of them finds all files in the
        published release, and deletes the draft. So the draft is read again before the release, to
        include files that other processes have added in the meantime.
        """
        for draft in () if release.draft else drafts:
            try:
                filled = self.store.current(draft)
            except NotFoundError:
                continue
            public = common_digests(self.store.current(release), filled, self.store)
            held = {**public, **_files(plan)}
            kept = self.store.discard(filled, held)
            others = _others(kept, held) if kept and kept.draft else ()
            if others and draft in plan.drafts:
                self.reporter.warn(
                    f"another draft of release {plan.tag} has files that are not public: "
                    f"{', '.join(others)}; publish them with 'ghpypi publish {plan.tag}'"
                )


def _others(draft: StoredRelease, held: Mapping[str, Sha256]) -> list[str]:
    """Return the names of files of a draft that are not public."""
    return [
        asset.name
        for asset in draft.assets
        if asset.complete
        and (asset.name not in held or asset.sha256 not in {None, held[asset.name]})
    ]


def _files(plan: ReleasePlan) -> dict[str, Sha256]:
    """Return names and digests of all files of a plan, including those beside distributions."""
    files = {}
    for item in plan.members:
        name = item.distribution.filename.text
        files[name] = item.distribution.sha256
        for suffix, content in item.distribution.siblings.items():
            files[name + suffix] = digest_of(content)
    return files


def _new_release(plan: ReleasePlan) -> NewRelease:
    return NewRelease(
        tag=plan.tag, title=plan.title, notes=_notes(plan.items), prerelease=plan.prerelease
    )


def _notes(items: Iterable[Item]) -> str:
    metadata = [item.distribution.metadata for item in items]
    summaries = {each.summary for each in metadata if each}
    return "\n\n".join(sorted(summary for summary in summaries if summary))
