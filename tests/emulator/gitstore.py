"""One bare git repository on disk: real objects, refs and packs.

Refs are read from their files and objects through one long-lived `git cat-file --batch`, because
starting a process for every request would take longer than everything else together.
"""

import hashlib
import os
import subprocess
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import IO

_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
\tdenyDeleteCurrent = refuse
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
"""
_SHA_LENGTH = 40
_KEPT_TREES = 4
NO_SHA = "0" * _SHA_LENGTH
AUTHOR = ("GitHub", "noreply@github.com")


def git_environment(home: Path) -> dict[str, str]:
    """An environment in which git sees no configuration but the repository's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C.UTF-8",
    }


class MergeConflictError(Exception):
    """The branch is not where the writer thought it was."""


class GitStore:
    """A bare repository that can be read and written without a checkout."""

    def __init__(self, path: Path, default_branch: str) -> None:
        self.path = path
        self._lock = RLock()
        self._reader: subprocess.Popen[bytes] | None = None
        self._trees: dict[str, dict[str, tuple[str, str]]] = {}
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n")
        (path / "config").write_text(_CONFIG)

    # Refs

    def ref(self, name: str) -> str | None:
        """The object a full ref name points at."""
        try:
            return (self.path / name).read_text().strip()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return self._packed_refs().get(name)

    def head(self, branch: str) -> str | None:
        """The commit at the tip of a branch."""
        return self.ref(f"refs/heads/{branch}")

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """All refs whose full names start so, sorted."""
        found = dict(self._packed_refs())
        for file in (self.path / "refs").rglob("*"):
            if file.is_file() and not file.name.endswith(".lock"):
                found[file.relative_to(self.path).as_posix()] = file.read_text().strip()
        return {name: found[name] for name in sorted(found) if name.startswith(prefix)}

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, a tag, a full ref or a SHA stands for."""
        for full in (name, f"refs/heads/{name}", f"refs/tags/{name}"):
            if full.startswith("refs/") and (sha := self.ref(full)):
                return self.peel(sha)
        return self.peel(name) if _is_sha(name) else None

    def set_ref(self, name: str, sha: str | None) -> None:
        """Point a ref at an object, or delete it."""
        with self._lock:
            if sha is None or name in self._packed_refs():
                self._run("update-ref", *(("-d", name) if sha is None else (name, sha)))
                return
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(target.name + ".lock")
            beside.write_text(sha + "\n")
            beside.replace(target)

    def _packed_refs(self) -> dict[str, str]:
        try:
            lines = (self.path / "packed-refs").read_text().splitlines()
        except FileNotFoundError:
            return {}
        pairs = (line.split(" ", 1) for line in lines if line[:1] not in {"#", "^", ""})
        return {name: sha for sha, name in pairs}

    # Objects

    def read_object(self, name: str) -> tuple[str, str, bytes] | None:
        """SHA, type and content of an object, which may be named `SHA:path`."""
        if "\n" in name or ":./" in name or ":../" in name:
            return None  # The first would be two questions, the others end the process.
        with self._lock:
            reader = self._started_reader()
            stdin, stdout = _pipes(reader)
            stdin.write(name.encode() + b"\n")
            stdin.flush()
            header = stdout.readline().decode().split()
            if len(header) != 3 or not header[2].isdigit():
                return None
            content = stdout.read(int(header[2]))
            stdout.read(1)
        return header[0], header[1], content

    def peel(self, sha: str) -> str | None:
        """The commit behind a SHA: itself, or what an annotated tag points at."""
        found = self.read_object(f"{sha}^{{commit}}")
        return found[0] if found else None

    def read(self, revision: str, path: str) -> bytes | None:
        """A file's bytes at a branch, tag or commit."""
        commit = self.resolve(revision)
        found = self.read_object(f"{commit}:{path}") if commit else None
        return found[2] if found and found[1] == "blob" else None

    def commit_date(self, sha: str) -> datetime:
        """The committer's date."""
        found = self.read_object(sha)
        lines = found[2].split(b"\n\n", 1)[0].splitlines() if found else []
        for line in lines:
            if line.startswith(b"committer "):
                return datetime.fromtimestamp(int(line.split()[-2]), UTC)
        raise LookupError(sha)

    def tree(self, commit: str) -> dict[str, tuple[str, str]]:
        """Path to (mode, blob) of all files of a commit."""
        with self._lock:
            if commit not in self._trees:
                while len(self._trees) >= _KEPT_TREES:
                    self._trees.pop(next(iter(self._trees)))
                listing = self._run("ls-tree", "-r", "-z", "--full-tree", commit)
                text = listing.decode(errors="surrogateescape")
                entries = [line.split("\t", 1) for line in text.split("\0") if line]
                self._trees[commit] = {
                    path: (about.split()[0], about.split()[2]) for about, path in entries
                }
            return self._trees[commit]

    def commits(self, branch: str, path: str = "") -> list[str]:
        """The branch's commits, newest first; those that changed a file."""
        if self.head(branch) is None:
            return []
        only = ["--", path] if path else []
        return self._run("rev-list", f"refs/heads/{branch}", *only).decode().split()

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether a branch at `old` could be moved forward to `new`."""
        return not self._run("rev-list", "-n1", old, f"^{new}").strip()

    def between(self, old: str, new: str) -> list[str]:
        """The commits of `new` that `old` has not, oldest first."""
        return self._run("rev-list", "--reverse", new, f"^{old}").decode().split()

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit that both hold."""
        return self._run("merge-base", one, other).decode().strip()

    # Writing

    def first_commit(self, branch: str, name: str, content: bytes, when: datetime) -> str:
        """The first commit of a repository, with one file; written without starting git."""
        blob = self.write_object("blob", content)
        tree = self.write_object("tree", b"100644 " + name.encode() + b"\0" + bytes.fromhex(blob))
        who = f"{AUTHOR[0]} <{AUTHOR[1]}> {int(when.timestamp())} +0000"
        text = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nInitial commit\n"
        commit = self.write_object("commit", text.encode())
        self.set_ref(f"refs/heads/{branch}", commit)
        return commit

    def write_object(self, kind: str, content: bytes) -> str:
        """Store a loose object."""
        data = f"{kind} {len(content)}\0".encode() + content
        sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        path = self.path / "objects" / sha[:2] / sha[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            beside = path.with_name(path.name + ".new")
            beside.write_bytes(zlib.compress(data, 1))
            beside.replace(path)
        return sha

    def commit(
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        *,
        message: str,
        when: datetime,
        author: tuple[str, str] = AUTHOR,
        parent: str | None = None,
    ) -> str:
        """Add files to a branch (None deletes one) with one commit, and answer its SHA.

        Raises:
            MergeConflictError: the branch is not at `parent`, when that is given.
        """
        with self._lock:
            head = self.head(branch)
            if parent is not None and head != parent:
                raise MergeConflictError
            who = f"{author[0]} <{author[1]}> {int(when.timestamp())} +0000".encode()
            stream = [f"commit refs/heads/{branch}\n".encode(), b"committer ", who, b"\n"]
            stream += _data(message.encode())
            if head:
                stream.append(f"from {head}\n".encode())
            for path, content in files.items():
                stream += _change(path, content)
            self._run("fast-import", "--quiet", stdin=b"".join(stream))
            commit = self.head(branch)
            assert commit is not None
            return commit

    def close(self) -> None:
        """End the reading process."""
        with self._lock:
            if self._reader is not None:
                stdin, stdout = _pipes(self._reader)
                stdin.close()
                self._reader.wait()
                stdout.close()
                self._reader = None

    def _started_reader(self) -> subprocess.Popen[bytes]:
        if self._reader is None:
            self._reader = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self.path,
                env=git_environment(self.path),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._reader

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=git_environment(self.path),
            input=stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"git {arguments[0]}: {done.stderr.decode()}")
        return done.stdout


def _is_sha(text: str) -> bool:
    return len(text) == _SHA_LENGTH and all(letter in "0123456789abcdef" for letter in text)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _data(content: bytes) -> list[bytes]:
    return [f"data {len(content)}\n".encode(), content, b"\n"]


def _change(path: str, content: bytes | None) -> list[bytes]:
    quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if content is None:
        return [f"D {quoted}\n".encode(errors="surrogateescape")]
    head = f"M 100644 inline {quoted}\n".encode(errors="surrogateescape")
    return [head, *_data(content)]
