"""The values of stored files that follow from what a listing says."""

from ghpypi.core.model import Asset

IN_A_FOLDER = Asset(
    folder="files/acme-1.0+cpu",
    name="acme-1.0+cpu.tar.gz",
    size=5,
    version=1767225600_987654321,
    uploaded=1767225600_987654321,
)
ON_GITHUB = Asset(
    folder="repos/acme/pypi/releases/assets",
    name="acme-1.0.tar.gz",
    size=5,
    version="2026-01-01T00:00:00Z@0a1b2c3d",
    uploaded="2026-01-01T00:00:00Z",
    identifier="7",
    address="https://github.example/acme/pypi/releases/download/v1/acme-1.0.tar.gz",
)


def test_a_file_in_a_folder_is_known_by_its_path_and_time() -> None:
    assert IN_A_FOLDER.key == "files/acme-1.0+cpu/acme-1.0+cpu.tar.gz"
    assert IN_A_FOLDER.url == "files/acme-1.0%2Bcpu/acme-1.0%2Bcpu.tar.gz"
    assert IN_A_FOLDER.uploaded_at == "2026-01-01T00:00:00Z"


def test_an_asset_on_github_is_known_by_its_number() -> None:
    assert ON_GITHUB.key == "repos/acme/pypi/releases/assets/7"
    assert ON_GITHUB.url == ON_GITHUB.address
    assert ON_GITHUB.uploaded_at == ON_GITHUB.uploaded


def test_stamps_are_those_of_published_catalogs() -> None:
    """With others, all files would be read again after an upgrade."""
    assert IN_A_FOLDER.stamp == "files/acme-1.0+cpu/acme-1.0+cpu.tar.gz 5 1767225600987654321"
    assert ON_GITHUB.stamp == "7@2026-01-01T00:00:00Z@0a1b2c3d"
