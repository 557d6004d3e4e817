"""What main and named indexes take, and what they inherit."""

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.indexes.selection import Selection, UpstreamFiles
from ghpypi.core.model import File, Project, UpstreamFile
from tests.support.files import STORE, entry_of, made, offers_of, project_of

BASE = "https://index.example/simple/"
BEHIND = "https://behind.example/simple/"

OURS = (
    made("acme_lib-1.0.zip"),
    made("acme_lib-1.1.zip"),
    made("acme_lib-2.0rc1.zip"),
    made("acme_lib-2.0.zip", prerelease=True),
)


def selected(
    toml: str, name: str, *files: File, elsewhere: UpstreamFiles | None = None, store: str = STORE
) -> list[str]:
    """Return what an index offers: versions of own files, names of upstream files."""
    selection = Selection(config=Config.parse(toml), store=store)
    offer = selection.offer(name, project_of(*(files or OURS)), elsewhere or {})
    return [x.version for x in offer.files] + [f"{x['url']}" for x in offer.upstream]


def theirs(*names: str, base: str = BASE) -> dict[str, list[UpstreamFile]]:
    return {base: [{"filename": name, "url": f"{base}{name}", "hashes": {}} for name in names]}


# What an index takes itself


@pytest.mark.parametrize(
    ("rules", "versions"),
    [
        ("", ["1.0", "1.1", "2.0rc1", "2.0"]),
        ("include = []", []),
        ("include = ['other']", []),
        ("include = ['acme-*']", ["1.0", "1.1", "2.0rc1", "2.0"]),
        ("include = ['acme-lib>1']", ["1.1", "2.0rc1", "2.0"]),
        ("include = ['other', 'acme-lib==1.1']", ["1.1"]),
        ("exclude = ['acme-lib<2.0.dev0']", ["2.0rc1", "2.0"]),
        ("exclude = ['other']", ["1.0", "1.1", "2.0rc1", "2.0"]),
        ("include = ['acme-*']\nexclude = ['acme-lib==1.1']", ["1.0", "2.0rc1", "2.0"]),
        ("prereleases = false", ["1.0", "1.1"]),
        ("tags = ['v2*']", []),
        ("tags = ['x', 'v[0-9]']", ["1.0", "1.1", "2.0rc1", "2.0"]),
        ("exclude-tags = ['v*']", []),
        ("tags = ['v*']\nexclude-tags = ['w*']", ["1.0", "1.1", "2.0rc1", "2.0"]),
    ],
)
def test_an_index_takes_what_its_rules_say(rules: str, versions: list[str]) -> None:
    assert selected(f"[indexes.x]\n{rules}", "x") == versions


TAGGED = (
    made("acme_lib-1.0.zip", "v1.0"),
    made("acme_lib-1.1+cu128-py3-none-any.whl", "v1.1"),
    made("acme_lib-2.0.dev1.zip", "nightly-1"),
    made("acme_lib-2.0.dev1+cu128-py3-none-any.whl", "nightly-1"),
)


@pytest.mark.parametrize(
    ("index", "variants", "main", "cuda"),
    [
        ("", "", [0, 2], [0, 1, 2, 3]),
        ("exclude-tags = ['nightly-*']", "", [0], [0, 1]),
        ("tags = ['v*']", "", [0], [0, 1]),
        ("exclude-tags = ['nightly-*']", "exclude-tags = []", [0], [0, 1, 2, 3]),
        ("exclude-tags = ['nightly-*']", "tags = ['nightly-*']", [0], [2, 3]),
        ("", "tags = ['v*']", [0, 2], [0, 1]),
    ],
)
def test_the_releases_of_the_main_index_and_of_variants_are_chosen_by_tag(
    index: str, variants: str, main: list[int], cuda: list[int]
) -> None:
    toml = f"[index]\n{index}\n[variants]\n{variants}\n[indexes.all]\n"
    offers = offers_of(toml, entry_of(*TAGGED))

    assert sorted(offers[""]) == sorted(TAGGED[number].filename for number in main)
    assert sorted(offers["cu128"]) == sorted(TAGGED[number].filename for number in cuda)
    assert len(offers["all"]) == len(TAGGED)


def test_the_main_index_leaves_marked_releases_out_where_it_is_reported_and_others_need_not() -> (
    None
):
    toml = "[index]\nprereleases = false\n[indexes.x]\n"

    assert selected(toml, "main") == ["1.0", "1.1", "2.0rc1"]
    assert selected(toml, "x") == ["1.0", "1.1", "2.0rc1", "2.0"]


