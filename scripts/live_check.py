"""Check on the real GitHub what the tests assume of it, in a repository for experiments.

The tests run against an emulator. Each check here asks GitHub one question whose answer ghpypi
depends on, and compares it with what the emulator answers. What it creates is named after the run;
the releases, tags and files that GitHub allows to delete are deleted at the end.

    GHPYPI_TOKEN=... python -m scripts.live_check acme/ghpypi-scratch --report report.md

Needs ghpypi with its dependencies, and a token with the scope `repo`, or a fine-grained one that
may write Administration, Contents and Pages of the repository. The name of the repository must
contain "scratch".

Exit codes: 0 GitHub answers as the emulator does, 3 it does not, 1 a check could not be completed,
2 usage, 4 no token.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from ghpypi.core.locator import Hosts
from ghpypi.core.names import Filename
from ghpypi.core.sample import build_wheel
from ghpypi.core.secret import Secret
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.upload_query import read_upload_state
from scripts.live_repository import Live, UnexpectedError, expect_same, expect_status

BRANCH = "gh-pages"
DIFFERENT, INCOMPLETE, NO_TOKEN = 3, 1, 4

_RAW = {"Accept": "application/vnd.github.raw+json"}
_BYTES = {"Accept": "application/octet-stream"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to one question.

    Attributes:
        name: The check.
        question: What it asks.
        outcome: `same`, `different` or `incomplete`.
        detail: What GitHub answered.
    """

    name: str
    question: str
    outcome: str
    detail: str = ""


def contents_at_commit(live: Live) -> str:
    """Does the contents API give the file of a commit, although the branch has a newer one?"""
    path = f"live-check/{live.run}.txt"
    first = live.put_file(path, "first", BRANCH)
    live.put_file(path, "second", BRANCH, replaces=first["content"]["sha"])
    commit = first["commit"]["sha"]
    at_commit = live.call("GET", f"/contents/{path}", params={"ref": commit}, headers=_RAW).text
    at_branch = live.call("GET", f"/contents/{path}", params={"ref": BRANCH}, headers=_RAW).text
    expect_same((at_commit, at_branch), ("first", "second"))
    return f"?ref={commit[:12]} gives the older text"


def asset_digest(live: Live) -> str:
    """Does an asset have its SHA-256 digest, and keep the name of a wheel with a local version?"""
    _, asset = live.release("digest")
    content = build_wheel("ghpypi_live_check", f"0+{live.run}", {"live.py": ""})[1]
    expect_same(asset["digest"], f"sha256:{hashlib.sha256(content).hexdigest()}")
    expect_same(asset["name"], f"ghpypi_live_check-0+{live.run}-py3-none-any.whl")
    return str(asset["name"])


def upload_query(live: Live) -> str:
    """Does one query of GraphQL give the rights, files of a branch, releases, and missing tags?"""
    project = f"live-check-{live.run}"
    path, text = f"catalog/part-{project}.jsonl", "tschüß\n"
    live.put_file(path, text, BRANCH)
    release, _ = live.release("query")
    filename = Filename.parse(f"{project.replace('-', '_')}-1.0-py3-none-any.whl")
    client = Client(Hosts.parse(live.api), Secret(live.token), Backoff(live.wait))
    state = read_upload_state(live.repository, [filename], client)
    if state is None:
        raise UnexpectedError("the query has no usable response")
    expect_same(state.name, live.call("GET", "").json()["full_name"])
    expect_same(state.releases.by_tag[f"{project}-1.0"], None)
    expect_same(str(release["id"]) in {each.key for each in state.releases.newest}, True)
    (found,) = state.files.take(BRANCH, path) or (None,)
    expect_same(found and found.content, text.encode())
    return f"{state.size} bytes in branches"


def asset_redirect(live: Live) -> str:
    """Do downloads redirect to another host, which needs no token and answers ranges?"""
    _, asset = live.release("redirect")
    by_api = live.call(
        "GET", f"/releases/assets/{asset['id']}", expect=302, headers=_BYTES
    ).headers["Location"]
    by_page = live.anonymous("GET", asset["browser_download_url"])
    expect_same(by_page.status_code, 302)
    for location in (by_api, by_page.headers["Location"]):
        if urlsplit(location).netloc == urlsplit(live.api).netloc:
            raise UnexpectedError(f"the API redirects to its own host: {_host(location)}")
        whole = expect_status(live.anonymous("GET", location), 200).content
        expect_same(f"sha256:{hashlib.sha256(whole).hexdigest()}", asset["digest"])
        part = expect_status(live.anonymous("GET", location, Range="bytes=0-3"), 206).content
        expect_same(part, whole[:4])
    return f"API to {_host(by_api)}, page to {_host(by_page.headers['Location'])}"


def immutable_release(live: Live) -> str:
    """Does an immutable release refuse new assets, and deletions of assets, with status 422?"""
    live.call("PUT", "/immutable-releases", expect=204)
    try:
        release, asset = live.release("immutable")
        expect_same(release["immutable"], True)
        refused = live.upload(release, "late.txt", b"late", expect=422).json()["message"]
        expect_same(refused, "Cannot upload assets to an immutable release.")
        live.call("DELETE", f"/releases/assets/{asset['id']}", expect=422)
        live.call("PATCH", f"/releases/{release['id']}", json={"body": "The notes are editable."})
    finally:
        live.call("DELETE", "/immutable-releases", expect=204)
    return str(refused)


