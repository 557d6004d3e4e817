"""Who asks, and what that opens: sign-in with a GitHub token, rights as GitHub knows them.

A token is the password of HTTP Basic, whatever the user name; or it comes from the session of a
browser. Stores that are not on GitHub have passwords of their own.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b

from starlette.exceptions import HTTPException
from starlette.requests import Request

from ghpypi.core.patterns import matches_glob
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Refusal, Rights
from ghpypi.server.auth.credentials import TOKEN, Caller, Credentials, read_authorization
from ghpypi.server.auth.passwords import PasswordCheck, same
from ghpypi.server.auth.permissions import PUBLIC_SECONDS, Need, PermissionCache
from ghpypi.server.auth.rate_limit import RateLimit
from ghpypi.server.requests import client_address
from ghpypi.server.responses import challenge
from ghpypi.server.served_store import AccessPolicy, ServedStore

FILE_SECONDS = 60.0
"""How old a permission may be when bytes of a file are handed out."""

ASKED_AT_ONCE = 8
"""How many repositories GitHub is asked about at a time for one request."""

GRACE_SECONDS = 900.0
"""How long pages are shown after a permission expired, while GitHub does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerOptions:
    """What is asked of callers.

    Attributes:
        read_expires: Seconds that a permission to read is cached.
        write_expires: Seconds that a permission to write is cached.
        anonymous_read: Callers without a token read with the server's own.
        anonymous_repositories: Patterns of repositories besides the stores themselves whose files
            they get so.
        password: Opens every store for everything, and nothing else does: not even GitHub's word.
    """

    read_expires: float = 3600.0
    write_expires: float = 300.0
    anonymous_read: bool = False
    anonymous_repositories: tuple[str, ...] = ()
    password: Secret | None = None


