"""What the provenance of a file says about its origin: which workflow of which repository built it.

The certificate of an attestation has the identity of the job that signed it, as its OpenID Connect
token says it.

Source: Sigstore, "Fulcio: OID information"; PEP 740.
"""

import re
from typing import NamedTuple

from ghpypi.core.addresses import REPOSITORY

_WORKFLOW = re.compile(r"https://[^/]+/[^/]+/[^/]+/(?P<path>[^@]+)@(?P<ref>.+)")

WORKFLOWS = ".github/workflows/"
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
"""The issuer of the identity tokens of jobs at github.com."""


class InvalidPublisherError(ValueError):
    """The text names no publisher; the message has the reason."""


class Origin(NamedTuple):
    """Where a file was signed, according to a certificate; empty values are not in it.

    Attributes:
        identity: The subject of the certificate: the URL of a workflow, or an e-mail address.
        issuer: The URL of the issuer of the identity token.
        source: The URL of the repository.
        commit: The commit that the job ran for.
        workflow: The URL of the top-level workflow with its ref.
        run: The URL of the run.
    """

    identity: str
    issuer: str = ""
    source: str = ""
    commit: str = ""
    workflow: str = ""
    run: str = ""

    @property
    def repository(self) -> str:
        """The repository, `OWNER/REPO`; empty if there is none."""
        path = self.source.partition("://")[2].partition("/")[2]
        return path if REPOSITORY.fullmatch(path) else ""

    @property
    def workflow_file(self) -> str:
        """The filename of the workflow, such as `release.yml`; empty if there is none."""
        found = _WORKFLOW.fullmatch(self.workflow)
        return found["path"].removeprefix(WORKFLOWS) if found else ""

    @property
    def ref(self) -> str:
        """The ref of the workflow, such as `refs/tags/v1.0`; empty if there is none."""
        found = _WORKFLOW.fullmatch(self.workflow)
        return found["ref"] if found else ""


class ExpectedPublisher(NamedTuple):
    """The publisher that files must be from: `OWNER/REPO`, or `OWNER/REPO/WORKFLOW.yml`.

    Attributes:
        repository: The repository, `OWNER/REPO`; GitHub ignores case.
        workflow: The filename of the workflow; empty for any.
        server: The URL of the GitHub server.
        issuer: The issuer of its identity tokens.
    """

    repository: str
    workflow: str = ""
    server: str = "https://github.com"
    issuer: str = GITHUB_ISSUER

    @classmethod
    def parse(cls, text: str) -> "ExpectedPublisher":
        """Parse a publisher.

        Raises:
            InvalidPublisherError: It is none.
        """
        parts = text.split("/", 2)
        repository, workflow = "/".join(parts[:2]), "".join(parts[2:])
        if not REPOSITORY.fullmatch(repository):
            raise InvalidPublisherError(f"'{text}' is not OWNER/REPO or OWNER/REPO/WORKFLOW.yml")
        if len(parts) > 2 and not workflow.endswith((".yml", ".yaml")):  # noqa: PLR2004
            raise InvalidPublisherError(f"'{workflow}' is not the filename of a workflow")
        return cls(repository=repository, workflow=workflow)

    def __str__(self) -> str:
        """Return the publisher as it is written on the command line."""
        return f"{self.repository}/{self.workflow}" if self.workflow else self.repository

    def mismatch(self, origin: Origin) -> str:
        """Return how an origin differs from this publisher; empty if it is the same."""
        if origin.issuer != self.issuer:
            return f"it is signed by {origin.identity} ({origin.issuer or 'unknown issuer'})"
        if origin.source.lower() != f"{self.server}/{self.repository}".lower():
            return f"it was published by {origin.repository or origin.source or origin.identity}"
        if self.workflow and origin.workflow_file != self.workflow:
            return f"it was published by the workflow {origin.workflow_file or 'of another name'}"
        return ""


class Signer(NamedTuple):
    """Who signed a file, as the catalog and the page of its project have it.

    Attributes:
        verified: Whether the index run verified the signature; otherwise nothing is known of it.
        identity: The subject of the certificate: the URL of a workflow, or an e-mail address.
        repository: The repository at github.com, `OWNER/REPO`; empty for another identity.
        workflow: The filename of the workflow; empty for another identity.
        commit: The commit that the workflow ran for; empty for another identity.
    """

    verified: bool
    identity: str
    repository: str = ""
    workflow: str = ""
    commit: str = ""

    @classmethod
    def of(cls, origin: Origin, *, verified: bool) -> "Signer":
        """Create from the certificate of an attestation."""
        on_github = origin.source.startswith(_GITHUB) and origin.repository
        if not on_github:
            return cls(verified=verified, identity=_plain(origin.identity))
        return cls(
            verified=verified,
            identity=_plain(origin.identity),
            repository=origin.repository,
            workflow=_plain(origin.workflow_file),
            commit=origin.commit if _COMMIT.fullmatch(origin.commit) else "",
        )

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """Parse the text of `dump`.

        Raises:
            ValueError: It is damaged, or has values that a certificate cannot have.
        """
        state, identity, repository, workflow, commit = text.split("\n")
        valid = state in {"", "verified"} and bool(identity)
        valid = valid and (not repository or bool(REPOSITORY.fullmatch(repository)))
        if not valid or (commit and not _COMMIT.fullmatch(commit)):
            raise ValueError(f"{text!r} is not a signer")
        return cls(
            verified=bool(state),
            identity=identity,
            repository=repository,
            workflow=workflow,
            commit=commit,
        )

    def dump(self) -> str:
        """Serialize as lines of text."""
        state = "verified" if self.verified else ""
        return f"{state}\n{self.identity}\n{self.repository}\n{self.workflow}\n{self.commit}"


_GITHUB = "https://github.com/"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST = 300


def _plain(text: str) -> str:
    """Return one line without control characters."""
    return "".join(x for x in text if x.isprintable())[:_LONGEST]
