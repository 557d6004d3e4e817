"""What installers read in their environment, so that one index is the first they ask."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import PurePath
from urllib.parse import urlunsplit

from ghpypi.core.parsing import split_url
from ghpypi.core.secret_variables import is_own_secret

TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
"""Tokens of other programs, which are passed on only if that was asked for."""

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
"""Would add other indexes, and installers would take the highest version of all."""

INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PDM_PYPI_URL")
"""Where somebody may have said which index is public for them."""

LOOPBACK = "127.0.0.1"
RUN_INDEX = "GHPYPI_RUN_INDEX_URL"
SHELLS = ("sh", "bash", "zsh", "fish", "dash", "ksh", "cmd", "powershell", "pwsh", "make")

POETRY_MODULE = "ghpypi_run_poetry"
POETRY_METADATA = "Metadata-Version: 2.1\nName: ghpypi-run\nVersion: 0\n"
POETRY_ENTRY = f"[poetry.plugin]\nghpypi-run = {POETRY_MODULE}:RunPlugin\n"


def run_environment(
    before: Mapping[str, str], address: str, user: str, password: str, *, keep_tokens: bool = False
) -> dict[str, str]:
    """Make the environment of a command.

    Args:
        before: The environment that it would have had.
        address: Of the simple index, ending in `/`, without credentials.
        user: To sign in with.
        password: To sign in with.
        keep_tokens: Pass the tokens of other programs on, such as `GH_TOKEN`.
    """
    left_out = {*DROPPED, *(() if keep_tokens else TOKENS)}
    kept = {
        key: value
        for key, value in before.items()
        # Any build script that the command runs could read them.
        if key not in left_out and not is_own_secret(key)
    }
    url = signed(address, user, password)
    direct = ",".join(filter(None, [before.get("NO_PROXY", before.get("no_proxy", "")), LOOPBACK]))
    return {
        **kept,
        "PIP_INDEX_URL": url,
        # Goes before the one in pip's file, and pip asks the same index once.
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
    """Leave only the mirror of PyPI to Pipenv.

    A new Pipfile takes its sources from the settings of pip: the address, with the password, would
    be written there and into the lock file. `PIPENV_PYPI_MIRROR` takes the place of PyPI without
    being written anywhere.
    """
    ours = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
    return {name: value for name, value in environment.items() if name not in ours}


TOLD = (
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
"""The variables that say where the index is."""


def public_index(environment: Mapping[str, str], usual: str) -> str:
    """Find the index that is public for somebody; one with a password is nobody else's business."""
    for name in INDEX_VARIABLES:
        url = environment.get(name, "")
        if split_url(url).scheme in {"https", "http"} and "@" not in split_url(url).netloc:
            return url.rstrip("/") + "/"
    return usual


def usual_port(store: str) -> int:
    """Choose the port for a store, the same on all machines: uv.lock holds the address of an index.

    It is below those that systems give to whoever asks for any.
    """
    return 20_000 + int.from_bytes(blake2b(store.lower().encode(), digest_size=4).digest()) % 10_000


def without_token(arguments: Sequence[str]) -> list[str]:
    """Leave out the token that a command was called with."""
    pairs = zip(["", *arguments], arguments, strict=False)
    return [
        each
        for before, each in pairs
        if each != "--token" and before != "--token" and not each.startswith("--token=")
    ]


def is_pipenv(command: Sequence[str]) -> bool:
    """Tell whether a command is Pipenv: by its own name, or as `python -m pipenv`."""
    return PurePath(command[0]).stem.lower() == "pipenv" or tuple(command[1:3]) == ("-m", "pipenv")


def may_be_poetry(command: tuple[str, ...]) -> bool:
    """Tell whether a command is Poetry, or a shell in which somebody may call it."""
    program = PurePath(command[0]).stem.lower()
    return program in SHELLS or any("poetry" in word.lower() for word in command)


def signed(address: str, user: str, password: str) -> str:
    """Put credentials into an address."""
    parts = split_url(address)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))
