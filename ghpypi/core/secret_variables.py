"""Environment variables that hold secrets."""

import re

_OURS = re.compile(r"GHPYPI_([A-Z0-9_]+_)?(TOKEN|PASSWORD|SECRET)")
_GITHUB = frozenset({
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GH_TOKEN", "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
})  # fmt: skip
"""Of `gh` and of the runner of GitHub Actions; with the first, a job proves who it is."""


def is_own_secret(name: str) -> bool:
    """Tell whether a variable holds a token, a password or another secret of ghpypi."""
    return _OURS.fullmatch(name) is not None


def is_secret_variable(name: str) -> bool:
    """Tell whether a variable holds such a secret, or a token of GitHub."""
    return name in _GITHUB or is_own_secret(name)
