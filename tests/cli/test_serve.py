import socket
from pathlib import Path

import pytest

from ghpypi.cli import serve
from ghpypi.cli.serve_settings import checked_upstream, merge_settings, password_files
from ghpypi.cli.serving import Serving, watched
from ghpypi.core.config.server import PasswordFiles, ServeSettings
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import ConfigError, UsageError
from ghpypi.server.served_store import Passwords
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.support.packages import publish_files, wheel

HOSTS = Hosts.parse("https://api.github.com")


def serving(*stores: str, settings: str = "") -> Serving:
    told = ServeSettings.parse(settings, source="serve.toml")
    return Serving(stores=stores, hosts=HOSTS, token=None, settings=told)


def test_what_is_missing_is_named_with_how_to_get_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "NEEDED", ("no_such_library", "click"))
    for arguments in (["serve", "acme/pypi"], ["run", "--", "sh"]):
        done = bench.run(*arguments)

        assert done.code == 2
        assert "no_such_library" in done.err
        assert "pip install 'ghpypi[serve]'" in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["acme/pypi", "--anonymous-read"], "requires a token of the server"),
        (["acme/pypi", "--upstream", "pypi.org"], "is no address"),
        (["acme/pypi", "--upstream", "https://me:secret@x/simple/"], "must hold no password"),
        (["acme/pypi", "--min-age", "week"], "is not an age"),
        (
            ["acme/pypi", "--upload-password-file", "nowhere"],
            "GitHub decides who may use the store",
        ),
        ([".", "--upload-password-file", "nowhere"], "password file 'nowhere' cannot be read"),
        ([".", "--read-password-file", "other=nowhere"], "'other', which is not served"),
        (
            ["acme/pypi", ".", "--upload-password-file", "acme/pypi=x"],
            "'acme/pypi', but GitHub decides",
        ),
        (["acme/pypi", "--anonymous-repository", "acme/*"], "requires --anonymous-read"),
        (["acme"], "neither OWNER/REPO, nor a path"),
        (["github.com/acme/pypi", "code.example/acme/x"], "start a server for each host"),
        (["acme/pypi", "code.example/acme/x", "acme.ghe.com/a/b"], "is not on 'code.example'"),
        (["acme/pypi", "--min-age", "7d"], "require --upstream"),
        (["acme/pypi", "--upstream-merge"], "require --upstream"),
        (["acme/pypi", "--public-url", "packages.example"], "is not like https://"),
        (["acme/pypi", "--public-url", "https://a:b@packages.example"], "is not like https://"),
        (["acme/pypi", "--public-url", "https://[::1"], "is not like https://"),
        (["acme/pypi", "--allowed-host", "https://packages.example"], "is not a host name"),
        (["acme/pypi", "--allowed-host", "packages.example:8080"], "is not a host name"),
        (["acme/pypi", "--allowed-host", "packages example"], "is not a host name"),
        (["acme/pypi", "--host", "::", "--proxy-headers", "*"], "forge its address"),
        (["acme/pypi", "--proxy-headers", "10.0.0.1/8"], "neither an address nor a network"),
        (["acme/pypi", "--tls-key", __file__], "requires --tls-cert"),
        (["acme/pypi", "--tls-cert", __file__], "cannot use the certificate"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_port_is_opened(
    bench: Bench, arguments: list[str], told: str
) -> None:
    done = bench.run("serve", *arguments)

    assert done.code == 2
    assert told in done.err
    assert "secret" not in done.err


@pytest.mark.parametrize("secret", ["changeme", "a" * 64, "0123456789abcdef" * 2 + "\n", "x" * 31])
def test_a_session_secret_that_can_be_guessed_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("GHPYPI_SERVE_SESSION_SECRET", secret)
    done = bench.run("serve", "memory:", "--proxy-headers", "no network")

    assert done.code == 2
    long_enough = secret.startswith("0")
    assert ("is too weak" in done.err) != long_enough
    assert ("openssl rand -hex 32" in done.err) != long_enough
    assert secret.strip() not in done.err


def test_a_port_that_is_taken_is_reported(bench: Bench, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = bench.run("serve", str(tmp_path), str(tmp_path / "mistyped"), "--port", port)

    assert done.code == 1
    assert done.err.count("folder") == 1
    assert "mistyped not found; the first upload creates it" in done.err
    assert f"port {port}: Address already in use" in done.err


def test_an_address_of_another_machine_is_reported(bench: Bench, tmp_path: Path) -> None:
    done = bench.run("serve", str(tmp_path), "--host", "192.0.2.1", "--port", "0")

    assert done.code == 1
    assert "cannot listen on 192.0.2.1 port 0" in done.err
    assert "hint: choose an address of this machine with --host" in done.err


def test_stores_are_at_their_names_and_the_first_at_the_root(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    made = serving("Acme/PyPI", str(tmp_path / "tools"), settings='[stores]\nteam = "Acme/PyPI"')
    all_stores = made.all_stores()

    assert set(all_stores.served_stores) == {"acme/pypi", "tools", "team"}
    assert (
        all_stores.first
        is all_stores.served_stores["acme/pypi"]
        is all_stores.served_stores["team"]
    )
    assert [store.has_rights for store in all_stores.all] == [True, False]
    assert all_stores.find(("ACME", "pypi", "simple")) == (all_stores.first, ("simple",))
    assert all_stores.find(("simple", "x")) == (all_stores.first, ("simple", "x"))


def test_stores_are_named_without_their_host() -> None:
    all_stores = serving("https://github.com/acme/pypi.git").all_stores()

    assert set(all_stores.served_stores) == {"acme/pypi"}


def test_two_stores_of_one_name_are_refused(tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "index", tmp_path / "b" / "index"]
    for each in folders:
        each.mkdir(parents=True)
    with pytest.raises(UsageError, match="two stores are called index"):
        serving(*map(str, folders)).all_stores()


@pytest.fixture
def indexed(bench: Bench, tmp_path: Path) -> Path:
    """A folder with the indexes `stable` and `nightly/cu130`."""
    root = tmp_path / "index"
    publish_files(DirectoryStore(root), [wheel(version="1.0+cu130")], "nightly-1")
    dimension = "[variants.dimensions.{}]\nfrom = '{}'\npattern = '({})'\n"
    (root / "ghpypi.toml").write_text(
        dimension.format("channel", "tag", "nightly")
        + dimension.format("cuda", "local-version", r"cu\d+")
        + "[indexes.stable]\ninclude = ['acme-lib']\n"
    )
    assert bench.run("index", "--store", str(root)).code == 0
    return root


@pytest.mark.parametrize("path", ["nightly/cu130", "nightly", "stable"])
def test_an_index_at_the_path_of_another_store_is_an_error(
    indexed: Path, tmp_path: Path, path: str
) -> None:
    other = path if "/" in path else str(tmp_path / path)
    first = serving(str(indexed), other).all_stores().first
    with pytest.raises(ConfigError) as caught:
        first.load(None)

    index = "nightly/cu130" if "nightly" in path else "stable"
    assert f"index '{index}': '{path}/' is a store" in caught.value.faults
    assert "'rename' in [variants]" in caught.value.hint
    assert not first.loaded


def test_indexes_below_their_store_are_not_hidden_by_the_first_one(
    indexed: Path, tmp_path: Path
) -> None:
    (tmp_path / "stable").mkdir()
    stores = serving(str(tmp_path / "stable"), str(indexed)).all_stores()
    stores.served_stores["index"].load(None)

    assert stores.served_stores["index"].loaded


def test_settings_with_a_store_that_would_hide_an_index_are_refused(
    indexed: Path, tmp_path: Path
) -> None:
    before = serving(str(indexed)).all_stores()
    before.first.load(None)
    more = serving(str(indexed), settings="[stores]\nstable = 'memory:'")
    with pytest.raises(ConfigError, match="indexes of 'index' are at paths of other stores"):
        more.all_stores(before)

    before.first.load(None)


def test_a_store_can_be_in_memory() -> None:
    all_stores = serving("memory:trial").all_stores()

    assert all_stores.first.name == "trial"


def test_what_options_say_takes_precedence_over_the_file() -> None:
    file = ServeSettings(upstream="https://a/", reserved=("acme-*",), merge=("torch",))
    options = ServeSettings(upstream="https://b/", reserved=("other-*",))

    told = merge_settings(file, options)

    assert told.upstream == "https://b/"
    assert told.reserved == ("other-*", "acme-*")
    assert told.merge == ("torch",)


def test_passwords_are_those_of_the_store_else_those_of_all(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.txt").write_text(f"of {name}\n")
    text = (
        f'[stores]\nteam = {{ store = "{tmp_path}/b", read-password-file = "{tmp_path}/b.txt" }}\n'
        f'tools = {{ store = "{tmp_path}/c", read-password-file = "{tmp_path}/b.txt" }}'
    )
    options = password_files([f"{tmp_path}/a.txt"], [f"tools={tmp_path}/c.txt"])
    file = ServeSettings.parse(text, source="serve.toml")
    all_stores = Serving(
        stores=(str(tmp_path / "a"),),
        hosts=HOSTS,
        token=None,
        settings=merge_settings(file, ServeSettings(passwords=options)),
        passwords=Passwords(read=Secret("environment"), write=Secret("environment")),
    ).all_stores()

    found = {name: all_stores.served_stores[name].passwords for name in ("a", "team", "tools")}
    assert {name: each.read and each.read.reveal() for name, each in found.items()} == {
        "a": "environment",
        "team": "of b",
        "tools": "of c",
    }
    assert {each.write and each.write.reveal() for each in found.values()} == {"of a"}


def test_a_path_with_an_equals_sign_is_no_store() -> None:
    assert password_files(["/a=b/c", "./x=y"], ["team=/a=b"]) == {
        "": PasswordFiles(write="./x=y"),
        "team": PasswordFiles(read="/a=b"),
    }


def test_changed_settings_keep_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "serve.toml"
    path.write_text('[stores]\nteam = "acme/pypi"')
    options = serving("acme/tools")
    all_stores = serving("acme/tools", settings=path.read_text()).all_stores()
    look = watched(path, options, all_stores)

    assert look() is None

    path.write_text('[stores]\nsquad = "acme/pypi"\n[upstream]\nurl = "https://x/"')
    changed = look()

    assert changed is not None
    assert set(changed.served_stores) == {"acme/tools", "squad", "acme/pypi"}
    assert changed.served_stores["squad"] is all_stores.served_stores["team"]
    assert changed.authorizer is all_stores.authorizer
    assert look() is None

    path.write_text("[stores")
    with pytest.raises(ConfigError):
        look()
    assert look() is None


def test_another_folder_of_the_same_name_is_another_store(tmp_path: Path) -> None:
    path = tmp_path / "serve.toml"
    for each in ("a", "b"):
        (tmp_path / each / "index").mkdir(parents=True)
    path.write_text(f'[stores]\nteam = "{tmp_path}/a/index"')
    all_stores = serving(settings=path.read_text()).all_stores()
    look = watched(path, serving(), all_stores)
    path.write_text(f'[stores]\nteam = "{tmp_path}/b/index"')
    changed = look()

    assert changed is not None
    assert changed.first is not all_stores.first

    path.write_text(f'[stores]\nsquad = "{tmp_path}/b/index"')
    again = look()

    assert again is not None
    assert again.first is changed.first


def test_an_address_gets_its_slash() -> None:
    assert checked_upstream("https://pypi.org/simple") == "https://pypi.org/simple/"


@pytest.mark.parametrize(
    "command", [("serve", "memory:x"), ("run", "--", "pip")], ids=["serve", "run"]
)
@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_reserved_pattern_that_matches_nothing_is_refused(
    bench: Bench, command: tuple[str, ...], by: str
) -> None:
    name, *rest = command
    if by == "environment":
        bench.set(**{f"GHPYPI_{name.upper()}_RESERVED": "acme-new>=1"})
        outcome = bench.run(name, *rest)
    else:
        outcome = bench.run(name, "--reserved", "acme-new>=1", *rest)

    assert outcome.code == 2
    assert "'acme-new>=1' is not a pattern of project names" in outcome.err
