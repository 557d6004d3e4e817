"""Built files on this machine."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import NotFoundError, RefusedError
from ghpypi.stores import built
from tests.support.archives import core_metadata, wheel_of
from tests.support.attested import BUILD, BUNDLE, provenance, without_log
from tests.support.attested import FILE as REAL
from tests.support.attesting import attestation
from tests.support.packages import Built, sdist, sidecar_of, wheel, written

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
SDIST = sdist("acme_lib", "1.0")


def found(*arguments: str | Path) -> list[str]:
    return [path.name for path in built.find([str(each) for each in arguments]).files]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    written(tmp_path / "dist", WHEEL, SDIST, ("notes.txt", b"text"))
    written(tmp_path / "dist" / "deeper", sdist("other", "1.0"))
    return tmp_path / "dist"


def test_a_folder_means_the_distributions_directly_in_it(dist: Path) -> None:
    assert found(dist) == [WHEEL[0], SDIST[0]]


def test_a_file_that_is_named_is_meant(dist: Path) -> None:
    assert found(dist / SDIST[0], dist / "notes.txt") == [SDIST[0], "notes.txt"]


def test_a_pattern_no_shell_expanded_is_expanded(dist: Path) -> None:
    assert found(dist / "*.whl") == [WHEEL[0]]
    assert found(dist / "acme_lib-?.0*") == [WHEEL[0], SDIST[0]]


def test_a_pattern_that_matches_folders_means_what_is_in_them(dist: Path) -> None:
    assert found(dist / "dee*") == ["other-1.0.tar.gz"]


def test_a_file_meant_twice_is_found_once(dist: Path) -> None:
    assert found(dist, dist / "*.whl", dist / SDIST[0]) == [WHEEL[0], SDIST[0]]


def test_every_argument_that_means_nothing_is_reported(dist: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    arguments = [str(tmp_path / name) for name in ("missing.whl", "empty", "*.zip")]
    with pytest.raises(NotFoundError) as caught:
        built.find([str(dist), *arguments])

    assert caught.value.message == "nothing to upload"
    assert caught.value.faults == tuple(
        f"{each}: no wheel or source distribution found" for each in arguments
    )


def test_a_file_whose_name_looks_like_a_pattern_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a[1]").mkdir()
    written(tmp_path / "a[1]", SDIST)

    assert found(tmp_path / "a[1]") == [SDIST[0]]
    assert found(tmp_path / "a[1]" / SDIST[0]) == [SDIST[0]]


def test_a_distribution_is_opened_hashed_and_checked(dist: Path) -> None:
    wheel_read, sdist_read = built.read([dist / WHEEL[0], dist / SDIST[0]])

    assert wheel_read.place == str(dist / WHEEL[0])
    for _ in range(2):
        with wheel_read.open() as file:
            assert file.read() == WHEEL[1]
    assert (wheel_read.size, wheel_read.sha256) == (len(WHEEL[1]), digest_of(WHEEL[1]))
    assert wheel_read.sidecar == sidecar_of(WHEEL)[1]
    assert wheel_read.metadata
    assert wheel_read.metadata.requires_python == ">=3.9"
    assert sdist_read.sidecar is None
    assert sdist_read.filename.kind == "sdist"


def test_all_faults_of_all_files_are_reported(tmp_path: Path) -> None:
    renamed = ("acme_lib-1.1-py3-none-any.whl", WHEEL[1])
    unreadable = wheel("other", "1.0", "Requires-Dist: nonsense ==")
    files = [
        ("notes.txt", b"text"),
        ("broken-1.0.tar.gz", b"no archive"),
        ("empty-1.0.zip", b""),
        renamed,
        unreadable,
        WHEEL,
    ]
    paths = [*written(tmp_path, *files), tmp_path / "gone-1.0.zip"]
    with pytest.raises(RefusedError) as caught:
        built.read(paths)

    assert caught.value.message == "these files cannot be uploaded; nothing was sent"
    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        "notes.txt",
        "broken-1.0.tar.gz",
        "empty-1.0.zip",
        renamed[0],
        renamed[0],  # its folder of metadata, and the metadata
        unreadable[0],
        "gone-1.0.zip",
    ]
    assert caught.value.faults[2] == "empty-1.0.zip: it is empty"
    assert caught.value.faults[6] == "gone-1.0.zip: No such file or directory"


def test_a_folder_with_the_name_of_a_distribution_is_none(tmp_path: Path) -> None:
    (tmp_path / "acme-1.0.zip").mkdir()

    with pytest.raises(NotFoundError):
        built.find([str(tmp_path / "acme-1.0.zip")])


def test_what_is_wrong_with_one_file_does_not_hide_the_rest(tmp_path: Path) -> None:
    rules = Rules(max_size=2000, max_assets=10, name=lambda name: name.replace("!", "."))
    two_faults = (WHEEL[0], wheel_of({"../evil": b"", "data": b"x" * 3000}, record=b"\xff"))
    epoch = sdist("other", "1!2.0")
    with pytest.raises(RefusedError) as caught:
        built.read(written(tmp_path, two_faults, epoch, ("notes.txt", b"")), rules)

    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        WHEEL[0],
        WHEEL[0],
        "notes.txt",
        epoch[0],
    ]


def test_what_is_too_large_is_reported_with_what_is_wrong_inside(tmp_path: Path) -> None:
    rules = Rules(max_size=100, max_assets=10, name=str)
    with pytest.raises(RefusedError) as caught:
        built.read(written(tmp_path, (WHEEL[0], wheel_of({"../evil": b""}))), rules)

    assert len(caught.value.faults) == 2
    assert "the store takes 100 at most" in caught.value.faults[1]


def test_doubts_are_kept_as_warnings(tmp_path: Path) -> None:
    (path,) = written(tmp_path, (WHEEL[0], wheel_of(record=b"")))
    (found,) = built.read([path])

    (warning,) = found.warnings
    assert warning.startswith("its RECORD does not list")


def test_metadata_that_is_not_utf_8_has_no_sidecar(tmp_path: Path) -> None:
    metadata = core_metadata("Author: \xe9").decode().encode("cp1252")
    (path,) = written(tmp_path, (WHEEL[0], wheel_of(metadata=metadata)))
    (found,) = built.read([path])

    assert found.sidecar is None
    assert found.metadata
    assert found.metadata.author == "\xe9"


COMPANIONS = (".asc", ".sigstore.json", ".publish.attestation", ".pem", ".metadata", ".provenance")


def test_files_beside_distributions_are_recognized(tmp_path: Path) -> None:
    for name, content in (WHEEL, SDIST):
        beside = [(f"{name}{suffix}", b"{}") for suffix in COMPANIONS]
        written(tmp_path, (name, content), *beside)
    selection = built.find([str(path) for path in tmp_path.iterdir()])

    assert {path.name for path in selection.files} == {WHEEL[0], SDIST[0]}
    assert len(selection.companions) == 2 * len(COMPANIONS)
    assert built.find([str(tmp_path / "*")]) == selection._replace(
        files=tuple(sorted(selection.files)), companions=ANY
    )


def attested(file: Built, *, kind: str = "publish", **changes: Any) -> Built:
    """Make the attestation of a file, as it lies beside it."""
    return f"{file[0]}.{kind}.attestation", json.dumps(attestation(file, **changes)).encode()


def test_attestations_beside_a_file_are_its_provenance(tmp_path: Path) -> None:
    publish = attested(WHEEL)
    slsa = attested(WHEEL, kind="slsa", predicate="https://slsa.dev/provenance/v1")
    written(tmp_path, WHEEL, SDIST, publish, slsa, (f"{SDIST[0]}.asc", b""))
    selection = built.find([str(tmp_path / WHEEL[0])])
    ours, other = built.read([tmp_path / WHEEL[0], tmp_path / SDIST[0]])

    assert selection.skipped == ()
    assert ours.provenance
    (bundle,) = json.loads(ours.provenance)["attestation_bundles"]
    assert bundle["publisher"]["repository"] == "acme/lib"
    assert bundle["attestations"] == [json.loads(publish[1]), json.loads(slsa[1])]
    assert other.provenance is None


@pytest.mark.parametrize("name", [".sigstore.json", ".sigstore", ".intoto.jsonl"])
def test_a_bundle_of_actions_attest_beside_a_file_is_its_provenance(
    tmp_path: Path, name: str
) -> None:
    lines = json.dumps(BUNDLE).encode() + b"\n" + json.dumps(without_log(BUNDLE)).encode()
    content = lines if name == ".intoto.jsonl" else json.dumps(BUNDLE).encode()
    (path, _) = written(tmp_path, REAL, (f"{REAL[0]}{name}", content))
    (file,) = built.read([path])

    assert built.find([str(tmp_path)]).skipped == ()
    assert file.provenance == provenance(BUILD)
    assert len(file.warnings) == (name == ".intoto.jsonl")


@pytest.mark.parametrize(
    ("bundle", "warning"),
    [
        (without_log(BUNDLE), "it is not in the public transparency log"),
        ({"verificationMaterial": {}}, "it has no attestation of PEP 740"),
    ],
)
def test_a_bundle_that_cannot_be_published_is_left_out_with_the_reason(
    tmp_path: Path, bundle: Any, warning: str
) -> None:
    name = f"{REAL[0]}.sigstore.json"
    (path, _) = written(tmp_path, REAL, (name, json.dumps(bundle).encode()))
    (file,) = built.read([path])

    assert file.provenance is None
    (found,) = file.warnings
    assert found.startswith(f"{name} is not uploaded: {warning}")


def test_a_bundle_of_another_file_keeps_its_file_out(tmp_path: Path) -> None:
    name = f"{WHEEL[0]}.sigstore.json"
    (path, _) = written(tmp_path, WHEEL, (name, json.dumps(BUNDLE).encode()))
    with pytest.raises(RefusedError) as caught:
        built.read([path])

    assert caught.value.faults == (
        f"{WHEEL[0]}: invalid attestation {name}: it is about another file",
    )


@pytest.mark.parametrize("argument", [".", "*"])
def test_signatures_and_attestations_of_other_files_are_skipped(
    tmp_path: Path, argument: str
) -> None:
    lonely = attested(wheel("other", "1.0"))
    written(tmp_path, WHEEL, attested(WHEEL), lonely, (f"{WHEEL[0]}.asc", b""))
    selection = built.find([str(tmp_path / argument)])

    assert [path.name for path in selection.files] == [WHEEL[0]]
    assert [path.name for path in selection.skipped] == [f"{WHEEL[0]}.asc", lonely[0]]


def test_other_files_of_a_folder_and_folders_with_distributions_are_named(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "notes").mkdir()
    written(tmp_path / "team", SDIST)
    written(tmp_path, WHEEL, ("acme-1.0.egg", b""), ("acme-1.0.tar.bz2", b""), (".gitignore", b"*"))
    selection = built.find([str(tmp_path)])

    assert [path.name for path in selection.files] == [WHEEL[0]]
    assert [path.name for path in selection.skipped] == ["acme-1.0.egg", "acme-1.0.tar.bz2", "team"]


def test_a_folder_of_companions_alone_is_nothing_to_upload(tmp_path: Path) -> None:
    written(tmp_path, (f"{WHEEL[0]}.asc", b""))
    with pytest.raises(NotFoundError, match="nothing to upload"):
        built.find([str(tmp_path)])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (attested((WHEEL[0], b"other"))[1], f"one is about another {WHEEL[0]}"),
        (attested((SDIST[0], WHEEL[1]))[1], f"one is about another {SDIST[0]}"),
        (b"{}", "there is no 'version'"),
        (b"\xff", "utf-8"),
        (b"[" * 2000, ""),
        (b"1" * (1 << 21), "it has more than 1 MiB"),
    ],
    ids=["digest", "name", "empty", "encoding", "nested", "size"],
)
def test_a_bad_attestation_keeps_its_file_out(tmp_path: Path, content: bytes, reason: str) -> None:
    name = f"{WHEEL[0]}.publish.attestation"
    written(tmp_path, WHEEL, (name, content))
    with pytest.raises(RefusedError) as caught:
        built.read([tmp_path / WHEEL[0]])

    (fault,) = caught.value.faults
    assert fault.startswith(f"{WHEEL[0]}: invalid attestation {name}: ")
    assert reason in fault


def test_files_beside_distributions_alone_are_nothing_to_upload(tmp_path: Path) -> None:
    (path,) = written(tmp_path, (f"{WHEEL[0]}.asc", b""))
    with pytest.raises(NotFoundError, match="nothing to upload"):
        built.find([str(path)])


def test_without_arguments_the_folder_of_build_frontends_is_meant(
    dist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dist.parent)

    assert found() == [WHEEL[0], SDIST[0]]


def test_without_arguments_and_folder_there_is_nothing_to_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError) as caught:
        built.find([])

    assert caught.value.message.endswith(
        f"no files were named, and {tmp_path / 'dist'} does not exist"
    )


def test_the_file_that_describes_variants_is_read_as_it_is(tmp_path: Path) -> None:
    content = b'{"variants": {"cu128": {}}}'
    (path,) = written(tmp_path, ("acme_lib-1.0-variants.json", content))
    (found,) = built.read([path])

    assert (found.filename.kind, found.metadata, found.sidecar) == ("variants", None, None)
    assert (found.size, found.sha256) == (len(content), digest_of(content))


def test_a_description_of_variants_has_to_be_json(tmp_path: Path) -> None:
    (path,) = written(tmp_path, ("acme_lib-1.0-variants.json", b"{"))

    with pytest.raises(RefusedError, match=r"acme_lib-1\.0-variants\.json: it is not JSON"):
        built.read([path])
