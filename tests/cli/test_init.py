"""`ghpypi init`, on folders and on the emulator."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.managed import sign
from ghpypi.core.project import ACTION, MAJOR_TAG, REPOSITORY, VERSION_TAG
from tests.cli.conftest import Bench, Outcome
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.support.packages import wheel
from tests.support.released_action import add_released_action

pytestmark = pytest.mark.slow

WORKFLOW = ".github/workflows/ghpypi-index.yml"
STEPS = [
    "token",
    "repository",
    "immutable releases",
    "ghpypi.toml",
    "branch gh-pages",
    "Pages",
    "README.md",
    WORKFLOW,
]
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
ALL_RIGHTS = {
    "administration": "write",
    "contents": "write",
    "pages": "write",
    "workflows": "write",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    code: int
    steps: dict[str, dict[str, str]]
    document: dict[str, Any]
    err: str

    @property
    def states(self) -> dict[str, str]:
        return {title: step["outcome"] for title, step in self.steps.items()}

    @property
    def blocked(self) -> list[str]:
        return [title for title, state in self.states.items() if state == "failed"]


class Office:
    """An organization on the emulator, one of its owners, and the command line."""

    def __init__(self, github: Emulator, bench: Bench) -> None:
        self.github = github
        self.bench = bench
        self.acme = github.add_organization("acme", owners=["ann"])
        self.commit = str(add_released_action(github).head("main"))
        self.use(github.add_token("ann"))

    def use(self, token: str) -> None:
        self.bench.set(GHPYPI_TOKEN=token)

    def init(self, *arguments: str, store: str = "acme/pypi") -> Result:
        self.github.clear_log()
        said = {"--public", "--private"}.intersection(arguments)
        readers = () if said else ("--public",)
        outcome = self.bench.run("init", store, "--json", "-q", *readers, *arguments)
        document = json.loads(outcome.out)
        steps = {each["title"]: each for each in document["steps"]}
        return Result(outcome.code, steps, document, outcome.err)

    @property
    def repository(self) -> Repository:
        return self.github.repository("acme/pypi")

    @property
    def writes(self) -> list[str]:
        return [
            f"{each.method} {each.path}"
            for each in self.github.requests
            if each.method in WRITES and "git-upload-pack" not in each.path
        ]


@pytest.fixture
def office(empty_github: Emulator, bench: Bench) -> Office:
    return Office(empty_github, bench)


def set_up(office: Office) -> Result:
    result = office.init()

    assert result.code == 0, result.err
    return result


# A repository


def test_a_new_repository_gets_everything(office: Office) -> None:
    result = office.init()
    files = office.repository.files("main")
    site = office.repository.site

    assert (result.code, result.err) == (0, "")
    assert result.states == {"token": "unchanged", **dict.fromkeys(STEPS[1:], "done")}
    assert sorted(files) == [WORKFLOW, "README.md", "ghpypi.toml"]
    assert Config.parse(files["ghpypi.toml"].decode()) == Config(store="acme/pypi")
    assert f"uses: {REPOSITORY}@{office.commit} # {VERSION_TAG}\n" in files[WORKFLOW].decode()
    assert f"{office.github.pages_url}/acme/pypi/simple/" in files["README.md"].decode()
    page = office.repository.files("gh-pages")["index.html"].decode()
    assert "It holds no packages yet." in page
    assert f"{office.github.pages_url}/acme/pypi/simple/" in page
    assert ".nojekyll" in office.repository.files("gh-pages")
    assert site is not None
    assert (site.branch, site.path, site.build_type) == ("gh-pages", "/", "legacy")
    assert office.repository.immutable_releases
    assert not office.repository.private
    assert result.document["index-url"] == f"{office.github.pages_url}/acme/pypi/simple/"


def test_a_store_with_its_host_stays_one_in_what_is_written(office: Office) -> None:
    host = office.github.server_url.rpartition("/")[2]
    result = office.init("--no-pages", "--no-immutable", store=f"{host}/acme/pypi")

    assert result.blocked == []
    assert result.document["store"] == f"{host}/acme/pypi"
    text = office.repository.files("main")["ghpypi.toml"].decode()
    assert Config.parse(text).store == f"{host}/acme/pypi"


def test_the_second_run_finds_everything_and_writes_nothing(office: Office) -> None:
    set_up(office)
    result = office.init()

    assert (result.code, result.states) == (0, dict.fromkeys(STEPS, "unchanged"))
    assert office.writes == []
    assert len(office.github.requests) == 9


def test_a_dry_run_says_what_is_missing_and_touches_nothing(office: Office) -> None:
    result = office.init("--dry-run")

    assert result.code == 0
    assert result.document["dry-run"] is True
    assert result.states == {"token": "unchanged", **dict.fromkeys(STEPS[1:], "missing")}
    assert office.writes == []
    assert office.github.find_repository("acme/pypi") is None


def test_people_read_a_table_and_what_to_do_next(office: Office) -> None:
    outcome = office.bench.run("init", "acme/pypi", "-q", "--public")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "unchanged  token\n"
        f"done       {'repository':34}  created as acme/pypi, which anyone can read\n"
        f"done       {'immutable releases':34}  switched on\n"
    )
    assert "\n    ghpypi run -s acme/pypi -- pip install NAME\n" in outcome.out
    assert "\n    [[tool.uv.index]]\n" in outcome.out
    assert "\n    [[tool.poetry.source]]\n" in outcome.out
    assert "\n    ghpypi upload dist/* --store acme/pypi\n" in outcome.out
    assert "\n        token: ${{ secrets.GHPYPI_TOKEN }}\n" in outcome.out


def test_people_read_what_to_do_by_hand_and_where(office: Office) -> None:
    office.acme.allows_pages = False
    outcome = office.bench.run("init", "acme/pypi", "-q", "--public")
    page = f"{office.github.server_url}/acme/pypi/settings/pages"

    assert outcome.code == 4
    assert f"\nfailed     {'Pages':34}  Pages cannot be switched on: " in outcome.out
    assert "\n\nPages: an owner of acme can allow Pages for members, at " in outcome.out
    assert outcome.out.endswith(f"\n  {page}\n")
    assert "\nInstall with pip:\n" in outcome.out
    assert outcome.err.startswith(
        "error: acme/pypi is not completely set up\n  - Pages: Pages cannot"
    )


def test_a_private_repository_gets_no_pages_unless_asked_for(office: Office) -> None:
    result = office.init("--private")

    assert result.code == 0
    assert office.repository.private
    assert office.repository.site is None
    assert result.states["Pages"] == "kept"
    assert "pip cannot sign in to private Pages" in result.steps["Pages"]["text"]
    assert office.init("--pages").states["Pages"] == "done"
    assert office.init().states["Pages"] == "unchanged"


def test_a_private_repository_is_installed_from_through_run_and_serve(office: Office) -> None:
    outcome = office.bench.run("init", "acme/pypi", "-q", "--private")
    readme = office.repository.files("main")["README.md"].decode()

    assert "\n    ghpypi run -s acme/pypi -- pip install NAME\n" in outcome.out
    assert "\n    ghpypi run -s acme/pypi -- uv sync\n" in outcome.out
    assert "\n    ghpypi serve acme/pypi\n" in outcome.out
    assert "$ ghpypi run -s acme/pypi -- pip install NAME\n" in readme
    assert "$ ghpypi serve acme/pypi\n" in readme
    for text in (outcome.out, readme):
        assert "://THIS-SITE/" not in text
        assert "--index-url" not in text


def test_a_private_repository_with_an_address_of_its_own_is_installed_from_there(
    office: Office,
) -> None:
    office.init("--private")
    office.repository.commit_files({"ghpypi.toml": '[index]\nurl = "https://pypi.acme.test/"\n'})
    result = office.init()

    assert 'url = "https://pypi.acme.test/simple/"' in result.document["settings"]["uv"]


def test_pages_and_immutable_releases_can_be_declined(office: Office) -> None:
    result = office.init("--no-pages", "--no-immutable")

    assert result.code == 0
    assert "immutable releases" not in result.states
    assert result.steps["Pages"]["text"] == "not requested"
    assert office.repository.site is None
    assert not office.repository.immutable_releases


def test_releases_that_are_there_are_not_frozen_unless_that_is_asked_for(office: Office) -> None:
    """Several jobs may add files to each release after it was published."""
    repository = office.github.add_repository("acme/pypi")
    repository.add_release("v1", draft=True)
    result = office.init()

    assert result.code == 0
    assert result.states["immutable releases"] == "kept"
    assert "--immutable switches it on" in result.steps["immutable releases"]["text"]
    assert office.init("--immutable").states["immutable releases"] == "done"
    assert office.init().states["immutable releases"] == "unchanged"


def test_a_repository_without_releases_gets_immutable_ones(office: Office) -> None:
    repository = office.github.add_repository("acme/pypi")
    result = office.init()

    assert result.states["immutable releases"] == "done"
    assert repository.immutable_releases


def test_a_person_can_have_one_too(office: Office) -> None:
    result = office.init(store="ann/pypi")

    assert result.code == 0
    assert office.github.repository("ann/pypi").site is not None


def test_an_owner_that_does_not_exist_is_reported(office: Office) -> None:
    result = office.init(store="nobody/pypi")

    assert result.code == 5
    assert "there is no organization nobody" in result.steps["repository"]["text"]
    assert result.blocked == STEPS[1:]


def test_what_is_there_is_kept(office: Office) -> None:
    files = {"ghpypi.toml": '[index]\ntitle = "Ours"\n', "README.md": "# Ours\n\nRead me.\n"}
    repository = office.github.add_repository("acme/pypi")
    repository.commit_files(files)
    result = office.init()

    assert result.code == 0
    assert result.states["repository"] == "unchanged"
    assert result.states["ghpypi.toml"] == "unchanged"
    assert result.states["README.md"] == "kept"
    assert {path: repository.files("main")[path].decode() for path in files} == files
    assert b"Ours" in repository.files("gh-pages")["index.html"]
    assert office.init().states["README.md"] == "kept"
    assert office.writes == []


def test_an_index_of_what_is_there_is_made_at_once(office: Office) -> None:
    repository = office.github.add_repository("acme/pypi")
    repository.add_release("v1").add_asset(*wheel("acme_lib", "1.0"))
    set_up(office)

    assert "simple/acme-lib/index.html" in repository.files("gh-pages")


def test_the_readme_that_github_writes_is_replaced(office: Office) -> None:
    office.github.add_repository("acme/pypi")

    assert office.init().states["README.md"] == "done"
    assert b"pip install" in office.repository.files("main")["README.md"]


def test_a_repository_without_a_commit_gets_its_first(office: Office) -> None:
    office.github.add_repository("acme/pypi", empty=True)
    set_up(office)

    assert sorted(office.repository.files("main")) == [WORKFLOW, "README.md", "ghpypi.toml"]


@pytest.mark.parametrize("step", STEPS[2:])
def test_one_thing_that_is_missing_is_fixed_and_nothing_else(office: Office, step: str) -> None:
    set_up(office)
    repository = office.repository
    match step:
        case "immutable releases":
            repository.immutable_releases = False
        case "branch gh-pages":
            repository.git.set_ref("refs/heads/gh-pages", None)
        case "Pages":
            repository.site = None
        case path:
            repository.commit_files({path: None})
    result = office.init()

    assert result.code == 0
    assert result.states == {**dict.fromkeys(STEPS, "unchanged"), step: "done"}
    assert set(office.init().states.values()) == {"unchanged"}


@pytest.mark.parametrize(("path", "comment"), [(WORKFLOW, "# {}"), ("README.md", "<!-- {} -->")])
def test_generated_files_are_updated_until_a_user_changes_them(
    office: Office, path: str, comment: str
) -> None:
    set_up(office)
    office.repository.commit_files({path: sign("of an older ghpypi\n", comment)})
    result = office.init()

    assert (result.states[path], result.steps[path]["text"]) == ("done", "renewed")
    theirs = office.repository.files("main")[path] + b"# changed\n"
    office.repository.commit_files({path: theirs})
    result = office.init()
    assert (result.code, result.states[path]) == (0, "kept")
    assert "changed by hand" in result.steps[path]["text"]
    assert office.repository.files("main")[path] == theirs


def test_a_repository_renamed_meanwhile_is_found_under_its_new_name(office: Office) -> None:
    set_up(office)
    office.github.rename(office.repository, "acme/packages")
    office.repository.commit_files({WORKFLOW: None})
    result = office.init()

    assert result.code == 0
    assert result.err == "warning: acme/pypi is called acme/packages now\n"
    assert result.document["store"] == "acme/packages"
    assert result.states["repository"] == "unchanged"
    assert result.states[WORKFLOW] == "done"
    assert not [each for each in office.writes if "acme/pypi" in each]


def test_visibility_is_not_changed_silently(office: Office) -> None:
    office.github.add_repository("acme/pypi")
    result = office.init("--private")

    assert result.code == 0
    assert result.states["repository"] == "kept"
    assert not office.repository.private


# Rights


def test_without_a_token_nothing_is_tried(office: Office) -> None:
    office.use("")
    result = office.init()

    assert result.code == 4
    assert result.blocked == STEPS
    assert "gh auth login" in result.steps["token"]["hint"]
    assert office.writes == []


def test_a_token_that_is_not_known_is_reported(office: Office) -> None:
    office.use("ghp_nothing")
    result = office.init()

    assert result.code == 4
    assert "GitHub does not accept this token" in result.steps["token"]["text"]


@pytest.mark.parametrize("scopes", [[], ["workflow"], ["gist"]])
@pytest.mark.parametrize("there", [True, False])
def test_a_classic_token_without_the_scope_repo(
    office: Office, scopes: list[str], there: bool
) -> None:
    if there:
        office.github.add_repository("acme/pypi")
    office.use(office.github.add_token("ann", scopes=scopes))
    result = office.init()

    assert result.code == 4
    assert result.blocked == STEPS
    assert "this token lacks the scope" in result.steps["token"]["text"]
    assert "gh auth refresh --scopes repo" in result.steps["token"]["hint"]
    assert office.writes == []


def test_a_classic_token_without_the_scope_workflow_does_the_rest(office: Office) -> None:
    office.use(office.github.add_token("ann", scopes=["repo"]))
    result = office.init()

    assert result.code == 4
    assert result.blocked == [WORKFLOW]
    assert "lacks the scope workflow" in result.steps[WORKFLOW]["text"]
    assert result.steps[WORKFLOW]["page"].endswith(f"/acme/pypi/new/main?filename={WORKFLOW}")
    assert result.err == (
        "error: acme/pypi is not completely set up\n"
        f"  - {WORKFLOW}: this token lacks the scope workflow, and may not write workflow files\n"
        "hint: follow the instructions above, then run the same command again\n"
    )
    office.use(office.github.add_token("ann"))
    assert office.init().states == {**dict.fromkeys(STEPS, "unchanged"), WORKFLOW: "done"}


@pytest.mark.parametrize(
    ("lacking", "blocked", "named"),
    [
        ("administration", ["immutable releases", "Pages"], "Administration: read and write"),
        ("pages", ["Pages"], "Pages: read and write"),
        ("workflows", [WORKFLOW], "Workflows: read and write"),
        (
            "contents",
            ["ghpypi.toml", "branch gh-pages", "Pages", "README.md", WORKFLOW],
            "Contents: read and write",
        ),
    ],
)
def test_a_fine_grained_token_that_lacks_one_permission_does_the_rest(
    office: Office, lacking: str, blocked: list[str], named: str
) -> None:
    office.github.add_repository("acme/pypi")
    rights = {name: level for name, level in ALL_RIGHTS.items() if name != lacking}
    office.use(office.github.add_token("ann", permissions=rights, owner="acme"))
    result = office.init()

    assert result.code == 4
    assert result.blocked == blocked
    assert named in result.steps[blocked[0]]["hint"]
    assert all(result.steps[title]["page"].startswith("http") for title in blocked)
    office.use(office.github.add_token("ann", permissions=ALL_RIGHTS, owner="acme"))
    again = office.init()
    # With Pages, their address becomes known to the README.
    mended = {*blocked, "README.md"} if "Pages" in blocked else {*blocked}
    assert again.code == 0
    assert {title for title, state in again.states.items() if state == "done"} == mended


def test_a_fine_grained_token_that_may_not_create_repositories(office: Office) -> None:
    rights = {**ALL_RIGHTS, "administration": "read"}
    office.use(office.github.add_token("ann", permissions=rights, owner="acme"))
    result = office.init()

    assert result.code == 4
    assert result.blocked == STEPS[1:]
    assert "Administration: read and write" in result.steps["repository"]["hint"]
    assert result.steps["repository"]["page"] == f"{office.github.server_url}/new"


def test_single_sign_on_is_reported_with_its_link(office: Office) -> None:
    office.github.add_repository("acme/pypi")
    office.acme.sso_url = "https://github.example/orgs/acme/sso?authorization_request=A"
    result = office.init()

    assert result.code == 4
    assert result.blocked == STEPS
    assert office.acme.sso_url in result.steps["token"]["hint"]


def test_a_user_who_may_only_read_gets_a_hint_to_ask(office: Office) -> None:
    office.github.add_repository("acme/pypi")
    office.github.add_user("bob")
    office.use(office.github.add_token("bob"))
    result = office.init()

    assert result.code == 4
    assert "may not write to acme/pypi" in result.steps["repository"]["text"]
    assert office.writes == []


def test_a_user_who_may_write_but_is_no_admin_does_what_they_may(office: Office) -> None:
    repository = office.github.add_repository("acme/pypi")
    office.github.add_user("bob")
    repository.grant("bob", "write")
    office.use(office.github.add_token("bob"))
    result = office.init()

    assert result.code == 5
    assert result.blocked == ["immutable releases", "Pages"]
    assert "the role admin" in result.steps["Pages"]["hint"]
    office.use(office.github.add_token("ann"))
    assert office.init().code == 0


def test_an_organization_that_forbids_pages(office: Office) -> None:
    office.acme.allows_pages = False
    result = office.init()

    assert result.code == 4
    assert result.blocked == ["Pages"]
    assert "/organizations/acme/settings/member_privileges" in result.steps["Pages"]["hint"]
    assert result.steps["Pages"]["page"].endswith("/acme/pypi/settings/pages")
    assert "https://THIS-SITE/simple/" in office.repository.files("main")["README.md"].decode()
    office.acme.allows_pages = True
    again = office.init()
    assert (again.code, again.states["Pages"], again.states["README.md"]) == (0, "done", "done")


def test_a_github_without_immutable_releases_is_no_failure(office: Office) -> None:
    office.github.offers_immutable_releases = False
    result = office.init()

    assert result.code == 0
    assert result.states["immutable releases"] == "kept"
    assert "does not have them" in result.steps["immutable releases"]["text"]


def test_immutable_releases_that_the_organization_enforces_are_all_right(office: Office) -> None:
    office.acme.enforces_immutable_releases = True

    assert office.init().states["immutable releases"] == "unchanged"


def test_immutable_releases_that_cannot_be_chosen_are_no_failure(office: Office) -> None:
    office.github.faults.add(Fault.status(409, path="/immutable-releases", method="PUT"))
    result = office.init()

    assert (result.code, result.states["immutable releases"]) == (0, "kept")
    assert (
        "the owner of the repository decides about them"
        in result.steps["immutable releases"]["text"]
    )


# What is there and is not ours


def test_pages_that_publish_something_else_are_left_alone(office: Office) -> None:
    set_up(office)
    site = office.repository.site
    assert site is not None
    site.branch, site.path = "main", "/docs"
    result = office.init()

    assert result.code == 1
    assert result.blocked == ["Pages"]
    assert "Pages publish main/docs and not gh-pages" in result.steps["Pages"]["text"]
    assert (site.branch, site.path) == ("main", "/docs")
    site.build_type = "workflow"
    assert "what a workflow deploys" in office.init().steps["Pages"]["text"]


@pytest.mark.parametrize("rehearsal", [(), ("--dry-run",)], ids=["for real", "dry run"])
def test_a_branch_with_another_site_is_left_alone(
    office: Office, rehearsal: tuple[str, ...]
) -> None:
    repository = office.github.add_repository("acme/pypi")
    theirs = {"index.html": b"theirs", "search.json": b"theirs", "sitemap.xml": b"theirs"}
    repository.commit_files(theirs, branch="gh-pages")
    result = office.init(*rehearsal)

    assert result.code == 1
    assert result.blocked == ["branch gh-pages", "Pages", WORKFLOW]
    assert result.steps["branch gh-pages"]["text"].splitlines()[1:] == [
        "  - index.html",
        "  - search.json",
    ]
    assert 'path = "pypi"' in result.steps["branch gh-pages"]["hint"]
    assert repository.files("gh-pages") == theirs
    assert WORKFLOW not in repository.files("main")


def test_an_index_in_a_folder_of_the_branch_of_another_site(office: Office) -> None:
    repository = office.github.add_repository("acme/pypi")
    repository.commit_files({"ghpypi.toml": '[site]\npath = "docs/pypi"\n'})
    repository.commit_files({"index.html": "theirs"}, branch="gh-pages")
    result = office.init()

    assert result.code == 0, result.err
    assert result.states["branch gh-pages"] == "done"
    assert result.document["index-url"].endswith("/pypi/docs/pypi/simple/")
    assert result.document["index-url"] in result.document["settings"]["uv"]
    assert result.document["index-url"] in repository.files("main")["README.md"].decode()
    files = repository.files("gh-pages")
    assert files.pop("index.html") == b"theirs"
    assert all(path.startswith("docs/pypi/") for path in files)
    assert office.init().states["branch gh-pages"] == "unchanged"


def test_the_branch_of_the_configuration_is_used(office: Office) -> None:
    repository = office.github.add_repository("acme/pypi")
    repository.commit_files({"ghpypi.toml": '[index]\nbranch = "site"\n'})
    result = office.init()

    assert result.code == 0
    assert result.states["branch site"] == "done"
    assert repository.site is not None
    assert repository.site.branch == "site"


def test_a_configuration_that_cannot_be_used_is_reported_before_anything_is_done(
    office: Office,
) -> None:
    office.github.add_repository("acme/pypi").commit_files({"ghpypi.toml": "[index]\nbranc = 1"})
    office.github.clear_log()
    outcome = office.bench.run("init", "acme/pypi", "--public")

    assert outcome.code == 2
    assert "index.branc: unknown key, did you mean 'branch'?" in outcome.err
    assert office.writes == []


# Teams


def test_teams_get_their_roles(office: Office) -> None:
    for name in ("readers", "dev-team", "owners"):
        office.github.add_team("acme", name)
    teams = ("--team", "readers:read", "--team", "Dev Team:publish", "--team", "owners:admin")
    result = office.init(*teams)
    number = office.repository.id

    assert result.code == 0
    assert [result.states[f"team {name}"] for name in office.acme.teams] == ["done"] * 3
    roles = {name: team.roles[number] for name, team in office.acme.teams.items()}
    assert roles == {"readers": "read", "dev-team": "write", "owners": "admin"}
    office.init(*teams)
    assert office.writes == []


def test_a_team_that_has_more_keeps_it(office: Office) -> None:
    team = office.github.add_team("acme", "devs")
    set_up(office)
    team.roles[office.repository.id] = "maintain"
    result = office.init("--team", "devs:publish")

    assert result.states["team devs"] == "kept"
    assert result.steps["team devs"]["text"] == "it has more than publish already: maintain"
    assert team.roles[office.repository.id] == "maintain"


def test_a_team_that_has_less_gets_more(office: Office) -> None:
    team = office.github.add_team("acme", "devs")
    set_up(office)
    team.roles[office.repository.id] = "triage"

    assert office.init("--team", "devs:publish").states["team devs"] == "done"
    assert team.roles[office.repository.id] == "write"


def test_a_team_that_does_not_exist_stops_nothing_else(office: Office) -> None:
    result = office.init("--team", "ghosts:read")

    assert result.code == 5
    assert result.blocked == ["team ghosts"]
    assert "acme has no team 'ghosts'" in result.steps["team ghosts"]["text"]


@pytest.mark.parametrize("value", ["devs", "devs:write", ":read"])
def test_a_role_that_does_not_exist_is_a_usage_error(office: Office, value: str) -> None:
    outcome = office.bench.run("init", "acme/pypi", "--team", value)

    assert outcome.code == 2
    assert "is not NAME:read, NAME:publish or NAME:admin" in outcome.err


# The Action


def test_the_tag_stays_where_its_commit_is_not_known(office: Office) -> None:
    result = office.init("--action", "elsewhere/ghpypi@v1")

    assert result.code == 0
    assert "warning: the Action elsewhere/ghpypi@v1 was not found on 127.0.0.1" in result.err
    workflow = office.repository.files("main")[WORKFLOW].decode()
    assert "        uses: elsewhere/ghpypi@v1\n" in workflow


def test_a_major_tag_that_moved_renews_the_workflow(office: Office) -> None:
    action = office.github.repository(REPOSITORY)
    action.git.set_ref(f"refs/tags/{MAJOR_TAG}", office.commit)
    office.init("--action", ACTION)
    commit = action.commit_files({"action.yml": "newer"})
    action.git.set_ref(f"refs/tags/{MAJOR_TAG}", commit)
    result = office.init()

    assert result.steps[WORKFLOW]["text"] == "renewed"
    assert f"@{commit} # {MAJOR_TAG}\n" in office.repository.files("main")[WORKFLOW].decode()


def test_the_release_of_a_workflow_is_renewed_by_a_newer_version(office: Office) -> None:
    office.github.repository(REPOSITORY).git.set_ref("refs/tags/v0.9.0", office.commit)
    office.init("--action", f"{REPOSITORY}@v0.9.0")
    result = office.init()

    assert result.steps[WORKFLOW]["text"] == "renewed"
    workflow = office.repository.files("main")[WORKFLOW].decode()
    assert f"@{office.commit} # {VERSION_TAG}\n" in workflow


def test_a_newer_release_that_an_update_has_pinned_is_kept(office: Office) -> None:
    set_up(office)
    workflow = office.repository.files("main")[WORKFLOW].decode()
    newer = workflow.replace(f"@{office.commit} # {VERSION_TAG}", f"@{'7' * 40} # v9.0.0")
    office.repository.commit_files({WORKFLOW: newer})
    result = office.init()

    assert newer != workflow
    assert result.states[WORKFLOW] == "unchanged"
    assert result.steps[WORKFLOW]["text"] == ""


def test_the_fork_that_a_workflow_uses_is_kept(office: Office) -> None:
    fork = office.github.add_repository("acme/ghpypi")
    fork.git.set_ref("refs/tags/v1.0.0-acme", str(fork.head("main")))
    office.init("--action", "acme/ghpypi@v1.0.0-acme")
    result = office.init()

    assert set(result.states.values()) == {"unchanged"}
    workflow = office.repository.files("main")[WORKFLOW].decode()
    assert f"acme/ghpypi@{fork.head('main')} # v1.0.0-acme\n" in workflow


def test_a_revision_that_was_changed_by_hand_is_kept(office: Office) -> None:
    set_up(office)
    workflow = office.repository.files("main")[WORKFLOW].decode()
    pin = f"@{office.commit} # {VERSION_TAG}"
    office.repository.commit_files({WORKFLOW: workflow.replace(pin, f"@{MAJOR_TAG}")})
    office.github.repository(REPOSITORY).git.set_ref(f"refs/tags/{MAJOR_TAG}", office.commit)
    result = office.init()

    assert result.steps[WORKFLOW]["outcome"] == "kept"
    assert result.steps[WORKFLOW]["text"] == "it was changed by hand, so it is kept"


def test_a_tag_whose_commit_was_unknown_is_pinned_later(office: Office) -> None:
    office.github.delete_repository(office.github.repository(REPOSITORY))
    first = office.init()
    workflow = office.repository.files("main")[WORKFLOW].decode()

    assert f"warning: the Action {REPOSITORY}@{VERSION_TAG} was not found on" in first.err
    assert f"        uses: {REPOSITORY}@{VERSION_TAG}\n" in workflow

    action = office.github.add_repository(REPOSITORY)
    commit = str(action.head("main"))
    action.git.set_ref(f"refs/tags/{VERSION_TAG}", commit)
    result = office.init()

    assert result.steps[WORKFLOW]["text"] == "renewed"
    assert f"@{commit} # {VERSION_TAG}\n" in office.repository.files("main")[WORKFLOW].decode()


def test_a_version_that_is_not_released_is_not_written_into_a_workflow(office: Office) -> None:
    office.github.repository(REPOSITORY).git.set_ref(f"refs/tags/{VERSION_TAG}", None)
    result = office.init()

    assert result.code == 5
    assert result.steps[WORKFLOW]["text"] == f"there is no Action {REPOSITORY}@{VERSION_TAG}"
    assert result.steps[WORKFLOW]["hint"] == (
        f"this version of ghpypi is not released; name a release, such as --action {ACTION}"
    )


def test_a_pin_is_kept_when_the_action_is_gone(office: Office) -> None:
    set_up(office)
    office.github.delete_repository(office.github.repository(REPOSITORY))
    result = office.init()

    assert result.states[WORKFLOW] == "unchanged"
    assert office.writes == []


def test_an_action_that_does_not_exist_is_not_written_into_a_workflow(office: Office) -> None:
    set_up(office)
    office.bench.set(GITHUB_SERVER_URL="https://github.com")
    result = office.init("--action", "elsewhere/ghpypi@v1", "--dry-run")

    assert result.code == 5
    assert result.steps[WORKFLOW]["outcome"] == "failed"
    assert result.steps[WORKFLOW]["text"] == "there is no Action elsewhere/ghpypi@v1"


def test_an_action_without_a_revision_is_a_usage_error(office: Office) -> None:
    outcome = office.bench.run("init", "acme/pypi", "--action", REPOSITORY)

    assert outcome.code == 2
    assert "is not OWNER/REPO@REVISION" in outcome.err


# A folder


def test_a_folder_gets_a_configuration_and_an_index(bench: Bench) -> None:
    outcome = bench.run("init", "./index", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "done  folder       created as index\ndone  ghpypi.toml  added\n"
        "done  index        published\n"
    )
    assert "\n    ghpypi upload dist/* --store ./index\n" in outcome.out
    assert Config.parse((bench.folder / "index/ghpypi.toml").read_text()) == Config()
    assert "no packages yet" in (bench.folder / "index/index.html").read_text()


def test_a_folder_with_another_site_is_left_alone(bench: Bench) -> None:
    folder = bench.folder / "index"
    folder.mkdir()
    (folder / "index.html").write_text("theirs")
    refused = bench.run("init", "./index", "-q")

    assert refused.code == 1
    assert "index.html" in refused.err
    assert (folder / "index.html").read_text() == "theirs"
    (folder / "ghpypi.toml").write_text('[site]\npath = "pypi"\n')
    outcome = bench.run("init", "./index", "-q")
    assert outcome.code == 0
    assert "http://127.0.0.1:8000/pypi/simple/" in outcome.out
    assert (folder / "pypi/simple/index.html").exists()


def test_a_folder_is_left_as_it_is_the_second_time(bench: Bench) -> None:
    bench.run("init", "./index")
    before = {path: path.stat().st_mtime_ns for path in (bench.folder / "index").rglob("*.*")}
    outcome = bench.run("init", "./index", "--json")

    assert {each["outcome"] for each in json.loads(outcome.out)["steps"]} == {"unchanged"}
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_the_configuration_of_a_folder_is_kept(bench: Bench) -> None:
    (bench.folder / "index").mkdir()
    config = bench.folder / "index/ghpypi.toml"
    config.write_text('[index]\nurl = "https://acme.example/"\n')
    outcome = bench.run("init", "./index", "-q")

    assert config.read_text() == '[index]\nurl = "https://acme.example/"\n'
    assert "--index-url https://acme.example/simple/ --no-deps NAME" in outcome.out


def test_a_dry_run_makes_no_folder(bench: Bench) -> None:
    outcome = bench.run("init", "./index", "--dry-run", "-q")

    assert outcome.code == 0
    assert outcome.out.startswith("missing  folder       to be created as index\n")
    assert not (bench.folder / "index").exists()


def test_a_file_in_the_place_of_the_folder_is_reported(bench: Bench) -> None:
    (bench.folder / "index").write_text("")
    outcome = bench.run("init", "--store", "./index", "-q")

    assert outcome.code == 2
    assert "the store index is not a folder\n" in outcome.err


def test_a_store_has_to_be_named(bench: Bench) -> None:
    assert bench.run("init") == Outcome(
        2,
        "",
        "error: which store?\n"
        "hint: name it with --store OWNER/REPO or --store ./FOLDER, set GHPYPI_STORE, or put "
        "'store = \"OWNER/REPO\"' into ghpypi.toml\n",
    )


def test_the_visibility_of_a_new_repository_is_required(office: Office) -> None:
    outcome = office.bench.run("init", "acme/pypi", "-q")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "error: acme/pypi does not exist, and neither --public nor --private is given\n"
        "hint: --public: anyone can read it, and pip can install from its Pages; "
        "--private: only people and teams with access can read it\n"
    )
    assert all(request.method == "GET" for request in office.github.requests)
