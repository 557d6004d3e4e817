"""Pip and uv install real packages from an index that ghpypi made, and from nothing else."""

import json
from urllib.parse import unquote

import pytest

from tests.e2e import real_input
from tests.e2e.index_content import SAMPLES, Offer, pins_of, read_compiled
from tests.e2e.installers import Installer, Pip, Place, Uv
from tests.e2e.served import GitHubServed, Served

WHEELS_ONLY = ("--only-binary", ":all:")


def test_requirements_in_odd_spellings_install_and_work_each_file_fetched_once(
    served: Served, installer: Installer, offered: Offer, place: Place
) -> None:
    wanted = offered.closed_set()
    pins = pins_of(wanted)

    done = installer.install(place, served.index, *WHEELS_ONLY, *wanted)

    assert done.returncode == 0, done.stderr
    assert place.installed() == pins
    place.run("import " + ", ".join(module for x in wanted.values() for module in x.modules))
    assert place.run("import acme_kernels; print(acme_kernels.VARIANT)") == "cu128"
    wheels, sidecars = _split(served)
    assert wheels == dict.fromkeys(offered.wheels_of(pins), 1)
    assert sidecars == wheels
    assert served.credentials() == []


def test_pinned_requirements_with_hashes_install(
    served: Served, installer: Installer, offered: Offer, place: Place
) -> None:
    pins = pins_of(offered.closed_set())
    file = _written(place, offered.lock(pins))

    done = installer.install(place, served.index, *WHEELS_ONLY, "--require-hashes", "-r", file)

    assert done.returncode == 0, done.stderr
    assert place.installed() == pins
    assert _split(served)[0] == dict.fromkeys(offered.wheels_of(pins), 1)


def test_uv_syncs_a_locked_environment(served: Served, offered: Offer, place: Place) -> None:
    pins = pins_of(offered.closed_set())
    file = _written(place, offered.lock(pins))

    done = Uv().pip(
        place, "sync", "--default-index", served.index, *WHEELS_ONLY, "--require-hashes", file
    )

    assert done.returncode == 0, done.stderr
    assert place.installed() == pins


def test_a_wrong_hash_is_refused(served: Served, installer: Installer, place: Place) -> None:
    file = _written(place, [f"six==1.17.0 --hash=sha256:{'0' * 64}"])

    done = installer.install(place, served.index, *WHEELS_ONLY, "--require-hashes", "-r", file)

    assert done.returncode != 0
    assert "hash" in done.stderr.lower()
    assert place.installed() == {}


def test_uv_compiles_the_pins_and_all_hashes_without_fetching_a_file(
    served: Served, offered: Offer, place: Place
) -> None:
    wanted = offered.closed_set()
    pins = pins_of(wanted)

    done = Uv().compile(place, served.index, wanted)

    assert done.returncode == 0, done.stderr
    compiled = read_compiled(done.stdout)
    assert {name: pin.version for name, pin in compiled.items()} == pins
    assert {name: pin.hashes for name, pin in compiled.items()} == {
        name: offered.hashes_of(name, version) for name, version in pins.items()
    }
    assert _split(served)[0] == {}


def test_pip_reports_files_and_hashes_without_fetching_a_file(
    served: Served, offered: Offer, place: Place
) -> None:
    wanted = offered.closed_set()

    done = Pip().install(
        place, served.index, *WHEELS_ONLY, "--dry-run", "--quiet", "--report", "-", *wanted
    )

    assert done.returncode == 0, done.stderr
    downloads = [item["download_info"] for item in json.loads(done.stdout)["install"]]
    reported = {
        unquote(each["url"].rpartition("/")[2]): each["archive_info"]["hashes"]["sha256"]
        for each in downloads
    }
    hashes = {pin.filename: pin.sha256 for pin in offered.files}
    assert reported == {name: hashes[name] for name in offered.wheels_of(pins_of(wanted))}
    assert _split(served)[0] == {}


def test_the_registry_gives_the_same_pins_and_knows_every_hash(
    on_github: GitHubServed, offered: Offer, place: Place
) -> None:
    samples = {name.partition("-")[0].replace("_", "-") for name, _ in SAMPLES}
    pins = pins_of(offered.closed_set())
    requirements = [f"{name}=={pin}" for name, pin in pins.items() if name not in samples]

    done = Uv().compile(place, on_github.index, requirements)
    theirs = read_compiled(real_input.compile_at_registry(requirements))

    assert done.returncode == 0, done.stderr
    ours = read_compiled(done.stdout)
    assert len(ours) == len(requirements)
    assert {name: pin.version for name, pin in ours.items()} == {
        name: pin.version for name, pin in theirs.items()
    }
    assert all(pin.hashes <= theirs[name].hashes for name, pin in ours.items())


def test_a_source_distribution_is_built_with_a_backend_from_the_same_index(
    on_github: GitHubServed, installer: Installer, offered: Offer, place: Place
) -> None:
    on_github.forget()
    if not any(pin.project == "markupsafe" and pin.fits for pin in offered.files):
        pytest.skip("the list has no wheel of jinja2's dependency for this platform")

    done = installer.install(place, on_github.index, "--no-binary", "jinja2", "jinja2")

    assert done.returncode == 0, done.stderr
    assert place.installed()["jinja2"] == "3.1.6"
    wheels, _ = _split(on_github)
    assert wheels.pop(next(name for name in wheels if name.startswith("markupsafe-"))) == 1
    assert wheels == {"jinja2-3.1.6.tar.gz": 1, "flit_core-3.12.0-py3-none-any.whl": 1}


def _split(served: Served) -> tuple[dict[str, int], dict[str, int]]:
    """Count what was fetched: distributions, and sidecars by the names of their files."""
    fetched = served.fetched()
    sidecars = {
        name.removesuffix(".metadata"): count
        for name, count in fetched.items()
        if name.endswith(".metadata")
    }
    files = {name: count for name, count in fetched.items() if not name.endswith(".metadata")}
    return files, sidecars


def _written(place: Place, lines: list[str]) -> str:
    path = place.root / "requirements.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
