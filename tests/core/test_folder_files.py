"""The files of a large folder are what was listed, and take little memory."""

from ghpypi.core.folder_files import FolderFiles, are_complete, names_of, stamps_of
from ghpypi.core.model import Asset

FOLDER = "files/acme 1.0%2F2"
ASSETS = (
    Asset(FOLDER, "acme-1.0.zip", 7, 1_764_466_666_123_456_789, 1_764_466_666_123_456_789),
    Asset(FOLDER, "notes of 7 8.txt", 0, -1, -1),
)


def test_the_files_are_those_of_the_stamps() -> None:
    files = FolderFiles(each.stamp for each in ASSETS)

    assert files == ASSETS
    assert hash(files) == hash(ASSETS)
    assert (len(files), files[-1], files[:1]) == (2, ASSETS[1], ASSETS[:1])
    assert stamps_of(files) == stamps_of(ASSETS) == [each.stamp for each in ASSETS]
    assert [*names_of(files)] == [*names_of(ASSETS)] == [each.name for each in ASSETS]
    assert are_complete(files)


def test_a_folder_may_be_empty() -> None:
    files = FolderFiles([])

    assert (len(files), list(files), [*files.names], bool(files)) == (0, [], [], False)


def test_an_upload_in_progress_is_not_complete() -> None:
    assert not are_complete([ASSETS[0]._replace(complete=False)])
