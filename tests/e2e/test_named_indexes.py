"""Named indexes, each rule of theirs, as pip and uv meet them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.sample import build_wheel
from ghpypi.stores.directory.store import DirectoryStore
from tests.e2e.installers import Installer, Place
from tests.e2e.served import Ghpypi
from tests.support.folder_server import FolderServer, serving
from tests.support.packages import Built, publish_files, sidecar_of

CONFIG = """
[indexes.stable]
include = ["acme-lib<2", "other"]
prereleases = false

[indexes.picky]
exclude = ["acme-lib>=1.1", "tool"]

[indexes.hiding]
include = ["acme-lib==1.0"]
bases = ["main"]

[indexes.merging]
include = ["acme-lib==1.0"]
bases = ["main"]
overlay = ["acme-*"]

[indexes.first]
include = []
bases = ["stable", "main"]

[indexes.second]
include = []
bases = ["main", "stable"]

[indexes.candidates]
include = ["other"]

[indexes.public]
bases = ["{public}simple/"]
overlay = ["theirs"]
"""


def wheel(name: str, version: str, metadata: str = "", *, origin: str = "ours") -> Built:
    module = name.replace("-", "_")
    return build_wheel(
        module, version, {f"{module}.py": f"ORIGIN = {origin!r}\n"}, metadata=metadata
    )


OURS = [
    *(wheel("acme-lib", version) for version in ("1.0", "1.1", "1.2rc1", "2.0")),
    wheel("other", "1.0"),
    wheel("other", "1.1rc1"),
    wheel("tool", "1.0", "Requires-Dist: acme-lib"),
    wheel("theirs", "1.0"),
]
THEIRS = [
    wheel("theirs", "1.0", origin="theirs"),
    wheel("theirs", "1.5", "Requires-Dist: other", origin="theirs"),
    wheel("theirs", "1.6", origin="theirs"),
    wheel("acme-lib", "99.0", origin="theirs"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A site with many indexes, and an index elsewhere that it builds on."""

    server: FolderServer
    public: FolderServer
    ghpypi: Ghpypi
    store: Path

    def index(self, name: str) -> str:
        return f"{self.server.address}{name}/simple/"

    def installs(self, installer: Installer, parent: Path, name: str, *what: str) -> dict[str, str]:
        """Install from an index into a fresh place, and say what arrived."""
        place = Place.make(parent)
        done = installer.install(place, self.index(name), *what)

        assert done.returncode == 0, done.stderr
        return place.installed()

    def refuses(self, installer: Installer, parent: Path, name: str, *what: str) -> None:
        done = installer.install(Place.make(parent), self.index(name), *what)

        assert done.returncode != 0, done.stdout


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FolderServer]:
    """An index elsewhere, whose files have digests, sidecars and a yank."""
    folder = tmp_path_factory.mktemp("public")
    pages: dict[str, list[str]] = {}
    for name, content in THEIRS:
        project = name.split("-")[0].replace("_", "-")
        place = folder / "files" / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        sidecar, metadata = sidecar_of((name, content))
        (folder / "files" / sidecar).write_bytes(metadata)
        yanked = ' data-yanked="loses &amp; time"' if "1.6" in name else ""
        pages.setdefault(project, []).append(
            f'<a href="../../files/{name}#sha256={digest_of(content)}" data-core-metadata='
            f'"sha256={digest_of(metadata)}"{yanked}>{name}</a>'
        )
    for project, links in pages.items():
        page = folder / "simple" / project / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("\n".join(links))
    with serving(folder) as server:
        yield server


@pytest.fixture
def family(public: FolderServer, tmp_path: Path) -> Iterator[Family]:
    store = tmp_path / "index"
    publish_files(DirectoryStore(store), OURS, "v1")
    (store / "ghpypi.toml").write_text(CONFIG.replace("{public}", public.address))
    ghpypi = Ghpypi(home=tmp_path, environment={})
    ghpypi.do("index", "--store", store)
    public.visits.clear()
    with serving(store) as server:
        yield Family(server=server, public=public, ghpypi=ghpypi, store=store)


