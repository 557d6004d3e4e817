"""The examples say what the program understands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from ghpypi.cli.main import cli
from ghpypi.core.config.server import ServeSettings
from ghpypi.core.project import IMAGE, MAJOR_TAG

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "serve"
LINK = re.compile(r"\]\(([^)\s]+)\)")
KUBERNETES_FILE = ROOT / "examples" / "kubernetes" / "ghpypi.yaml"
READ_FROM_ENVIRONMENT = {"GHPYPI_SERVE_SESSION_SECRET", "GHPYPI_SERVE_UPLOAD_PASSWORD"}


def serve() -> click.Command:
    found = cli.get_command(click.Context(cli), "serve")

    assert found
    return found


def options() -> set[str]:
    return {text for each in serve().params for text in (*each.opts, *each.secondary_opts)}


def texts() -> list[Path]:
    found = [ROOT / "Dockerfile", *(x for x in EXAMPLES.parent.rglob("*") if x.is_file())]

    assert len(found) > 4
    return found


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_variables_are_those_of_options(path: Path) -> None:
    known = {f"GHPYPI_SERVE_{each.name}".upper() for each in serve().params}
    named = set(re.findall(r"GHPYPI_SERVE_[A-Z_]+", path.read_text()))

    assert named <= known | READ_FROM_ENVIRONMENT | {"GHPYPI_SERVE_SETTINGS"}


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
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
    return list(YAML(typ="safe").load_all(KUBERNETES_FILE.read_text()))


def test_the_settings_in_kubernetes_are_read() -> None:
    (found,) = [x for x in manifests() if x["kind"] == "ConfigMap"]

    assert ServeSettings.parse(found["data"]["serve.toml"], source="it").stores


def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((EXAMPLES / "compose.yaml").read_text())
    return found


def check(module: str, *arguments: str | Path) -> str:
    """Run a checker, and return the errors that it reports."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    return done.stdout + done.stderr if done.returncode else ""


KUBERNETES = ("kubernetes_validate", "--strict")
COMPOSE = ("check_jsonschema", "--builtin-schema", "vendor.compose-spec")


def test_the_published_schemas_accept_them() -> None:
    assert not check(*KUBERNETES, KUBERNETES_FILE)
    assert not check(*COMPOSE, EXAMPLES / "compose.yaml")


@pytest.mark.parametrize(
    ("checker", "name", "right", "wrong"),
    [
        (KUBERNETES, "../kubernetes/ghpypi.yaml", "readinessProbe:", "readyProbe:"),
        (KUBERNETES, "../kubernetes/ghpypi.yaml", "replicas: 2", "replicas: two"),
        (COMPOSE, "compose.yaml", "read_only:", "readonly:"),
        (COMPOSE, "compose.yaml", "secrets: [github-token]", "secrets: github-token"),
    ],
)
def test_the_published_schemas_reject_errors(
    tmp_path: Path, checker: tuple[str, ...], name: str, right: str, wrong: str
) -> None:
    text = (EXAMPLES / name).read_text()
    path = tmp_path / "wrong.yaml"
    path.write_text(text.replace(right, wrong))

    assert right in text
    assert check(*checker, path)


