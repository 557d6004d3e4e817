"""`ghpypi access`: who may read, publish and administer."""

from typing import Any

import click

from ghpypi.cli.command import Command
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_json, print_table, say
from ghpypi.cli.settings import Settings
from ghpypi.core.roles import Role
from ghpypi.errors import UsageError
from ghpypi.ports import RoleAssignment, RoleChange, RoleRegistry

_OUTCOMES = {
    "grant": "granted",
    "invite": "invited",
    "revoke": "revoked",
    "withdraw": "canceled",
    "keep": "unchanged",
}


@click.group("access", context_settings={"help_option_names": ["-h", "--help"]})
def access_command() -> None:
    """Show and change who may read, publish and administer.

    Access is that of the repository: users with read access can install, and users with write
    access can publish. WHO is the slug of a team, or @LOGIN for a user.

    \b
    Roles:
      read     install from the index, see releases and the configuration
      publish  also upload, yank and delete packages, and change the configuration
      admin    also change settings, secrets and who has access, and delete everything

    \b
    Examples:
      ghpypi access list
      ghpypi access grant developers publish
      ghpypi access revoke @ann
    """  # noqa: D301 - \b makes click keep the lines


@access_command.command("list", cls=Command)
@shared_options
def list_command(settings: Settings) -> None:
    """List teams and users with their roles.

    Includes pending invitations, and roles that are granted by the organization.

    \b
    Examples:
      ghpypi access list
      ghpypi access list --store acme/pypi --json
    """  # noqa: D301 - \b makes click keep the lines
    roles = _open(settings)
    members = roles.assignments()
    if settings.json:
        print_json({"store": str(settings.locator), "members": [_member(each) for each in members]})
        return
    print_table([_row(each) for each in members])
    say("")
    print_table([(role.value, f"{role.meaning}.") for role in Role])


@access_command.command("grant", cls=Command)
@click.argument("who", metavar="WHO")
@click.argument("role", metavar="ROLE", type=click.Choice([role.value for role in Role]))
@click.option("--exact", is_flag=True, help="Also lower a higher role to ROLE.")
@click.option("--dry-run", is_flag=True, help="Print what would change, without changing it.")
@shared_options
def grant_command(settings: Settings, who: str, role: str, exact: bool, dry_run: bool) -> None:
    """Grant a role to a team or a user.

    WHO is the slug of a team, or @LOGIN for a user; ROLE is read, publish or admin. A higher role
    stays as it is, unless --exact is given. Users outside the organization are invited.

    \b
    Examples:
      ghpypi access grant developers publish
      ghpypi access grant @ann read --exact --dry-run
    """  # noqa: D301 - \b makes click keep the lines
    access = _open(settings)
    change = access.plan_grant(who, Role(role), exact=exact)
    _apply(settings, access, change, dry_run=dry_run)
    if not settings.json and change.role:
        say(f"{role}: {change.role.meaning}.")


@access_command.command("revoke", cls=Command)
@click.argument("who", metavar="WHO")
@click.option("--dry-run", is_flag=True, help="Print what would change, without changing it.")
@shared_options
def revoke_command(settings: Settings, who: str, dry_run: bool) -> None:
    """Revoke the role of a team or a user.

    WHO is the slug of a team, or @LOGIN for a user. A pending invitation is canceled. Roles that
    are granted by the organization must be changed there.

    \b
    Examples:
      ghpypi access revoke developers
      ghpypi access revoke @ann --dry-run
    """  # noqa: D301 - \b makes click keep the lines
    access = _open(settings)
    _apply(settings, access, access.plan_revoke(who), dry_run=dry_run)


def _open(settings: Settings) -> RoleRegistry:
    if not settings.backend.capabilities.has_roles:
        raise UsageError(
            f"{settings.locator.value} is not a GitHub repository, so it has no roles",
            hint="use the file permissions of the operating system for a directory store",
        )
    return settings.backend.roles()


def _apply(settings: Settings, access: RoleRegistry, change: RoleChange, *, dry_run: bool) -> None:
    left = "" if dry_run else access.apply(change)
    outcome = _OUTCOMES[change.action]
    if left:
        settings.reporter.warn(left)
    if settings.json:
        print_json(
            {
                "store": str(settings.locator),
                "kind": change.kind,
                "name": change.name,
                "role": change.role.value if change.role else None,
                "outcome": outcome,
                "text": change.text,
                "hint": left,
                "dry-run": dry_run,
                "changed": change.action != "keep",
            }
        )
        return
    verb = f"would be {outcome}" if dry_run and change.action != "keep" else outcome
    print_table([(verb, _subject(change), change.text)])


def _subject(each: RoleAssignment | RoleChange) -> str:
    return f"team {each.name}" if each.kind == "team" else f"@{each.name}"


def _row(member: RoleAssignment) -> tuple[str, ...]:
    role = member.role
    exact = role and role.permission == member.permission
    notes = [] if exact else [f"GitHub: {member.permission or 'a custom role'}"]
    if member.through:
        notes.append(f"through {member.through}")
    if member.invitation:
        notes.append("invitation expired" if member.expired else "invitation pending")
    return _subject(member), role.value if role else "none", ", ".join(notes)


def _member(member: RoleAssignment) -> dict[str, Any]:
    return {
        "kind": member.kind,
        "name": member.name,
        "role": member.role.value if member.role else None,
        "permission": member.permission or None,
        "through": member.through or None,
        "invited": bool(member.invitation),
        "expired": member.expired,
    }