# Repositories

NIGHTLY = (
    made("acme_lib-1.0.zip", origin=STORE),
    made("acme_lib-1.1.dev1.zip", origin="acme/nightly"),
    made("acme_lib-1.2.zip", origin="acme/extra"),
)


def test_repositories_of_an_index_are_not_in_the_main_one() -> None:
    toml = "[indexes.dev]\nrepositories = ['acme/NIGHTLY']\n[indexes.plain]\n"

    assert selected(toml, "main", *NIGHTLY) == ["1.0"]
    assert selected(toml, "plain", *NIGHTLY) == ["1.0"]
    assert selected(toml, "dev", *NIGHTLY) == ["1.1.dev1"]


def test_the_repositories_of_the_main_index_may_be_a_pattern_with_exceptions() -> None:
    toml = (
        "[index]\nrepositories = ['acme/*']\nexclude-repositories = ['acme/n*']\n"
        "[indexes.dev]\nrepositories = ['acme/nightly', 'acme/pypi']\n"
    )

    assert selected(toml, "main", *NIGHTLY) == ["1.0", "1.2"]
    assert selected(toml, "dev", *NIGHTLY) == ["1.0"]


def test_without_repositories_in_any_index_the_origin_of_files_does_not_matter() -> None:
    assert selected("[indexes.x]\n", "main", *NIGHTLY) == ["1.0", "1.1.dev1", "1.2"]


def test_a_folder_is_compared_as_it_is() -> None:
    file = made("acme_lib-1.0.zip", origin="/srv/index [new]*")
    toml = "[indexes.dev]\nrepositories = ['acme/nightly']\n"

    assert selected(toml, "main", file, store="/srv/index [new]*") == ["1.0"]
    assert selected(toml, "main", file, store="/srv/other") == []


# One name in several releases


SAME = (
    made("acme_lib-1.0.zip", "v1", text="plain"),
    made("acme_lib-1.0.zip", "v1-cpu", text="cpu", uploaded_at="2025-01-01T00:00:00Z"),
    made("acme_lib-1.0.zip", "v1-cu124", text="cuda"),
)
BY_TAG = "[variants]\nfrom = 'tag'\npattern = '-(.+)'\n"


@pytest.mark.parametrize(
    ("files", "default", "taken"),
    [
        (SAME, "", ["v1"]),
        (SAME, "cpu", ["v1-cpu"]),
        (SAME, "cu124", ["v1-cu124"]),
        (SAME, "rocm", ["v1"]),
        (SAME[1:], "", []),
        (SAME[1:], "cu124", ["v1-cu124"]),
        (SAME[1:2], "", ["v1-cpu"]),
    ],
)
def test_of_several_variants_the_default_has_the_name(
    files: tuple[File, ...], default: str, taken: list[str]
) -> None:
    config = Config.parse(f"{BY_TAG}default = '{default}'\n")
    selection = Selection(config=config, store=STORE)

    assert [x.tag for x in selection.side_by_side(files)] == taken


def test_the_same_content_in_several_releases_counts_for_all_of_them() -> None:
    files = (made("acme_lib-1.0.zip", "v1-a"), made("acme_lib-1.0.zip", "v1-b"))
    selection = Selection(config=Config.parse(BY_TAG), store=STORE)

    assert [x.tag for x in selection.side_by_side(files)] == ["v1-a"]


# Bases

FAMILY = """
[indexes.stable]
include = ["acme-lib==1.0"]
[indexes.next]
include = ["acme-lib==1.1", "acme-lib==1.0"]
[indexes.empty]
include = []
"""


def with_bases(bases: str, overlay: str = "[]", rules: str = "include = []") -> str:
    return f"{FAMILY}[indexes.x]\n{rules}\nbases = {bases}\noverlay = {overlay}\n"


@pytest.mark.parametrize(
    ("bases", "versions"),
    [
        ("['stable', 'next']", ["1.0"]),
        ("['next', 'stable']", ["1.0", "1.1"]),
        ("['empty', 'stable', 'main']", ["1.0"]),
        ("['empty', 'main']", ["1.0", "1.1", "2.0rc1", "2.0"]),
        ("[]", []),
    ],
)
def test_the_nearest_index_that_has_a_project_hides_it_in_the_others(
    bases: str, versions: list[str]
) -> None:
    assert selected(with_bases(bases), "x") == versions


def test_what_an_index_has_itself_hides_all_bases() -> None:
    assert selected(with_bases("['main']", rules="include = ['acme-lib==1.1']"), "x") == ["1.1"]


