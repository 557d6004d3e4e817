"""`ghpypi demo`: build, upload, index, serve and install locally, without network access."""

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote

import click

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import run_program, temporary_folder
from ghpypi.cli.command import Command
from ghpypi.cli.folder_server import serving
from ghpypi.cli.output import say
from ghpypi.cli.signals import without_signal_handling
from ghpypi.core.config.config import Config
from ghpypi.core.sample import samples
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import FailedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.upload import UploadOptions, upload
from ghpypi.report import TerminalReporter
from ghpypi.stores import built
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore


@click.command("demo", cls=Command)
@click.option(
    "--once", is_flag=True, help="Exit when done, instead of continuing to serve the index."
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the local server. [default: a free port]",
)
def demo_command(once: bool, port: int) -> None:
    """Show the whole loop on this machine: build, upload, install.

    Builds two sample packages, uploads them to a folder, indexes it, serves it on loopback,
    installs from it with pip into a fresh environment and runs the result.

    \b
    Example:
      ghpypi demo --once
    """  # noqa: D301 - \b makes click keep the lines
    with temporary_folder("ghpypi-demo-") as root:
        dist, site = root / "dist", root / "index"
        _say("1", f"building two packages in {dist}")
        dist.mkdir()
        for name, content in samples().items():
            (dist / name).write_bytes(content)
            say(f"   {name}")
        site.mkdir()
        with serving(site, port) as address:
            _publish(dist, site, address)
            _say("4", f"installing sample-hello from {address}simple/ into a fresh environment")
            greeting = _install_and_run(root / "environment", address)
            _say("5", f"running it: {greeting}")
            if not once:
                _wait_for_interruption(f"the index is at {address} until you press Ctrl-C")
    _say("", "done" if once else "stopped")


def _wait_for_interruption(message: str) -> None:
    # Ctrl-C may arrive right after the message. It is how the demo ends, so the removal of the
    # environment has no time limit.
    with suppress(KeyboardInterrupt), without_signal_handling():
        _say("", message)
        threading.Event().wait()


def _publish(dist: Path, site: Path, address: str) -> None:
    reporter = TerminalReporter(sys.stderr, os.environ, quiet=True)
    _say("2", f"uploading them:  ghpypi upload {quote(str(dist))} --store {quote(str(site))}")
    distributions = built.read(built.find([str(dist)]).files)
    upload(distributions, DirectoryStore(site), reporter, UploadOptions())
    _say("3", f"indexing:        ghpypi index --store {quote(str(site))}")
    settings = SiteSettings(config=Config(), address=address)
    build_index(DirectoryStore(site), DirectorySite(site), settings, reporter, IndexOptions())


def _install_and_run(folder: Path, address: str) -> str:
    # Not with `venv.create`, because its child processes would survive an interruption.
    temporary = {"TMPDIR": str(folder.parent)}  # removed with the folder, even if they are killed
    _run([sys.executable, "-m", "venv", str(folder)], {**child_environment(), **temporary})
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    # Ignore the user's pip settings, so that the packages come from this index only.
    environment = child_environment(without=("PIP_",))
    environment |= {"PIP_CONFIG_FILE": os.devnull, **temporary}
    install = [
        str(scripts / "python"), "-m", "pip", "install", "--disable-pip-version-check",
        "--no-cache-dir", "--index-url", f"{address}simple/", "sample-hello",
    ]  # fmt: skip
    _run(install, environment)
    return _run([str(scripts / "sample-hello"), "packagers"], environment)


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    done = run_program(command, environment)
    if done.returncode:
        output = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise FailedError(f"'{' '.join(command)}' failed: {output}")
    return done.stdout.decode(errors="replace").strip()


def _say(number: str, text: str) -> None:
    say(f"{number + '.' if number else '  '} {text}")
