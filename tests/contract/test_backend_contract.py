"""What every kind of store that is registered offers, without asking anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from ghpypi.core.locator import Hosts, Locator
from ghpypi.errors import UsageError
from ghpypi.ports import AccessPolicy, Backend, Capabilities, StoreAccess
from ghpypi.stores import KINDS, is_same_store, locate, open_backend
from tests.contract.conftest import ROWS, SAME

ACCESS = StoreAccess(hosts=Hosts.of("github.com"))


@pytest.fixture(params=list(KINDS))
def backend(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Backend:
    monkeypatch.chdir(tmp_path)
    return open_backend(
        Locator(kind=request.param, value=ROWS[SAME.get(request.param, request.param)].value),
        ACCESS,
    )


def test_each_kind_of_store_is_held_to_the_contract() -> None:
    assert ROWS.keys() | SAME.keys() == KINDS.keys()


def test_a_store_says_what_it_is_without_a_request(backend: Backend) -> None:
    locator = backend.locator

    assert backend.key == backend.identity(locator, "github.com")
    assert backend.short_name
    assert backend.rules.max_size > 0
    assert is_same_store(locator, locator, host="github.com")


def test_a_store_declares_who_may_read_it(backend: Backend) -> None:
    assert backend.capabilities.access is not AccessPolicy.CLOSED


def test_what_is_not_declared_is_refused(backend: Backend) -> None:
    if not backend.capabilities.has_roles:
        with pytest.raises(UsageError, match="has no roles"):
            backend.roles()
        with pytest.raises(UsageError, match="has no roles"):
            backend.own_role()
    if not backend.capabilities.builds_elsewhere:
        with pytest.raises(UsageError, match="is not rebuilt by a run somewhere else"):
            backend.index_builder()


def test_without_capabilities_all_is_closed() -> None:
    nothing = Capabilities()

    assert nothing.access is AccessPolicy.CLOSED
    assert not any(getattr(nothing, each) for each in Capabilities._fields if each != "access")


@pytest.mark.parametrize("text", ["github://acme/pypi", "memory://x", "directory://x", "ftp://x"])
def test_only_urls_of_registered_kinds_are_stores(text: str) -> None:
    with pytest.raises(UsageError, match="stores are not supported"):
        locate(text)


def test_a_new_kind_is_one_line_of_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "box", KINDS["memory"])
    locator = locate("box://bucket/prefix")

    assert locator == Locator(kind="box", value="bucket/prefix")
    assert str(locator) == "box://bucket/prefix"
    assert open_backend(locator, ACCESS).short_name == "bucket/prefix"


def test_stores_of_two_kinds_are_never_the_same() -> None:
    folder, memory = Locator(kind="directory", value="x"), Locator(kind="memory", value="x")

    assert not is_same_store(folder, memory, host="github.com")


def test_the_registry_imports_no_store() -> None:
    code = (
        "import sys, ghpypi.stores\n"
        "print([x for x in sys.modules if x.startswith(('ghpypi.stores.', 'github'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
