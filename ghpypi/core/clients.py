"""Settings that make installers use an index, ready to be pasted.

Of the ways a tool has, each is the one in which nobody can slip in a package of the same name from
elsewhere ("dependency confusion"): the package is tied to the index, and all others come from where
they came from before. Where a tool has no such way, the index is the only one it asks.
"""

import json
from dataclasses import dataclass

from packaging.utils import canonicalize_name

ANY = "NAME"
"""Stands where the name of a package belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What one installer has to be told.

    Attributes:
        tool: The installer, in lower case.
        title: Where it belongs.
        text: The lines, ending with a newline.
        language: What they are written in: `console`, `toml` or `yaml`.
        note: A sentence or two on what to do next, or why it is done so; may be empty.
    """

    tool: str
    title: str
    text: str
    language: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What installers are to be told.

    Attributes:
        url: The address of the simple index, ending in `/simple/`.
        name: What the index is to be called.
        packages: What is to come from it, normalised; PDM and Renovate take patterns too.
        private: It asks for a token, which comes from the keyring, never from the address.
        replace: Settings that somebody made otherwise may be changed.
    """

    url: str
    name: str
    packages: tuple[str, ...] = ()
    private: bool = False
    replace: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """Name the packages, or leave a placeholder."""
        return self.packages or (ANY,)


def snippets(url: str, name: str, package: str = "") -> tuple[Snippet, ...]:
    """Write the settings of every installer.

    Args:
        url: The address of the simple index, ending in `/simple/`.
        name: What the index is to be called.
        package: What is to be installed; empty for a placeholder.
    """
    packages = (canonicalize_name(package),) if package else ()
    wish = Wish(url=url, name=name, packages=packages)
    return tuple(make(wish) for make in SNIPPETS.values())


def _pip(wish: Wish) -> Snippet:
    keyring = "--keyring-provider subprocess " if wish.private else ""
    return Snippet(
        tool="pip",
        title="pip",
        text=f"pip install {keyring}--index-url {wish.url} {' '.join(wish.named)}\n",
        language="console",
        note="With --extra-index-url pip would look at PyPI as well and take the highest version, "
        "whoever put it there.",
    )


def _uv(wish: Wish) -> Snippet:
    lines = (
        # Without "always" uv would ask the keyring only after it was told a user name.
        *(("[tool.uv]", 'keyring-provider = "subprocess"', "") if wish.private else ()),
        "[[tool.uv.index]]",
        f"name = {quoted(wish.name)}",
        f"url = {quoted(wish.url)}",
        "explicit = true",
        *(('authenticate = "always"',) if wish.private else ()),
        "",
        "[tool.uv.sources]",
        *(f"{key(package)} = {{ index = {quoted(wish.name)} }}" for package in wish.named),
    )
    return Snippet(
        tool="uv",
        title="uv, in pyproject.toml",
        text=_text(*lines),
        language="toml",
        note=f"Then: uv add {' '.join(wish.named)}",
    )


def _poetry(wish: Wish) -> Snippet:
    tied = f'{{ version = "*", source = {quoted(wish.name)} }}'
    lines = (
        "[[tool.poetry.source]]",
        f"name = {quoted(wish.name)}",
        f"url = {quoted(wish.url)}",
        'priority = "explicit"',
        "",
        "[tool.poetry.dependencies]",
        *(f"{key(package)} = {tied}" for package in wish.named),
    )
    return Snippet(
        tool="poetry",
        title="Poetry, in pyproject.toml",
        text=_text(*lines),
        language="toml",
        note="Where dependencies are listed under [project], take the first table only, and then: "
        f"poetry add --source {wish.name} {' '.join(wish.named)}",
    )


def _pdm(wish: Wish) -> Snippet:
    lines = (
        "[[tool.pdm.source]]",
        f"name = {quoted(wish.name)}",
        f"url = {quoted(wish.url)}",
        f"include_packages = [{', '.join(map(quoted, wish.named))}]",
        'exclude_packages = ["*"]',
    )
    return Snippet(
        tool="pdm",
        title="PDM, in pyproject.toml",
        text=_text(*lines),
        language="toml",
        note=f"Then: pdm add {' '.join(each for each in wish.named if '*' not in each)}".rstrip(),
    )


def _pipenv(wish: Wish) -> Snippet:
    tied = f'{{ version = "*", index = {quoted(wish.name)} }}'
    lines = (
        "[[source]]",
        f"name = {quoted(wish.name)}",
        f"url = {quoted(wish.url)}",
        "verify_ssl = true",
        "",
        "[packages]",
        *(f"{key(package)} = {tied}" for package in wish.named),
    )
    return Snippet(
        tool="pipenv",
        title="Pipenv, in the Pipfile",
        text=_text(*lines),
        language="toml",
        note="Put it after the [[source]] that is there: the first one is asked for all packages "
        "that name no index.",
    )


def _conda(wish: Wish) -> Snippet:
    lines = (
        "dependencies:",
        "  - python",
        "  - pip",
        "  - pip:",
        f"      - --index-url {wish.url}",
        *(f"      - {package}" for package in wish.named),
    )
    return Snippet(
        tool="conda",
        title="conda, in environment.yml",
        text=_text(*lines),
        language="yaml",
        note="The index is asked for everything below pip; what comes from conda channels stands "
        "above it.",
    )


SNIPPETS = {
    "pip": _pip,
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "conda": _conda,
}
"""Installer to what writes its settings, in the order they are shown."""


def how_to_sign_in(tool: str, wish: Wish) -> tuple[str, ...]:
    """Say where a tool has the token of a private index from; nothing for other indexes."""
    if not wish.private:
        return ()
    variable = "".join(each if each.isalnum() else "_" for each in wish.name).upper()
    bot = "put a token that may read the repository into the secret GHPYPI_TOKEN"
    says = {
        "poetry": "Poetry asks the keyring beside it: poetry self add 'ghpypi[keyring]'; or set "
        f"POETRY_HTTP_BASIC_{variable}_USERNAME and POETRY_HTTP_BASIC_{variable}_PASSWORD",
        "pipenv": "set PIPENV_KEYRING_PROVIDER=subprocess, and install ghpypi[keyring] so that "
        "'keyring' is found on PATH",
        "dependabot": bot,
        "renovate": bot,
    }
    usual = "install ghpypi[keyring] so that 'keyring' is found on PATH"
    return (says.get(tool, usual),)


def quoted(text: str) -> str:
    """Write a string as TOML has it: a basic string is one of JSON."""
    return json.dumps(text, ensure_ascii=False)


def key(name: str) -> str:
    """Write a key as TOML has it; a dot would mean a table."""
    return quoted(name) if set(".*? ").intersection(name) else name


def _text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
