"""The verdict on each listed file: read now, left for later, or not tried again after a failure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ghpypi.core.catalog.changes import Change
from ghpypi.core.catalog.stock import Found
from ghpypi.core.names import Filename
from ghpypi.errors import RateLimitedError, TryLaterError
from ghpypi.jobs.index.budget import ReadBudget
from ghpypi.jobs.index.files import FileReader, FileVerdict, Wanted, portable
from ghpypi.ports import Advance
from ghpypi.processes import TASK_FILES, Processes

TASK_BYTES = 32 << 20
"""Size of files, in bytes, after which a task has no more of them."""

WantedFile = tuple[Filename, Found]
"""A listed file with its parsed name, as in `Change.wanted`."""


class _Step(NamedTuple):
    """One file on the way to the verdicts of its project, or the end of that project.

    Attributes:
        change: The project.
        file: The file; `None` after the last one of the project.
        verdict: The verdict, if it is known without reading.
    """

    change: Change
    file: WantedFile | None = None
    verdict: FileVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJudge:
    """Gives verdicts on files.

    Attributes:
        reader: Reads them.
        budget: Decides which are read now.
        processes: Share the work of reading many.
        failed: What became of files that could not be read; they are not tried again in this run.
    """

    reader: FileReader
    budget: ReadBudget
    processes: Processes
    failed: dict[tuple[str, str, str], FileVerdict] = field(default_factory=dict)

    def judge(self, change: Change, file: WantedFile) -> FileVerdict:
        """Read a file, if it is read now.

        Args:
            change: Its project, which may have a digest from an earlier run.
            file: The file.
        """
        if verdict := self._without_reading(change, file):
            return verdict
        try:
            verdict = self.reader.read(_wanted(change, file))
        except TryLaterError as error:
            self.budget.refused(limited=isinstance(error, RateLimitedError))
            _, found = file
            verdict = FileVerdict(None, None, (found.unread(str(error)),))
        return self._after_reading(change, file, verdict)

    def judge_all(
        self, changes: Iterable[Change], files: int, advance: Advance
    ) -> Iterator[tuple[Change, list[FileVerdict] | None]]:
        """Read the files of several projects of a store on this machine.

        Args:
            changes: The projects.
            files: The number of their files; many are read by child processes.
            advance: Called with the number of files that were read.

        Returns:
            The projects in the same order with the verdicts on their files; with `None` if one of
            them cannot be left for the next run and took too long when this one ended: then the
            project stays as it is.
        """
        if self.reader.portable and self.processes.worthwhile(files):
            yield from self._in_processes(changes, advance)
            return
        for change in changes:
            verdicts = []
            for file in change.wanted:
                verdicts.append(self.judge(change, file))
                advance(not verdicts[-1].postponed)
            yield change, verdicts

    def abandoned(self, change: Change, file: WantedFile) -> FileVerdict | None:
        """Give the verdict on a file that took too long when the run ended.

        Returns:
            `None` if it cannot wait: it replaces a published file, whose digest is wrong from now
            on.
        """
        self.budget.abandoned()
        return self._postponed(change, file)

    def _postponed(self, change: Change, file: WantedFile) -> FileVerdict | None:
        """Give the verdict on a file that is left for the next batch or run, if it can be."""
        _, found = file
        published = change.published.get(found.place)
        kept = change.keep(published, found) if published else None
        if published and not kept:
            return None
        return FileVerdict(kept, None, (), postponed=True)

    def _in_processes(
        self, changes: Iterable[Change], advance: Advance
    ) -> Iterator[tuple[Change, list[FileVerdict] | None]]:
        read = self.processes.in_order(
            self.reader.detached().read_all,
            self._tasks(changes),
            abandoned=self.budget.stop.overdue,
        )
        verdicts: list[FileVerdict | None] = []
        for steps, results in read:
            following = iter(results) if results is not None else None
            for step in steps:
                if step.file:
                    verdict = step.verdict or self._result(step.change, step.file, following)
                    verdicts.append(verdict)
                    advance(verdict is not None and not verdict.postponed)
                else:
                    known = [each for each in verdicts if each]
                    yield step.change, known if len(known) == len(verdicts) else None
                    verdicts = []

    def _result(
        self, change: Change, file: WantedFile, following: Iterator[FileVerdict] | None
    ) -> FileVerdict | None:
        """Take the next result of a child process; without results, the file is abandoned."""
        if following is None:
            return self.abandoned(change, file)
        return self._after_reading(change, file, next(following))

    def _without_reading(self, change: Change, file: WantedFile) -> FileVerdict | None:
        """Give the verdict on a file that is not read now; `None` if it is."""
        if before := self.failed.get(_place(file)):
            return before
        left = self._postponed(change, file)
        return None if self.budget.take(may_wait=left is not None) else left

    def _after_reading(self, change: Change, file: WantedFile, verdict: FileVerdict) -> FileVerdict:
        if verdict.file:
            self.budget.arrived()
        if verdict.unread:
            # A published file stays unless it was replaced, because then its digest is wrong.
            left = self._postponed(change, file)
            kept = left.file if left else None
            verdict = self.failed[_place(file)] = verdict._replace(file=verdict.file or kept)
        return verdict

    def _tasks(self, changes: Iterable[Change]) -> Iterator[tuple[list[_Step], list[Wanted]]]:
        """Divide projects into tasks, which may have parts of large projects."""
        steps: list[_Step] = []
        wanted: list[Wanted] = []
        size = 0
        for step in self._steps(changes):
            steps.append(step)
            if step.file and not step.verdict:
                wanted.append(_wanted(step.change, step.file))
                size += wanted[-1].found.asset.size
            if len(wanted) >= TASK_FILES or size >= TASK_BYTES:
                yield steps, [*portable(wanted)]
                steps, wanted, size = [], [], 0
        yield steps, [*portable(wanted)]

    def _steps(self, changes: Iterable[Change]) -> Iterator[_Step]:
        for change in changes:
            for file in change.wanted:
                yield _Step(change, file, self._without_reading(change, file))
            yield _Step(change)


def _wanted(change: Change, file: WantedFile) -> Wanted:
    filename, found = file
    return Wanted(change.name, filename, found, change.known_digest(found))


def _place(file: WantedFile) -> tuple[str, str, str]:
    _, found = file
    return found.where, found.asset.name, found.stamp
