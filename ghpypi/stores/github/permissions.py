"""The permissions that requests require, in the words of GitHub's settings pages.

Sources: GitHub documentation, "Permissions required for fine-grained personal access tokens",
"Scopes for OAuth apps" and "Repository roles for an organization".
"""

from typing import NamedTuple


class Permission(NamedTuple):
    """What a request requires, of each kind of token.

    Attributes:
        fine: The permission of a fine-grained token, as its settings page names it.
        role: The role of the token's user on the repository.
        scope: The scope of a classic token.
    """

    fine: str
    role: str = "admin"
    scope: str = "repo"

    def __str__(self) -> str:
        return (
            f"a fine-grained token needs the permission {self.fine}; a classic one the scope "
            f"{self.scope}; its user needs the role {self.role} on the repository"
        )


CONTENTS = Permission("Contents: read and write", role="write")
PULL_REQUESTS = Permission(
    "Pull requests: read and write, and Contents: read and write", role="write"
)
WORKFLOWS = Permission(
    "Contents: read and write, and Workflows: read and write",
    role="write",
    scope="repo and workflow",
)
ADMINISTRATION = Permission("Administration: read and write")
CREATION = Permission("Administration: read and write, for all repositories", role="owner")
ATTESTATIONS = Permission("Attestations: read", role="read")
PAGES = Permission("Pages: read and write, and Administration: read and write")
MEMBERS = Permission(
    "Members: read, of the organization, and Administration: read and write",
    scope="repo and read:org",
)
REGISTRIES = Permission(
    "Organization private registries: read and write",
    role="owner",
    scope="admin:org",
)
