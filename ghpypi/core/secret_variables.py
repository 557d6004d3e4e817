"""Environment variables that hold secrets."""

import re

_OURS = re.compile(r"GHPYPI_([A-Z0-9_]+_)?(TOKEN|PASSWORD|SECRET)")
_GITHUB = frozenset({
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GH_TOKEN", "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
})  # fmt: skip
"""Variables of `gh` and of the GitHub Actions runner; the first is for requesting identity
tokens."""


def is_own_secret(name: str) -> bool:
    """Return whether a variable contains a token, a password or another secret of ghpypi."""
    return _OURS.fullmatch(name) is not None


def is_secret_variable(name: str) -> bool:
    """Return whether a variable contains a secret of ghpypi or a GitHub token."""
    return name in _GITHUB or is_own_secret(name)
