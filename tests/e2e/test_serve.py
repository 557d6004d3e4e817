"""`ghpypi serve` in front of a private repository, with real installers as its clients."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from tests.e2e.installers import Installer, Pip, Place, bare_environment
from tests.e2e.proxy import SAMPLES, STORE, Private, Proxy, private_repository, proxy
from tests.e2e.served import Ghpypi, secrets_in
from tests.emulator import Emulator, Request
from tests.emulator.faults import Fault, Pause
from tests.support.nightly import nightly
from tests.support.packages import wheel, written
from tests.support.waiting import HANG_SECONDS, eventually

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
HEAD = "/git/ref/heads/gh-pages"
BOTH = {"acme-app": "1.0", "acme-lib": "1.1"}


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        yield made


@pytest.fixture
def served(private: Private) -> Iterator[Proxy]:
    private.github.faults.clear()
    private.github.clear_log()
    with proxy(private.environment(), STORE) as made:
        yield made
    private.github.faults.clear()


def test_a_private_package_is_installed_with_its_dependencies(
    private: Private, served: Proxy, installer: Installer, place: Place
) -> None:
    done = installer.install(place, served.index(private.reader), "acme-app")

    assert done.returncode == 0, done.stderr
    assert place.installed() == BOTH


def test_a_local_version_and_an_index_below_the_store_are_installed(
    private: Private, served: Proxy, installer: Installer, place: Place
) -> None:
    index = served.index(private.reader, f"{STORE}/")
    done = installer.install(place, index, "acme_kernels==1.0+cu128")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-kernels": "1.0+cu128"}


def test_no_token_reaches_another_host_or_the_log(
    private: Private, served: Proxy, installer: Installer, place: Place
) -> None:
    installer.install(place, served.index(private.reader), "acme-app")
    served.get("simple/", f"{private.reader}x")
    served.get(f"simple/{private.reader}/", private.reader)
    served.stop()

    told = {x.origin for x in private.github.requests if secrets_in(x, private.reader)}
    assert told == {"api"}
    assert private.github.requests_to("cdn")
    assert not [x for x in private.github.requests_to("cdn") if x.status >= 400]
    text = "".join(served.lines)
    assert private.reader not in text
    assert "sig=" not in text
    assert {line["path"] for line in served.log} >= {"/simple/acme-app/", "/simple/***/"}


def _unauthorized(private: Private) -> str:
    return private.github.add_token("stranger")


def _expired(private: Private) -> str:
    return private.github.add_token("reader", expired=True)


def _other_repository(private: Private) -> str:
    github = private.github
    if github.find_repository("acme/other") is None:
        github.add_repository("acme/other", private=True).grant("reader", "read")
    return github.add_token(
        "reader", permissions={"contents": "read"}, owner="acme", repositories=["acme/other"]
    )


def _without_contents(private: Private) -> str:
    return private.github.add_token(
        "reader", permissions={"metadata": "read"}, owner="acme", repositories=[STORE]
    )


def _public_scope(private: Private) -> str:
    return private.github.add_token("reader", scopes=["public_repo"])


@pytest.mark.parametrize(
    ("make", "status"),
    [
        pytest.param(_unauthorized, 403, id="stranger"),
        pytest.param(_expired, 401, id="expired"),
        nightly(_other_repository, 403, id="other repository"),
        nightly(_without_contents, 403, id="no contents"),
        nightly(_public_scope, 403, id="scope"),
        nightly(lambda _: "hunter2", 401, id="no token"),
    ],
)
def test_without_the_right_to_read_there_is_nothing(
    private: Private, served: Proxy, place: Place, make: "object", status: int
) -> None:
    assert callable(make)
    token = make(private)
    file = "files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"

    for path in ("simple/", "simple/acme-lib/", "simple/nothing/", file, f"{file}.metadata", ""):
        answer = served.get(path, token)
        assert answer.status_code == status
        assert "acme_lib" not in answer.text
    done = Pip().install(place, served.index(token), "acme-lib")

    assert done.returncode != 0
    assert place.installed() == {}


@pytest.mark.parametrize(
    "more",
    [
        {"permissions": {"contents": "read"}, "owner": "acme", "repositories": [STORE]},
        nightly({"installation": STORE}),
    ],
    ids=["fine-grained", "workflow"],
)
def test_tokens_of_other_kinds_read_as_well(
    private: Private, served: Proxy, place: Place, more: dict[str, object]
) -> None:
    token = private.github.add_token("reader", **more)  # type: ignore[arg-type]  # rows differ

    done = Pip().install(place, served.index(token), "acme-app")

    assert done.returncode == 0, done.stderr
    assert place.installed() == BOTH


def test_single_sign_on_is_explained(private: Private, served: Proxy) -> None:
    organization = private.github.account("acme")
    organization.sso_url = "https://github.com/orgs/acme/sso?authorization_request=A1"
    try:
        answer = served.get("simple/", private.github.add_token("reader"))
    finally:
        organization.sso_url = ""

    assert answer.status_code == 403
    assert "single sign-on" in answer.text
    assert "https://github.com/orgs/acme/sso" in answer.text


def test_a_token_revoked_while_serving_opens_no_file_and_then_nothing(private: Private) -> None:
    token = private.github.add_token("reader")
    with proxy(private.environment(), STORE, "--auth-read-expires", "3600") as served:
        assert served.get("simple/acme-lib/", token).status_code == 200
        private.github.revoke_token(token)

        file = "files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"
        assert served.get(file, token).status_code == 401
        assert served.get("simple/acme-lib/", token).status_code == 401


def test_a_right_taken_away_is_gone_when_it_expires(private: Private) -> None:
    private.github.add_user("leaver")
    private.repository.grant("leaver", "read")
    token = private.github.add_token("leaver")
    with proxy(private.environment(), STORE, "--auth-read-expires", "1") as served:
        assert served.get("simple/acme-lib/", token).status_code == 200
        private.repository.grant("leaver", "none")

        eventually(lambda: served.get("simple/acme-lib/", token).status_code == 403)


def test_two_replicas_need_nothing_in_common(private: Private, place: Place) -> None:
    environment = private.environment()
    with proxy(environment, STORE) as one, proxy(environment, STORE) as other:
        first = one.get("simple/acme-lib/", private.reader, headers=JSON)
        second = other.get("simple/acme-lib/", private.reader, headers=JSON)

        assert first.content == second.content
        assert first.headers["ETag"] == second.headers["ETag"]
        url = urljoin("simple/acme-lib/", first.json()["files"][0]["url"])
        assert other.get(url, private.reader).status_code == 302
        assert one.stop() in {0, -15}
        assert Pip().install(place, other.index(private.reader), "acme-app").returncode == 0


def test_replicas_with_one_secret_know_each_others_sessions(private: Private) -> None:
    environment = private.environment(
        GHPYPI_SERVE_SESSION_SECRET="a secret that both of the servers share"
    )
    with proxy(environment, STORE) as one, proxy(environment, STORE) as other:
        form = one.get("login", None)
        field = form.text.partition('name="form" value="')[2].partition('"')[0]

        with requests.Session() as session:
            session.trust_env = False
            session.cookies.update(form.cookies)
            data = {"form": field, "token": private.reader, "next": "/simple/"}
            signed = session.post(
                f"{one.root}login", data=data, allow_redirects=False, timeout=HANG_SECONDS
            )

            assert (signed.status_code, signed.headers["Location"]) == (303, "/simple/")
            page = session.get(f"{other.root}simple/acme-lib/", timeout=HANG_SECONDS)

        assert page.status_code == 200
        assert private.reader not in str(signed.headers)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(502, times=999, origin="api"),
        Fault.reset_before(times=999, origin="api"),
        Fault.primary_limit(times=999, origin="api"),
        Fault.secondary_limit(times=999, origin="api"),
    ],
    ids=["failing", "gone", "limit", "secondary limit"],
)
def test_the_last_index_goes_on_while_github_fails(private: Private, fault: Fault) -> None:
    token = private.github.add_token("reader")
    environment = private.environment(GHPYPI_TOKEN=private.reader)
    with proxy(environment, STORE, "--poll", "1") as served:
        assert served.get("simple/acme-lib/", token).status_code == 200
        assert served.get("ready", None).json()["status"] == "ready"
        private.github.faults.add(fault)
        try:
            eventually(lambda: served.get("ready", None).json()["status"] != "ready")

            assert served.get("simple/acme-lib/", token).status_code == 200
            state = served.get("ready", None)
            assert (state.status_code, state.json()["status"]) == (200, "stale")
            unknown = served.get("simple/", private.github.add_token("reader"))
            assert unknown.status_code == 503
            assert unknown.headers["Retry-After"].isdigit()
            file = served.get("files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl", token)
            assert file.status_code == 503
        finally:
            private.github.faults.clear()
        eventually(lambda: served.get("ready", None).json()["status"] == "ready")


def test_a_slow_github_does_not_slow_known_callers(private: Private) -> None:
    token, late = (private.github.add_token("reader") for _ in range(2))
    with proxy(private.environment(), STORE) as served:
        assert served.get("simple/acme-lib/", token).status_code == 200
        pause = Pause()
        private.github.faults.add(Fault.hold(pause, origin="api", times=1))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(served.get, "simple/", late)
            pause.wait()
            for _ in range(20):
                assert served.get("simple/acme-lib/", token).status_code == 200
            assert not waiting.done()
            pause.open()
            assert waiting.result().status_code == 200


def test_a_new_release_is_served_to_who_asks_for_it(tmp_path: Path) -> None:
    with (
        private_repository(tmp_path, *SAMPLES[:1]) as private,
        proxy(private.environment(), STORE) as served,
    ):
        assert served.get("simple/brand-new/", private.reader).status_code == 404
        private.publish(wheel("brand_new", "1.0"))

        eventually(lambda: served.get("simple/brand-new/", private.reader).status_code == 200)


def test_looking_for_a_new_index_costs_nothing_of_the_limit(private: Private) -> None:
    environment = private.environment(GHPYPI_TOKEN=private.reader)
    with proxy(environment, STORE, "--poll", "1") as served:
        served.get("simple/", private.reader)
        private.github.clear_log()

        def asked() -> list[Request]:
            return [x for x in private.github.requests_to("api") if x.status]

        eventually(lambda: len([x for x in asked() if x.path.endswith(HEAD)]) > 2)
        assert {x.status for x in asked() if x.path.endswith(HEAD)} == {304}
        assert {x.status for x in asked()} <= {304, 404}  # there is no configuration to read


def test_bytes_are_passed_through_where_clients_cannot_reach_githubs(
    private: Private, installer: Installer, place: Place
) -> None:
    private.github.clear_log()
    with proxy(private.environment(), STORE, "--stream") as served:
        done = installer.install(place, served.index(private.reader), "acme-app")

        assert done.returncode == 0, done.stderr
        part = served.get(
            "files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl",
            private.reader,
            headers={"Range": "bytes=10-19"},
        )
        assert (part.status_code, part.content) == (206, SAMPLES[0][1][10:20])
    agents = {x.headers["user-agent"].partition("/")[0] for x in private.github.requests_to("cdn")}
    assert agents == {"ghpypi"}


def test_files_come_through_where_github_sends_them_itself(private: Private, place: Place) -> None:
    private.github.asset_redirects = False
    try:
        with proxy(private.environment(), STORE) as served:
            done = Pip().install(place, served.index(private.reader), "acme-app")
    finally:
        private.github.asset_redirects = True

    assert done.returncode == 0, done.stderr


def test_a_trusted_network_reads_without_signing_in(private: Private, place: Place) -> None:
    environment = private.environment(GHPYPI_TOKEN=private.reader)
    with proxy(environment, STORE, "--anonymous-read") as served:
        done = Pip().install(place, f"{served.root}simple/", "acme-app")

        assert done.returncode == 0, done.stderr
        assert served.get("simple/", private.github.add_token("stranger")).status_code == 403


def test_the_published_pages_are_behind_the_sign_in(private: Private, served: Proxy) -> None:
    browser = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}

    turned_away = served.get("", None, headers=browser)
    page = served.get("", private.reader, headers=browser)
    project = served.get("project/acme-lib/", private.reader, headers=browser)

    assert (turned_away.status_code, turned_away.headers["Location"]) == (303, "/login?next=/")
    assert (page.status_code, project.status_code) == (200, 200)
    assert "acme-lib" in project.text


def test_a_folder_is_served_as_well(tmp_path: Path, installer: Installer, place: Place) -> None:

    store = tmp_path / "index"
    ghpypi = Ghpypi(home=tmp_path, environment={})
    ghpypi.do("upload", *written(tmp_path / "dist", *SAMPLES), "--store", store)
    with proxy(bare_environment(tmp_path), store) as served:
        done = installer.install(place, f"{served.root}simple/", "acme-app")

        assert done.returncode == 0, done.stderr
        assert place.installed() == BOTH
        ghpypi.do("upload", *written(tmp_path / "more", wheel("later")), "--store", store)
        eventually(lambda: served.get("simple/later/", None).status_code == 200)


def test_several_stores_have_addresses_of_their_own(private: Private, tmp_path: Path) -> None:
    settings = tmp_path / "serve.toml"
    settings.write_text(f'[stores]\nteam = "{STORE}"\n')
    other = tmp_path / "tools"
    with proxy(private.environment(), other, "--settings", settings) as served:
        assert served.get("tools/simple/", None).status_code == 200
        assert served.get("team/simple/acme-lib/", private.reader).status_code == 200
        assert served.get(f"{STORE}/simple/acme-lib/", private.reader).status_code == 200
        assert served.get("squad/simple/acme-lib/", private.reader).status_code == 404

        settings.write_text(f'[stores]\nsquad = "{STORE}"\n')
        squad = "squad/simple/acme-lib/"
        eventually(lambda: served.get(squad, private.reader).status_code == 200)
        assert served.get("team/simple/acme-lib/", private.reader).status_code == 404

        settings.write_text("[stores\n")
        eventually(lambda: any("serve.toml" in line for line in served.lines))
        assert served.get(squad, private.reader).status_code == 200


def test_what_is_under_way_is_finished_before_the_end(private: Private) -> None:

    with proxy(private.environment(), STORE, "--stream") as served:
        assert served.get("simple/acme-lib/", private.reader).status_code == 200
        pause = Pause()
        private.github.faults.add(Fault.hold(pause, origin="cdn", times=1))
        path = "files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"
        with ThreadPoolExecutor(2) as pool:
            download = pool.submit(served.get, path, private.reader)
            pause.wait()
            ended = pool.submit(served.stop)
            eventually(lambda: not served.accepts())
            pause.open()
            ended.result()
        private.github.faults.clear()

    assert download.result().content == SAMPLES[0][1]


def test_the_emulator_refuses_tokens_where_files_are(private: Private) -> None:
    """What these tests rely on: a token sent to the signed address would be seen."""
    assert isinstance(private.github, Emulator)
    with proxy(private.environment(), STORE) as served:
        path = "files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"
        url = served.get(path, private.reader).headers["Location"]

    with requests.Session() as session:
        session.trust_env = False
        assert session.get(url, auth=("x", private.reader), timeout=HANG_SECONDS).status_code == 400
        assert session.get(url, timeout=HANG_SECONDS).status_code == 200
