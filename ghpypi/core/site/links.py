"""Which of the links in a project's metadata are verified.

Metadata is written by the author of a package and can claim any address. A link is verified only
if it leads to a repository that is known to have made the shown release: the one whose releases
hold all of its files, or the one whose workflow built all of them, by signatures that the index run
has verified.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from ghpypi.core.addresses import REPOSITORY
from ghpypi.core.model import File
from ghpypi.core.parsing import split_url
from ghpypi.core.provenance import Signer

HOLDS = "holds the files of this release"
BUILT = "built the files of this release, by verified signatures"

_RELEASES = "/releases/download/"
_PATH_PARTS = 2


class Link(NamedTuple):
    """A link of a project.

    Attributes:
        label: Its label.
        url: The URL.
        proof: What is known of the repository that it leads to; empty if nothing is.
    """

    label: str
    url: str
    proof: str = ""


def checked_links(
    urls: Iterable[tuple[str, str]], files: Sequence[File], server: str | None
) -> tuple[Link, ...]:
    """Return links with what is proved of each, the verified ones first.

    Args:
        urls: Labels and URLs.
        files: The files of the shown release.
        server: The URL of the GitHub server that has the repositories; `None` for none.
    """
    holders = {_holder(file, server) for file in files}
    builders = {_builder(file) for file in files}
    known = [(HOLDS, holders), (BUILT, builders)]
    proofs = {repository.pop(): proof for proof, repository in known if len(repository) == 1}
    found = [Link(label, url, proofs.get(_repository(url), "")) for label, url in urls]
    return tuple(sorted(found, key=lambda link: not link.proof))


def _holder(file: File, server: str | None) -> str:
    """Return the URL of the repository whose release has a file; empty for other stores."""
    base, found, _ = file.url.partition(_RELEASES)
    if found and REPOSITORY.fullmatch(file.origin) and base.endswith(f"/{file.origin}"):
        return base.lower()
    if server and REPOSITORY.fullmatch(file.origin):
        return f"{server}/{file.origin}".lower()
    return ""


def _builder(file: File) -> str:
    """Return the URL of the repository that signed a file; empty if that is not verified."""
    signer = Signer.parse(file.signer) if file.signer else None
    if not signer or not signer.verified or not signer.repository:
        return ""
    return f"https://github.com/{signer.repository}".lower()


def _repository(url: str) -> str:
    """Return the URL of the repository that a link leads to or into; `-` if there is none.

    Browsers read a backslash as a slash, and `%2e` as a dot, so that links can leave a folder.
    """
    parts = split_url(url)
    path = unquote(parts.path).replace("\\", "/").split("/")[1:]
    if parts.scheme != "https" or {".", ".."} & {*path} or len(path) < _PATH_PARTS:
        return "-"
    owner, name = path[:_PATH_PARTS]
    return f"https://{parts.netloc}/{owner}/{name.removesuffix('.git')}".lower()
