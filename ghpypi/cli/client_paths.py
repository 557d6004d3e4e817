"""The locations of installers' configuration files."""

import sys
from collections.abc import Mapping
from pathlib import Path

_HERE = {
    "uv": "pyproject.toml",
    "poetry": "pyproject.toml",
    "pdm": "pyproject.toml",
    "pipenv": "Pipfile",
    "dependabot": ".github/dependabot.yml",
    "renovate": "renovate.json",
}
_OTHERS = {
    "dependabot": (".github/dependabot.yaml",),
    "renovate": (".github/renovate.json", ".renovaterc.json", ".renovaterc"),
}
"""Alternative locations, used if the file exists there."""


def default_path(
    tool: str, environment: Mapping[str, str], folder: Path, platform: str = sys.platform
) -> Path:
    """Return the default file of a tool: the user's for pip, the project's for all others."""
    if tool == "pip":
        return _pip(environment, platform)
    places = [folder / each for each in (_HERE[tool], *_OTHERS.get(tool, ()))]
    return next((each for each in places if each.exists()), places[0])


def _pip(environment: Mapping[str, str], platform: str) -> Path:
    """Return the path of pip's configuration file of the user.

    Source: pip's documentation, "Configuration".
    """
    home = Path.home()
    if platform == "win32":
        return Path(environment.get("APPDATA") or home) / "pip" / "pip.ini"
    legacy = home / ".pip" / "pip.conf"
    mac = home / "Library" / "Application Support" / "pip"
    if platform == "darwin" and mac.is_dir():
        return mac / "pip.conf"
    config = environment.get("XDG_CONFIG_HOME") if platform != "darwin" else None
    place = (Path(config) if config else home / ".config") / "pip" / "pip.conf"
    # pip reads both, so keep all settings in the one that exists.
    return legacy if legacy.exists() and not place.exists() else place
