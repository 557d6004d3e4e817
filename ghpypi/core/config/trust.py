"""Rules of trusted publishing: which workflows may publish which projects without a secret.

GitHub issues signed tokens (OpenID Connect) to jobs. A rule defines which jobs may publish which
projects; further conditions follow the project:

    acme/lib=acme-lib                                   any workflow of the repository
    acme/lib=acme-lib,workflow=release.yml              that workflow
    acme/lib=acme-*,ref=refs/tags/v*                    such tags
    acme/lib=acme-lib,environment=release               jobs in an environment
    acme#1234/lib#5678=acme-lib                         while owner and repository have these IDs
    acme/lib=acme/pypi/acme-*                           into that store, where several are served
    acme/lib=acme-lib,event=workflow_run                an event that is refused otherwise
    acme/lib=acme-lib,reusable=acme/ci/.github/workflows/publish.yml@refs/tags/v1
                                                        a workflow of another repository

`acme/lib@refs/tags/v*:release=acme-lib` is a shorter way to write `ref` and `environment`.

Jobs of `pull_request` and `workflow_run` events are rejected unless a rule lists the event: they
may run code, or use artifacts, of users without write access to the repository.

Sources: GitHub documentation, "OpenID Connect reference", "OIDC token claims"; PyPI, "Security
model and considerations" of trusted publishers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.config.rules import name_matches, name_pattern
from ghpypi.core.patterns import matches_glob
from ghpypi.core.text_comparison import nearest
from ghpypi.errors import ConfigError

_RULE = re.compile(
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)(?:#(?P<owner_id>\d+))?"
    r"/(?P<name>[A-Za-z0-9._-]+)(?:#(?P<repository_id>\d+))?"
    r"(?:@(?P<ref>[^:=,]+))?(?::(?P<environment>[^=,]+))?"
    r"=(?:(?P<store>[^,]+)/)?(?P<projects>[A-Za-z0-9*?\[][A-Za-z0-9._*?\[\]!-]*)"
)
_FILE = re.compile(r"(?:\.github/workflows/)?[^/@]+\.ya?ml")
_REUSABLE = re.compile(r"[\w.-]+/[\w.-]+/\.github/workflows/[^/@]+\.ya?ml(?:@\S+)?")
_EVENTS = re.compile(r"[a-z_]+(?:\|[a-z_]+)*")
_FOLDER = ".github/workflows/"
_KEYS = ("workflow", "environment", "ref", "event", "reusable")

EXAMPLE = "'acme/lib=acme-*,workflow=release.yml,environment=release,ref=refs/tags/v*'"


class Grant(NamedTuple):
    """The projects that a job may publish.

    Attributes:
        store: The store.
        projects: A normalized project name, or a pattern of names.
    """

    store: str
    projects: str

    def covers(self, store: str, project: NormalizedName) -> bool:
        """Return whether a project of a store may be published."""
        return store.lower() == self.store.lower() and name_matches(self.projects, project)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryIds:
    """The IDs of a repository and its owner, which are never reused, unlike names."""

    owner: str = ""
    repository: str = ""

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "RepositoryIds":
        """Return the IDs in the claims of a job."""
        return cls(
            owner=_text(claims, "repository_owner_id"), repository=_text(claims, "repository_id")
        )

    @property
    def complete(self) -> bool:
        """Whether both are known."""
        return bool(self.owner and self.repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A rule of trusted publishing. Empty attributes match anything.

    Attributes:
        repository: `OWNER/REPO` of the jobs.
        ids: The IDs of the repository and its owner, which prevent publishing after the name was
            taken over (account resurrection).
        workflow: The filename of the workflow.
        environment: The required environment of the job.
        ref: The branch or tag, or a pattern of them, as `refs/...`.
        events: The events; empty for all except those that a rule must list.
        reusable: The reusable workflow of another repository, with optional `@REF`.
        grant: The projects that matching jobs may publish.
    """

    repository: str
    ids: RepositoryIds = RepositoryIds()
    workflow: str = ""
    environment: str = ""
    ref: str = ""
    events: tuple[str, ...] = ()
    reusable: str = ""
    grant: Grant

    @classmethod
    def parse(cls, text: str, *, store: str) -> "Trust":
        """Parse a rule.

        Args:
            text: The rule.
            store: The default store.

        Raises:
            ConfigError: The text is not a rule.
        """
        first, *others = text.split(",")
        found = _RULE.fullmatch(first)
        if not found:
            raise ConfigError(
                f"'{text}' is not a rule of trusted publishing",
                hint=f"write OWNER/REPO=PROJECT, or add conditions, such as {EXAMPLE}",
            )
        options = _options(text, others, found)
        return cls(
            repository=f"{found['owner']}/{found['name']}",
            ids=RepositoryIds(
                owner=found["owner_id"] or "", repository=found["repository_id"] or ""
            ),
            workflow=options.get("workflow", "").removeprefix(_FOLDER),
            environment=options.get("environment", ""),
            ref=options.get("ref", ""),
            events=tuple(filter(None, options.get("event", "").split("|"))),
            reusable=options.get("reusable", ""),
            grant=Grant(store=found["store"] or store, projects=name_pattern(found["projects"])),
        )

    def is_about(self, claims: Mapping[str, Any]) -> bool:
        """Return whether a job belongs to the repository."""
        return str(claims.get("repository", "")).lower() == self.repository.lower()

    def matches(self, claims: Mapping[str, Any]) -> bool:
        """Return whether a job may publish."""
        return self.is_about(claims) and not any(self.faults(claims))

    def pinned(self, ids: RepositoryIds) -> "Trust":
        """Return the rule with missing IDs added."""
        return replace(
            self,
            ids=RepositoryIds(
                owner=self.ids.owner or ids.owner,
                repository=self.ids.repository or ids.repository,
            ),
        )

    def faults(self, claims: Mapping[str, Any]) -> Iterator[str]:
        """Yield the reasons why a job of the repository may not publish."""
        ids = RepositoryIds.of(claims)
        if self.ids.owner not in {"", ids.owner}:
            yield f"the ID of the owner is {ids.owner or 'unknown'}, not {self.ids.owner}"
        if self.ids.repository not in {"", ids.repository}:
            found = ids.repository or "unknown"
            yield f"the ID of the repository is {found}, not {self.ids.repository}"
        ref, environment = _text(claims, "ref"), _text(claims, "environment")
        if self.ref and not matches_glob(ref, self.ref):
            yield f"ref '{ref}' is not '{self.ref}'"
        # GitHub compares the names of environments without regard to case.
        if self.environment.lower() not in {"", environment.lower()}:
            yield f"environment '{environment}' is not '{self.environment}'"
        yield from self._event_faults(_text(claims, "event_name"))
        yield from self._workflow_faults(claims)

    def _event_faults(self, event: str) -> Iterator[str]:
        if self.events:
            if event not in self.events:
                yield f"event '{event}' is not '{'|'.join(self.events)}'"
        elif event.startswith("pull_request") or event == "workflow_run":
            yield f"event '{event}' is rejected unless the rule lists it (event={event})"

    def _workflow_faults(self, claims: Mapping[str, Any]) -> Iterator[str]:
        """Compare the workflow, or the reusable workflow that it calls.

        `workflow_ref` is the workflow that was started, `job_workflow_ref` the one that contains
        the job. As on PyPI, a rule means the latter, if it is in the same repository.
        """
        started = _text(claims, "workflow_ref").partition("@")[0]
        path, _, ref = (_text(claims, "job_workflow_ref") or started).partition("@")
        if self.reusable:
            named, _, named_ref = self.reusable.partition("@")
            if path.lower() != named.lower() or not matches_glob(ref, named_ref or "*"):
                yield f"workflow '{path}@{ref}' is not '{self.reusable}'"
            path = started
        folder, slash, file = path.rpartition("/")
        if path and (folder + slash).lower() != f"{self.repository}/{_FOLDER}".lower():
            yield (
                f"workflow '{path}' is in another repository, and the rule does not list it "
                f"(reusable={path})"
            )
        elif self.workflow not in {"", file}:
            yield f"workflow '{file}' is not '{self.workflow}'"

    def looseness(self) -> list[str]:
        """Return which conditions a rule lacks, for a warning."""
        found = []
        if not self.workflow:
            found.append("any workflow (workflow=FILE)")
        if not self.ref and not self.environment:
            found.append("any branch and tag (ref=REF or environment=NAME)")
        if not self.ids.complete:
            found.append("anyone who takes over the name (OWNER#ID/REPO#ID)")
        return found


