"""Rate limits: the hourly one of each caller, and one on making content.

docs: rest/using-the-rest-api/rate-limits-for-the-rest-api. Secondary limits are mostly ordered as
faults; the one on content can be switched on with `content_per_minute`.
"""

from dataclasses import dataclass

from tests.emulator.accounts import Token
from tests.emulator.answers import RefusalError, error
from tests.emulator.state import World

_HOUR = 3600.0
_MINUTE = 60.0
_ANONYMOUS_LIMIT = 60
_DOCS = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"


@dataclass(slots=True)
class _Count:
    used: int = 0
    reset_at: float = 0.0


class Limits:
    """Counts what callers do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._counts: dict[str, _Count] = {}
        self._content: list[float] = []
        self.anonymous_limit = _ANONYMOUS_LIMIT

    def charge(self, token: Token | None) -> RefusalError | None:
        """Count one request; the refusal when it is one too many."""
        count = self._count(token)
        if count.used >= self._limit(token):
            who = f"user ID {token.user.id}" if token else "127.0.0.1"
            return error(403, f"API rate limit exceeded for {who}.", documentation_url=_DOCS)
        count.used += 1
        return None

    def refund(self, token: Token | None) -> None:
        """Take one request back: answers with 304 do not count."""
        self._count(token).used -= 1

    def charge_content(self) -> RefusalError | None:
        """Count one content-creating request against the limit per minute, if that is on."""
        limit = self._world.content_per_minute
        if limit is None:
            return None
        now = self._world.clock.time()
        self._content = [moment for moment in self._content if moment > now - _MINUTE]
        if len(self._content) >= limit:
            message = "You have exceeded a secondary rate limit. Please wait a few minutes."
            refused = error(403, message, documentation_url=_DOCS)
            refused.answer.headers["Retry-After"] = "60"
            return refused
        self._content.append(now)
        return None

    def headers(self, token: Token | None) -> dict[str, str]:
        """The `x-ratelimit-*` headers."""
        status = self.status(token)
        names = ("limit", "remaining", "used", "reset")
        headers = {f"X-RateLimit-{name.capitalize()}": str(status[name]) for name in names}
        return {**headers, "X-RateLimit-Resource": "core"}

    def status(self, token: Token | None) -> dict[str, int]:
        """Limit, what was used and what is left, and when it is reset."""
        count, limit = self._count(token), self._limit(token)
        return {
            "limit": limit,
            "used": count.used,
            "remaining": max(0, limit - count.used),
            "reset": int(count.reset_at),
        }

    def _limit(self, token: Token | None) -> int:
        if token is None:
            return self.anonymous_limit
        return self._world.rate_limit if token.rate_limit is None else token.rate_limit

    def _count(self, token: Token | None) -> _Count:
        # A user's tokens share one count; an installation's is per repository.
        key = "" if token is None else token.user.login.lower()
        if token is not None and token.kind == "installation":
            key = token.value
        if token is not None and token.rate_limit is not None:
            key = token.value
        count = self._counts.setdefault(key, _Count())
        now = self._world.clock.time()
        if count.reset_at <= now:
            count.used, count.reset_at = 0, now + _HOUR
        return count