def compare_and_swap(live: Live) -> str:
    """Is an update of a branch refused with status 422 if it is not a fast-forward?"""
    newest = live.put_file(f"live-check/{live.run}-swap.txt", "newest", BRANCH)["commit"]
    parent = newest["parents"][0]["sha"]
    document = {"sha": parent, "force": False}
    refused = live.call("PATCH", f"/git/refs/heads/{BRANCH}", expect=422, json=document)
    return str(refused.json()["message"])


def conditional_request(live: Live) -> str:
    """Does an unchanged answer have status 304, and cost no request of the rate limit?"""
    first = live.call("GET", "/releases", params={"per_page": 1})
    headers = {"If-None-Match": first.headers["ETag"]}
    second = live.call("GET", "/releases", expect=304, params={"per_page": 1}, headers=headers)
    left = [int(each.headers.get("X-RateLimit-Remaining", "0")) for each in (first, second)]
    expect_same(left[1], left[0])
    return f"{left[1]} requests left before and after"


def pages_build(live: Live) -> str:
    """Do Pages publish a commit of the branch, with the type of JSON, for up to ten minutes?"""
    path = f"live-check/{live.run}/index.json"
    commit = live.put_file(path, '{"live": true}', BRANCH)["commit"]["sha"]
    site = live.call("GET", "/pages").json()
    deadline = time.monotonic() + live.wait
    started = time.monotonic()
    while (
        found := live.anonymous("GET", f"{site['html_url']}{path}")
    ).status_code != requests.codes.ok:
        if time.monotonic() > deadline:
            build = live.call("GET", "/pages/builds/latest").json()
            raise UnexpectedError(
                f"{commit[:12]} is not published after {live.wait:.0f} seconds; the newest build "
                f"is of {build['commit'][:12]}: {build['status']}"
            )
        time.sleep(min(5.0, live.wait))
    expect_same(found.headers["Content-Type"].partition(";")[0], "application/json")
    expect_same(found.headers["Cache-Control"], "max-age=600")
    return f"published after {time.monotonic() - started:.0f} seconds"


CHECKS: tuple[Callable[[Live], str], ...] = (
    contents_at_commit,
    asset_digest,
    asset_redirect,
    compare_and_swap,
    conditional_request,
    immutable_release,
    pages_build,
    upload_query,
)


def run_checks(live: Live) -> list[Result]:
    """Run all checks, each whatever came of the others."""
    return [_run(live, check) for check in CHECKS]


def _run(live: Live, check: Callable[[Live], str]) -> Result:
    name = check.__name__.replace("_", "-")
    question = (check.__doc__ or "").strip()
    try:
        detail, outcome = check(live), "same"
    except UnexpectedError as error:
        detail, outcome = str(error), "different"
    except (requests.RequestException, KeyError, IndexError, ValueError) as error:
        detail, outcome = f"{type(error).__name__}: {error}", "incomplete"
    return Result(name=name, question=question, outcome=outcome, detail=detail)


def report_markdown(results: list[Result], repository: str, left: list[str]) -> str:
    """Format the report for the summary of a workflow run."""
    rows = [
        f"| {each.name} | {each.outcome} | {each.question} | {each.detail.replace('|', '/')} |"
        for each in results
    ]
    lines = [f"# Live check of {repository}", "", "| check | outcome | question | detail |"]
    lines += ["| --- | --- | --- | --- |", *rows, ""]
    lines += [f"- left behind: {each}" for each in left]
    return "\n".join(lines).rstrip() + "\n"


def report_json(results: list[Result], repository: str, left: list[str]) -> str:
    """Format the report for programs."""
    checks = [
        {"name": x.name, "question": x.question, "outcome": x.outcome, "detail": x.detail}
        for x in results
    ]
    document = {"version": 1, "repository": repository, "checks": checks, "left-behind": left}
    return json.dumps(document, indent=2) + "\n"


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run the checks and write the reports; return the exit code."""
    options = _parser().parse_args(arguments)
    if "scratch" not in options.repository.partition("/")[2].lower():
        sys.stderr.write(f"error: '{options.repository}' has no \"scratch\" in its name\n")
        return 2
    if not (token := environment.get("GHPYPI_TOKEN", "")):
        sys.stderr.write("error: there is no token\nhint: set GHPYPI_TOKEN\n")
        return NO_TOKEN
    live = Live(
        api=environment.get("GITHUB_API_URL", "https://api.github.com"),
        repository=options.repository,
        token=token,
        run=f"r{environment.get('GITHUB_RUN_ID', '')}t{int(time.time())}",
        wait=options.wait,
    )
    live.session.trust_env = False  # no credentials of a .netrc file
    results = run_checks(live)
    left = list(live.clean())
    markdown = report_markdown(results, options.repository, left)
    sys.stdout.write(markdown)
    for path, text in ((options.report, markdown), (options.json, None)):
        if path:
            path.write_text(text or report_json(results, options.repository, left), "utf-8")
    outcomes = {each.outcome for each in results}
    return DIFFERENT if "different" in outcomes else INCOMPLETE if "incomplete" in outcomes else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare GitHub with what ghpypi assumes of it.")
    parser.add_argument("repository", metavar="OWNER/REPO", help="A repository for experiments.")
    parser.add_argument("--report", type=Path, metavar="FILE", help="Write the report as Markdown.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the report as JSON.")
    parser.add_argument(
        "--wait", type=float, default=900.0, metavar="SECONDS", help="Maximum time for Pages."
    )
    return parser


def _host(url: str) -> str:
    """Return the host of a signed URL, without its signature."""
    return urlsplit(url).netloc


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
