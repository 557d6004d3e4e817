"""Settings of installers for an index, as text to copy.

An index has the packages of one publisher; their dependencies come from the public index. A package
of the same name there, with a higher version, must never be installed ("dependency confusion").
That includes packages that are only dependencies of others in the index. Each tool has a different
mechanism:

- uv installs a package from the first index that has it;
- Poetry uses a supplemental source only for packages that the primary source does not have;
- PDM installs the packages that a source includes from that source only;
- Pipenv installs a package from the source it is pinned to, and all others from the first source;
- pip installs the highest version of all indexes, so it must have one index only: one that also
  serves public packages, as `ghpypi run` and `ghpypi serve --upstream` do.
"""

import json
from typing import NamedTuple

from ghpypi.core.clients.options import ClientOptions


class Snippet(NamedTuple):
    """The settings of one installer.

    Attributes:
        tool: The installer, in lower case.
        title: The installer and the file for the lines.
        text: The lines, ending with a newline.
        language: The format: `console`, `toml` or `yaml`.
        note: A sentence or two about the next step or the reason; may be empty.
    """

    tool: str
    title: str
    text: str
    language: str
    note: str = ""


def snippets(options: ClientOptions) -> tuple[Snippet, ...]:
    """Return the settings of all installers."""
    return tuple(make(options) for make in SNIPPETS.values())


def _pip(options: ClientOptions) -> Snippet:
    names = " ".join(options.named)
    keyring = "--keyring-provider subprocess " if options.private else ""
    install = f"pip install {keyring}--index-url {options.url}"
    alone = f"{install} --no-deps {names}"
    never = "never use --extra-index-url: pip takes the highest version from any index"
    if options.complete:
        text, note = f"{install} {names}\n", f"{never[0].upper()}{never[1:]}."
    elif options.store:
        text = f"{options.run} pip install {names}\n"
        note = (
            f"Without ghpypi: {alone}, and then pip install {names} for what it needs from PyPI. "
            f"Name all packages of this index that it needs, and {never}."
        )
    else:
        text = f"{alone}\npip install {names}\n"
        note = (
            "The second command installs what it needs from PyPI. Name all packages of this "
            f"index that it needs in both, and {never}."
        )
    return Snippet(tool="pip", title="pip", text=text, language="console", note=note)


def _uv(options: ClientOptions) -> Snippet:
    lines = (
        # Without "always", uv uses the keyring only if a user name is configured.
        *(("[tool.uv]", 'keyring-provider = "subprocess"', "") if options.private else ()),
        "[[tool.uv.index]]",
        f"name = {quoted(options.name)}",
        f"url = {quoted(options.url)}",
        *(("default = true",) if options.complete else ()),
        *(('authenticate = "always"',) if options.private else ()),
        "",
        "[tool.uv.sources]",
        *(f"{key(package)} = {{ index = {quoted(options.name)} }}" for package in options.named),
    )
    names = " ".join(options.named)
    option = "--default-index" if options.complete else "--index"
    return Snippet(
        tool="uv",
        title="uv, in pyproject.toml",
        text=_text(*lines),
        language="toml",
        note=f"Then: uv add {names}. "
        f"Outside a project: uv pip install {option} {options.url} {names}",
    )


def _poetry(options: ClientOptions) -> Snippet:
    tied = f'{{ version = "*", source = {quoted(options.name)} }}'
    public = ("[[tool.poetry.source]]", 'name = "PyPI"', 'priority = "supplemental"', "")
    lines = (
        "[[tool.poetry.source]]",
        f"name = {quoted(options.name)}",
        f"url = {quoted(options.url)}",
        'priority = "primary"',
        "",
        *(() if options.complete else public),
        "[tool.poetry.dependencies]",
        *(f"{key(package)} = {tied}" for package in options.named),
    )
    return Snippet(
        tool="poetry",
        title="Poetry, in pyproject.toml",
        text=_text(*lines),
        language="toml",
        note="Where dependencies are listed under [project], take the sources only, and then: "
        f"poetry add --source {options.name} {' '.join(options.named)}",
    )


def _pdm(options: ClientOptions) -> Snippet:
    lines = (
        "[[tool.pdm.source]]",
        f"name = {quoted(options.name)}",
        f"url = {quoted(options.url)}",
        f"include_packages = [{', '.join(map(quoted, options.included))}]",
        *(() if options.complete else ('exclude_packages = ["*"]',)),
    )
    more = "" if options.complete else " Include all packages of this index that it needs, too."
    return Snippet(
        tool="pdm",
        title="PDM, in pyproject.toml",
        text=_text(*lines),
        language="toml",
        note=f"Then: pdm add {' '.join(each for each in options.named if '*' not in each)}".rstrip()
        + f".{more}",
    )


def _pipenv(options: ClientOptions) -> Snippet:
    tied = f'{{ version = "*", index = {quoted(options.name)} }}'
    lines = (
        "[[source]]",
        f"name = {quoted(options.name)}",
        f"url = {quoted(options.url)}",
        "verify_ssl = true",
        "",
        "[packages]",
        *(f"{key(package)} = {tied}" for package in options.named),
    )
    note = (
        "Put it after the [[source]] that is there. Pipenv takes every package that names no index "
        "from the first one, so name all packages of this index that it needs."
    )
    if options.complete:
        note = "Put it in the place of the [[source]] that is there."
    return Snippet(
        tool="pipenv",
        title="Pipenv, in the Pipfile",
        text=_text(*lines),
        language="toml",
        note=note,
    )


def _conda(options: ClientOptions) -> Snippet:
    behind = bool(options.store) and not options.complete
    lines = (
        "dependencies:",
        "  - python",
        "  - pip",
        "  - pip:",
        *(() if behind else (f"      - --index-url {options.url}",)),
        *(f"      - {package}" for package in options.named),
    )
    note = (
        f"Then: {options.run} conda env create --file environment.yml"
        if behind
        else "The index must have everything below pip, with all dependencies; packages "
        "of conda channels belong above it."
    )
    return Snippet(
        tool="conda",
        title="conda, in environment.yml",
        text=_text(*lines),
        language="yaml",
        note=note,
    )


SNIPPETS = {
    "uv": _uv,
    "pip": _pip,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "conda": _conda,
}
"""The functions that return the settings of each installer, in display order."""


def how_to_sign_in(tool: str, options: ClientOptions) -> tuple[str, ...]:
    """Return how a tool gets the token of a private index; empty for other indexes."""
    if not options.private:
        return ()
    variable = "".join(each if each.isalnum() else "_" for each in options.name).upper()
    bot = "put a token that may read the repository into the secret GHPYPI_TOKEN"
    says = {
        "poetry": "Poetry needs the keyring in its own environment: "
        "poetry self add 'ghpypi[keyring]'; or set "
        f"POETRY_HTTP_BASIC_{variable}_USERNAME and POETRY_HTTP_BASIC_{variable}_PASSWORD",
        "pipenv": "set PIPENV_KEYRING_PROVIDER=subprocess, and install ghpypi[keyring] so that "
        "'keyring' is found on PATH",
        "dependabot": bot,
        "renovate": bot,
    }
    usual = "install ghpypi[keyring] so that 'keyring' is found on PATH"
    return (says.get(tool, usual),)


def quoted(text: str) -> str:
    """Format a string for TOML: JSON strings are valid basic strings."""
    return json.dumps(text, ensure_ascii=False)


def key(name: str) -> str:
    """Format a key for TOML, quoted if needed: a dot would mean a table."""
    return quoted(name) if set(".*? ").intersection(name) else name


def _text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
