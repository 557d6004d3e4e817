"""The Pages origin: a branch's head as a web site, with GitHub Pages' own rules.

Content types are mime-db's and cannot be set (orgs/community#22863); a file without an extension
is `application/octet-stream` (jekyll/jekyll-redirect-from#19).
"""

from collections import OrderedDict
from threading import Lock
from urllib.parse import quote, unquote

from tests.emulator.downloads import http_date
from tests.emulator.log import Request
from tests.emulator.repository import Repository
from tests.emulator.state import World
from tests.emulator.wire import Answer

_TYPES = {
    "atom": "application/atom+xml",
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "gz": "application/gzip",
    "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "jpg": "image/jpeg",
    "js": "application/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "txt": "text/plain; charset=utf-8",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "yml": "text/yaml",
    "zip": "application/zip",
}
_UNKNOWN = "application/octet-stream"
_NOT_FOUND = b"<!doctype html><title>Site not found</title><h1>404</h1><p>File not found</p>\n"
_KEPT_BYTES = 64 << 20
_DROPPED = ("node_modules", "vendor")


class Pages:
    """Serves all sites; the bytes of blobs are kept, as they never change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = Lock()
        self._blobs: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._held = 0

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if request.method not in {"GET", "HEAD"}:
            return Answer(405, {"Content-Type": "text/html"})
        owner, _, rest = unquote(request.path).lstrip("/").partition("/")
        name, slash, path = rest.partition("/")
        with self._world.lock:
            repository = self._world.find_repository(f"{owner}/{name}")
            commit = _served_commit(repository) if repository else None
        if repository is None or commit is None:
            return _missing(_NOT_FOUND)
        if not slash:
            return _redirect(request)
        return self._file(request, repository, commit, path)

    def _file(self, request: Request, repository: Repository, commit: str, path: str) -> Answer:
        prefix = _prefix(repository)
        files = repository.git.tree(commit)
        shown = prefix + path
        found = _look_up(files, shown)
        if found is None and f"{shown}/index.html" in files and not path.endswith("/"):
            return _redirect(request)
        if found is None or not _is_served(found[len(prefix) :], jekyll=_jekyll(files, prefix)):
            page = files.get(f"{prefix}404.html")
            return _missing(self._blob(repository, page[1]) if page else _NOT_FOUND)
        sha = files[found][1]
        headers = _headers(repository, commit, found, sha)
        given = request.headers.get("if-none-match", "")
        if headers["ETag"] in given.replace("W/", ""):
            return Answer(304, headers)
        return _ranged(request, headers, self._blob(repository, sha))

    def _blob(self, repository: Repository, sha: str) -> bytes:
        key = (repository.id, sha)
        with self._lock:
            if key in self._blobs:
                self._blobs.move_to_end(key)
                return self._blobs[key]
        found = repository.git.read_object(sha)
        content = found[2] if found else b""
        with self._lock:
            if key not in self._blobs:
                self._blobs[key] = content
                self._held += len(content)
            while self._held > _KEPT_BYTES and self._blobs:
                self._held -= len(self._blobs.popitem(last=False)[1])
        return content


def content_type(path: str) -> str:
    """The Content-Type of a file."""
    name = path.rpartition("/")[2]
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return _TYPES.get(extension, _UNKNOWN)


def _served_commit(repository: Repository) -> str | None:
    site = repository.site
    if site is None or repository.world.pages_builds_on_push:
        return repository.git.head(site.branch if site else "gh-pages")
    return site.builds[-1].commit if site.builds else None


def _prefix(repository: Repository) -> str:
    return "docs/" if repository.site and repository.site.path == "/docs" else ""


def _look_up(files: dict[str, tuple[str, str]], path: str) -> str | None:
    """The file that a path shows: itself, `index.html` of a folder, or `path.html`.

    A folder wins over `path.html` (jekyll/jekyll#4920).
    """
    if path.endswith("/") or not path:
        return f"{path}index.html" if f"{path}index.html" in files else None
    if path in files:
        return path
    folder = f"{path}/index.html" in files
    return f"{path}.html" if f"{path}.html" in files and not folder else None


def _jekyll(files: dict[str, tuple[str, str]], prefix: str) -> bool:
    return f"{prefix}.nojekyll" not in files


def _is_served(path: str, *, jekyll: bool) -> bool:
    # docs: pages/setting-up-a-github-pages-site-with-jekyll/about-github-pages-and-jekyll
    parts = path.split("/")
    if ".git" in parts:
        return False
    if not jekyll:
        return True
    return not any(
        part.startswith(("_", ".", "#")) or part.endswith("~") or part in _DROPPED for part in parts
    )


def _headers(repository: Repository, commit: str, path: str, sha: str) -> dict[str, str]:
    world = repository.world
    return {
        "Content-Type": content_type(path),
        "ETag": f'"{sha[:32]}"',
        "Last-Modified": http_date(repository.git.commit_date(commit)),
        "Cache-Control": "max-age=600",
        "Expires": http_date(world.clock.now()),
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Encoding",
    }


def _ranged(request: Request, headers: dict[str, str], content: bytes) -> Answer:
    first, dash, last = request.headers.get("range", "").removeprefix("bytes=").partition("-")
    if not dash or not first.isdigit():
        return Answer(200, headers, content)
    start, end = int(first), min(int(last or len(content)), len(content) - 1)
    if start > end:
        return Answer(416, {**headers, "Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Answer(206, headers, content[start : end + 1])


def _missing(page: bytes) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "max-age=600"}
    return Answer(404, {**headers, "Access-Control-Allow-Origin": "*"}, page)


def _redirect(request: Request) -> Answer:
    url = f"http://{request.headers.get('host', '')}{quote(unquote(request.path))}/"
    return Answer(301, {"Location": url, "Content-Type": "text/html"})