def test_an_overlay_has_the_files_of_all() -> None:
    toml = with_bases("['stable', 'next']", "['acme-*']", "include = ['acme-lib==2.0']")

    assert selected(toml, "x") == ["1.0", "1.1", "2.0"]
    assert selected(toml.replace("acme-*", "other"), "x") == ["2.0"]


def test_in_an_overlay_the_nearest_has_a_name() -> None:
    near = made("acme_lib-1.0.zip", "near", text="near")
    far = made("acme_lib-1.0.zip", "far", text="far")
    toml = (
        "[indexes.near]\ntags = ['near']\n[indexes.far]\ntags = ['far']\n"
        "[indexes.x]\ninclude = []\nbases = {}\noverlay = ['*']\n"
    )
    for bases, tag in ((["near", "far"], "near"), (["far", "near"], "far")):
        selection = Selection(config=Config.parse(toml.replace("{}", str(bases))), store=STORE)
        (file,) = selection.offer("x", project_of(near, far), {}).files

        assert file.tag == tag


def test_a_base_of_a_base_is_a_base() -> None:
    toml = with_bases("['middle']") + "[indexes.middle]\ninclude = []\nbases = ['stable']\n"

    assert selected(toml, "x") == ["1.0"]


# Indexes elsewhere


def overlaid(rules: str = "", overlay: str = "['acme-lib']", bases: str = f"['{BASE}']") -> str:
    return f"[indexes.x]\n{rules}\nbases = {bases}\noverlay = {overlay}\n"


def test_files_of_an_upstream_index_are_merged_and_own_files_win() -> None:
    elsewhere = theirs("acme_lib-1.0.zip", "acme_lib-9.0.zip")

    assert selected(overlaid(), "x", OURS[0], elsewhere=elsewhere) == [
        "1.0",
        f"{BASE}acme_lib-9.0.zip",
    ]


@pytest.mark.parametrize("bases", [f"['{BASE}', 'stable']", f"['stable', '{BASE}']"])
def test_own_files_win_in_any_order_of_the_bases(bases: str) -> None:
    toml = FAMILY + overlaid("include = []", bases=bases)

    assert selected(toml, "x", elsewhere=theirs("acme_lib-1.0.zip")) == ["1.0"]


def test_without_own_files_nothing_is_added_from_upstream() -> None:
    toml = overlaid("include = []")

    assert selected(toml, "x", elsewhere=theirs("acme_lib-9.0.zip")) == []


def test_what_is_not_overlaid_has_nothing_from_elsewhere() -> None:
    toml = overlaid(overlay="['other']")

    assert selected(toml, "x", OURS[0], elsewhere=theirs("acme_lib-9.0.zip")) == ["1.0"]


def test_of_two_indexes_elsewhere_the_nearer_has_a_name() -> None:
    elsewhere = theirs("acme_lib-9.0.zip", base=BEHIND) | theirs("acme_lib-9.0.zip")
    toml = overlaid(bases=f"['{BASE}', '{BEHIND}']")

    assert selected(toml, "x", OURS[0], elsewhere=elsewhere)[1:] == [f"{BASE}acme_lib-9.0.zip"]


def test_what_a_base_overlays_is_inherited() -> None:
    toml = overlaid() + "[indexes.y]\ninclude = []\nbases = ['x']\n"

    assert selected(toml, "y", OURS[0], elsewhere=theirs("acme_lib-9.0.zip")) == [
        "1.0",
        f"{BASE}acme_lib-9.0.zip",
    ]


def test_what_hides_a_base_hides_what_it_overlays() -> None:
    toml = overlaid() + "[indexes.y]\nbases = ['x']\n"

    assert selected(toml, "y", OURS[0], elsewhere=theirs("acme_lib-9.0.zip")) == ["1.0"]


def test_only_indexes_that_are_needed_are_asked() -> None:
    toml = (
        overlaid()
        + f"[indexes.y]\ninclude = []\nbases = ['{BEHIND}']\noverlay = ['*']\n"
        + f"[indexes.z]\nbases = ['{BEHIND}']\noverlay = ['other']\n"
    )
    selection = Selection(config=Config.parse(toml), store=STORE)

    assert selection.public_bases(project_of(*OURS)) == (BASE,)
    assert selection.public_bases(project_of(made("other-1.zip"))) == (BEHIND,)
    assert selection.public_bases(Project(name=project_of(*OURS).name, files=())) == ()
