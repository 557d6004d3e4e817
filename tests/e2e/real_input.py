"""Real distributions of the public index: a pinned list, fetched once and checked every time."""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from filelock import FileLock
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename
from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple
from pypi_simple.errors import UnexpectedRepoVersionWarning
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from uv import find_uv_bin

from ghpypi.core.digest import digest_file
from ghpypi.core.names import Filename
from tests.support.waiting import HANG_SECONDS

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One line of a list: a file that must have this digest, and the project it belongs to."""

    project: str
    filename: str
    sha256: str

    @property
    def version(self) -> str:
        return str(Filename.parse(self.filename).version)

    @property
    def fits(self) -> bool:
        """Tell whether this Python can install it without building anything."""
        if not self.filename.endswith(".whl"):
            return False
        return not parse_wheel_filename(self.filename)[3].isdisjoint(sys_tags())


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A list and its files, fetched."""

    pins: tuple[Pin, ...]
    folder: Path

    def path(self, pin: Pin) -> Path:
        return place_of(pin, self.folder)

    @property
    def paths(self) -> list[Path]:
        return [self.path(pin) for pin in self.pins]


def read(name: str) -> tuple[Pin, ...]:
    """Read one of the lists beside this module."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return tuple(_pin(line) for line in lines if not line.startswith("#"))


def place_of(pin: Pin, folder: Path) -> Path:
    return folder / pin.sha256[:16] / pin.filename


def fetch(pins: Iterable[Pin], folder: Path) -> None:
    """Fetch what is missing or damaged; with everything there, no network is needed.

    Several processes may do it at once: one works, the others wait.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        missing = [pin for pin in pins if not _is_there(place_of(pin, folder), pin)]
        if missing:
            _fetch(missing, folder)


def registry() -> str:
    """Say where pip, as it is set up here, would look."""
    return os.environ.get("PIP_INDEX_URL") or _configured() or PYPI_SIMPLE_ENDPOINT


def compile_at_registry(requirements: Iterable[str]) -> str:
    """Let uv resolve against the registry, with this machine's settings for reaching it."""
    command = [
        find_uv_bin(), "pip", "compile", "--default-index", registry(), "--generate-hashes",
        "--python", sys.executable, "-",
    ]  # fmt: skip
    text = "\n".join(requirements)
    done = subprocess.run(command, input=text, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr

    return done.stdout


def _pin(line: str) -> Pin:
    sha256, _, rest = line.partition("  ")
    project, _, filename = rest.partition("/")
    return Pin(project=project, filename=filename, sha256=sha256)


def _is_there(place: Path, pin: Pin) -> bool:
    if not place.is_file():
        return False
    with place.open("rb") as file:
        return digest_file(file) == pin.sha256


def _fetch(pins: Iterable[Pin], folder: Path) -> None:
    ordered = sorted(pins, key=lambda pin: pin.project)
    groups = {name: list(group) for name, group in groupby(ordered, lambda pin: pin.project)}
    address = registry()

    def fetch_project(item: tuple[str, list[Pin]]) -> None:
        with _client(address) as client:
            page = client.get_project_page(item[0])
            urls = {package.filename: package.url for package in page.packages}
            for pin in item[1]:
                _download(client.s, urls, pin, place_of(pin, folder))

    with warnings.catch_warnings(), ThreadPoolExecutor(4) as pool:
        # The registry may well speak a newer API than the reader knows.
        warnings.simplefilter("ignore", UnexpectedRepoVersionWarning)
        list(pool.map(fetch_project, groups.items()))


def _download(session: Session, urls: Mapping[str, str], pin: Pin, place: Path) -> None:
    assert pin.filename in urls, f"the registry has no {pin.filename} any more"

    answer = session.get(urls[pin.filename], timeout=HANG_SECONDS)
    answer.raise_for_status()
    place.parent.mkdir(exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    part.write_bytes(answer.content)

    assert _is_there(part, pin), f"the registry's {pin.filename} is not the one in the list"

    part.replace(place)


@contextmanager
def _client(address: str) -> Iterator[PyPISimple]:
    with Session() as session:
        adapter = HTTPAdapter(max_retries=Retry(4, backoff_factor=1, status_forcelist=[429, 503]))
        session.mount("https://", adapter)
        if certificates := os.environ.get("PIP_CERT"):
            session.verify = certificates
        yield PyPISimple(address, session=session)


def _configured() -> str:
    for key in ("global.index-url", "install.index-url"):
        command = [sys.executable, "-m", "pip", "config", "get", key]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.strip()
    return ""
