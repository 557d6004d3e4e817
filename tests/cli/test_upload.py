"""`ghpypi upload` and `ghpypi publish`."""

import json

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.quantities import human_size
from ghpypi.core.sample import build_wheel
from tests.cli.conftest import Bench, Outcome, without_counts
from tests.support.packages import sdist, wheel, written
from tests.support.variant_wheels import CUDA_12, variant_wheel, variants_json

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
SDIST = sdist("acme_lib", "1.0")
W, S = WHEEL[0], SDIST[0]
SIZES = f"{len(WHEEL[1])} B", f"{len(SDIST[1])} B"

ADDED = f"added: {W}\nadded: {S}\n1 project, 2 files\nwrote pages\n"
LISTED = "listing index\nreading the metadata of 2 files\nwriting index\n"


LOOKED = f"listing the releases of index\nuploading {human_size(len(WHEEL[1]) + len(SDIST[1]))}\n"


@pytest.fixture
def dist(bench: Bench) -> Bench:
    """A bench with two built files on it."""
    written(bench.folder / "dist", WHEEL, SDIST)
    return bench


def table(*words: str) -> str:
    width = max(map(len, words))
    rows = zip(words, (W, S), SIZES, strict=True)
    return "".join(
        f"{word:{width}}  {name:{len(W)}}  {size}  release acme-lib-1.0\n"
        for word, name, size in rows
    )


def test_files_are_uploaded_and_the_folder_is_indexed(dist: Bench) -> None:
    assert without_counts(dist.run("upload", "dist", "--store", "./index")) == Outcome(
        0,
        table("uploaded", "uploaded") + ADDED,
        LOOKED + LISTED,
    )
    assert (dist.folder / "index/files/acme-lib-1.0" / W).read_bytes() == WHEEL[1]
    assert (dist.folder / "index/simple/acme-lib/index.html").is_file()


def test_the_same_again_has_nothing_to_do(dist: Bench) -> None:
    dist.run("upload", "dist", "--store", "./index")

    assert dist.run("upload", "dist", "-s", "./index", "-q") == Outcome(
        0,
        table("already there", "already there") + "1 project, 2 files\nnothing changed\n",
        "",
    )


def test_without_files_the_folder_dist_is_uploaded(dist: Bench) -> None:
    outcome = dist.run("upload", "--store", "./index", "--no-rebuild")

    assert (outcome.code, outcome.out) == (0, table("uploaded", "uploaded"))


def test_files_beside_distributions_are_passed_over_with_a_note(dist: Bench) -> None:
    beside = [(f"{name}{suffix}", b"{}") for name in (W, S) for suffix in (".asc", ".pem")]
    written(dist.folder / "dist", *beside)
    outcome = dist.run("upload", "dist/*", "--store", "./index", "--no-rebuild")

    assert (outcome.code, outcome.out) == (0, table("uploaded", "uploaded"))
    assert outcome.err.startswith(
        f"skipping files that are not distributions: {W}.asc, {W}.pem, {S}.asc, "
    )


def test_what_is_doubtful_is_accepted_with_a_warning(bench: Bench) -> None:
    written(bench.folder / "dist", wheel("acme_lib", "1.0", "Requires-Python: >=3.6.*"))
    outcome = bench.run("upload", "--store", "./index", "--no-rebuild")

    assert outcome.code == 0
    assert f"warning: {W}: its Requires-Python '>=3.6.*' is not a version specifier" in outcome.err


def test_faults_of_content_and_of_the_store_are_reported_together(bench: Bench) -> None:
    long = "a" * 236
    broken = wheel("other", "1.0", "Requires-Dist: nonsense ==")
    written(bench.folder / "dist", sdist(long, "1.0"), broken)
    outcome = bench.run("upload", "--store", "./index")

    assert outcome.code == 1
    assert "its Requires-Dist cannot be read" in outcome.err
    assert "its name has 247 characters; the limit is 244" in outcome.err
    assert not (bench.folder / "index").exists()


def test_a_file_is_the_same_however_its_name_is_spelled(bench: Bench) -> None:
    first = wheel("My.Pkg", "1.0")
    same = first[0].replace("My.Pkg", "my_pkg"), first[1]
    other = wheel("my_pkg", "1.0.0", text="# other")
    written(bench.folder / "dist", first, same, other)
    bench.run("upload", f"dist/{first[0]}", "-s", "./index")
    again = bench.run("upload", f"dist/{same[0]}", "-s", "./index", "-q")
    refused = bench.run("upload", f"dist/{other[0]}", "-s", "./index")

    assert (again.code, again.out.split(maxsplit=2)[:2]) == (0, ["already", "there"])
    assert refused.code == 6
    assert f"{other[0]} is in release my-pkg-1.0 as {first[0]}" in refused.err


def test_a_dry_run_says_what_would_happen(dist: Bench) -> None:
    assert dist.run("upload", "dist", "--store", "./index", "--dry-run") == Outcome(
        0, table("would upload", "would upload"), "listing the releases of index\n"
    )
    assert not (dist.folder / "index").exists()


