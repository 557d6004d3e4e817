"""The image, without Docker: what the Dockerfile says is done, instruction by instruction.

Its paths are below a folder, its base is the Python that runs the tests. Where root may, the server
is the first process of its own, of the user that the Dockerfile names, and cannot write.
"""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

import pytest
import requests

from tests.e2e.served import Ghpypi
from tests.support.packages import wheel, written
from tests.support.waiting import HANG_SECONDS, eventually

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(sys.platform == "win32", reason="the image is one of Linux"),
]

SOURCE = Path(__file__).parents[2]
PORT = 8080
SAMPLE = wheel("acme_lib", "1.0")

# The bind makes the folder a file system of its own, which can be made read-only. Another user
# could not enter the folders of pytest, so he may read what he likes, but not write.
CONFINE = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$PWD"
id="$2"; shift 2
exec setpriv --reuid "${id%:*}" --regid "${id#*:}" --clear-groups --no-new-privs \\
  --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search "$@"
"""


@dataclass(kw_only=True)
class Image:
    """A stage, and what it came to.

    Attributes:
        root: What is `/` for it.
        base: A folder with `python`, as the base image has it.
        name: What later stages call it.
        folder: The WORKDIR.
        told: The last of all other instructions, by name.
        environment: ENV.
    """

    root: Path
    base: Path
    name: str = ""
    folder: str = "/"
    told: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: {"HOME": "/"})

    def __post_init__(self) -> None:
        self.root.mkdir()
        self.environment["PATH"] = f"{self.base}:/usr/sbin:/usr/bin:/sbin:/bin"

    def at(self, path: str) -> Path:
        return self.root / str(PurePosixPath(self.folder, path))[1:]

    def below(self, text: str) -> str:
        """Put the absolute paths of a text below the folder."""
        return re.sub(r"(?<![^\s='\"])/(?=\w)", f"{self.root}/", text)

    def do(self, name: str, text: str, earlier: "Sequence[Image]") -> None:
        match name:
            case "WORKDIR":
                self.folder = text
                self.at("").mkdir(parents=True, exist_ok=True)
            case "ENV":
                for each in shlex.split(self.below(text)):
                    variable, _, value = each.partition("=")
                    self.environment[variable] = value.replace("$PATH", self.environment["PATH"])
            case "COPY":
                self.copy(shlex.split(text), earlier)
            case "RUN":
                environment = {**os.environ, **self.environment}
                subprocess.run(
                    ["sh", "-ec", self.below(text)], cwd=self.at(""), env=environment, check=True
                )
            case "USER" | "EXPOSE" | "STOPSIGNAL" | "HEALTHCHECK" | "ENTRYPOINT":
                self.told[name] = text
            case _:
                raise AssertionError(f"this test does not know {name}")

    def copy(self, words: list[str], earlier: "Sequence[Image]") -> None:
        stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        *sources, last = words
        for source in sources:
            target = self.at(last) / (Path(source).name if last.endswith("/") else "")
            if stage is not None:
                (found,) = [x for x in earlier if x.name == stage]
                shutil.copytree(found.root / source[1:], target, symlinks=True)
                continue
            files = sent(source)

            assert files, f"COPY of {source}, which is not sent to the builder"

            for path in files:
                aim = target / path.relative_to(SOURCE / source)
                aim.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, aim)

    def command(self, name: str, port: int) -> list[str]:
        """Give the command of an instruction, with another port."""
        words = json.loads(self.told[name][self.told[name].index("[") :])
        return [re.sub(rf"\b{PORT}\b", str(port), word) for word in words]

    def run(self, *command: str, **more: str) -> int:
        """Run a command in it, and tell how it ended."""
        return subprocess.run(
            [*self.confined, *command], cwd=self.at(""), check=False, capture_output=True,
            env={**self.environment, **more},
        ).returncode  # fmt: skip

    @cached_property
    def confined(self) -> list[str]:
        """What begins a command, to take its rights away; empty where that is not possible."""
        first = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", CONFINE]
        first += ["-", str(self.root), self.told["USER"]]
        try:
            done = subprocess.run([*first, "true"], capture_output=True, check=False)
        except FileNotFoundError:
            return []
        return [] if done.returncode else first


def sent(source: str) -> list[Path]:
    """List the files of the context that `.dockerignore` leaves."""
    whole = SOURCE / source
    found = [whole] if whole.is_file() else sorted(x for x in whole.rglob("*") if x.is_file())
    return [x for x in found if not ignored(x.relative_to(SOURCE))]


def ignored(path: Path) -> bool:
    """Tell whether `.dockerignore` keeps a file back; its last line about it decides."""
    verdict = False
    for line in (SOURCE / ".dockerignore").read_text().split():
        pattern = re.escape(line.removeprefix("!"))
        pattern = pattern.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(pattern, x.as_posix()) for x in (path, *path.parents)):
            verdict = not line.startswith("!")
    return verdict


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (SOURCE / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", "").splitlines()
    return [(x.split()[0], x.split(maxsplit=1)[1]) for x in lines if x.strip()]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("image")
    base = folder / "base"
    base.mkdir()
    (base / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (base / "python").chmod(0o755)
    stages: list[Image] = []
    for name, text in instructions():
        if name != "FROM":
            stages[-1].do(name, text, stages[:-1])
            continue
        if stages:  # to make room: each stage has the same root, so that a copy fits
            stages[-1].root = stages[-1].root.rename(folder / f"stage-{len(stages)}")
        made = Image(root=folder / "root", base=base, name=text.partition(" AS ")[2])
        stages.append(made)
    shutil.rmtree(stages[0].root)
    for path in (stages[-1].root, *(x for x in stages[-1].root.rglob("*") if x.is_dir())):
        path.chmod(0o555)
    return stages[-1]


@dataclass(frozen=True, kw_only=True)
class Container:
    """The image, running.

    Attributes:
        image: The image.
        process: What was started.
        port: Where it listens.
    """

    image: Image
    process: "subprocess.Popen[str]"
    port: int

    def healthy(self, **more: str) -> bool:
        return self.image.run(*self.image.command("HEALTHCHECK", self.port), **more) == 0

    def end(self) -> int:
        """Send it the signal that ends it, and tell how it ended."""
        self.send(signal.Signals[self.image.told["STOPSIGNAL"]])
        return self.process.wait(HANG_SECONDS)

    def send(self, number: signal.Signals) -> None:
        pid = str(self.process.pid)
        if self.image.confined:  # what was started is unshare, which waits for its child
            pid = Path(f"/proc/{pid}/task/{pid}/children").read_text() or pid
        os.kill(int(pid), number)


@contextmanager
def running(image: Image, *arguments: str) -> Iterator[Container]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*image.confined, *image.command("ENTRYPOINT", port), *arguments],
        cwd=image.at(""), text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**image.environment, "GHPYPI_SERVE_PORT": str(port)},
    )  # fmt: skip
    container = Container(image=image, process=process, port=port)
    try:
        yield container
    finally:
        if process.poll() is None:
            container.send(signal.SIGKILL)
        process.communicate(timeout=HANG_SECONDS)


def test_the_image_serves_is_healthy_and_stops_on_a_signal(image: Image, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    Ghpypi(home=tmp_path, environment={}).do("upload", *written(tmp_path, SAMPLE), "--store", store)
    with running(image, str(store)) as container:
        eventually(lambda: container.healthy() or container.process.poll() is not None)
        assert container.process.poll() is None, container.process.communicate()
        root = f"http://127.0.0.1:{container.port}"
        page = requests.get(f"{root}/simple/acme-lib/", timeout=HANG_SECONDS)
        (address,) = re.findall(r'href="([^"#]+\.whl)', page.text)
        file = requests.get(requests.compat.urljoin(page.url, address), timeout=HANG_SECONDS)

        assert container.healthy(http_proxy="http://127.0.0.1:9")
        assert file.content == SAMPLE[1]
        assert container.end() == (0 if image.confined else -signal.SIGTERM)
        assert not container.healthy()
        assert container.process.stderr
        assert f"at http://0.0.0.0:{container.port}/simple/" in container.process.stderr.read()


@pytest.mark.parametrize("place", [".", "/", "/opt/ghpypi/bin"])
def test_the_server_cannot_write(image: Image, place: str) -> None:
    if not image.confined and os.geteuid() == 0:
        pytest.skip("a root who may not become another user writes where he likes")
    folder = place if place in "./" else image.below(place)

    assert image.run("test", "-d", folder) == 0
    assert image.run("touch", f"{folder}/written") != 0


def test_the_license_goes_along(image: Image) -> None:
    assert list(image.root.rglob("ghpypi-*.dist-info/licenses/LICENSE"))
