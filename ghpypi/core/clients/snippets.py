"""Settings that make installers use an index, ready to be pasted.

An index holds the packages of one publisher; what those need comes from the public index. A package
of the same name there, with a higher version, must never be chosen ("dependency confusion"), and
that includes packages that only other packages of ours need. Each tool has a way of its own:

- uv asks indexes in order and takes a package from the first that has it;
- Poetry asks a supplemental source only for what the primary source does not have;
- PDM takes the packages that a source includes from no other source;
- Pipenv takes a package from the source it is tied to, and everything else from the first source;
- pip takes the highest version of all indexes, so it must be given one index only: one that also
  serves the public packages, as `ghpypi run` and `ghpypi serve --upstream` do.
"""

import json
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from ghpypi.core.addresses import is_web_address
from ghpypi.errors import UsageError

ANY = "NAME"
"""Placeholder for the name of a package."""

PUBLIC_NAME = "pypi"
"""What PDM, Pipenv and Poetry, in any case of letters, call the public index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """The settings of one installer.

    Attributes:
        tool: The installer, in lower case.
        title: Where the lines belong.
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
class ClientOptions:
    """The index that an installer is set up for, and how.

    Attributes:
        url: The address of the simple index, ending in `/simple/`.
        name: What the index is to be called; one called "pypi" would replace the public index, so
            `-index` is added to that.
        packages: What is to come from it, normalized; PDM and Renovate take patterns, too.
        projects: Everything it has, as far as that is known; PDM needs to know.
        private: It asks for a token, which comes from the keyring, never from the address.
        complete: It also serves public packages, so that it can be the only index.
        store: The repository it is made from, `OWNER/REPO`, for `ghpypi run`; may be empty.
        index: The named index or variant; empty for the main index.
        replace: Settings that have other values may be changed.
    """

    url: str
    name: str
    packages: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    private: bool = False
    complete: bool = False
    store: str = ""
    index: str = ""
    replace: bool = False

    def __post_init__(self) -> None:
        """Keep the name of the public index free, and refuse an address of more than one line.

        Raises:
            UsageError: The address is not one; it would write other lines into files.
        """
        if not is_web_address(self.url):
            raise UsageError(
                f"{self.url!r} is not the address of an index",
                hint="check --url, and index.url in the configuration",
            )
        if self.name.lower() == PUBLIC_NAME:
            object.__setattr__(self, "name", f"{self.name}-index")

    @property
    def named(self) -> tuple[str, ...]:
        """Name the packages, or leave a placeholder."""
        return self.packages or (ANY,)

    @property
    def included(self) -> tuple[str, ...]:
        """Name what no other index may provide, for PDM."""
        if self.complete:
            return ("*",)
        return tuple(dict.fromkeys((*self.packages, *self.projects))) or (ANY,)

    @property
    def run(self) -> str:
        """Give the beginning of a command that runs an installer behind `ghpypi run`."""
        index = f" --index {self.index}" if self.index else ""
        return f"ghpypi run -s {self.store}{index} --"


def snippets(options: ClientOptions) -> tuple[Snippet, ...]:
    """Write the settings of every installer."""
    return tuple(make(options) for make in SNIPPETS.values())


def public_index(
    url: str, name: str, package: str = "", *, store: str = "", index: str = ""
) -> ClientOptions:
    """Describe the use of a public index.

    Args:
        url: The address of the simple index, ending in `/simple/`.
        name: What the index is to be called.
        package: What is to be installed; empty for a placeholder.
        store: The repository it is made from, `OWNER/REPO`; may be empty.
        index: The named index or variant; empty for the main index.
    """
    packages = (canonicalize_name(package),) if package else ()
    return ClientOptions(url=url, name=name, packages=packages, store=store, index=index)


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
        # Without "always" uv would ask the keyring only after it was told a user name.
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
        else "The index is asked for everything below pip, so it has to have all of that; packages "
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
"""Installer to what writes its settings, in the order they are shown."""


def how_to_sign_in(tool: str, options: ClientOptions) -> tuple[str, ...]:
    """Say where a tool has the token of a private index from; nothing for other indexes."""
    if not options.private:
        return ()
    variable = "".join(each if each.isalnum() else "_" for each in options.name).upper()
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
