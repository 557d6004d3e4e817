"""Which workflows may publish which projects without a secret (trusted publishing).

GitHub gives every job a signed token of OpenID Connect that says what the job is. A rule says which
jobs may publish what; what stands behind the project narrows it:

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

Jobs of `pull_request` events and of `workflow_run` are refused unless a rule names the event: they
may run code, or use artifacts, of people who may not write to the repository.

Sources: GitHub documentation, "OpenID Connect reference", "OIDC token claims"; PyPI, "Security
model and considerations" of trusted publishers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a job may publish.

    Attributes:
        store: The store.
        projects: Which projects: a name or a pattern of names, normalized.
    """

    store: str
    projects: str

    def covers(self, store: str, project: NormalizedName) -> bool:
        """Tell whether a project of a store is meant."""
        return store.lower() == self.store.lower() and name_matches(self.projects, project)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryIds:
    """The IDs of a repository and its owner, which nobody else gets with their names."""

    owner: str = ""
    repository: str = ""

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "RepositoryIds":
        """Return those of a job."""
        return cls(
            owner=_text(claims, "repository_owner_id"), repository=_text(claims, "repository_id")
        )

    @property
    def complete(self) -> bool:
        """Whether both are known."""
        return bool(self.owner and self.repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One rule. Empty attributes allow anything.

    Attributes:
        repository: `OWNER/REPO` whose jobs may publish.
        ids: The IDs of the repository and its owner, so that nobody who takes over a name that
            was given up can publish.
        workflow: The filename of the workflow.
        environment: The environment the job has to run in.
        ref: The branch or tag, or a pattern of such, as `refs/...`.
        events: The events; empty for all but those that are refused unless named.
        reusable: The reusable workflow of another repository that has the job, perhaps with `@REF`.
        grant: What such jobs may publish.
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
        """Read a rule.

        Args:
            text: The rule.
            store: The store that is meant if none is named.

        Raises:
            ConfigError: It is not a rule.
        """
        first, *others = text.split(",")
        found = _RULE.fullmatch(first)
        if not found:
            raise ConfigError(
                f"'{text}' is not a rule of trusted publishing",
                hint=f"write OWNER/REPO=PROJECT, or more closely, such as {EXAMPLE}",
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
        """Tell whether a job is of the repository."""
        return str(claims.get("repository", "")).lower() == self.repository.lower()

    def matches(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether a job may publish."""
        return self.is_about(claims) and not any(self.faults(claims))

    def pinned(self, ids: RepositoryIds) -> "Trust":
        """Return the rule with the IDs that it does not name itself."""
        return replace(
            self,
            ids=RepositoryIds(
                owner=self.ids.owner or ids.owner,
                repository=self.ids.repository or ids.repository,
            ),
        )

    def faults(self, claims: Mapping[str, Any]) -> Iterator[str]:
        """Say why a job of the repository may not publish."""
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
            yield f"event '{event}' is refused unless the rule names it (event={event})"

    def _workflow_faults(self, claims: Mapping[str, Any]) -> Iterator[str]:
        """Compare the workflow, and the reusable one that it calls, if any.

        `workflow_ref` is the workflow that was started, `job_workflow_ref` the one with the job.
        Like PyPI, a rule means the one with the job, as long as that is in the repository.
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
                f"workflow '{path}' is of another repository, and the rule does not name it "
                f"(reusable={path})"
            )
        elif self.workflow not in {"", file}:
            yield f"workflow '{file}' is not '{self.workflow}'"

    def looseness(self) -> list[str]:
        """Say what a rule leaves open, for a warning."""
        found = []
        if not self.workflow:
            found.append("any workflow (workflow=FILE)")
        if not self.ref and not self.environment:
            found.append("any branch and tag (ref=REF or environment=NAME)")
        if not self.ids.complete:
            found.append("whoever takes over the name (OWNER#ID/REPO#ID)")
        return found


def _options(text: str, parts: list[str], rule: "re.Match[str]") -> dict[str, str]:
    """Read what narrows a rule.

    Raises:
        ConfigError: One is not known, has no value, or is there twice.
    """
    found = {key: rule[key] for key in ("environment", "ref") if rule[key]}
    for part in parts:
        key, _, value = (each.strip() for each in part.partition("="))
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            hint = f"did you mean '{near}'?" if near else f"there are {', '.join(_KEYS)}"
            raise ConfigError(f"'{text}': '{key}' is not known", hint=hint)
        if not value or key in found:
            fault = "is there twice" if key in found else "has no value"
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
                f"'{text}': '{options[key]}' is not a value of '{key}'",
                hint=f"write it like {key}={example}",
            )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