class Authorizer:
    """Decides about requests.

    Args:
        options: What is asked of callers.
        session: Reads the token out of a browser's cookies; `None` for no sessions.
        rate_limit: Counts bad tokens.
        now: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        options: AuthorizerOptions,
        *,
        session: Callable[[Request], Credentials | None] | None = None,
        rate_limit: RateLimit | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._session = session
        self._key = secrets.token_bytes(32)
        self._permissions = PermissionCache(
            public_seconds=min(PUBLIC_SECONDS, options.read_expires), rate_limit=rate_limit, now=now
        )
        self._passwords = PasswordCheck(now=now)
        self._page = Need(options.read_expires, grace=GRACE_SECONDS)
        self._file = Need(min(FILE_SECONDS, options.read_expires))
        self._write = Need(options.write_expires)

    def credentials(self, request: Request) -> Credentials | None:
        """Return the credentials of a request; those of a session are for reading only."""
        found = read_authorization(request.headers.get("authorization", ""))
        if found is None and self._session and request.method in {"GET", "HEAD"}:
            return self._session(request)
        return found

    async def admit(
        self, request: Request, served_store: ServedStore, *, write: bool = False
    ) -> Caller:
        """Let a request use a store.

        Raises:
            HTTPException: The client has to sign in, may not, or has to wait.
        """
        given = self.credentials(request)
        request.state.user = given.user if given else ""
        return await self.check(given, served_store, client_address(request), write=write)

    async def check(
        self,
        given: Credentials | None,
        served_store: ServedStore,
        address: str,
        *,
        write: bool = False,
    ) -> Caller:
        """Let credentials, or none, use a store.

        Raises:
            HTTPException: The client has to sign in, may not, or has to wait.
        """
        access = served_store.capabilities.access
        if access is AccessPolicy.CLOSED:
            raise HTTPException(
                403, f"{served_store.name} is closed: nobody decides who may use it"
            )
        if password := self._options.password:
            if given is None or not same(given.secret, password):
                raise challenge("sign in with the password of this server")
            return self._own(served_store, given)
        if access is AccessPolicy.PASSWORDS:
            return self._by_passwords(given, served_store, address, write=write)
        if given is None:
            return await self._without_token(served_store, write=write)
        if not TOKEN.fullmatch(given.secret.reveal()):
            return await self._with_other_secret(served_store, write=write)
        caller = Caller(given.user or "-", given.secret, self._mark(given.secret))
        need = self._write if write else self._page
        rights = await self._permissions.rights(
            caller, served_store, served_store.name, address, need
        )
        _check_rights(rights, served_store.name, write=write)
        return caller

    def is_open(self, served_store: ServedStore) -> bool:
        """Tell whether a store can be read without signing in, though not by everyone on GitHub."""
        if self._options.password:
            return False
        if served_store.has_rights:
            return self._options.anonymous_read and served_store.token is not None
        access = served_store.capabilities.access
        return access is AccessPolicy.PASSWORDS and served_store.passwords.read is None

    async def visible(
        self, request: Request, served_stores: Sequence[ServedStore]
    ) -> list[ServedStore]:
        """Return the stores whose state a request may see: those that its credentials may read.

        Nothing is asked for a request without credentials, as probes of a container are.
        """
        given = self.credentials(request)
        if request.state.monitoring:
            return list(served_stores)
        found = []
        for served_store in served_stores if given else ():
            with suppress(HTTPException):
                await self.check(given, served_store, client_address(request))
                found.append(served_store)
        return found

    def stores_of(self, secret: Secret, served_stores: Sequence[ServedStore]) -> list[ServedStore]:
        """Return the stores that tell whether a secret is right; others would take any.

        A password of a folder is not sent to GitHub, nor does a token count as a guess at one.
        """
        if self._options.password:
            return list(served_stores)
        with_rights = [x for x in served_stores if x.has_rights]
        if TOKEN.fullmatch(secret.reveal()):
            return with_rights or list(served_stores)
        closed = [x for x in served_stores if x.passwords.read]
        return closed if closed or with_rights else list(served_stores)

    async def check_file(
        self, caller: Caller, served_store: ServedStore, repository: str, address: str
    ) -> tuple[Caller, Rights]:
        """Let a caller read files of a repository, which may be another than the store's.

        The permission is asked for again if it is older than `FILE_SECONDS`.

        Returns:
            The caller with the token to use for that repository, and its permission.

        Raises:
            HTTPException: The caller may not, has to wait, or GitHub does not answer.
        """
        asker = caller
        if caller.anonymous and not self._is_anonymous(served_store, repository):
            # The catalog named it, and whoever writes that must not lend out the server's token.
            asker = replace(caller, token=None, mark=b"")
        rights = await self._permissions.rights(
            asker, served_store, repository, address, self._file
        )
        if not rights.read and (asker.token is None or caller.anonymous):
            raise challenge()
        _check_rights(rights, repository)
        return asker, rights

    async def visible_repositories(
        self, caller: Caller, served_store: ServedStore, repositories: Collection[str], address: str
    ) -> frozenset[str]:
        """Return those repositories whose files may be on pages for a caller.

        Raises:
            HTTPException: GitHub does not answer.
        """
        if served_store.capabilities.access is AccessPolicy.PASSWORDS:
            return frozenset(repositories)
        own = served_store.name.lower()
        names = [name for name in repositories if name.lower() != own]
        if not names:  # as in most stores: who was admitted sees everything, and nothing is asked
            return frozenset(repositories)
        limit = asyncio.Semaphore(ASKED_AT_ONCE)

        async def sees(repository: str) -> bool:
            async with limit:
                return await self._sees(caller, served_store, repository, address)

        seen = await asyncio.gather(*map(sees, names))
        hidden = {name for name, yes in zip(names, seen, strict=True) if not yes}
        return frozenset(repositories) - hidden

    async def _sees(
        self, caller: Caller, served_store: ServedStore, repository: str, address: str
    ) -> bool:
        """Tell whether a caller may see the files of a repository other than the store's."""
        everyone = caller.anonymous and not self._is_anonymous(served_store, repository)
        if caller.token is None or everyone:
            asker = self._own(served_store, None)
            rights = await self._permissions.rights(asker, served_store, repository, "", self._page)
            return rights.public
        rights = await self._permissions.rights(
            caller, served_store, repository, address, self._page
        )
        return rights.read

    def forget(self, caller: Caller) -> None:
        """Drop all permissions of a token that GitHub refused."""
        self._permissions.forget(caller)

    def _mark(self, secret: Secret | None) -> bytes:
        """Return the digest of a token, which is kept in its place."""
        if secret is None:
            return b""
        text = secret.reveal().encode(errors="replace")
        return blake2b(text, key=self._key, digest_size=16).digest()

    def _own(self, served_store: ServedStore, given: Credentials | None) -> Caller:
        """Let a caller use the server's own token."""
        return Caller(
            (given and given.user) or "-", served_store.token, self._mark(served_store.token)
        )

    def _is_anonymous(self, served_store: ServedStore, repository: str) -> bool:
        name, allowed = repository.lower(), self._options.anonymous_repositories
        return name == served_store.name.lower() or any(
            matches_glob(name, each) for each in allowed
        )

    async def _without_token(self, served_store: ServedStore, *, write: bool) -> Caller:
        """Let a caller without credentials read: what is public, or all by `anonymous_read`."""
        if write:
            raise challenge()
        # Without a token GitHub answers 60 times an hour; the server's own may ask more often.
        asker = replace(self._own(served_store, None), anonymous=True)
        if self._options.anonymous_read and served_store.token:
            return asker
        try:
            rights = await self._permissions.rights(
                asker, served_store, served_store.name, "", self._page
            )
        except HTTPException as denied:
            # With a token its permission may be known, even while GitHub does not answer.
            raise challenge() from denied
        if not rights.public:
            raise challenge()
        return Caller("-", None)

    async def _with_other_secret(self, served_store: ServedStore, *, write: bool) -> Caller:
        """Let a caller read what everyone may, whose secret is for another store of this host."""
        try:
            return await self._without_token(served_store, write=write)
        except HTTPException as denied:
            raise challenge("the password has to be a GitHub token") from denied

    def _by_passwords(
        self, given: Credentials | None, served_store: ServedStore, address: str, *, write: bool
    ) -> Caller:
        """Let a caller use a store with passwords; where everyone may read, none is looked at."""
        read, write_ = served_store.passwords.read, served_store.passwords.write
        if write and write_ is None:
            message = f"{served_store.name} takes no uploads: the server has no password for them"
            raise HTTPException(403, message)
        if write or read is not None:
            known = tuple(each for each in (write_, read) if each is not None)
            used = self._passwords.check(given, known, served_store.name, address)
            if write and used is not write_:
                raise HTTPException(
                    403, f"this password does not allow uploads to {served_store.name}"
                )
        return Caller((given and given.user) or "-", None)


def _check_rights(rights: Rights, name: str, *, write: bool = False) -> None:
    if rights.refusal is Refusal.BAD_TOKEN:
        raise challenge("GitHub does not know this token")
    if not rights.read:
        raise HTTPException(403, rights.message or f"this token may not read {name}")
    if write and rights.write is False:
        raise HTTPException(403, f"this token may read {name}, but not publish to it")
