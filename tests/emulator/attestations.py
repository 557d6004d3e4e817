"""Attestations that a workflow stored, and the addresses of their bundles.

docs: rest/repos/attestations; the bundle of the answer is null, and the bundle itself is at a
signed address, compressed by Snappy: aaif-goose/goose#10557, denoland/clawpatrol#769
"""

from typing import Any

import cramjam

from tests.emulator.access import Needs
from tests.emulator.answers import json_answer, not_found
from tests.emulator.api import Call, repository_route
from tests.emulator.log import Request
from tests.emulator.state import World
from tests.emulator.wire import Answer

_READ = Needs("attestations")
FOLDER = "/attestations/"


@repository_route("GET", "/attestations/{subject}", _READ)
def list_attestations(call: Call) -> Answer:
    """The attestations about a digest; if there are none, that is not found."""
    digest = call.arguments["subject"].removeprefix("sha256:")
    if not (found := call.repository.attestations.get(digest, [])):
        raise not_found()
    return json_answer({"attestations": [_listed(call, digest, x) for x in range(len(found))]})


def _listed(call: Call, digest: str, number: int) -> dict[str, Any]:
    path = f"{FOLDER}{call.repository.id}/{digest}/{number}.json.sn"
    return {
        "bundle": None,
        "repository_id": call.repository.id,
        "bundle_url": f"{call.world.cdn_url}{path}?sig=good",
        "initiator": "user",
    }


def bundle_answer(world: World, request: Request) -> Answer:
    """A bundle at its signed address, which takes no token."""
    repository, digest, number = request.path.removeprefix(FOLDER).split("/")
    if "authorization" in request.headers or request.query.get("sig") != "good":
        return Answer(403, {"Content-Type": "application/xml"}, b"<Error/>")
    with world.lock:
        found = world.repository_by_id(int(repository))
        assert found is not None
        content = found.attestations[digest][int(number.partition(".")[0])]
    compressed = bytes(cramjam.snappy.compress_raw(content))
    return Answer(200, {"Content-Type": "application/x-snappy"}, compressed)
