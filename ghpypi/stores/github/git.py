"""git as a program, run in a bare repository in a temporary folder with one remote.

The token is passed in the environment of git alone, bound to the server's address; it is in no
argument and no file. Hooks and credential helpers of the user are not run.
"""

import base64
import logging
import subprocess
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import Finished, run_program
from ghpypi.core.quantities import duration
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.stores.github.git_errors import (
    explain,
    is_missing_branch,
    is_outdated_push,
    is_temporary,
    relevant_line,
)
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.token_auth import require_sendable

USER = "x-access-token"
"""User name that goes with a token in Basic authentication. GitHub accepts any name."""

_log = logging.getLogger("ghpypi")


class GitRemote(NamedTuple):
    """A repository to fetch from and push to.

    Attributes:
        name: `OWNER/REPO`.
        server: The web side, such as `https://github.com`.
        token: May be missing where anyone can read.
        backoff: How long to retry.
    """

    name: str
    server: str
    token: Secret | None
    backoff: Backoff


class Git:
    """A temporary bare repository.

    Args:
        remote: The repository to fetch from and push to.
        folder: An empty folder, which the caller removes.
    """

    def __init__(self, remote: GitRemote, folder: Path) -> None:
        self._remote = remote
        self.folder = folder
        self._run_checked(["init", "--quiet", "--bare", "--initial-branch=main", "."])

    @property
    def _url(self) -> str:
        return f"{self._remote.server}/{self._remote.name}.git"

    def fetch(self, branch: str, expected: str | None = None) -> str | None:
        """Fetch the head of a branch and its trees, without the content of files or history.

        Args:
            branch: The branch.
            expected: The commit that probably is its head, which takes a request less; if it
                exists, the branch is not asked for.

        Returns:
            The commit; `None` if there is no such branch.
        """
        if expected and not self._fetch_trees(expected).returncode:
            return expected
        done = self._fetch_trees(f"refs/heads/{branch}")
        if is_missing_branch(_output(done)):
            return None
        self._check(done, "fetch")
        # git documents this file for scripts: one more process would read it.
        return (self.folder / "FETCH_HEAD").read_text(encoding="utf-8").split()[0]

    def commits(self, branch: str, most: int = 0) -> list[str]:
        """List the commits of a branch of the remote, newest first, in a repository of its own.

        Only the commits are fetched, neither trees nor files.

        Args:
            branch: The branch.
            most: The number after which the list may end; 0 for all commits.
        """
        depth = [f"--depth={most}"] if most else []
        arguments = ["fetch", "--quiet", *depth, "--no-tags", "--filter=tree:0"]
        done = self._run_remote([*arguments, "origin", f"refs/heads/{branch}"])
        if is_missing_branch(_output(done)):
            return []
        self._check(done, "fetch")
        return self._run_checked(["rev-list", "FETCH_HEAD"]).decode().split()

    def fetch_commit(self, commit: str) -> None:
        """Fetch a commit and its trees, without the content of files or history."""
        self._check(self._fetch_trees(commit), "fetch")

    def _fetch_trees(self, what: str) -> Finished:
        """Fetch a branch, or a commit, for which git does not list branches and tags first."""
        arguments = ["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none"]
        return self._run_remote([*arguments, "origin", what])

    def tree(self, commit: str) -> str:
        """Return the tree of a commit."""
        return self._run_checked(["rev-parse", f"{commit}^{{tree}}"]).decode().strip()

    def files(self, commit: str) -> dict[str, str]:
        """List the files of a commit: path to blob."""
        listing = self._run_checked(["ls-tree", "-r", "-z", commit]).decode(
            errors="surrogateescape"
        )
        entries = (entry.partition("\t") for entry in listing.split("\0") if entry)
        return {path: facts.split(" ")[2] for facts, _, path in entries}

    def read(self, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """Read files by the names of their blobs, fetching all that are missing in one go."""
        if not blobs:
            return {}
        wanted = sorted(set(blobs.values()))
        listing = "".join(f"{blob}\n" for blob in wanted).encode()
        arguments = ["fetch", "--quiet", "--no-tags", "--depth=1", "--stdin", "origin"]
        self._check(self._run_remote(arguments, listing), "fetch")
        content = self._run_checked(["cat-file", "--batch"], listing)
        found: dict[str, bytes] = {}
        place = 0
        for blob in wanted:
            head, _, _ = content[place:].partition(b"\n")
            start = place + len(head) + 1
            found[blob] = content[start : start + int(head.split()[2])]
            place = start + len(found[blob]) + 1
        return {path: found[blob] for path, blob in blobs.items()}

    def fast_import(self, stream: Path) -> str:
        """Run the commands of a file; return what they print, such as the commit of a mark."""
        return self._run_checked(["fast-import", "--quiet", "--force"], stream).decode().strip()

    def add_blob(self, content: bytes) -> None:
        """Add the content of a file, without compressing it."""
        self._run_checked(
            ["-c", "core.looseCompression=0", "hash-object", "-w", "--stdin"], content
        )

    def push(self, branch: str, head: str | None) -> bool:
        """Push a branch, as differences from the old files that are here.

        Nothing is fetched afterwards: while it makes the differences, git would fetch the old
        versions of all other files, and does so only in a partial clone.

        Args:
            branch: The branch.
            head: The head that the branch of the remote must have; `None` if there must be none.

        Returns:
            Whether it was pushed: not if the branch of the remote has another head.
        """
        ref = f"refs/heads/{branch}"
        # What `git fetch --filter` has written; there is none without a fetch.
        self._run(["config", "--remove-section", "remote.origin"])
        lease = f"--force-with-lease={ref}:{head or ''}"
        done = self._run_remote(["push", "--quiet", "--porcelain", lease, "origin", f"{ref}:{ref}"])
        if not done.returncode:
            return True
        output = _output(done)
        if is_outdated_push(output):
            return False
        raise explain(f"git push of {self._remote.name}", output)

    def _run_remote(self, arguments: list[str], given: bytes = b"") -> Finished:
        """Run a command that uses the remote; repeat it while the remote cannot be reached."""
        retry = self._remote.backoff.start()
        command = f"git {arguments[0]} of {self._remote.name}"
        while True:
            with self._remote.backoff.watch(command):
                done = self._run(arguments, given, timeout=NETWORK_SECONDS)
            output = _output(done)
            if not done.returncode or is_outdated_push(output) or not is_temporary(output):
                return done
            retry.wait(f"{command}: {relevant_line(output)}")

    def _run_checked(self, arguments: list[str], given: bytes | Path = b"") -> bytes:
        with self._remote.backoff.show(f"git {arguments[0]} of {self._remote.name}"):
            done = self._run(arguments, given)
        self._check(done, arguments[0])
        return done.stdout

    def _run(
        self, arguments: list[str], given: bytes | Path = b"", *, timeout: float | None = None
    ) -> Finished:
        try:
            with given.open("rb") if isinstance(given, Path) else nullcontext(given) as data:
                done = run_program(
                    [*_GIT, *arguments], self._environment(),
                    given=data, folder=self.folder, timeout=timeout,
                )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise TryLaterError(
                f"git {arguments[0]} of {self._remote.name} did not end "
                f"within {duration(error.timeout)}",
                hint="run the same command again; check the connection, and whether a proxy "
                "modifies responses",
            ) from error
        except FileNotFoundError as error:
            raise FailedError(
                "git is not installed", hint="install git, or publish with --output"
            ) from error
        _log.debug("git %s -> %s", arguments[0], done.returncode)
        return done

    def _check(self, done: Finished, verb: str) -> None:
        if done.returncode:
            raise explain(f"git {verb} of {self._remote.name}", _output(done))

    def _environment(self) -> dict[str, str]:
        # If a git hook started this process, its variables point git at the hook's repository.
        kept = {key: value for key, value in child_environment().items() if key not in _LOCAL}
        url = self._url
        settings = {
            "remote.origin.url": url,
            f"http.{self._remote.server}/.extraHeader": "",
            # The longest rule wins: no rule of the user redirects to another host, or to ssh.
            f"url.{url}.insteadOf": url,
            f"url.{url}.pushInsteadOf": url,
            "credential.helper": "",
            "http.followRedirects": "false",
            # The user's setting is for their own pushes, and GitHub accepts no signed ones.
            "push.gpgSign": "false",
            # Each file that is pushed is compared with its old version alone, if that is here.
            "pack.window": "1",
            # With it, a fetch of blobs by name does not list branches and tags first.
            "protocol.version": "2",
            # As git itself does for the missing objects of a partial clone: if the server knew
            # which commits are here, it would leave out requested objects.
            "fetch.negotiationAlgorithm": "noop",
        }
        pairs = list(settings.items())
        if self._remote.token:
            require_sendable(self._remote.token)
            user = f"{USER}:{self._remote.token.reveal()}".encode()
            value = f"Authorization: Basic {base64.b64encode(user).decode()}"
            pairs.append((f"http.{self._remote.server}/.extraHeader", value))
        numbered = {}
        for number, (key, value) in enumerate(pairs):
            numbered[f"GIT_CONFIG_KEY_{number}"] = key
            numbered[f"GIT_CONFIG_VALUE_{number}"] = value
        return {
            **_trusted_certificates(kept),
            **kept,
            # Explicit, because the user may have set safe.bareRepository to "explicit".
            "GIT_DIR": str(self.folder),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "LC_ALL": "C",
            "GIT_CONFIG_COUNT": str(len(pairs)),
            **numbered,
        }


NETWORK_SECONDS = 1800
"""Time limit of one fetch or push, in seconds. git would wait forever when a proxy responds to a
push with a page of its own and status 200."""

_GIT = ["git", "-c", "core.hooksPath=/dev/null", "-c", "maintenance.auto=false"]

_LOCAL = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DEFAULT_HASH",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
}
"""The variables that `git rev-parse --local-env-vars` names, and a few more."""


def _trusted_certificates(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variable for git with the certificates that all other requests trust.

    So one variable is enough where a private authority signs the certificate of the server. What
    the environment says for git takes precedence.
    """
    bundle = environment.get("REQUESTS_CA_BUNDLE")
    if not bundle or not {"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"}.isdisjoint(environment):
        return {}
    return {"GIT_SSL_CAPATH" if Path(bundle).is_dir() else "GIT_SSL_CAINFO": bundle}


def _output(done: Finished) -> str:
    """Return what git wrote; a porcelain push writes results to standard output."""
    return (done.stderr + b"\n" + done.stdout).decode(errors="replace")
