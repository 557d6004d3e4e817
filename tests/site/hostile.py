"""The nasty little index, with authors who mean harm."""

from collections.abc import Iterator

from ghpypi.core.config.config import Config
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import File
from ghpypi.core.site.about import About
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.paths import Page
from ghpypi.core.site.project import ProjectView, project_pages
from ghpypi.core.site.rows import IndexLink, Row
from ghpypi.core.site.settings import SiteSettings
from tests.golden import nasty

SCRIPT = "</title></script><script>document.title = 'harmed'</script>"
IMAGE = "\"'><img src=x onerror=\"document.title = 'harmed'\">"
TURNED = "\u202egnp.exe\u2066 שלום \x1b[31m"

INDEXES = (
    IndexLink("", "main", "simple/", f"Main {SCRIPT}"),
    IndexLink("cu128", "variant", "cu128/simple/", IMAGE),
)

README = f"""# {SCRIPT} {TURNED}

{IMAGE}

[click](javascript:document.title='harmed') <a href="javascript:document.title='harmed'">click</a>
<svg onload="document.title='harmed'"></svg><p style="position:fixed">{TURNED}</p>
"""


def metadata(name: str) -> Metadata:
    """Say the worst of a project."""
    return Metadata(
        name=name.replace("-", "_").upper(),
        version="1.0",
        requires_python=f">=3 {IMAGE}",
        summary=f"{SCRIPT} {TURNED} {IMAGE}",
        keywords=(SCRIPT, TURNED, IMAGE),
        author=f"{SCRIPT}, {IMAGE} <x@y>",
        license=f"{IMAGE} {TURNED}",
        requires_dist=(f"{SCRIPT}", f"acme-lib>=1; {IMAGE}", f"x; extra == '{IMAGE.upper()}'"),
        provides_extra=(SCRIPT, IMAGE),
        project_urls=(
            ("Harm", "javascript:document.title='harmed'"),
            (SCRIPT, f"https://acme.example/{IMAGE.replace(' ', '%20')}"),
            (TURNED, "https://acme.example/"),
        ),
        description=README,
        description_content_type="text/markdown",
    )


def variant_of(file: File) -> str:
    """Name a variant that no one would."""
    return f"{IMAGE}" if "cu128" in file.version else ""


def settings(address: str, config: Config = nasty.SETTINGS.config) -> SiteSettings:
    """Look at it from some address."""
    return SiteSettings(config=config, address=address)


def pages(address: str = nasty.SETTINGS.address) -> Iterator[Page]:
    """Give the whole site."""
    known = nasty.projects()
    ours = {project.name for project in known}
    rows = []
    for project in known:
        about = About.of(metadata(project.name)) if project.name != "archived" else None
        summary = about.summary if about else ""
        keywords = " ".join(about.keywords) if about else ""
        newest = project.files[-1]
        rows.append(Row(project.name, newest.version, newest.uploaded_at, summary, keywords))
        view = ProjectView(
            project=project,
            about=about,
            indexes=INDEXES if project.name == "acme-lib" else INDEXES[:1],
            ours=ours,
            variant_of=variant_of,
            later="2!1.0" if project.name == "acme-lib" else "",
        )
        yield from project_pages(view, settings(address))
    yield from site_pages(SiteView(rows=rows, indexes=INDEXES, files=12), settings(address))
