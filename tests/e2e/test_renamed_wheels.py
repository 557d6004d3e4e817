"""What pip and uv make of a wheel that was renamed to carry a local version, and of a fixed one."""

from pathlib import Path

import pytest

from ghpypi.stores.built import fix_local_versions
from tests.e2e.installers import Installer, Pip, Place, Uv
from tests.support.packages import wheel

pytestmark = pytest.mark.e2e
NAME = "acme_lib-1.0+cu128-py3-none-any.whl"


def install(installer: Installer, place: Place, folder: Path) -> int:
    """Install from a folder of wheels."""
    index = "http://127.0.0.1:9/"
    options = ("--no-index", "--find-links", str(folder))
    return installer.install(place, index, *options, "acme-lib").returncode


def test_pip_refuses_a_renamed_wheel_and_both_install_the_fixed_one(
    tmp_path: Path, place: Place
) -> None:
    renamed = tmp_path / "renamed" / NAME
    renamed.parent.mkdir()
    renamed.write_bytes(wheel("acme_lib", "1.0")[1])
    (tmp_path / "fixed").mkdir()
    (fixed,) = fix_local_versions([renamed], tmp_path / "fixed").values()

    assert install(Pip(), place, renamed.parent) != 0
    assert install(Pip(), place, fixed.parent) == 0
    assert place.installed() == {"acme-lib": "1.0+cu128"}

    other = Place.make(tmp_path)
    assert install(Uv(), other, renamed.parent) == 0
    assert other.installed() == {"acme-lib": "1.0"}

    third = Place.make(tmp_path)
    assert install(Uv(), third, fixed.parent) == 0
    assert third.installed() == {"acme-lib": "1.0+cu128"}