def test_a_draft_waits_to_be_published(dist: Bench) -> None:
    assert dist.run("upload", "dist", "--store", "./index", "--draft") == Outcome(
        0,
        table("uploaded", "uploaded"),
        f"{LOOKED}release acme-lib-1.0 is a draft; publish it with 'ghpypi publish acme-lib-1.0'\n",
    )
    assert without_counts(dist.run("publish", "acme-lib-1.0", "--store", "./index")) == Outcome(
        0, "acme-lib-1.0 published\n" + ADDED, LISTED
    )
    assert dist.run("publish", "acme-lib-1.0", "--store", "./index", "--no-rebuild") == Outcome(
        0, "acme-lib-1.0 already published\n", ""
    )


def test_the_index_can_be_left_alone(dist: Bench) -> None:
    outcome = dist.run("upload", f"dist/{S}", "--store", "./index", "--no-rebuild", "--json")

    assert json.loads(outcome.out)["index"] is None
    assert not (dist.folder / "index/simple").exists()


def test_json_says_everything(dist: Bench) -> None:
    outcome = dist.run("upload", "dist", "--store", "./index", "--json", "--tag", "v1", "-q")

    document = json.loads(outcome.out)
    written = document["index"]["pages-written"]

    assert (outcome.code, outcome.err) == (0, "")
    assert written > 0
    assert document == {
        "version": 1,
        "store": "./index",
        "dry-run": False,
        "changed": True,
        "releases": [
            {
                "tag": "v1",
                "published": True,
                "draft": False,
                "files": [
                    {
                        "filename": name,
                        "size": len(content),
                        "sha256": digest_of(content),
                        "outcome": "uploaded",
                        "core-metadata": name == W,
                        "provenance": False,
                    }
                    for name, content in (WHEEL, SDIST)
                ],
            }
        ],
        "index": {
            "started": False,
            "url": None,
            "installable": None,
            "site": "index",
            "indexes": ["main"],
            "projects": 1,
            "files": 2,
            "added": [W, S],
            "changed": [],
            "removed": [],
            "replaced": [],
            "marks": [],
            "refused": [],
            "unread": [],
            "remarks": [],
            "undigested": [],
            "to-compile": [],
            "contradictory": [],
            "shared-names": [],
            "in-no-index": [],
            "unlabeled": [],
            "variants-only": [],
            "source-only": [],
            "ambiguous": [],
            "overtaken": [],
            "unmatched": [],
            "expired": [],
            "excluded": 0,
            "lint": [],
            "ignored": 0,
            "unfinished": 0,
            "read": 2,
            "remaining": 0,
            "hold": None,
            "outdated": True,
            "pages-written": written,
            "pages-removed": 0,
            "files-copied": 0,
            "commit": None,
        },
    }


def test_json_of_publishing(dist: Bench) -> None:
    dist.run("upload", "dist", "--store", "./index", "--draft")
    outcome = dist.run("publish", "acme-lib-1.0", "--store", "./index", "--json")
    document = json.loads(outcome.out)

    assert (document["store"], document["tag"]) == ("./index", "acme-lib-1.0")
    assert document["changed"] is True
    assert document["index"]["added"] == [W, S]


def test_json_of_a_draft_has_no_index(dist: Bench) -> None:
    outcome = dist.run("upload", "dist", "--store", "./index", "--draft", "--json", "-q")
    document = json.loads(outcome.out)

    assert outcome.err == ""
    assert document["index"] is None
    assert document["releases"][0]["draft"] is True


def test_other_content_is_a_conflict(dist: Bench) -> None:
    dist.run("upload", "dist", "--store", "./index")
    written(dist.folder / "dist", sdist("acme_lib", "1.0", text="x = 1\n"))
    dist.set(GHPYPI_UPLOAD_STORE="./index")

    assert dist.run("upload", "dist", "-q") == Outcome(
        6,
        "",
        f"error: index has files of these names with different content; nothing was sent\n"
        f"  - {S} is in release acme-lib-1.0\n"
        "hint: published files cannot be replaced: release a "
        "new version, or skip these files with --skip-existing\n",
    )
    outcome = dist.run("upload", "dist", "-q", "--skip-existing")
    assert outcome.code == 0
    assert f"skipped        {S}" in outcome.out


def test_what_is_unfit_is_refused_with_all_reasons(bench: Bench) -> None:
    written(bench.folder, ("a-1.0.zip", b"x"), ("b-1.0.tar.gz", b""))

    outcome = bench.run("upload", "a-1.0.zip", "b-1.0.tar.gz", "--store", "./index")
    assert outcome == Outcome(
        1,
        "",
        "error: these files cannot be uploaded; nothing was sent\n"
        "  - a-1.0.zip: it is not a readable archive (File is not a zip file)\n"
        "  - b-1.0.tar.gz: it is empty\n"
        "hint: correct them, or leave them out, and run the same command again\n",
    )


def test_nothing_to_upload_is_not_found(bench: Bench) -> None:
    assert bench.run("upload", "dist", "--store", "./index") == Outcome(
        5,
        "",
        "error: nothing to upload\n"
        "  - dist: no wheel or source distribution found\n"
        "hint: build the package, for example with 'python -m build', then upload dist/\n",
    )


