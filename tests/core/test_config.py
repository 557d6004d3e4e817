"""`ghpypi.toml`: every key, and every way to get one wrong."""

import pytest
from packaging.version import Version

from ghpypi.core.config.config import Config
from ghpypi.core.config.index import IndexConfig
from ghpypi.core.model import Status, StatusMarker, Yank
from ghpypi.core.names import normalize
from ghpypi.errors import ConfigError

EVERYTHING = """
store = "acme/pypi"

[index]
title = "Acme packages"
url = "https://acme.github.io/pypi"
branch = "pages/live"
repositories = ["acme/pypi", "acme/lib-*", "Acme-2/x_[ab].?"]
exclude-repositories = ["acme/lib-old"]
prereleases = false
missing-digest = "exclude"

[yanked]
Acme_Lib = { "1.0.1" = "broken sdist", "1!2.0.0-rc1" = "" }
other = { "v2" = '''
  too slow
  by far
''' }

[projects."Acme.Old"]
status = "deprecated"
reason = "use acme-new"

[projects.gone]
status = "quarantined"

[projects.fine]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.parse(text)

    assert caught.value.message == "ghpypi.toml cannot be used"
    return list(caught.value.faults)


def test_every_key_is_read() -> None:
    config = Config.parse(EVERYTHING)

    assert config == Config(
        store="acme/pypi",
        index=IndexConfig(
            title="Acme packages",
            url="https://acme.github.io/pypi/",
            branch="pages/live",
            repositories=("acme/pypi", "acme/lib-*", "Acme-2/x_[ab].?"),
            exclude_repositories=("acme/lib-old",),
            prereleases=False,
            missing_digest="exclude",
        ),
        yanked={
            normalize("acme-lib"): {
                Version("1.0.1"): Yank(reason="broken sdist"),
                Version("1!2.0.0rc1"): Yank(reason=""),
            },
            normalize("other"): {Version("2"): Yank(reason="too slow by far")},
        },
        statuses={
            normalize("acme-old"): Status(marker=StatusMarker.DEPRECATED, reason="use acme-new"),
            normalize("gone"): Status(marker=StatusMarker.QUARANTINED),
            normalize("fine"): Status(marker=StatusMarker.ACTIVE),
        },
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "[index]\n[yanked]\n[projects]\n"])
def test_an_empty_file_is_the_default(text: str) -> None:
    config = Config.parse(text)

    assert config == Config()
    assert config.index == IndexConfig(
        title="Python packages",
        url="",
        branch="gh-pages",
        repositories=(),
        exclude_repositories=(),
        prereleases=True,
        missing_digest="download",
    )


def test_versions_of_a_project_in_two_spellings_are_put_together() -> None:
    config = Config.parse('[yanked]\nAcme_Lib = {"1.0" = "a"}\nacme-lib = {"2.0" = "b"}')

    assert config.yanked == {
        "acme-lib": {Version("1.0"): Yank(reason="a"), Version("2.0"): Yank(reason="b")}
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("store = 1", "store: must be a string, not 1"),
        ("index = 1", "index: must be a table, not 1"),
        ("yanked = []", "yanked: must be a table, not []"),
        ("projects = true", "projects: must be a table, not True"),
        ("[index]\ntitle = 1", "index.title: must be a string, not 1"),
        ("[index]\nurl = []", "index.url: must be a string, not []"),
        ("[index]\nprereleases = 'no'", "index.prereleases: must be true or false, not 'no'"),
        ("[index]\nprereleases = 0", "index.prereleases: must be true or false, not 0"),
        (
            "[index]\nmissing-digest = 'guess'",
            "index.missing-digest: 'guess' is not one of download, include, exclude",
        ),
        ("[index]\nmissing-digest = 1", "index.missing-digest: must be a string, not 1"),
        (
            "[index]\nrepositories = 'acme/pypi'",
            "index.repositories: must be a list of strings, not 'acme/pypi'",
        ),
        (
            "[index]\nrepositories = ['acme/pypi', 1]",
            "index.repositories[1]: must be a string, not 1",
        ),
        (
            "[index]\nrepositories = ['acme']",
            "index.repositories[0]: 'acme' is not OWNER/REPO or OWNER/PATTERN-*",
        ),
        (
            "[index]\nexclude-repositories = ['a/b', '*/c']",
            "index.exclude-repositories[1]: '*/c' is not OWNER/REPO or OWNER/PATTERN-*",
        ),
        ("[yanked]\nacme = 'x'", "yanked.acme: must be a table, not 'x'"),
        ('[yanked.acme]\n"1.0" = true', 'yanked.acme."1.0": must be a string, not True'),
        ('[yanked.acme]\none = "x"', "yanked.acme.one: is not a version (PEP 440)"),
        (
            f'[yanked.acme]\n"{"1" * 5000}" = "x"',
            f"yanked.acme.{'1' * 5000}: is not a version (PEP 440)",
        ),
        (
            '[yanked]\nacme = { "1.0" = "x" }\nAcme = { "1" = "y" }',
            "yanked.Acme.1: is version 1 of acme, which is yanked already",
        ),
        ("[removed]\nacme = 'x'", "removed.acme: must be a table, not 'x'"),
        ("[hold]", "hold.commit: '' is not the full ID of a commit (40 hex digits)"),
        (
            f"[hold]\ncommit = '{'a' * 40}'\nsince = 'today'",
            "hold.since: 'today' is not a time such as 2026-01-31T12:00:00Z",
        ),
        (
            f"[hold]\ncommit = '{'a' * 40}'\nreasons = 'x'",
            "hold.reasons: unknown key, did you mean 'reason'?",
        ),
        (
            '[removed]\nacme = { "1.0" = "x" }\nAcme = { "1" = "y" }',
            "removed.Acme.1: is version 1 of acme, which is removed already",
        ),
        ('[yanked.acme]\n"other-1.zip" = ""', 'yanked.acme."other-1.zip": is not a file of acme'),
        (
            '[yanked]\nacme = { "acme-1.zip" = "" }\nAcme = { "acme-1.zip" = "" }',
            'yanked.Acme."acme-1.zip": is yanked already',
        ),
        ('[yanked."-acme"]\n"1" = "x"', "yanked.-acme: is not a project name"),
        ('[yanked."ac me"]\n"1" = "x"', 'yanked."ac me": is not a project name'),
        ("[projects]\nacme = 1", "projects.acme: must be a table, not 1"),
        (
            '[projects.acme]\nstatus = "dead"',
            "projects.acme.status: 'dead' is not one of active, archived, quarantined, deprecated",
        ),
        ("[projects.acme]\nreason = 1", "projects.acme.reason: must be a string, not 1"),
        ('[projects."."]\nstatus = "active"', 'projects.".": is not a project name'),
    ],
)
def test_a_fault_is_reported_with_its_place(text: str, fault: str) -> None:
    assert faults(text) == [fault]


@pytest.mark.parametrize("branch", ["", "-x", "a b", "a..b", "a~b", "a:b", "a\\b", "x\ty"])
def test_what_is_no_branch_is_refused(branch: str) -> None:
    assert faults(f"[index]\nbranch = '{branch}'") == [
        f"index.branch: '{branch}' is not the name of a branch"
    ]


@pytest.mark.parametrize(
    "url",
    ["acme.github.io/pypi", "ftp://acme.example/", "https://", "https://a/?b", "https://a/#b"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert faults(f"[index]\nurl = '{url}'") == [
        f"index.url: '{url}' is not an address such as https://acme.github.io/pypi/"
    ]


@pytest.mark.parametrize("url", ["https://me:secret@acme.example/", "https://me@acme.example/"])
def test_an_address_with_a_password_is_refused_without_showing_it(url: str) -> None:
    (fault,) = faults(f"[index]\nurl = '{url}'")

    assert fault == "index.url: must not hold a user name or password: every page would show it"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stor = 'x'", "stor: unknown key, did you mean 'store'?"),
        ("[indx]", "indx: unknown key, did you mean 'index'?"),
        ("[index]\ntitel = 'x'", "index.titel: unknown key, did you mean 'title'?"),
        (
            "[index]\nmissing_digest = 'hash'",
            "index.missing_digest: unknown key, did you mean 'missing-digest'?",
        ),
        (
            "[index]\nexclude-repos = []",
            "index.exclude-repos: unknown key, did you mean 'exclude-repositories'?",
        ),
        (
            "[projects.acme]\nstate = 'x'",
            "projects.acme.state: unknown key, did you mean 'status'?",
        ),
        ("[index]\nqqq = 1", "index.qqq: unknown key"),
        ("'1 2' = 1", '"1 2": unknown key'),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_all_faults_are_reported_together() -> None:
    text = """
    store = 1
    colour = "red"
    [index]
    branch = "a b"
    repositories = ["acme", 2]
    url = "nowhere"
    prerelease = true
    [yanked.acme]
    "1.0" = 5
    [projects.old]
    status = "dead"
    reasons = "x"
    """

    assert faults(text) == [
        "store: must be a string, not 1",
        "index.url: 'nowhere' is not an address such as https://acme.github.io/pypi/",
        "index.repositories[1]: must be a string, not 2",
        "index.repositories[0]: 'acme' is not OWNER/REPO or OWNER/PATTERN-*",
        "index.branch: 'a b' is not the name of a branch",
        "index.prerelease: unknown key, did you mean 'prereleases'?",
        'yanked.acme."1.0": must be a string, not 5',
        "projects.old.status: 'dead' is not one of active, archived, quarantined, deprecated",
        "projects.old.reasons: unknown key, did you mean 'reason'?",
        "colour: unknown key",
    ]


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"acme/pypi is not valid TOML: .*line 2") as caught:
        Config.parse("store = 1\nstore = 2\n", source="acme/pypi")

    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("path", "folder", "up"),
    [
        ("", "", ""),
        ("pypi", "pypi/", "../"),
        ("pypi/", "pypi/", "../"),
        ("a/b.c", "a/b.c/", "../../"),
    ],
)
def test_the_folder_of_the_site(path: str, folder: str, up: str) -> None:
    config = Config.parse(f'[site]\npath = "{path}"')

    assert (config.site.folder, config.site.up) == (folder, up)
    assert config.address("https://acme.example/x/") == f"https://acme.example/x/{folder}"
    assert config.address("") == ""


@pytest.mark.parametrize(
    "path", ["/pypi", "../x", "a/../b", ".x", "a//b", "_x", "a b", "a\\\\b", "."]
)
def test_a_folder_of_the_site_that_cannot_be_one(path: str) -> None:
    with pytest.raises(ConfigError, match=r"site\.path: .* is not a folder such as 'pypi'"):
        Config.parse(f'[site]\npath = "{path}"')


def test_the_folder_of_the_releases_is_not_one_for_the_site() -> None:
    with pytest.raises(ConfigError, match=r"site\.path: 'files' is where"):
        Config.parse('[site]\npath = "files/x"')
