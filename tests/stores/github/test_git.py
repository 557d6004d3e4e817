"""Messages of git as errors; and git uses none of the user's settings."""

import subprocess
from pathlib import Path

import pytest

from ghpypi.core.secret import Secret
from ghpypi.errors import (
    BadTokenError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.stores.github.git import _LOCAL, Git, GitRemote
from ghpypi.stores.github.retry import Backoff
from tests.stores.github.programs import GIT, fails_at, put_first

FAILED = "error: failed to push some refs to 'https://github.example/acme/pypi.git'"
REJECTED = "!\trefs/heads/x:refs/heads/x\t"
AUTHOR = "ghpypi <ghpypi@localhost> 1750000000 +0000"


def opened(folder: Path, *, server: str = "https://github.example", max_wait: float = 0) -> Git:
    """A repository of our own with one commit on branch `x`."""
    own = folder / "own"
    own.mkdir()
    backoff = Backoff(max_wait, sleep=lambda _: None)
    remote = GitRemote(
        name="acme/pypi", server=server, token=Secret("opens-nothing"), backoff=backoff
    )
    git = Git(remote, own)
    script = folder / "import"
    script.write_text(
        f"commit refs/heads/x\ncommitter {AUTHOR}\ndata 0\nM 100644 inline a\ndata 1\nA\n"
    )
    git.fast_import(script)
    return git


def pushed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, told: str, said: str, *, max_wait: float = 0
) -> bool:
    """Push, and let git fail with these words."""
    put_first(folder / "bin", monkeypatch, fails_at("push"))
    (folder / "bin" / "told").write_text(told)
    (folder / "bin" / "said").write_text(said)
    return opened(folder, max_wait=max_wait).push("x", None)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(FAILED, f"{REJECTED}[rejected] (fetch first)", id="not a fast-forward"),
        pytest.param(FAILED, f"{REJECTED}[rejected] (non-fast-forward)", id="behind"),
        pytest.param(
            FAILED,
            f"{REJECTED}[remote rejected] (cannot lock ref 'refs/heads/x': is at 1 but expected 2)",
            id="lost the race for the lock",
        ),
        pytest.param(
            f"remote: error: cannot lock ref 'refs/heads/x'\n{FAILED}",
            f"{REJECTED}[remote rejected] (failed to update ref)",
            id="lost it otherwise",
        ),
        pytest.param(FAILED, f"{REJECTED}[remote failure] (remote failed to report status)",
                     id="no word of it"),
    ],
)  # fmt: skip
def test_a_branch_that_moved_on_is_no_failure(
    told: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not pushed(tmp_path, monkeypatch, told, said)


@pytest.mark.parametrize(
    ("told", "said", "meant"),
    [
        pytest.param(
            f"remote: error: GH006: Protected branch update failed for refs/heads/x.\n{FAILED}",
            f"{REJECTED}[remote rejected] (protected branch hook declined)",
            (NotAllowedError, "a rule protects the branch (error: GH006: Protected branch update"),
            id="protected branch",
        ),
        pytest.param(
            f"remote: error: GH013: Repository rule violations found for refs/heads/x.\n{FAILED}",
            f"{REJECTED}[remote rejected] (push declined due to repository rule violations)",
            (NotAllowedError, "a rule protects the branch (error: GH013: Repository rule viol"),
            id="repository rules",
        ),
        pytest.param(
            FAILED,
            f"{REJECTED}[remote rejected] (refusing to allow a Personal Access Token to create or "
            "update workflow `.github/workflows/x.yml` without `workflow` scope)",
            (NotAllowedError, "without `workflow` scope"),
            id="workflow",
        ),
        pytest.param(
            "remote: Permission to acme/pypi.git denied to bot.\n"
            "fatal: unable to access 'https://github.example/acme/pypi.git/': "
            "The requested URL returned error: 403",
            "",
            (NotAllowedError, "Permission to acme/pypi.git denied to bot."),
            id="read only",
        ),
        pytest.param(
            "remote: Write access to repository not granted.\n"
            "fatal: unable to access 'https://x/': The requested URL returned error: 403",
            "",
            (NotAllowedError, "Write access to repository not granted."),
            id="fine-grained and read only",
        ),
        pytest.param(
            "remote: Invalid username or token.\nfatal: Authentication failed for 'https://x/'",
            "",
            (BadTokenError, "GitHub does not accept this token (Invalid username or token.)"),
            id="wrong token",
        ),
        pytest.param(
            "fatal: could not read Username for 'https://x': terminal prompts disabled",
            "",
            (NotAllowedError, "could not read Username"),
            id="no token",
        ),
        pytest.param(
            "remote: Repository not found.\n"
            "fatal: repository 'https://github.example/acme/pypi.git/' not found",
            "",
            (NotFoundError, "git push of acme/pypi: not found, or this token may not see it"),
            id="no repository",
        ),
        pytest.param(
            "fatal: unable to access 'https://github.example/acme/pypi.git/': "
            "The requested URL returned error: 301",
            "",
            (TryLaterError, "git push of acme/pypi: the repository was renamed or moved"),
            id="renamed",
        ),
        pytest.param(
            "remote: This repository was archived so it is read-only.\n"
            "fatal: unable to access 'https://x/': The requested URL returned error: 403",
            "",
            (RefusedError, "git push of acme/pypi: the repository is archived"),
            id="archived",
        ),
        pytest.param(
            "remote: error: File catalog.jsonl is 120.00 MB; this exceeds GitHub's file size limit "
            f"of 100.00 MB\nremote: error: GH001: Large files detected.\n{FAILED}",
            f"{REJECTED}[remote rejected] (pre-receive hook declined)",
            (FailedError, "the push is too large for GitHub (error: File catalog.jsonl is 120"),
            id="large file",
        ),
        pytest.param(
            "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\n"
            "fatal: the remote end hung up unexpectedly",
            "",
            (FailedError, "the push is too large for GitHub"),
            id="large push",
        ),
        pytest.param(
            f"remote: licenses must be stated\n{FAILED}",
            f"{REJECTED}[remote rejected] (pre-receive hook declined)",
            (RefusedError, "a hook of the server declined the push"),
            id="hook",
        ),
        pytest.param(
            "remote: error: GH013: Repository rule violations found for refs/heads/x.\n"
            f"remote: \nremote: - Changes must be made through a pull request.\n{FAILED}",
            f"{REJECTED}[remote rejected] (push declined due to repository rule violations)",
            (NotAllowedError, "(Changes must be made through a pull request.)"),
            id="the rule that is violated",
        ),
        pytest.param(
            "remote: error: GH013: Repository rule violations found for refs/heads/x.\n"
            "remote: - GITHUB PUSH PROTECTION\nremote:   - Push cannot contain secrets\n"
            f"{FAILED}",
            f"{REJECTED}[remote rejected] (push declined due to repository rule violations)",
            (RefusedError, "what looks like a secret in the pages"),
            id="push protection",
        ),
        pytest.param(
            FAILED,
            f"{REJECTED}[remote rejected] (deny updating a hidden ref)",
            (FailedError, "GitHub rejected the push ([remote rejected] (deny updating"),
            id="a reason of which nothing is known",
        ),
        pytest.param(
            "fatal: unable to access 'https://x/': SSL certificate problem: self-signed",
            "",
            (FailedError, "the certificate of the server is not trusted"),
            id="certificate",
        ),
        pytest.param(
            "fatal: unable to access 'https://x/': CONNECT tunnel failed, response 407",
            "",
            (FailedError, "the proxy refuses the connection"),
            id="proxy",
        ),
        pytest.param(
            "fatal: write error: No space left on device",
            "",
            (FailedError, "git cannot write to the temporary folder"),
            id="full disk",
        ),
        pytest.param(
            "warning: something\nfatal: something else",
            "",
            (FailedError, "git push of acme/pypi failed: fatal: something else"),
            id="anything else",
        ),
        pytest.param("", "", (FailedError, "git push of acme/pypi failed: no explanation"),
                     id="silence"),
        pytest.param(
            "fatal: unable to access 'https://github.example/': Could not resolve host: x",
            "",
            (TryLaterError, "git push of acme/pypi: a host name cannot be resolved"),
            id="no network",
        ),
        pytest.param(
            "error: RPC failed; HTTP 502\nfatal: the remote end hung up unexpectedly",
            "",
            (TryLaterError, "git push of acme/pypi: error: RPC failed; HTTP 502"),
            id="broken off",
        ),
    ],
)  # fmt: skip
def test_what_git_says_is_put_in_our_words(
    told: str,
    said: str,
    meant: tuple[type[GhpypiError], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(GhpypiError) as caught:
        pushed(tmp_path, monkeypatch, told, said)

    kind, sentence = meant
    assert type(caught.value) is kind
    assert sentence in caught.value.message


def test_what_may_pass_is_tried_again_as_long_as_backoff_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "fatal: unable to access 'https://x/': Failed to connect to x port 443"
    with pytest.raises(TryLaterError, match="gave up after 4 attempts in 7 s"):
        pushed(tmp_path, monkeypatch, told, "", max_wait=10)

    assert (tmp_path / "bin" / "tries").read_text().count("tried") == 4


def test_without_git_there_is_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = opened(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FailedError, match="git is not installed") as caught:
        git.push("x", None)

    assert caught.value.hint == "install git, or publish with --output"


def test_invalid_input_of_an_import_is_reported(tmp_path: Path) -> None:
    git = opened(tmp_path)
    script = tmp_path / "nonsense"
    script.write_text("nonsense\n")
    with pytest.raises(FailedError, match="git fast-import of acme/pypi failed"):
        git.fast_import(script)


def test_every_variable_that_points_git_at_a_repository_is_left_behind() -> None:
    told = subprocess.run(
        [GIT, "rev-parse", "--local-env-vars"], capture_output=True, check=True, text=True
    )

    # The number of settings we set ourselves.
    assert set(told.stdout.split()) - {"GIT_CONFIG_COUNT", "GIT_DIR"} <= _LOCAL


def test_the_token_is_in_the_environment_of_git_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.extraHeader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "X-Stray: yes")
    git = opened(tmp_path)
    pairs = git._environment()
    bound = [key for key, value in pairs.items() if "Authorization" in value]

    assert len(bound) == 1
    assert pairs[bound[0].replace("VALUE", "KEY")] == "http.https://github.example/.extraHeader"
    assert "X-Stray: yes" not in pairs.values()
    assert "opens nothing" not in repr(git._remote)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"Authorization" not in path.read_bytes()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem"}, {"GIT_SSL_CAINFO": "/ca.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/"}, {"GIT_SSL_CAPATH": "/"}),
        (
            {"REQUESTS_CA_BUNDLE": "/ca.pem", "GIT_SSL_CAINFO": "/git.pem"},
            {"GIT_SSL_CAINFO": "/git.pem"},
        ),
    ],
    ids=["none", "file", "folder", "own"],
)
def test_git_trusts_the_certificates_that_all_other_requests_trust(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    expected: dict[str, str],
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    used = opened(tmp_path)._environment()

    assert {key: value for key, value in used.items() if key.startswith("GIT_SSL_")} == expected


def test_without_a_token_nothing_is_sent_as_one(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    backoff = Backoff(0)
    remote = GitRemote(name="a/b", server="https://x", token=None, backoff=backoff)

    assert not [x for x in Git(remote, own)._environment().values() if "Authorization" in x]
