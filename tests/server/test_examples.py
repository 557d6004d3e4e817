"""The examples say what the program understands."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from ghpypi.cli.main import cli
from ghpypi.core.serve_settings import ServeSettings

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "serve"
READ_FROM_ENVIRONMENT = {"GHPYPI_SERVE_SESSION_SECRET", "GHPYPI_SERVE_PASSWORD"}


def serve() -> click.Command:
    found = cli.get_command(click.Context(cli), "serve")

    assert found
    return found


def options() -> set[str]:
    return {text for each in serve().params for text in (*each.opts, *each.secondary_opts)}


def texts() -> list[Path]:
    found = [ROOT / "Dockerfile", *(x for x in EXAMPLES.rglob("*") if x.is_file())]

    assert len(found) > 4
    return found


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_variables_are_those_of_options(path: Path) -> None:
    known = {f"GHPYPI_SERVE_{each.name}".upper() for each in serve().params}
    named = set(re.findall(r"GHPYPI_SERVE_[A-Z_]+", path.read_text()))

    assert named <= known | READ_FROM_ENVIRONMENT | {"GHPYPI_SERVE_SETTINGS"}


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_options_are_known(path: Path) -> None:
    for line in path.read_text().splitlines():
        if "ghpypi serve " in line or "args:" in line or "command: [" in line:
            words = shlex.split(re.sub(r"[\[\],\"#`]", " ", line).replace("'", ""))

            assert {x for x in words if x.startswith("--")} <= options()


def test_the_settings_are_read() -> None:
    path = EXAMPLES / "serve.toml"
    settings = ServeSettings.parse(path.read_text(), source=path.name)

    assert settings.stores
    assert settings.age.exceptions


def manifests() -> list[dict[str, Any]]:
    text = (EXAMPLES / "kubernetes" / "ghpypi.yaml").read_text()
    return list(YAML(typ="safe").load_all(text))


def test_the_settings_in_kubernetes_are_read() -> None:
    (found,) = [x for x in manifests() if x["kind"] == "ConfigMap"]

    assert ServeSettings.parse(found["data"]["serve.toml"], source="it").stores


def test_containers_run_without_rights_and_cannot_write() -> None:
    (found,) = [x for x in manifests() if x["kind"] == "Deployment"]
    pod = found["spec"]["template"]["spec"]
    compose = YAML(typ="safe").load((EXAMPLES / "compose.yaml").read_text())
    image = (ROOT / "Dockerfile").read_text()

    assert found["spec"]["replicas"] == 2
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert compose["services"]["ghpypi"]["read_only"] is True
    assert "\nUSER 65532:65532\n" in image


def test_what_the_image_needs_is_sent_to_its_builder() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    wanted = {name for line in copied for name in line.split()}
    sent = {x[1:] for x in (ROOT / ".dockerignore").read_text().split() if x.startswith("!")}

    assert wanted == sent
