"""What pip and uv make of yanks, dates, bounds and gaps in an index that ghpypi made."""

import pytest

from tests.e2e.index_content import REASON
from tests.e2e.installers import Installer, Place, Uv
from tests.e2e.served import Served


def test_a_yanked_version_is_not_chosen(served: Served, installer: Installer, place: Place) -> None:
    done = installer.install(place, served.index, "acme-withdrawn")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-withdrawn": "1.0"}
    assert REASON not in done.stdout + done.stderr


def test_a_yanked_version_that_is_pinned_is_installed_and_its_reason_shown(
    served: Served, installer: Installer, place: Place
) -> None:
    done = installer.install(place, served.index, "acme-withdrawn==1.1")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-withdrawn": "1.1"}
    assert REASON in done.stderr


def test_uv_leaves_out_what_was_uploaded_later(served: Served, place: Place) -> None:
    done = Uv().install(place, served.index, "--exclude-newer", served.between, "acme-clock")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-clock": "1.0"}


def test_without_a_date_the_newest_version_is_chosen(
    served: Served, installer: Installer, place: Place
) -> None:
    installer.install(place, served.index, "acme-clock")

    assert place.installed() == {"acme-clock": "1.1"}


def test_uv_finds_nothing_from_before_the_first_upload(served: Served, place: Place) -> None:
    done = Uv().install(place, served.index, "--exclude-newer", "2020-01-01", "acme-clock")

    assert done.returncode != 0
    assert served.fetched() == {}


def test_a_version_for_another_python_is_refused_before_anything_is_fetched(
    served: Served, installer: Installer, place: Place
) -> None:
    done = installer.install(place, served.index, "acme-lib==2.0")

    assert done.returncode != 0
    assert ">=4" in done.stderr
    assert served.fetched() == {}


@pytest.mark.parametrize("variant", ["cpu", "cu128", "rocm6.3"])
def test_a_variant_is_chosen_by_its_local_version(
    served: Served, installer: Installer, place: Place, variant: str
) -> None:
    done = installer.install(place, served.index, f"acme-kernels==1.0+{variant}")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-kernels": f"1.0+{variant}"}


def test_an_unknown_project_is_not_found(
    served: Served, installer: Installer, place: Place
) -> None:
    done = installer.install(place, served.index, "acme-nowhere")

    assert done.returncode != 0
    assert installer.not_found in done.stderr
    assert "acme-nowhere" in done.stderr


def test_one_unknown_project_keeps_all_others_from_being_installed(
    served: Served, installer: Installer, place: Place
) -> None:
    done = installer.install(place, served.index, "six", "acme-nowhere")

    assert done.returncode != 0
    assert place.installed() == {}
