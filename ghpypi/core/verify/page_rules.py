"""Rules for the list of projects, and for responses with pages."""

from ghpypi.core.verify.rules import PIP_UV, Level, VerifyRule


class PageRule(VerifyRule):
    """Rules for the list of projects, and for responses with pages."""

    # The list of projects.
    ROOT_MISSING = (
        Level.ERROR, "people, bots",
        "the list of projects does not exist",
        ("check the URL; it usually ends in /simple/. On GitHub Pages, check that the index has "
         "been published; private sites are read with 'ghpypi serve' or 'ghpypi run'"),
    )  # fmt: skip
    NOT_AN_INDEX = (
        Level.ERROR, PIP_UV,
        "the page is not a list of projects, but a page below it is",
        "use the URL of that page",
    )  # fmt: skip
    ROOT_EMPTY = (
        Level.WARNING, "people, bots",
        "the list of projects is empty",
        "publish a release, and rebuild the index",
    )  # fmt: skip
    ROOT_NAME_INVALID = (
        Level.WARNING, PIP_UV,
        "the list has a project whose name is not valid (PEP 508)",
        "remove it from the list, or rename the project",
    )  # fmt: skip
    ROOT_NAME_TWICE = (
        Level.WARNING, "bots, people",
        "the list has two entries whose normalized name is the same",
        "merge both into one project page",
    )  # fmt: skip
    ROOT_LINK = (
        Level.WARNING, "Poetry, people",
        "the link of a project does not lead to its page below the list",
        "link to NAME/ relative to the list, with the normalized name (PEP 503)",
    )  # fmt: skip
    ROOT_FORMATS = (
        Level.WARNING, "bots, people",
        "the HTML and the JSON form of the list have different projects",
        "generate both from the same data, and purge the caches of both",
    )  # fmt: skip
    PROJECT_UNLISTED = (
        Level.WARNING, "bots, people",
        "a project has a page, but is not in the list of projects",
        "add it to the list",
    )  # fmt: skip
    UNKNOWN_PROJECT_FOUND = (
        Level.ERROR, "uv, pip",
        ("a project that does not exist has a page with status 200, so that uv stops there instead "
         "of asking the next index"),
        "answer 404 for unknown projects",
    )  # fmt: skip
    UNKNOWN_PROJECT_FORBIDDEN = (
        Level.WARNING, "uv",
        ("the page of a project that does not exist answers 401 or 403, so that uv stops there "
         "instead of asking the next index"),
        "answer 404 for unknown projects; in an object store, allow listing",
    )  # fmt: skip
    UNKNOWN_PROJECT_ERROR = (
        Level.ERROR, "uv",
        ("the page of a project that does not exist answers with a server error, which uv treats "
         "as fatal"),
        "answer 404 for unknown projects",
    )  # fmt: skip
    SLASH = (
        Level.NOTE, "people",
        "the address of a project without its last slash does not redirect to the page (PEP 503)",
        "redirect to the address with a slash",
    )  # fmt: skip

    # Responses with pages.
    PAGE_MISSING = (
        Level.ERROR, PIP_UV,
        "the page of a listed project does not exist",
        ("publish it below the list with the normalized name and a slash, or remove the project "
         "from the list"),
    )  # fmt: skip
    PAGE_NOT_NORMALIZED = (
        Level.ERROR, PIP_UV,
        ("the page exists only for the name as written; installers ask for the normalized one "
         "(PEP 503)"),
        "publish it as the normalized name: lower case, with - for runs of . _ and -",
    )  # fmt: skip
    PAGE_SIGN_IN = (
        Level.ERROR, PIP_UV,
        "the page needs a sign-in",
        ("make the site public, pass credentials as installers do (in .netrc), or use "
         "'ghpypi serve' or 'ghpypi run' for a private index"),
    )  # fmt: skip
    PAGE_UNAVAILABLE = (
        Level.ERROR, PIP_UV,
        "the page cannot be read: pip reports no versions, and uv fails",
        "check the server, and verify again",
    )  # fmt: skip
    PAGE_STATUS = (
        Level.ERROR, PIP_UV,
        "the page answers with a status that is neither success nor 'not found'",
        "answer 200 with the page",
    )  # fmt: skip
    REDIRECT_LOOP = (
        Level.ERROR, PIP_UV,
        "redirects do not end",
        "check the redirects of the server or the CDN",
    )  # fmt: skip
    REDIRECT_INSECURE = (
        Level.ERROR, PIP_UV,
        "a redirect leads from HTTPS to HTTP, where anyone on the way can change files",
        "redirect to HTTPS; behind a proxy, forward X-Forwarded-Proto",
    )  # fmt: skip
    REDIRECT_HIJACK = (
        Level.ERROR, PIP_UV,
        "the site redirects to another host, which does not have the page",
        ("on GitHub, the custom domain of the organization's Pages site applies to all its sites: "
         "give the repository a custom domain of its own, or publish in another organization"),
    )  # fmt: skip
    REDIRECT_HOST = (
        Level.WARNING, PIP_UV,
        "the page is on another host than the index, and credentials are not sent there",
        "use the address on that host as the index URL",
    )  # fmt: skip
    REDIRECT_RELATIVE = (
        Level.WARNING, "Pipenv",
        ("the page is at another path after a redirect and has relative links, which Pipenv "
         "resolves against the first address"),
        "serve the page at its own address, or use absolute links",
    )  # fmt: skip
    CONTENT_TYPE_MISSING = (
        Level.ERROR, PIP_UV,
        "the page has no Content-Type, so installers ignore it",
        "send text/html, or the media type of the JSON form (PEP 691)",
    )  # fmt: skip
    CONTENT_TYPE_JSON = (
        Level.ERROR, PIP_UV,
        "the page is sent as application/json: pip ignores it, and uv fails",
        ("send application/vnd.pypi.simple.v1+json; a host that cannot, such as GitHub Pages, "
         "has to send HTML"),
    )  # fmt: skip
    CONTENT_TYPE = (
        Level.ERROR, PIP_UV,
        "the page has a Content-Type that is not one of the Simple API (PEP 691)",
        "send text/html, or the media type of the JSON form",
    )  # fmt: skip
    CONTENT_TYPE_CASE = (
        Level.ERROR, "uv",
        "the Content-Type is not in lower case, which uv does not accept",
        "send it in lower case",
    )  # fmt: skip
    CONTENT_MISMATCH = (
        Level.ERROR, PIP_UV,
        "the Content-Type is of one form, and the page has the other",
        "send HTML as text/html, and JSON as application/vnd.pypi.simple.v1+json",
    )  # fmt: skip
    VARY = (
        Level.WARNING, PIP_UV,
        ("the server sends HTML or JSON depending on Accept, without 'Vary: Accept': caches may "
         "give a client the form that it does not accept"),
        "send 'Vary: Accept' with all pages",
    )  # fmt: skip
    DEFAULT_FORM = (
        Level.WARNING, "Pipenv, hatch",
        "a client that accepts anything gets JSON, but Pipenv and hatch expect HTML",
        "send HTML for 'Accept: */*'",
    )  # fmt: skip
    LONG_CACHE = (
        Level.WARNING, PIP_UV,
        "pages may be cached for more than an hour, so that new files stay unknown for so long",
        "send a shorter max-age, and no 'immutable'",
    )  # fmt: skip
    STALE_CACHE = (
        Level.WARNING, PIP_UV,
        "a cache sent a page that is older than its max-age",
        "purge the cache of the CDN or proxy",
    )  # fmt: skip
    PAGE_TRUNCATED = (
        Level.ERROR, PIP_UV,
        "the page ends early, so files are missing",
        "publish the page again; check the proxy if the file on the server is complete",
    )  # fmt: skip
    PAGE_UNCLOSED = (
        Level.WARNING, PIP_UV,
        "the page has <html> or <body>, but not its end, and may be cut off",
        "write the page completely, and replace the published file in one step",
    )  # fmt: skip
    PAGE_TOO_LARGE = (
        Level.WARNING, PIP_UV,
        "the page is too large to be checked, and slow for every client",
        "remove old files, or split the index",
    )  # fmt: skip
    PAGE_UNREADABLE = (
        Level.ERROR, PIP_UV,
        "the page cannot be parsed",
        "generate it again",
    )  # fmt: skip
    NOT_UTF8 = (
        Level.ERROR, "pip",
        "the page is not in its charset, by default UTF-8, and pip cannot read it",
        "write it as UTF-8, and declare no other charset",
    )  # fmt: skip
