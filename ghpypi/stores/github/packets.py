"""git's protocol, as far as it takes to fetch the head of a branch in two requests.

`git fetch` takes three, because it first asks what the server can do. Version 2 of the protocol
knows no sessions, so the same questions can be put at once. Whatever is answered otherwise than
expected is an error here, upon which git itself is asked.

Sources: git documentation, "gitprotocol-v2", "gitprotocol-common" and "gitprotocol-http".
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from requests.auth import HTTPBasicAuth

from ghpypi import USER_AGENT
from ghpypi.core.secret import Secret
from ghpypi.stores.github.remote import BROKEN
from ghpypi.stores.github.web import CONNECT_SECONDS, READ_SECONDS

USER = "x-access-token"
"""Whose password a token is; GitHub takes any name."""

_DATA, _PROGRESS = b"\1", b"\2"
_log = logging.getLogger("ghpypi")


class PacketError(Exception):
    """The server did not answer as expected; git may know why."""


UNANSWERED = (PacketError, ValueError, *BROKEN)
"""What to expect of a server that does not answer as expected."""


class Packets:
    """One repository, asked in packets.

    Args:
        url: Where git finds it.
        token: May be missing where anyone can read.
    """

    def __init__(self, url: str, token: Secret | None) -> None:
        self._url = f"{url}/git-upload-pack"
        self._token = token

    def head(self, ref: str) -> str | None:
        """Ask for the commit that a ref is at; `None` if there is no such ref.

        Raises:
            PacketError: The server does not say, or something else of `UNANSWERED`.
        """
        with self._asked("ls-refs", f"ref-prefix {ref}") as packets:
            refs = [packet.decode().split() for packet in packets]
        if not all(len(each) == 2 and len(each[0]) == 40 for each in refs):  # noqa: PLR2004
            raise PacketError(f"no list of refs: {refs}")
        # Others may begin in the same way.
        return {name: commit for commit, name in refs}.get(ref)

    def save(self, commit: str, pack: Path) -> list[str]:
        """Write a commit and its trees into a file, as a pack; git tells whether it is whole.

        Returns:
            The commits whose parents are missing.

        Raises:
            PacketError: The server does not send it, or something else of `UNANSWERED`.
        """
        how = ("deepen 1", "filter blob:none", "ofs-delta", "no-progress", "done")
        shallow: list[str] = []
        with (
            self._asked("fetch", f"want {commit}", *how) as packets,
            pack.open("wb") as file,
        ):
            for packet in packets:
                if packet == b"packfile\n":
                    break
                if packet.startswith(b"shallow "):
                    shallow.append(packet.decode().split()[1])
            for packet in packets:
                if packet[:1] == _DATA:
                    file.write(packet[1:])
                elif packet[:1] != _PROGRESS:
                    raise PacketError(packet[1:].decode(errors="replace"))
        return shallow

    @contextmanager
    def _asked(self, command: str, *arguments: str) -> Iterator[Iterator[bytes]]:
        lines = [f"command={command}", f"agent={USER_AGENT}", "object-format=sha1"]
        body = b"".join([*map(_packet, lines), b"0001", *map(_packet, arguments), b"0000"])
        response = requests.post(
            self._url,
            data=body,
            headers={
                "Content-Type": "application/x-git-upload-pack-request",
                "Accept": "application/x-git-upload-pack-result",
                "Accept-Encoding": "identity",
                "Git-Protocol": "version=2",
                "User-Agent": USER_AGENT,
            },
            auth=self._signed,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        )
        _log.debug("POST %s (%s) -> %s", self._url, command, response.status_code)
        with response:
            if response.status_code != requests.codes.ok:
                raise PacketError(f"HTTP {response.status_code}")
            yield _packets(response)

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign with our token or not at all; this being there keeps `.netrc` out."""
        return HTTPBasicAuth(USER, self._token.reveal())(request) if self._token else request


def _packet(line: str) -> bytes:
    content = line.encode() + b"\n"
    return b"%04x%s" % (len(content) + 4, content)


def _packets(response: requests.Response) -> Iterator[bytes]:
    """Read packets up to the one that says it is the last; those that separate are empty."""
    while size := int(_read(response, 4), 16):
        yield _read(response, size - 4)


def _read(response: requests.Response, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = response.raw.read(size - len(found))
        if not piece:
            raise PacketError("the answer is cut short")
        found += piece
    return found
