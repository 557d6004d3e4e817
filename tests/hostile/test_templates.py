"""Hostile templates of a site, through every entrance: an error that names them, and nothing else.

One for each kind: out of the sandbox, other files, endless work, memory, output and nesting.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import FailedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.rendering import ProcessRenderer
from ghpypi.stores.directory.store import DirectoryStore
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.cli.conftest import Bench
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.served_stores import served_folder

CPU_SECONDS = 3
"""Enough to reach the limit of memory on a slow machine, where a gigabyte takes about a second."""

FIRST = "{# ghpypi-templates: 1 #}\n"
LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"

DOUBLING = (
    "{% set ns = namespace(x='x' * 1000) %}"
    "{% for n in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}"
)

ESCAPES = {
    "globals": "{{ cycler.__init__.__globals__.os.environ }}",
    "subclasses": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "attribute filter": "{{ site|attr('__class__')|attr('mro') }}",
    "format": "{{ '{0.__class__.__init__.__globals__}'.format(cycler) }}",
    "format through attr": "{{ ('{0.__class__.__mro__}'|attr('format'))(site) }}",
    "format_map": "{{ '{x.__class__}'.format_map({'x': cycler}) }}",
    "joined format": "{{ [cycler]|map('attr', '__init__')|map(attribute='__globals__')|list }}",
    "generator": "{{ (site for site in []).gi_frame.f_globals }}",
    "include": "{% include '/etc/passwd' %}",
    "include of a parent": "{% include '../ghpypi.toml' %}",
    "include of our code": "{% include 'ghpypi/../../cli/main.py' %}",
    "import": "{% import 'os' as os %}{{ os.environ }}",
    "change of data": "{{ latest.append(1) }}",
}
"""Templates that try to reach what is none of theirs."""

LIMITS = {
    "endless loop": (LOOP, f"{CPU_SECONDS} s of processor time"),
    "memory": ("{% set ns = namespace(x='x') %}{{ (ns.x * 10**10)|length }}", "MiB"),
    "doubling": (DOUBLING, "MiB"),
    "padding": ("{{ 'x'.ljust(10**10) }}", "MiB"),
    "large page": ("{% for a in range(99) %}{{ 'x' * 999999 }}{% endfor %}", "32 MiB"),
    "large number": ("{{ (9 ** (9 ** 9))|string|length }}", f"{CPU_SECONDS} s of processor time"),
    "includes itself": ("{% include 'landing.html' %}", ""),
    "extends itself": ("{% extends 'landing.html' %}", ""),
    "deep nesting": ("{{ " + "(" * 20_000 + " }}", ""),
    "endless macro": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", ""),
}
"""Templates that never end, or make more than fits; and what the error says of it."""


@pytest.fixture(scope="module")
def renderer() -> Iterator[ProcessRenderer]:
    with ProcessRenderer(1, cpu_seconds=CPU_SECONDS) as made:
        yield made


def indexed(template: str, renderer: ProcessRenderer) -> MemorySite:
    """Build an index whose landing page is made by a template."""
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, [wheel()])
    settings = SiteSettings(
        config=Config(),
        address="https://acme.example/",
        templates={"landing.html": FIRST + template},
    )
    build_index(store, site, settings, MemoryReporter(), IndexOptions(), None, renderer)
    return site


@pytest.mark.parametrize("kind", ESCAPES)
def test_a_template_reaches_nothing_else(renderer: ProcessRenderer, kind: str) -> None:
    with pytest.raises(
        FailedError, match=r"cannot render the template 'landing\.html' of the site"
    ):
        indexed(ESCAPES[kind], renderer)


@pytest.mark.parametrize("kind", LIMITS)
def test_a_template_that_takes_too_much_is_an_error(renderer: ProcessRenderer, kind: str) -> None:
    template, problem = LIMITS[kind]
    with pytest.raises(
        FailedError, match=r"cannot render the template 'landing\.html' of the site"
    ) as caught:
        indexed(template, renderer)

    assert problem in str(caught.value)
    assert caught.value.hint


def test_a_template_cannot_run_scripts_by_accident(renderer: ProcessRenderer) -> None:
    page = indexed("{{ '<script>' }}{{ address }}", renderer).pages["index.html"].decode()

    assert page == "&lt;script&gt;https://acme.example/"


def test_the_command_names_the_template_and_changes_nothing(bench: Bench) -> None:
    root = bench.folder / "index"
    publish_files(DirectoryStore(root), [wheel()])
    (root / "mine").mkdir()
    (root / "mine/landing.html").write_text(FIRST + "{{ 'x'.ljust(10**11) }}")
    (root / "ghpypi.toml").write_text("[site]\ntemplates = 'mine'\n")
    outcome = bench.run("index", "--store", "./index")

    assert outcome.code == 1
    assert "cannot render the template 'landing.html' of the site" in outcome.err
    assert not (root / "catalog.jsonl").exists()


def test_a_server_goes_on_when_a_template_of_one_store_takes_too_much(tmp_path: Path) -> None:
    publish_files(DirectoryStore(tmp_path), [wheel()])
    (tmp_path / "mine").mkdir()
    (tmp_path / "ghpypi.toml").write_text("[site]\ntemplates = 'mine'\n")
    page = tmp_path / "mine/landing.html"
    page.write_text(FIRST + "first")
    served_store = served_folder(tmp_path)
    assert served_store.upload_target is not None
    served_store.upload_target.start_index(None)
    page.write_text(FIRST + "{{ 'x'.ljust(10**11) }}")
    with pytest.raises(FailedError, match=r"took more than 1,?024 MiB"):
        served_store.upload_target.start_index(None)

    assert (tmp_path / "index.html").read_text() == "first"
    served_store.load(None)
    assert served_store.catalog_view.revision.records
