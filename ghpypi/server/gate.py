"""Who asks, and what that opens: sign-in with a GitHub token, rights as GitHub knows them.

A token is the password of HTTP Basic, whatever the user name; or it comes from the session of a
browser. Stores that are not on GitHub have a password of their own.
"""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from ghpypi.core.secret import Secret
from ghpypi.core.serving import Refusal, Rights
from ghpypi.server.believed import Believed
from ghpypi.server.credentials import Caller, Credentials, read_authorization
from ghpypi.server.http import DeniedError, Request, challenge, text
from ghpypi.server.stall import Stall
from ghpypi.server.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """How the gate is kept.

    Attributes:
        read_expires: Seconds that a right to read is believed.
        write_expires: Seconds that a right to write is believed.
        anonymous_read: Whoever brings no token reads with the server's.
        password: Opens stores that are not on GitHub for writing, or, if `locked`, everything.
        locked: Nobody does anything without the password, and with it everything.
    """

    read_expires: float = 3600.0
    write_expires: float = 300.0
    anonymous_read: bool = False
    password: Secret | None = None
    locked: bool = False


class Gate:
    """Lets in whom GitHub lets in.

    Args:
        options: How it is kept.
        session: Reads the token out of a browser's cookies; `None` for no sessions.
        now: Tells seconds that only grow.
    """

    def __init__(
        self,
        options: GateOptions,
        *,
        session: Callable[[Request], Credentials | None] | None = None,
        throttle: Throttle | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._session = session
        self._key = secrets.token_bytes(32)
        self._believed = Believed(
            options.read_expires, options.write_expires, throttle=throttle, now=now
        )

    def credentials(self, request: Request) -> Credentials | None:
        """Read what somebody signs in with; a session is for reading only."""
        found = read_authorization(request.header(b"authorization"))
        if found is None and self._session and request.method in {"GET", "HEAD"}:
            return self._session(request)
        return found

    def mark(self, secret: Secret | None) -> bytes:
        """Digest a token, so that it need not be kept."""
        if secret is None:
            return b""
        return blake2b(secret.reveal().encode(), key=self._key, digest_size=16).digest()

    async def admit(self, request: Request, stall: Stall, *, write: bool = False) -> Caller:
        """Let somebody in, or not.

        Raises:
            DeniedError: They have to sign in, may not, or have to wait.
        """
        given = self.credentials(request)
        request.user = given.user if given else ""
        return await self.check(given, stall, request.address, write=write)

    async def check(
        self, given: Credentials | None, stall: Stall, address: str, *, write: bool = False
    ) -> Caller:
        """Let in somebody with these credentials, or not.

        Raises:
            DeniedError: They have to sign in, may not, or have to wait.
        """
        if self._options.locked or stall.kind != "github":
            return self._by_password(given, stall, write=write)
        if given is None:
            return await self._nobody(stall, write=write)
        caller = Caller(given.user or "-", given.secret, self.mark(given.secret))
        rights = await self.rights(caller, stall, stall.name, address, write=write)
        self._refuse(rights, stall.name, write=write)
        return caller

    def forget(self, caller: Caller) -> None:
        """Believe nothing of a token any more: GitHub refused it."""
        self._believed.forget(caller)

    async def rights(
        self, caller: Caller, stall: Stall, repository: str, address: str, *, write: bool = False
    ) -> Rights:
        """Say what a caller may do with a repository, as GitHub said not long ago, or says now.

        Raises:
            DeniedError: It is not worth asking, or cannot be asked now.
        """
        return await self._believed.rights(caller, stall, repository, address, write=write)

    async def _nobody(self, stall: Stall, *, write: bool) -> Caller:
        """Let in somebody without a token, where everybody may read."""
        if write:
            raise DeniedError(challenge())
        if self._options.anonymous_read and stall.token:
            return Caller("-", stall.token, self.mark(stall.token))
        # GitHub answers nobody in particular sixty times an hour; a token of ours is asked oftener.
        asker = Caller("-", stall.token, self.mark(stall.token))
        try:
            rights = await self.rights(asker, stall, stall.name, "")
        except DeniedError as denied:
            # With a token they may be known, whatever ails GitHub now.
            raise DeniedError(challenge()) from denied
        if not rights.public:
            raise DeniedError(challenge())
        return Caller("-", None)

    def _by_password(self, given: Credentials | None, stall: Stall, *, write: bool) -> Caller:
        options = self._options
        if options.password is None:
            if not write:
                return Caller("-", None)
            message = f"{stall.name} takes no uploads: this server was started without a password"
            raise DeniedError(text(403, message))
        if given is None:
            if write or options.locked:
                raise DeniedError(challenge("sign in with the password of this server"))
            return Caller("-", None)
        if not _same(given.secret, options.password):
            raise DeniedError(challenge("the password is wrong"))
        return Caller(given.user or "-", stall.token, self.mark(stall.token))

    def _refuse(self, rights: Rights, name: str, *, write: bool) -> None:
        if rights.refusal is Refusal.BAD_TOKEN:
            raise DeniedError(challenge("GitHub does not know this token"))
        if not rights.read:
            message = rights.message or f"this token may not read {name}"
            raise DeniedError(text(403, message))
        if write and rights.write is False:
            message = f"this token may read {name}, but not publish to it"
            raise DeniedError(text(403, message))


def _same(given: Secret, wanted: Secret) -> bool:
    return hmac.compare_digest(given.reveal().encode(), wanted.reveal().encode())
