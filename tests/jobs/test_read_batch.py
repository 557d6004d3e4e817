"""What was read stays in memory only if it changes the catalog."""

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import Project
from ghpypi.core.names import normalize
from ghpypi.jobs.index.entries import ReadProject
from ghpypi.jobs.index.read_batch import ReadBatch
from tests.golden.nasty import file

ACME = normalize("acme")
RULES = Indexes(config=Config(), store="acme/pypi")


def read(version: str) -> ReadProject:
    files = (file(f"acme-{version}.tar.gz"),)
    entry = Entry(fingerprint="1", project=Project(name=ACME, files=files))
    return ReadProject(entry, b"about", {}, 1, {}, ())


def batch_of(version: str, published: Catalog, known: Catalog) -> ReadBatch:
    batch = ReadBatch(published, known, RULES)
    batch.add([read(version)], counts=False)
    return batch


PUBLISHED = Catalog(lines=batch_of("1.0", Catalog(), Catalog()).lines)


def test_the_files_of_an_unchanged_project_are_not_held() -> None:
    batch = batch_of("1.0", PUBLISHED, PUBLISHED)

    assert batch.changed == {}
    assert batch.lines[ACME] is PUBLISHED.lines[ACME]
    assert batch.abouts == {ACME: b"about"}


def test_a_full_run_takes_no_published_line() -> None:
    batch = batch_of("1.0", PUBLISHED, Catalog())

    assert batch.changed == {}
    assert batch.lines == PUBLISHED.lines
    assert batch.lines[ACME] is not PUBLISHED.lines[ACME]


def test_the_files_of_a_changed_project_are_held() -> None:
    batch = batch_of("2.0", PUBLISHED, PUBLISHED)

    assert batch.changed == {ACME: read("2.0").entry}
    assert batch.lines[ACME] != PUBLISHED.lines[ACME]
