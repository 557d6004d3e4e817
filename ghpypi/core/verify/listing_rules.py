"""Rules for what project pages list."""

from ghpypi.core.verify.rules import PIP_UV, Level, VerifyRule


class ListingRule(VerifyRule):
    """Rules for what project pages list."""

    # Project pages.
    API_VERSION_MAJOR = (
        Level.ERROR, "pypi-simple, other clients",
        ("the page has a major API version that no client supports; clients must refuse it "
         "(PEP 629)"),
        "declare version 1.4",
    )  # fmt: skip
    API_VERSION_NEWER = (
        Level.NOTE, "pypi-simple, other clients",
        ("the page declares a newer API version than 1.4, about which clients may warn; HTML has "
         "no newer one (PEP 833)"),
        "declare version 1.4, unless keys of a newer version are used in JSON",
    )  # fmt: skip
    API_VERSION_INVALID = (
        Level.WARNING, "other clients",
        "the API version is missing in JSON, is not MAJOR.MINOR, or is declared twice",
        "declare version 1.4 once",
    )  # fmt: skip
    PROJECT_NAME = (
        Level.WARNING, "other clients",
        "the JSON page has no name, or one that is not the normalized name of the project",
        "write the normalized name",
    )  # fmt: skip
    VERSIONS_MISSING = (
        Level.WARNING, "bots, other clients",
        "the JSON page has no list of versions, which API version 1.1 requires (PEP 700)",
        "add 'versions', or declare version 1.0",
    )  # fmt: skip
    VERSIONS_DIFFER = (
        Level.WARNING, "bots, other clients",
        "'versions' lacks the version of a file (PEP 700)",
        "list the versions of all files",
    )  # fmt: skip
    VERSIONS_INVALID = (
        Level.WARNING, "bots, other clients",
        "'versions' has an entry that is not a version, or is there twice",
        "list each version once, as in PEP 440",
    )  # fmt: skip
    STATUS_UNKNOWN = (
        Level.WARNING, "uv, bots",
        "the project status is not one of PEP 792",
        "use active, archived, deprecated or quarantined",
    )  # fmt: skip
    STATUS_PLACE = (
        Level.WARNING, "uv, bots",
        "the project status is not where clients read it",
        "write {\"project-status\": {\"status\": ...}} at the top of the JSON page, not in 'meta'",
    )  # fmt: skip
    QUARANTINED_FILES = (
        Level.ERROR, PIP_UV,
        "a quarantined project offers files, and pip and uv install them without a warning",
        "list no files while a project is quarantined (PEP 792)",
    )  # fmt: skip
    NO_FILES = (
        Level.WARNING, "uv",
        "the page has no files, and uv asks no other index for this project",
        "publish files, or remove the page",
    )  # fmt: skip
    JSON_NULL = (
        Level.ERROR, "uv",
        "a value is null that must not be, and uv rejects the whole page",
        "leave the key out",
    )  # fmt: skip
    JSON_TYPE = (
        Level.ERROR, "uv",
        "a value has the wrong type, and uv rejects the whole page",
        "write the type that the Simple API specifies",
    )  # fmt: skip
    JSON_KEY_MISSING = (
        Level.ERROR, PIP_UV,
        "a required key is missing",
        "add it: a page has 'files', a file has 'filename', 'url' and 'hashes'",
    )  # fmt: skip
    OLD_METADATA_KEY = (
        Level.WARNING, "pip 22.3 to 23.0",
        "JSON has the key 'dist-info-metadata', which crashes some releases of pip (PEP 714)",
        "write 'core-metadata' only",
    )  # fmt: skip
    WITHDRAWN_KEY = (
        Level.NOTE, "people",
        "the page has a key of a rejected proposal (PEP 708), which no client reads",
        "leave out 'tracks' and 'alternate-locations'",
    )  # fmt: skip
    BASE_RELATIVE = (
        Level.ERROR, "uv",
        "the page has a <base> with a relative URL, which uv rejects",
        "leave <base> out",
    )  # fmt: skip

    # Files of a page: names and links.
    FILE_TWICE = (
        Level.WARNING, PIP_UV,
        "the page lists a file twice",
        "list it once",
    )  # fmt: skip
    FILE_TWICE_DIFFERS = (
        Level.ERROR, PIP_UV,
        ("the page lists two files with one name and different hashes; which one is installed "
         "depends on the client"),
        "list one of them; variants of one name belong in different indexes",
    )  # fmt: skip
    ANCHOR_TEXT = (
        Level.WARNING, "hatch, people",
        "the text of a link is not the filename (PEP 503), so that hatch does not find the file",
        "write the filename as the text of the link",
    )  # fmt: skip
    FILENAME_INVALID = (
        Level.WARNING, PIP_UV,
        "a file has the suffix of a distribution, but not a valid name, so installers ignore it",
        "rename it as the packaging specifications say, and rebuild it if its version is wrong",
    )  # fmt: skip
    FILENAME_PROJECT = (
        Level.ERROR, PIP_UV,
        "a file is listed on the page of another project: pip ignores it, and uv crashes on JSON",
        "list it on the page of its own project",
    )  # fmt: skip
    FILENAME_URL = (
        Level.ERROR, "pip, PDM",
        "the filename differs from the last part of the URL, from which pip and PDM take the name",
        "let the URL end in the filename; the API address of a release asset does not",
    )  # fmt: skip
    NOT_A_DISTRIBUTION = (
        Level.NOTE, "people",
        "the page links something that is not a distribution",
        "remove the link",
    )  # fmt: skip
    LINK_INVALID = (
        Level.ERROR, PIP_UV,
        "a link is not a valid URL",
        "quote special characters, and write no backslash or white space",
    )  # fmt: skip
    LINK_SCHEME = (
        Level.ERROR, PIP_UV,
        "a link is neither HTTP nor HTTPS",
        "link to HTTPS",
    )  # fmt: skip
    LINK_INSECURE = (
        Level.ERROR, PIP_UV,
        "a page that is sent by HTTPS, or a folder, links a file by HTTP",
        "link to HTTPS; behind a proxy, forward X-Forwarded-Proto",
    )  # fmt: skip
    LINK_CREDENTIALS = (
        Level.ERROR, "people",
        "a link has a user name or password in it, which every reader of the page can see",
        "revoke the credentials, and remove them from the link",
    )  # fmt: skip
    LINK_LOCAL_HOST = (
        Level.ERROR, PIP_UV,
        "a page on a public host links to a private or loopback address",
        "configure the public address of the server, or use relative links",
    )  # fmt: skip
    PLUS_ESCAPED_TWICE = (
        Level.ERROR, PIP_UV,
        "a link has an escaped percent sign, such as %252B, so its name is not that of the file",
        "quote the filename once: + is %2B",
    )  # fmt: skip
    PLUS_UNESCAPED = (
        Level.ERROR, "uv, Poetry, PDM",
        "a link has a plain +, which the host of the files reads as a space",
        "write %2B",
    )  # fmt: skip
    METADATA_QUERY = (
        Level.ERROR, "pip",
        "a link has a query and a metadata file: pip appends .metadata to the query",
        "link without a query, or do not offer core metadata",
    )  # fmt: skip

    # Files of a page: values.
    HASH_MISSING = (
        Level.NOTE, "uv, Bazel, people",
        "no file has a hash: lock files cannot pin it, and replaced files are not noticed",
        "write #sha256=... to each link",
    )  # fmt: skip
    HASH_MIXED = (
        Level.WARNING, "uv",
        "some files have a hash and some do not, which lock files cannot express",
        "write #sha256=... to each link",
    )  # fmt: skip
    HASH_WEAK = (
        Level.WARNING, "pip, uv, Poetry",
        "a file has only a hash that is not safe, and that pip refuses in requirements",
        "write sha256",
    )  # fmt: skip
    HASH_FRAGMENT = (
        Level.ERROR, "uv",
        "the fragment of a link is not a hash that uv knows, and uv rejects the whole page",
        "write the SHA-256 as #sha256=HEX",
    )  # fmt: skip
    HASH_FIRST = (
        Level.ERROR, "pip",
        "the first hash in JSON is one that pip cannot compute, and pip checks the first only",
        "write sha256 first, or only sha256",
    )  # fmt: skip
    HASH_MALFORMED = (
        Level.ERROR, PIP_UV,
        "a hash does not have the length of its algorithm, or is not hexadecimal",
        "write the hash of the file again",
    )  # fmt: skip
    REQUIRES_PYTHON_INVALID = (
        Level.WARNING, PIP_UV,
        "requires-python is not a version specifier: pip ignores it, and uv may skip the file",
        "leave it out, or correct it in the package",
    )  # fmt: skip
    REQUIRES_PYTHON_ESCAPED = (
        Level.WARNING, PIP_UV,
        "requires-python was escaped twice, such as &amp;gt;=3.9, and installers cannot read it",
        "escape it once in HTML, and not at all in JSON",
    )  # fmt: skip
    YANKED_BARE = (
        Level.WARNING, "pip, PDM",
        "data-yanked has no value: for uv the file is yanked, for pip it is not",
        'write data-yanked=""',
    )  # fmt: skip
    CORE_METADATA_VALUE = (
        Level.ERROR, "pip",
        ("the attribute for core metadata is neither a hash nor true: pip requests the metadata "
         "file for any value, even for 'false'"),
        "write sha256=... of the metadata file, or leave the attribute out",
    )  # fmt: skip
    CORE_METADATA_ALIAS = (
        Level.WARNING, "older clients",
        "data-dist-info-metadata and data-core-metadata differ (PEP 714)",
        "write the same value, or data-core-metadata only",
    )  # fmt: skip
    SIZE_MISSING = (
        Level.NOTE, "uv, Poetry",
        "files have no size, which JSON of API version 1.1 requires (PEP 700)",
        "write 'size'",
    )  # fmt: skip
    UPLOAD_TIME_INVALID = (
        Level.ERROR, PIP_UV,
        ("an upload time in JSON is not one of PEP 700: uv rejects the whole page, and pip may "
         "crash"),
        "write yyyy-mm-ddThh:mm:ssZ",
    )  # fmt: skip
    UPLOAD_TIME_ATTRIBUTE = (
        Level.WARNING, "uv",
        "data-upload-time is not a time, so uv's --exclude-newer excludes the file",
        "write yyyy-mm-ddThh:mm:ssZ",
    )  # fmt: skip
    UPLOAD_TIME_DIGITS = (
        Level.WARNING, "pip on Python 3.10",
        "an upload time has a fraction that Python 3.10 cannot read, or an offset instead of Z",
        "write 0, 3 or 6 digits after the point, and Z",
    )  # fmt: skip
    UPLOAD_TIME_FUTURE = (
        Level.WARNING, "uv, pip",
        "an upload time is in the future, so clients with a minimum age exclude the file",
        "write the time of the upload; check the clock of the publisher",
    )  # fmt: skip
    UPLOAD_TIME_MIXED = (
        Level.WARNING, "uv, pip",
        "some files have an upload time and some do not: uv's --exclude-newer excludes those",
        "write the time of all files",
    )  # fmt: skip
    PROVENANCE_URL = (
        Level.WARNING, "bots, people",
        "the URL of a provenance is not absolute and HTTPS, as PEP 740 requires",
        "write the complete URL",
    )  # fmt: skip
