"""What installers must know of an index: the values that settings are written from."""

from dataclasses import dataclass

from packaging.utils import canonicalize_name

from ghpypi.core.addresses import is_web_address
from ghpypi.errors import UsageError

ANY = "NAME"
"""Placeholder for the name of a package."""

UNKNOWN_SITE = "https://THIS-SITE/"
"""Placeholder for an unknown URL of the site, which the script of the pages replaces."""

PUBLIC_NAME = "pypi"
"""The name of the public index in PDM, Pipenv and Poetry, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """Settings of an index for installers.

    Attributes:
        url: The URL of the simple index, ending in `/simple/`.
        name: The name of the index; "pypi" would replace the public index, so `-index` is added to
            it.
        packages: Normalized names of packages from the index; PDM and Renovate support patterns.
        projects: All projects of the index, as far as known; needed by PDM.
        private: Whether it requires a token, which comes from the keyring, never from the URL.
        complete: Whether it also serves public packages, so that it can be the only index.
        store: The repository of the index, `OWNER/REPO`, for `ghpypi run`; may be empty.
        index: The named index or variant; empty for the main index.
        replace: Also change existing settings with other values.
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
        """Avoid the name of the public index, and validate the URL.

        Raises:
            UsageError: The URL is invalid; with newlines, it could inject lines into files.
        """
        if not is_web_address(self.url):
            raise UsageError(
                f"{self.url!r} is not the URL of an index",
                hint="check --url, and index.url in the configuration",
            )
        if self.name.lower() == PUBLIC_NAME:
            object.__setattr__(self, "name", f"{self.name}-index")

    @property
    def named(self) -> tuple[str, ...]:
        """The packages, or a placeholder."""
        return self.packages or (ANY,)

    @property
    def included(self) -> tuple[str, ...]:
        """The packages that only this index may provide, for PDM."""
        if self.complete:
            return ("*",)
        return tuple(dict.fromkeys((*self.packages, *self.projects))) or (ANY,)

    @property
    def run(self) -> str:
        """The beginning of a command that runs an installer with `ghpypi run`."""
        index = f" --index {self.index}" if self.index else ""
        return f"ghpypi run -s {self.store}{index} --"


def public_index(
    url: str, name: str, package: str = "", *, store: str = "", index: str = ""
) -> ClientOptions:
    """Return the options for a public index.

    Args:
        url: The URL of the simple index, ending in `/simple/`.
        name: The name of the index.
        package: The package to install; empty for a placeholder.
        store: The repository of the index, `OWNER/REPO`; may be empty.
        index: The named index or variant; empty for the main index.
    """
    packages = (canonicalize_name(package),) if package else ()
    return ClientOptions(url=url, name=name, packages=packages, store=store, index=index)
