"""Git's smart HTTP protocol through the real `git http-backend`.

A token is a Basic password, with any user name (docs: get-started/git-basics/
about-remote-repositories). Reading what is public needs none.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from typing import IO

from tests.emulator.access import PUSH, basic_token, is_visible, may, may_change_workflows
from tests.emulator.accounts import Token
from tests.emulator.answers import RefusalError
from tests.emulator.gitstore import git_environment
from tests.emulator.log import Request
from tests.emulator.repository import Repository
from tests.emulator.state import World
from tests.emulator.wire import CHUNK, Answer, Body

GIT_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?(/info/refs|/git-upload-pack|/git-receive-pack)")
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
# What GitHub's servers check on a push; nextcloud/spreed#16336 has the sentence on workflows,
# DSACMS/repo-scaffolder#342 those of rules.
_UPDATE_HOOK = """#!/bin/sh
if grep -qxF "$1" "$EMULATOR_LOCKED_TAGS"; then
  echo "error: GH013: $1 belongs to an immutable release and cannot be changed." >&2
  exit 1
fi
if grep -qxF "$1" "$EMULATOR_PROTECTED"; then
  echo "error: GH013: Repository rule violations found for $1." >&2
  echo "- Changes must be made through a pull request." >&2
  exit 1
fi
[ -n "$EMULATOR_MAY_CHANGE_WORKFLOWS" ] && exit 0
case "$3" in *[!0]*) ;; *) exit 0;; esac
case "$2" in
  *[!0]*) old=$2;;
  *) old=$(git rev-parse -q --verify HEAD) || old=$(git hash-object -t tree /dev/null);;
esac
changed=$(git diff --name-only --diff-filter=d "$old" "$3" -- .github/workflows | head -n 1)
[ -z "$changed" ] && exit 0
echo "refusing to allow $EMULATOR_WHO to create or update workflow \\`$changed\\`" \\
  "without \\`$EMULATOR_LACKS\\`" >&2
exit 1
"""


class GitHttp:
    """Answers git clients."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hooks = world.folder / "hooks"
        self._hooks.mkdir()
        hook = self._hooks / "update"
        hook.write_text(_UPDATE_HOOK)
        hook.chmod(0o755)

    def answer(self, request: Request, stream: Body) -> Answer:
        """Answer one request of a git client."""
        match = GIT_PATH.fullmatch(request.path)
        assert match is not None
        with tempfile.TemporaryFile(dir=self._world.folder) as body:
            for chunk in stream.chunks():
                body.write(chunk)
            body.seek(0)
            return self._authorized(request, match, body)

    def _authorized(self, request: Request, match: re.Match[str], body: IO[bytes]) -> Answer:
        pushes = "git-receive-pack" in (match[3].lstrip("/"), request.query.get("service"))
        with self._world.lock:
            repository = self._world.find_repository(f"{match[1]}/{match[2]}")
            try:
                token = basic_token(self._world, request.headers)
            except RefusalError:
                return _sign_in("Invalid username or token.")
            if refused := _refusal(repository, token, pushes=pushes):
                return refused
            assert repository is not None
            environment = self._environment(request, match[3], body, repository, token)
        return self._backend(environment, body, repository if pushes else None)

    def _environment(
        self,
        request: Request,
        service: str,
        body: IO[bytes],
        repository: Repository,
        token: Token | None,
    ) -> dict[str, str]:
        path = repository.git.path
        locked = path / "locked-tags"
        locked.write_text("".join(f"refs/tags/{tag}\n" for tag in repository.locked_tags()))
        protected = path / "protected-branches"
        protected.write_text(
            "".join(f"refs/heads/{each}\n" for each in repository.protected_branches)
        )
        app = token is not None and token.kind == "installation"
        return {
            **git_environment(self._world.folder),
            "GIT_PROJECT_ROOT": str(path.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{path.name}{service}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.target.partition("?")[2],
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(os.fstat(body.fileno()).st_size),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "HTTP_GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "REMOTE_USER": token.user.login if token else "",
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": str(self._hooks),
            "EMULATOR_LOCKED_TAGS": str(locked),
            "EMULATOR_PROTECTED": str(protected),
            "EMULATOR_MAY_CHANGE_WORKFLOWS": "1" if may_change_workflows(token) else "",
            "EMULATOR_WHO": "a GitHub App" if app else "a Personal Access Token",
            "EMULATOR_LACKS": "workflows` permission" if app else "workflow` scope",
        }

    def _backend(
        self, environment: dict[str, str], body: IO[bytes], pushed: Repository | None
    ) -> Answer:
        process = subprocess.Popen(
            ["git", "http-backend"],
            env=environment,
            stdin=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        status, headers = _cgi_head(process.stdout)
        if pushed is not None and environment["REQUEST_METHOD"] == "POST":
            # The push is over when the process is; what it answers is short.
            answer = Answer(status, headers, b"".join(_output(process)))
            with self._world.lock:
                pushed.pushed_at = self._world.clock.now()
            return answer
        return Answer(status, headers, _output(process))


def _refusal(repository: Repository | None, token: Token | None, *, pushes: bool) -> Answer | None:
    if repository is None or not is_visible(token, repository):
        if token is None:
            return _sign_in("Repository not found.")
        return Answer(404, dict(_PLAIN), b"Repository not found.")
    if pushes and repository.archived and token:
        return Answer(403, dict(_PLAIN), b"This repository was archived so it is read-only.")
    if not pushes or may(token, repository, PUSH):
        return None
    if token is None:
        return _sign_in("No anonymous write access.")
    message = f"Permission to {repository.full_name}.git denied to {token.user.login}."
    if token.kind != "classic":
        message = "Write access to repository not granted."
    return Answer(403, dict(_PLAIN), message.encode())


def _sign_in(message: str) -> Answer:
    return Answer(401, {**_PLAIN, "WWW-Authenticate": 'Basic realm="GitHub"'}, message.encode())


def _cgi_head(output: IO[bytes]) -> tuple[int, dict[str, str]]:
    status, headers = 200, {}
    while line := output.readline().strip():
        name, _, value = line.decode().partition(": ")
        if name == "Status":
            status = int(value.split()[0])
        else:
            headers[name] = value
    return status, headers


def _output(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert process.stdout is not None
    try:
        while chunk := process.stdout.read1(CHUNK):  # type: ignore[attr-defined]  # buffered pipe
            yield chunk
    finally:
        process.stdout.close()
        process.wait()