def test_include_exclude_and_prereleases_say_what_there_is(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    assert family.installs(installer, tmp_path, "stable", "acme-lib") == {"acme-lib": "1.1"}
    assert family.installs(installer, tmp_path, "picky", "acme-lib") == {"acme-lib": "1.0"}
    family.refuses(installer, tmp_path, "stable", "other==1.1rc1")
    assert family.installs(installer, tmp_path, "picky", "other==1.1rc1") == {"other": "1.1rc1"}
    family.refuses(installer, tmp_path, "stable", "tool")
    family.refuses(installer, tmp_path, "picky", "tool")


def test_a_nearer_index_hides_what_is_behind_it(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    family.refuses(installer, tmp_path, "hiding", "acme-lib==2.0")
    assert family.installs(installer, tmp_path, "hiding", "tool") == {
        "tool": "1.0",
        "acme-lib": "1.0",
    }


def test_an_overlay_offers_all(family: Family, installer: Installer, tmp_path: Path) -> None:
    assert family.installs(installer, tmp_path, "merging", "acme-lib") == {"acme-lib": "2.0"}
    assert family.installs(installer, tmp_path, "merging", "acme-lib==1.0") == {"acme-lib": "1.0"}


def test_the_order_of_bases_decides(family: Family, installer: Installer, tmp_path: Path) -> None:
    assert family.installs(installer, tmp_path, "first", "tool") == {
        "tool": "1.0",
        "acme-lib": "1.1",
    }
    assert family.installs(installer, tmp_path, "second", "tool") == {
        "tool": "1.0",
        "acme-lib": "2.0",
    }


def test_a_promoted_version_can_be_installed(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    family.refuses(installer, tmp_path, "candidates", "acme-lib")
    arguments = ("promote", "acme-lib==1.2rc1", "--to", "candidates", "--store", family.store)
    family.ghpypi.do(*arguments)
    wanted = ("--pre", "acme-lib")

    assert family.installs(installer, tmp_path, "candidates", *wanted) == {"acme-lib": "1.2rc1"}
    family.refuses(installer, tmp_path, "candidates", "acme-lib==2.0")


def test_files_of_an_upstream_index_come_from_there_through_the_page(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    arrived = family.installs(installer, tmp_path, "public", "theirs")
    asked = [visit.path for visit in family.public.visits]

    # 1.6 is yanked, and yanked it stays.
    assert arrived == {"theirs": "1.5", "other": "1.0"}
    assert "/files/theirs-1.5-py3-none-any.whl.metadata" in asked
    assert "/files/theirs-1.5-py3-none-any.whl" in asked
    assert not [path for path in asked if path.startswith("/simple/")]


def test_of_one_name_the_own_file_is_installed(
    family: Family, installer: Installer, place: Place
) -> None:
    done = installer.install(place, family.index("public"), "theirs==1.0")

    assert done.returncode == 0, done.stderr
    assert place.run("import theirs; print(theirs.ORIGIN)") == "ours"


def test_hashes_of_files_elsewhere_can_be_required(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    pins = tmp_path / "pins.txt"
    (_, theirs), (_, other) = THEIRS[1], OURS[4]
    pins.write_text(
        f"theirs==1.5 --hash=sha256:{digest_of(theirs)}\n"
        f"other==1.0 --hash=sha256:{digest_of(other)}\n"
    )

    assert family.installs(installer, tmp_path, "public", "--require-hashes", "-r", str(pins)) == {
        "theirs": "1.5",
        "other": "1.0",
    }


def test_a_yanked_version_elsewhere_is_had_by_its_number_alone(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    assert family.installs(installer, tmp_path, "public", "theirs==1.6") == {"theirs": "1.6"}


def test_a_public_project_does_not_replace_an_own_one(
    family: Family, installer: Installer, tmp_path: Path
) -> None:
    assert family.installs(installer, tmp_path, "public", "acme-lib") == {"acme-lib": "2.0"}
    family.refuses(installer, tmp_path, "public", "acme-lib==99.0")
