"""Private registries of organizations, for Dependabot.

docs: rest/private-registries/organization-configurations
"""

from base64 import b64encode
from typing import Any

from tests.emulator.accounts import Account
from tests.emulator.answers import error, json_answer, no_content, not_found
from tests.emulator.api import Call, route
from tests.emulator.clock import as_text
from tests.emulator.wire import Answer

_SECRET = ("encrypted_value", "key_id")


@route("GET", "/orgs/{login}/private-registries")
def list_registries(call: Call) -> Answer:
    """All registries, without their secrets."""
    found = [_shown(each) for each in _owned(call).registries.values()]
    return json_answer({"total_count": len(found), "configurations": found})


@route("GET", "/orgs/{login}/private-registries/public-key")
def get_key(call: Call) -> Answer:
    """The key by which secrets are encrypted."""
    public = bytes(_owned(call).registry_key.public_key)
    return json_answer({"key_id": "1", "key": b64encode(public).decode()})


@route("POST", "/orgs/{login}/private-registries")
def create_registry(call: Call) -> Answer:
    """Add a registry; GitHub makes its name."""
    account, document = _owned(call), call.document()
    name = f"PYTHON_INDEX_{len(account.registries) + 1}"
    dates = as_text(call.world.clock.now())
    made = {"name": name, "created_at": dates, "updated_at": dates, **document}
    account.registries[name] = made
    return json_answer(_shown(made), 201)


@route("PATCH", "/orgs/{login}/private-registries/{name}")
def update_registry(call: Call) -> Answer:
    """Change a registry, but not how it authenticates."""
    account, document = _owned(call), call.document()
    found = account.registries.get(call.arguments["name"])
    if found is None:
        raise not_found()
    if document.get("auth_type", found["auth_type"]) != found["auth_type"]:
        raise error(422, "auth_type cannot be changed after creation.")
    found.update(document)
    return no_content()


def _owned(call: Call) -> Account:
    account = call.world.find_account(call.arguments["login"])
    if account is None or account.kind != "Organization" or call.token is None:
        raise not_found()
    if account.role_in_organization(call.token.user.login) != "admin":
        raise error(403, "You must be an owner of the organization.")
    return account


def _shown(registry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in registry.items() if key not in _SECRET}
