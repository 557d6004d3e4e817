"""Which workflows may publish which projects without a secret (trusted publishing).

GitHub tells every job who it is, in a signed token of OpenID Connect. A rule says whom to believe:

    acme/lib=acme-lib                                 any workflow run of the repository
    acme/lib@refs/tags/v*=acme-*                      only for such tags
    acme/lib@refs/heads/main:release=acme-lib         only from the environment `release` as well
    acme#1234/lib=acme-lib                            only as long as acme is still account 1234
    acme/lib=acme/pypi/acme-*                         into that store, where several are served
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.patterns import matches_glob
from ghpypi.core.rules import name_matches, name_pattern
from ghpypi.errors import ConfigError

_RULE = re.compile(
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)(?:#(?P<owner_id>\d+))?/(?P<name>[A-Za-z0-9._-]+)"
    r"(?:@(?P<ref>[^:=]+))?(?::(?P<environment>[^=]+))?"
    r"=(?:(?P<store>.+)/)?(?P<projects>[A-Za-z0-9*?\[][A-Za-z0-9._*?\[\]!-]*)"
)
EXAMPLE = "'acme/lib@refs/tags/v*:release=acme-*'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What somebody may publish.

    Attributes:
        store: Where to.
        projects: Which projects: a name or a pattern of names, normalized.
    """

    store: str
    projects: str

    def covers(self, store: str, project: NormalizedName) -> bool:
        """Tell whether a project of a store is meant."""
        return store.lower() == self.store.lower() and name_matches(self.projects, project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One rule.

    Attributes:
        repository: `OWNER/REPO` whose workflows are believed.
        owner_id: The account that has to own it; empty for whoever has the name.
        ref: The branch or tag, or a pattern of such, as `refs/...`; empty for any.
        environment: The environment the job has to run in; empty for any, or none.
        grant: What they may publish.
    """

    repository: str
    owner_id: str = ""
    ref: str = ""
    environment: str = ""
    grant: Grant

    @classmethod
    def parse(cls, text: str, *, store: str) -> "Trust":
        """Read a rule.

        Args:
            text: The rule.
            store: The store that is meant if none is named.

        Raises:
            ConfigError: It is none.
        """
        found = _RULE.fullmatch(text)
        if not found:
            raise ConfigError(
                f"'{text}' says of no repository what it may publish",
                hint=f"write OWNER/REPO=PROJECT, or more closely, such as {EXAMPLE}",
            )
        ref = found["ref"] or ""
        if ref and not ref.startswith(("refs/heads/", "refs/tags/", "refs/pull/")):
            raise ConfigError(
                f"'{text}': '{ref}' could be a branch or a tag",
                hint=f"write refs/heads/{ref} or refs/tags/{ref}",
            )
        return cls(
            repository=f"{found['owner']}/{found['name']}",
            owner_id=found["owner_id"] or "",
            ref=ref,
            environment=found["environment"] or "",
            grant=Grant(store=found["store"] or store, projects=name_pattern(found["projects"])),
        )

    def believes(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether a job is one of those meant.

        Source: GitHub documentation, "OpenID Connect reference", "OIDC token claims".
        """
        return (
            str(claims.get("repository", "")).lower() == self.repository.lower()
            and self.owner_id in {"", str(claims.get("repository_owner_id", ""))}
            and (not self.ref or matches_glob(str(claims.get("ref", "")), self.ref))
            # GitHub compares the names of environments without regard to case.
            and self.environment.lower() in {"", str(claims.get("environment", "")).lower()}
        )
