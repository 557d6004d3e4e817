"""Environment variables that hold secrets."""

import re

_OURS = re.compile(r"GHPYPI_([A-Z0-9_]+_)?(TOKEN|PASSWORD|SECRET)")
GITHUB_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
"""Tokens of `gh`, which ghpypi uses too."""

CLOUD_SECRETS = {
    "s3": (
        "AWS_ACCESS_KEY_ID",  # no secret, but half of a pair
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SSE_CUSTOMER_KEY_BASE64",
        "AWS_TOKEN",
    ),
    "gs": ("GOOGLE_BEARER_TOKEN", "GOOGLE_SERVICE_ACCOUNT_KEY"),
    "az": (
        "AZURE_CLIENT_SECRET",
        "AZURE_FABRIC_SESSION_TOKEN",
        "AZURE_STORAGE_ACCESS_KEY",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_CLIENT_SECRET",
        "AZURE_STORAGE_MASTER_KEY",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_TOKEN",
    ),
}
"""Keys of object stores, by the scheme of locators. obstore has settings of the same names, in
lower case."""

STORE_SECRETS = frozenset({*GITHUB_TOKENS, *(x for each in CLOUD_SECRETS.values() for x in each)})
"""Variables of other programs with which stores can be read or written."""

_OTHER = frozenset({
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN",  # of the GitHub Actions runner
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AZURE_STORAGE_CONNECTION_STRING",
    "TWINE_PASSWORD",
})  # fmt: skip


def is_own_secret(name: str) -> bool:
    """Return whether a variable contains a token, a password or another secret of ghpypi."""
    return _OURS.fullmatch(name) is not None


def is_secret_variable(name: str) -> bool:
    """Return whether a variable contains a secret of ghpypi, of a store, or for publishing."""
    return name in STORE_SECRETS or name in _OTHER or is_own_secret(name)