def _options(text: str, parts: list[str], rule: "re.Match[str]") -> dict[str, str]:
    """Parse the conditions of a rule.

    Raises:
        ConfigError: A condition is unknown, has no value, or occurs twice.
    """
    found = {key: rule[key] for key in ("environment", "ref") if rule[key]}
    for part in parts:
        key, _, value = (each.strip() for each in part.partition("="))
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            hint = f"did you mean '{near}'?" if near else f"there are {', '.join(_KEYS)}"
            raise ConfigError(f"'{text}': unknown condition '{key}'", hint=hint)
        if not value or key in found:
            fault = "occurs twice" if key in found else "has no value"
            raise ConfigError(f"'{text}': '{key}' {fault}")
        found[key] = value
    _check_options(text, found)
    return found


def _check_options(text: str, options: Mapping[str, str]) -> None:
    ref = options.get("ref", "")
    if ref and not ref.startswith(("refs/heads/", "refs/tags/", "refs/pull/")):
        raise ConfigError(
            f"'{text}': '{ref}' could be a branch or a tag",
            hint=f"write refs/heads/{ref} or refs/tags/{ref}",
        )
    for key, form, example in (
        ("workflow", _FILE, "release.yml"),
        ("event", _EVENTS, "push|workflow_dispatch"),
        ("reusable", _REUSABLE, "acme/ci/.github/workflows/publish.yml@refs/tags/v1"),
    ):
        if key in options and not form.fullmatch(options[key]):
            raise ConfigError(
                f"'{text}': invalid value '{options[key]}' of '{key}'",
                hint=f"write it like {key}={example}",
            )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
