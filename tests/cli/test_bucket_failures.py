"""Each request of a command on a bucket fails once, and the command is run again.

GHPYPI_STRESS_ANSWERS=all lets each request fail in every way.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from posixpath import join, normpath
from urllib.parse import unquote, urlsplit

import pytest

from ghpypi.core.catalog.parts import is_part
from ghpypi.errors import NotAllowedError, TryLaterError
from ghpypi.stores import KINDS
from ghpypi.stores.objects.keys import LOCK, MARKER
from tests.cli.conftest import Bench, Outcome
from tests.support.bad_answers import ALL
from tests.support.buckets_in_memory import BucketInMemory
from tests.support.failing_store import Call, FailingStore, Failure
from tests.support.packages import sdist, wheel, written

BEFORE = {
    "503": Failure.status(503),
    "403": Failure.status(403, "<Code>AccessDenied</Code>"),
}
READING = {**BEFORE, "cut": Failure.cut_off()}
WRITING = {"lost": Failure.lost()}
CONDITIONAL = {
    "conflict": Failure.conflict(),
    "conflict of its own": Failure.conflict(late=True),
}
"""A condition may be refused because of another request, or of the same one: the first response was
lost, and the library has sent it again."""

CONFIG = """
[site]
pages = false
[indexes.stable]
include = []
[stores.prod]
store = "s3://prod/p"
"""
COMMANDS = {
    "upload": ("upload", "new", "-q"),
    "index": ("index", "-q"),
    "delete": ("delete", "acme-lib==1.0", "--yes", "-q"),
    "promote to an index": ("promote", "acme-lib==1.0", "--to", "stable", "-q"),
    "promote to a store": ("promote", "acme-lib==1.0", "--to", "prod", "-q"),
}
State = Mapping[str, tuple[bytes, Mapping[str, str]]]


@dataclass(frozen=True)
class Scene:
    """A bucket with an index, and the command line."""

    bench: Bench
    bucket: FailingStore


@pytest.fixture
def scene(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Scene:
    bucket = BucketInMemory.begin()
    monkeypatch.setitem(KINDS, "s3", f"{BucketInMemory.__module__}:{BucketInMemory.__name__}")
    bench.set(GHPYPI_STORE="s3://staging/p")
    bucket.restore({"staging/p/ghpypi.toml": (CONFIG.encode(), {})})
    written(bench.folder / "old", wheel("acme_lib", "1.0"), sdist("acme_lib", "1.0"))
    written(bench.folder / "new", wheel("acme_lib", "1.1"))
    (bench.folder / "ghpypi.toml").write_text('[stores.prod]\nstore = "s3://prod/p"\n')
    assert bench.run("upload", "old", "-q").code == 0
    return Scene(bench, bucket)


def chosen(calls: list[Call]) -> Iterator[tuple[Call, str, Failure]]:
    """Choose failures: each write fails before and after the work; half of the reads in one way."""
    pages = 0
    for turn, call in enumerate(calls):
        pages += "/simple/" in call.key
        is_like_others = turn % 2 if not call.writes else pages > 1 and "/simple/" in call.key
        if is_like_others and not ALL:
            continue
        kinds = BEFORE if call.writes else READING
        for name in list(kinds) if ALL else [list(kinds)[turn // 2 % len(kinds)]]:
            yield call, name, kinds[name]
        more = {**(WRITING if call.writes else {}), **(CONDITIONAL if call.conditional else {})}
        for name, failure in more.items():
            yield call, name, failure


@pytest.mark.parametrize(
    "name",
    [
        *("upload", "index", "delete", "promote to an index"),
        pytest.param("promote to a store", marks=pytest.mark.nightly),
    ],
)
def test_the_repetition_of_a_failed_command_completes_it(scene: Scene, name: str) -> None:
    bench, bucket, command = scene.bench, scene.bucket, COMMANDS[name]
    if name == "index":
        assert bench.run("upload", "new", "-q", "--no-rebuild").code == 0
    before = bucket.content()
    bucket.restore(before)
    assert bench.run(*command).code == 0
    after, wrong = bucket.content(), list[str]()
    for call, kind, failure in chosen(bucket.calls):
        bucket.restore(before)
        bucket.fail(call, failure)
        first = bench.run(*command)
        fired, seen = bucket.fired, bucket.content()
        bucket.heal()
        again = bench.run(*command)
        problems = [
            *([] if fired == 1 else [f"it failed {fired} times"]),
            *problems_of(first, kind, seen, after),
            *([] if name == "delete" else half_published(seen)),
            *([f"not completed: {again}"] if again.code else []),
            *different(bucket.content(), after),
        ]
        wrong += [f"{kind} at {' '.join(map(str, call))}: {each}" for each in problems]

    assert not wrong, "\n".join(wrong)


def problems_of(first: Outcome, kind: str, seen: State, after: State) -> Iterator[str]:
    """Check how a failed command ended; one whose failure did not matter has done its work."""
    code = NotAllowedError.exit_code if kind == "403" else TryLaterError.exit_code
    if first.code not in {0, code} or "bug in" in first.err or "hunter2" in first.err:
        yield f"ended with {first}"
    if first.code == 0:
        yield from (f"ended with 0, but {each}" for each in different(seen, after))


def different(found: State, wanted: State) -> Iterator[str]:
    """Compare two states, but for what the next run takes over and no reader meets.

    The catalog has entity tags, which are counters in memory.
    """
    for key in sorted(found.keys() | wanted.keys()):
        if key.endswith((LOCK, MARKER)) and not wanted.get(key, (b"",))[0]:
            continue
        if is_part(key.partition("/p/")[2]) and key not in wanted:
            continue
        if key.endswith(".jsonl"):
            same = (key in found) == (key in wanted)
        else:
            same = found.get(key) == wanted.get(key)
        if not same:
            yield f"{key} differs"


def half_published(seen: State) -> Iterator[str]:
    """Check that pages offer files that are there, and public releases have all of their files."""
    for key, (body, _) in seen.items():
        for file in json.loads(body).get("files", ()) if key.endswith("/index.json") else ():
            path = normpath(join(key.rpartition("/")[0], unquote(urlsplit(file["url"]).path)))
            if sha256(seen.get(path, (b"",))[0]).hexdigest() != file["hashes"]["sha256"]:
                yield f"{key} offers {path}, which is missing or different"
        folder, _, name = key.rpartition("/")
        public = not seen.get(f"{folder}/{MARKER}", (b"",))[0]
        if public and name.endswith(".whl") and f"{key}.metadata" not in seen:
            yield f"{key} is public without its metadata file"
