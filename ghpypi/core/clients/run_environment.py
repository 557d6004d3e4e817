"""The environment variables that make installers use the proxy of `ghpypi run`."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import PurePath
from urllib.parse import urlunsplit

from ghpypi.core.parsing import split_url
from ghpypi.core.secret_variables import STORE_SECRETS, is_own_secret

DROPPED = (
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_NO_INDEX",
)
"""Variables that add other indexes, from all of which installers would use the highest version."""

INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PDM_PYPI_URL")
"""Variables that may specify the user's public index."""

LOOPBACK = "127.0.0.1"
RUN_INDEX = "GHPYPI_RUN_INDEX_URL"
SHELLS = ("sh", "bash", "zsh", "fish", "dash", "ksh", "cmd", "powershell", "pwsh", "make")

POETRY_MODULE = "ghpypi_run_poetry"
POETRY_METADATA = "Metadata-Version: 2.1\nName: ghpypi-run\nVersion: 0\n"
POETRY_ENTRY = f"[poetry.plugin]\nghpypi-run = {POETRY_MODULE}:RunPlugin\n"


def run_environment(
    before: Mapping[str, str], address: str, user: str, password: str, *, keep_tokens: bool = False
) -> dict[str, str]:
    """Return the environment of a command.

    Args:
        before: The original environment.
        address: The URL of the simple index, ending in `/`, without credentials.
        user: The user name for the proxy.
        password: The password for the proxy.
        keep_tokens: Keep the tokens and keys of other programs, such as `GH_TOKEN`.
    """
    left_out = {*DROPPED, *(() if keep_tokens else STORE_SECRETS)}
    kept = {
        key: value
        for key, value in before.items()
        # Otherwise any build script that the command runs could read them.
        if key not in left_out and not is_own_secret(key)
    }
    url = signed(address, user, password)
    direct = ",".join(filter(None, [before.get("NO_PROXY", before.get("no_proxy", "")), LOOPBACK]))
    return {
        **kept,
        "PIP_INDEX_URL": url,
        # Overrides the one in pip's configuration file; pip requests the same index once.
        "PIP_EXTRA_INDEX_URL": url,
        "UV_DEFAULT_INDEX": url,
        "PDM_PYPI_URL": address.rstrip("/"),
        "PDM_PYPI_USERNAME": user,
        "PDM_PYPI_PASSWORD": password,
        "PIPENV_PYPI_MIRROR": url,
        RUN_INDEX: url,
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def without_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """Remove pip's variables for Pipenv, except for the PyPI mirror.

    Pipenv copies pip's settings into a new Pipfile and the lock file: the URL with the password
    would be written there. `PIPENV_PYPI_MIRROR` replaces PyPI without being written anywhere.
    """
    ours = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
    return {name: value for name, value in environment.items() if name not in ours}


INDEX_SETTINGS = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "PDM_PYPI_URL",
    "PDM_PYPI_USERNAME",
    "PDM_PYPI_PASSWORD",
    "PIPENV_PYPI_MIRROR",
    RUN_INDEX,
    "NO_PROXY",
    "no_proxy",
    "PYTHONPATH",
)
"""The variables with the URL of the index."""


def public_index(environment: Mapping[str, str], usual: str) -> str:
    """Return the user's public index; those with a password are ignored."""
    for name in INDEX_VARIABLES:
        url = environment.get(name, "")
        if split_url(url).scheme in {"https", "http"} and "@" not in split_url(url).netloc:
            return url.rstrip("/") + "/"
    return usual


def default_port(store: str) -> int:
    """Return the port for a store, the same on all machines, because uv.lock has the index URL.

    It is below the range of ephemeral ports.
    """
    return 20_000 + int.from_bytes(blake2b(store.lower().encode(), digest_size=4).digest()) % 10_000


def without_token(arguments: Sequence[str]) -> list[str]:
    """Remove the option --token and its value from arguments."""
    pairs = zip(["", *arguments], arguments, strict=False)
    return [
        each
        for before, each in pairs
        if each != "--token" and before != "--token" and not each.startswith("--token=")
    ]


def is_pipenv(command: Sequence[str]) -> bool:
    """Return whether a command is `pipenv` or `python -m pipenv`."""
    return PurePath(command[0]).stem.lower() == "pipenv" or tuple(command[1:3]) == ("-m", "pipenv")


def may_be_poetry(command: tuple[str, ...]) -> bool:
    """Return whether a command is Poetry, or a shell or make, which may call it."""
    program = PurePath(command[0]).stem.lower()
    return program in SHELLS or any("poetry" in word.lower() for word in command)


def signed(address: str, user: str, password: str) -> str:
    """Return a URL with credentials."""
    parts = split_url(address)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))