def test_an_unused_tag_is_not_found(bench: Bench) -> None:
    outcome = bench.run("publish", "v1", "--store", "./index")

    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.err.startswith("error: index has no release v1, draft or published\nhint: ")


def test_an_index_that_fails_does_not_undo_the_upload(dist: Bench) -> None:
    dist.run("upload", "dist", "--store", "./index")
    (dist.folder / "index/catalog.jsonl").write_text("nonsense")
    written(dist.folder / "more", sdist("other", "1.0"))
    outcome = dist.run("upload", "more", "--store", "./index", "-q")

    assert outcome.code == 1
    assert outcome.out.startswith("uploaded  other-1.0.tar.gz")
    assert outcome.err.startswith(
        "error: the files are uploaded, but the index was not rebuilt: catalog.jsonl of "
    )
    assert (dist.folder / "index/files/other-1.0/other-1.0.tar.gz").is_file()


def test_github_is_not_asked_without_a_token(dist: Bench) -> None:
    outcome = dist.run("upload", "dist", "--store", "acme/pypi")

    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err.startswith("error: a token is needed to upload\nhint: set GHPYPI_TOKEN")


def test_releases_of_several_variants_may_have_the_same_filename(dist: Bench) -> None:
    (dist.folder / "index").mkdir()
    (dist.folder / "index/ghpypi.toml").write_text('[variants]\nfrom = "tag"\npattern = "cu\\\\d+"')
    dist.run("upload", "dist", "--store", "./index", "--tag", "v1-cu124")
    other = wheel("acme_lib", "1.0", "Requires-Python: >=3.10")
    written(dist.folder / "dist", other)

    assert (
        dist.run("upload", f"dist/{W}", "--store", "./index", "--tag", "v1-cu124", "-q").code == 6
    )
    assert (
        dist.run("upload", f"dist/{W}", "--store", "./index", "--tag", "v1-cu128", "-q").code == 0
    )
    for variant, built in (("cu124", WHEEL), ("cu128", other)):
        page = json.loads((dist.folder / f"index/{variant}/simple/acme-lib/index.json").read_text())
        (found,) = [x for x in page["files"] if x["filename"] == W]
        assert found["hashes"]["sha256"] == digest_of(built[1])


def test_what_describes_variants_is_uploaded_and_listed_beside_their_wheels(bench: Bench) -> None:
    labelled = variant_wheel("cu128", CUDA_12)
    description = "acme_kern-1.0-variants.json"
    text = json.dumps(variants_json(cu128=CUDA_12)).encode()
    written(bench.folder / "dist", labelled, (description, text))

    assert bench.run("upload", "dist", "--store", "./index", "-q").code == 0
    page = json.loads((bench.folder / "index/simple/acme-kern/index.json").read_text())
    assert [file["filename"] for file in page["files"]] == [labelled[0], description]
    assert "/files/" in page["files"][1]["url"]
    assert page["versions"] == ["1.0"]
    assert "core-metadata" in page["files"][0]


def test_a_release_that_was_public_before_is_reported_as_published(dist: Bench) -> None:
    command = ("upload", "dist", "--store", "./index", "--no-rebuild", "--json")
    first, again = (json.loads(dist.run(*command).out) for _ in range(2))

    assert [release["published"] for release in first["releases"]] == [True]
    assert [release["published"] for release in again["releases"]] == [True]


RENAMED = "acme_lib-1.0+cu128-py3-none-any.whl"


def test_a_renamed_wheel_is_refused_and_the_way_to_fix_it_is_named(bench: Bench) -> None:
    written(bench.folder / "dist", (RENAMED, WHEEL[1]))
    outcome = bench.run("upload", "--store", "./index")

    assert outcome.code == 1
    assert "'ghpypi upload --fix-local-version'" in outcome.err


def test_renamed_wheels_are_fixed_on_request_and_are_the_same_the_next_time(bench: Bench) -> None:
    written(bench.folder / "dist", (RENAMED, WHEEL[1]), SDIST, (f"{RENAMED}.asc", b"signature"))
    command = ("upload", "--store", "./index", "--fix-local-version", "dist")
    outcome = bench.run(*command, f"dist/{RENAMED}.asc")
    again = bench.run(*command)

    assert (outcome.code, again.code) == (0, 0)
    assert f"{RENAMED}: wrote version 1.0+cu128 into its metadata" in outcome.err
    assert f"{RENAMED}.asc: of {RENAMED} as it was before" in outcome.err
    assert again.out.count("already there") == 2
    assert (bench.folder / "dist" / RENAMED).read_bytes() == WHEEL[1]
    assert f"added: {RENAMED}\n" in outcome.out


def test_a_wheel_that_cannot_be_fixed_is_refused(bench: Bench) -> None:
    broken = build_wheel("acme_lib", "1.0", {"other-1.dist-info/x": ""})[1]
    written(bench.folder / "dist", (RENAMED, broken))
    outcome = bench.run("upload", "--store", "./index", "--fix-local-version")

    assert outcome.code == 1
    assert "nothing was sent" in outcome.err