def test_the_kubernetes_objects_refer_to_each_other() -> None:
    kinds = {x["kind"]: x for x in manifests()}
    template = kinds["Deployment"]["spec"]["template"]
    (container,) = template["spec"]["containers"]
    volumes = {x["name"]: x for x in template["spec"]["volumes"]}
    ports = {x["name"]: x["containerPort"] for x in container["ports"]}
    probes = [x["httpGet"]["port"] for key, x in container.items() if key.endswith("Probe")]
    settings = container["args"][container["args"].index("--settings") + 1]
    mounts = {x["mountPath"]: volumes[x["name"]] for x in container["volumeMounts"]}

    for selector in (
        kinds["Deployment"]["spec"]["selector"]["matchLabels"],
        kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        kinds["Service"]["spec"]["selector"],
    ):
        assert selector == template["metadata"]["labels"]
    assert {x["targetPort"] for x in kinds["Service"]["spec"]["ports"]} | set(probes) == {"http"}
    assert (
        kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
        == (template["metadata"]["labels"])
    )
    allowed = [x["port"] for y in kinds["NetworkPolicy"]["spec"]["ingress"] for x in y["ports"]]
    assert allowed == ["http", "metrics"] == [*ports]
    variables = {x["name"]: x.get("value") for x in container["env"]}
    assert variables["GHPYPI_SERVE_METRICS_PORT"] == str(ports["metrics"])
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    token = Path(variables["GHPYPI_SERVE_TOKEN_FILE"])
    assert token.name in {x["path"] for x in mounts[str(token.parent)]["secret"]["items"]}
    assert str(Path(settings).name) in kinds["ConfigMap"]["data"]
    assert mounts[str(Path(settings).parent)]["configMap"] == {
        "name": kinds["ConfigMap"]["metadata"]["name"]
    }
    assert f"\nEXPOSE {ports['http']}\n" in (ROOT / "Dockerfile").read_text()


def test_uploads_wait_on_a_disk_because_a_tmpfs_counts_as_memory() -> None:
    service = compose()["services"]["ghpypi"]
    unit = (EXAMPLES / "ghpypi-serve.service").read_text()
    (found,) = [x for x in manifests() if x["kind"] == "Deployment"]
    (tmp,) = [x for x in found["spec"]["template"]["spec"]["volumes"] if x["name"] == "tmp"]

    assert service["volumes"] == ["/tmp"]  # noqa: S108 - of the container
    assert "tmpfs" not in service
    assert "\nEnvironment=TMPDIR=/var/tmp\n" in unit
    assert "medium" not in tmp["emptyDir"]


def test_tokens_are_read_from_the_documented_places() -> None:
    service = compose()["services"]["ghpypi"]
    (secret,) = compose()["secrets"]
    unit = (EXAMPLES / "ghpypi-serve.service").read_text()
    credential = re.findall(r"^LoadCredential=(\w+):", unit, re.MULTILINE)

    assert service["secrets"] == [secret]
    assert service["environment"]["GHPYPI_SERVE_TOKEN_FILE"] == f"/run/secrets/{secret}"
    assert (
        re.findall(r"^Environment=GHPYPI_SERVE_TOKEN_FILE=%d/(\w+)", unit, re.MULTILINE)
        == credential
    )


def test_containers_run_without_privileges_and_with_a_read_only_root() -> None:
    (found,) = [x for x in manifests() if x["kind"] == "Deployment"]
    pod = found["spec"]["template"]["spec"]
    image = (ROOT / "Dockerfile").read_text()

    assert found["spec"]["replicas"] == 2
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert compose()["services"]["ghpypi"]["read_only"] is True
    assert "\nUSER 65532:65532\n" in image


def test_examples_run_the_published_image_of_this_major_version() -> None:
    (found,) = [x for x in manifests() if x["kind"] == "Deployment"]
    image = f"{IMAGE}:{MAJOR_TAG.removeprefix('v')}"

    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == image
    assert compose()["services"]["ghpypi"]["image"] == image


def test_dependencies_of_the_image_are_installed_with_hashes() -> None:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    installs = [line for line in lines if " install " in line]

    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--no-deps ." in installs[1]


def test_the_build_context_has_all_files_of_the_image() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    wanted = {name for line in copied for name in line.split()}
    sent = {x[1:] for x in (ROOT / ".dockerignore").read_text().split() if x.startswith("!")}

    assert wanted == sent


def test_links_lead_to_files() -> None:
    pages = [path for path in texts() if path.suffix == ".md"]
    links = [(path, found) for path in pages for found in LINK.findall(path.read_text())]

    assert links
    assert not [
        (path, link)
        for path, link in links
        if not re.match(r"https?:", link) and not (path.parent / link.partition("#")[0]).exists()
    ]
