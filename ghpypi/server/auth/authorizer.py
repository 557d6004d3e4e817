"""Authorization: which caller may read or publish, according to GitHub or to a password.

A GitHub token arrives as the password of HTTP Basic, with any user name, or in the session cookie
of a browser. Its permissions are those that GitHub grants. Stores that are not on GitHub have
passwords of their own.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request

from ghpypi.core.patterns import matches_glob
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Rights
from ghpypi.ports import AccessPolicy
from ghpypi.server.auth.credentials import TOKEN, Caller, Credentials, read_authorization
from ghpypi.server.auth.passwords import PasswordCheck, same
from ghpypi.server.auth.permissions import PUBLIC_SECONDS, Need, PermissionCache, check_rights
from ghpypi.server.auth.rate_limit import RateLimit
from ghpypi.server.requests import client_address
from ghpypi.server.responses import challenge
from ghpypi.server.served_store import ServedStore

FILE_SECONDS = 60.0
"""Maximum age of a cached permission when a file is downloaded."""

ASKED_AT_ONCE = 8
"""Maximum number of concurrent permission checks for one request."""

GRACE_SECONDS = 900.0
"""How long an expired permission is still good for pages during an outage of GitHub."""


class AuthorizerOptions(NamedTuple):
    """Settings of authorization.

    Attributes:
        read_expires: How long a granted read permission is cached, in seconds.
        write_expires: How long a granted write permission is cached, in seconds.
        anonymous_read: Allow unauthenticated reads with the server's own token.
        anonymous_repositories: Patterns of further repositories, besides the stores themselves,
            whose files unauthenticated callers get.
        password: If set, the only accepted credential: it grants reading and publishing in all
            stores, and GitHub tokens are rejected.
    """

    read_expires: float = 3600.0
    write_expires: float = 300.0
    anonymous_read: bool = False
    anonymous_repositories: tuple[str, ...] = ()
    password: Secret | None = None


class Authorizer:
    """Decides whether a request may read a store, publish to it, or download a file.

    Args:
        options: The settings.
        session: Returns the credentials in a browser's session cookie; `None` disables sessions.
        rate_limit: Limits failed sign-ins.
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
        """Return the credentials of a request; a session counts for GET and HEAD only."""
        found = read_authorization(request.headers.get("authorization", ""))
        if found is None and self._session and request.method in {"GET", "HEAD"}:
            return self._session(request)
        return found

    async def admit(
        self, request: Request, served_store: ServedStore, *, write: bool = False
    ) -> Caller:
        """Authorize a request to read a store, or to publish to it.

        Raises:
            HTTPException: 401 without valid credentials, 403 without permission, 429 after too many
                failed sign-ins, 502 or 503 if GitHub cannot be reached.
        """
        credentials = self.credentials(request)
        request.state.user = credentials.user if credentials else ""
        return await self.check(credentials, served_store, client_address(request), write=write)

    async def check(
        self,
        credentials: Credentials | None,
        served_store: ServedStore,
        address: str,
        *,
        write: bool = False,
    ) -> Caller:
        """Authorize credentials, or a caller without any, to read a store or to publish to it.

        Raises:
            HTTPException: As for `admit`.
        """
        access = served_store.capabilities.access
        if access is AccessPolicy.CLOSED:
            raise HTTPException(
                403, f"no access policy is known for {served_store.name}, so it is closed"
            )
        if password := self._options.password:
            if credentials is None or not same(credentials.secret, password):
                raise challenge("sign in with the password of this server")
            return self._own(served_store, credentials)
        if access is AccessPolicy.PASSWORDS:
            return self._passwords.admit(credentials, served_store, address, write=write)
        if credentials is None:
            return await self._without_token(served_store, write=write)
        if not TOKEN.fullmatch(credentials.secret.reveal()):
            return await self._with_other_secret(served_store, write=write)
        caller = Caller(credentials.user or "-", credentials.secret, self._mark(credentials.secret))
        need = self._write if write else self._page
        rights = await self._permissions.rights(
            caller, served_store, served_store.name, address, need
        )
        check_rights(rights, served_store.name, write=write)
        return caller

    def is_open(self, served_store: ServedStore) -> bool:
        """Return whether a store that is private on GitHub can be read here without signing in."""
        if self._options.password:
            return False
        if served_store.has_rights:
            return self._options.anonymous_read and served_store.token is not None
        access = served_store.capabilities.access
        return access is AccessPolicy.PASSWORDS and served_store.passwords.read is None

    async def visible(
        self, request: Request, served_stores: Sequence[ServedStore]
    ) -> list[ServedStore]:
        """Return the stores whose health and metrics a request may see: those it may read.

        A request without credentials, such as a container probe, causes no request to GitHub.
        """
        credentials = self.credentials(request)
        if request.state.monitoring:
            return list(served_stores)
        found = []
        for served_store in served_stores if credentials else ():
            with suppress(HTTPException):
                await self.check(credentials, served_store, client_address(request))
                found.append(served_store)
        return found

    def stores_of(self, secret: Secret, served_stores: Sequence[ServedStore]) -> list[ServedStore]:
        """Return the stores that can verify a secret: one that everyone may read accepts any.

        The password of a directory store is not sent to GitHub, and a GitHub token does not count
        as a wrong password.
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
        """Authorize a caller to read files of a repository, which may differ from the store's.

        A cached permission older than `FILE_SECONDS` is checked again.

        Returns:
            The caller with the token to use for that repository, and its permission.

        Raises:
            HTTPException: As for `admit`.
        """
        asker = caller
        if caller.anonymous and not self._is_anonymous(served_store, repository):
            # The repository's name comes from the catalog, and an author of the catalog must not
            # be able to use the server's token for other repositories.
            asker = replace(caller, token=None, mark=b"")
        rights = await self._permissions.rights(
            asker, served_store, repository, address, self._file
        )
        if not rights.read and (asker.token is None or caller.anonymous):
            raise challenge()
        check_rights(rights, repository)
        return asker, rights

    async def visible_repositories(
        self, caller: Caller, served_store: ServedStore, repositories: Collection[str], address: str
    ) -> frozenset[str]:
        """Return the subset of repositories whose files a caller may see on pages.

        Raises:
            HTTPException: GitHub cannot be reached.
        """
        if served_store.capabilities.access is AccessPolicy.PASSWORDS:
            return frozenset(repositories)
        own = served_store.name.lower()
        names = [name for name in repositories if name.lower() != own]
        if not names:  # most stores have files of their own only, so no request is needed
            return frozenset(repositories)
        limit = asyncio.Semaphore(ASKED_AT_ONCE)

        async def is_visible(repository: str) -> bool:
            async with limit:
                return await self._may_see(caller, served_store, repository, address)

        seen = await asyncio.gather(*map(is_visible, names))
        hidden = {name for name, yes in zip(names, seen, strict=True) if not yes}
        return frozenset(repositories) - hidden

    async def _may_see(
        self, caller: Caller, served_store: ServedStore, repository: str, address: str
    ) -> bool:
        """Return whether a caller may see files of a repository other than the store's."""
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
        """Remove all cached permissions of a token that GitHub rejected."""
        self._permissions.forget(caller)

    def _mark(self, secret: Secret | None) -> bytes:
        """Return the keyed digest of a token, which caches use instead of the token."""
        if secret is None:
            return b""
        text = secret.reveal().encode(errors="replace")
        return blake2b(text, key=self._key, digest_size=16).digest()

    def _own(self, served_store: ServedStore, credentials: Credentials | None) -> Caller:
        """Return a caller that uses the server's own token."""
        return Caller(
            (credentials and credentials.user) or "-",
            served_store.token,
            self._mark(served_store.token),
        )

    def _is_anonymous(self, served_store: ServedStore, repository: str) -> bool:
        name, allowed = repository.lower(), self._options.anonymous_repositories
        return name == served_store.name.lower() or any(
            matches_glob(name, each) for each in allowed
        )

    async def _without_token(self, served_store: ServedStore, *, write: bool) -> Caller:
        """Authorize an unauthenticated caller: for public stores, or all with `anonymous_read`."""
        if write:
            raise challenge()
        # Without a token GitHub allows 60 requests per hour; with the server's own, thousands.
        asker = replace(self._own(served_store, None), anonymous=True)
        if self._options.anonymous_read and served_store.token:
            return asker
        try:
            rights = await self._permissions.rights(
                asker, served_store, served_store.name, "", self._page
            )
        except HTTPException as denied:
            # A client that sends its token may have a cached permission, even during an outage.
            raise challenge() from denied
        if not rights.public:
            raise challenge()
        return Caller("-", None)

    async def _with_other_secret(self, served_store: ServedStore, *, write: bool) -> Caller:
        """Authorize a caller whose secret is for another store of this host to read public ones."""
        try:
            return await self._without_token(served_store, write=write)
        except HTTPException as denied:
            raise challenge("use a GitHub token as the password") from denied
