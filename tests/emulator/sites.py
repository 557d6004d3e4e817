"""GitHub Pages over the API: setting up, and builds.

docs: rest/pages/pages
"""

from typing import Any

from tests.emulator.access import Needs
from tests.emulator.answers import error, json_answer, no_content, not_found, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.repository import Build, Repository, Site
from tests.emulator.shapes import simple_user
from tests.emulator.wire import Answer

_READ = Needs("pages")
_SETTINGS = Needs("pages", "write", "maintain")
_BUILD = Needs("pages", "write", "write")


@repository_route("GET", "/pages", _READ)
def get_pages(call: Call) -> Answer:
    """The site, 404 when there is none."""
    return json_answer(_document(call.repository, _site(call)))


@repository_route("POST", "/pages", _SETTINGS)
def create_pages(call: Call) -> Answer:
    """Switch Pages on."""
    _check_settings_token(call)
    document, repository = call.document(), call.repository
    if not repository.owner.allows_pages:
        raise error(422, "The organization does not allow its members to publish Pages.")
    if repository.site is not None:
        raise error(409, "GitHub Pages is already enabled.")
    site = Site()
    _configure(repository, site, document)
    repository.site = site
    return json_answer(_document(repository, site), 201)


@repository_route("PUT", "/pages", _SETTINGS)
def update_pages(call: Call) -> Answer:
    """Change where the site is built from."""
    _check_settings_token(call)
    _configure(call.repository, _site(call), call.document())
    return no_content()


@repository_route("DELETE", "/pages", _SETTINGS)
def delete_pages(call: Call) -> Answer:
    """Switch Pages off."""
    _check_settings_token(call)
    _site(call)
    call.repository.site = None
    return no_content()


@repository_route("GET", "/pages/builds", _READ)
def list_builds(call: Call) -> Answer:
    """All builds, newest first."""
    site = _site(call)
    _build_pushed(call.repository, site)
    chosen, headers = paginate(site.builds[::-1], call.query, call.url)
    return json_answer([_build(call.repository, one) for one in chosen], headers=headers)


@repository_route("GET", "/pages/builds/latest", _READ)
def latest_build(call: Call) -> Answer:
    """The newest build."""
    site = _site(call)
    _build_pushed(call.repository, site)
    if not site.builds:
        raise not_found()
    return json_answer(_build(call.repository, site.builds[-1]))


@repository_route("POST", "/pages/builds", _BUILD)
def request_build(call: Call) -> Answer:
    """Build the branch's head."""
    repository, site = call.repository, _site(call)
    assert call.token is not None
    head = repository.git.head(site.branch)
    if head is None:
        raise error(422, "The repository has no branch to build from.")
    build = Build(call.world.next_id(), head, call.world.clock.now(), call.token.user)
    site.builds.append(build)
    url = f"{call.world.api_url}/repos/{repository.full_name}/pages/builds/{build.id}"
    return json_answer({"url": url, "status": "queued"}, 201)


def _site(call: Call) -> Site:
    if call.repository.site is None:
        raise not_found()
    return call.repository.site


def _check_settings_token(call: Call) -> None:
    # A workflow's token can never do it: actions/configure-pages#40. A fine-grained one needs
    # the administration permission too.
    token = call.token
    assert token is not None
    if token.kind == "installation":
        raise error(403, "Resource not accessible by integration")
    if token.kind == "fine-grained" and not token.permits("administration", "write"):
        raise error(403, "Resource not accessible by personal access token")


def _configure(repository: Repository, site: Site, document: dict[str, Any]) -> None:
    source = document.get("source")
    if isinstance(source, dict):
        branch, path = str(source.get("branch", "")), str(source.get("path", "/"))
        if path not in {"/", "/docs"} or repository.git.head(branch) is None:
            raise error(422, f"The {branch} branch must exist before GitHub Pages can be built.")
        site.branch, site.path = branch, path
    elif document.get("build_type") != "workflow" and "source" in document:
        raise error(422, "Invalid request.")
    site.build_type = document.get("build_type", site.build_type)
    site.https_enforced = document.get("https_enforced", site.https_enforced)
    site.cname = document.get("cname", site.cname)


def _build_pushed(repository: Repository, site: Site) -> None:
    head = repository.git.head(site.branch)
    late = not site.builds or site.builds[-1].commit != head
    if head and late and repository.world.pages_builds_on_push:
        number, now = repository.world.next_id(), repository.world.clock.now()
        site.builds.append(Build(number, head, now, repository.owner))


def _document(repository: Repository, site: Site) -> dict[str, Any]:
    """Schema `page`."""
    world = repository.world
    _build_pushed(repository, site)
    return {
        "url": f"{world.api_url}/repos/{repository.full_name}/pages",
        "status": site.builds[-1].status if site.builds else None,
        "cname": site.cname,
        "custom_404": repository.git.read(site.branch, "404.html") is not None,
        "html_url": f"{world.pages_url}/{repository.full_name}/",
        "build_type": site.build_type,
        "source": {"branch": site.branch, "path": site.path},
        "public": site.public,
        "https_enforced": site.https_enforced,
    }


def _build(repository: Repository, build: Build) -> dict[str, Any]:
    """Schema `page-build`."""
    world = repository.world
    return {
        "url": f"{world.api_url}/repos/{repository.full_name}/pages/builds/{build.id}",
        "status": build.status,
        "error": {"message": None},
        "pusher": simple_user(world, build.pusher),
        "commit": build.commit,
        "duration": 1000,
        "created_at": as_text(build.created_at),
        "updated_at": as_text(build.created_at),
    }
