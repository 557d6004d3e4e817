"""Rules for the two forms of a page, for stored files, and for installations."""

from ghpypi.core.verify.rules import PIP_UV, Level, VerifyRule


class FileRule(VerifyRule):
    """Rules for the two forms of a page, for stored files, and for installations."""

    # HTML against JSON.
    FORMATS_FILES = (
        Level.ERROR, PIP_UV,
        "the HTML and the JSON form of a page list different files",
        "generate both from the same data, and purge the caches of both",
    )  # fmt: skip
    FORMATS_HASHES = (
        Level.ERROR, PIP_UV,
        "a file has another hash in HTML than in JSON, so one of them cannot be installed",
        "generate both from the same data, and purge the caches of both",
    )  # fmt: skip
    FORMATS_YANKED = (
        Level.ERROR, PIP_UV,
        "a file is yanked in one form of the page only, so clients choose different versions",
        "generate both from the same data",
    )  # fmt: skip
    FORMATS_REQUIRES_PYTHON = (
        Level.WARNING, PIP_UV,
        "requires-python of a file differs between HTML and JSON",
        "generate both from the same data",
    )  # fmt: skip
    FORMATS_METADATA = (
        Level.WARNING, PIP_UV,
        "the core metadata of a file differs between HTML and JSON",
        "generate both from the same data",
    )  # fmt: skip
    FORMATS_STATUS = (
        Level.WARNING, "uv, bots",
        "the project status differs between HTML and JSON",
        "generate both from the same data",
    )  # fmt: skip
    FORMATS_VALUES = (
        Level.WARNING, "uv, bots",
        "size, upload time or provenance of a file differ between HTML and JSON",
        "generate both from the same data",
    )  # fmt: skip

    # Stored files.
    FILE_MISSING = (
        Level.ERROR, PIP_UV,
        ("a listed file does not exist, or not without a sign-in: GitHub answers 404 for private "
         "files"),
        "rebuild the index; for private repositories, use 'ghpypi serve' or 'ghpypi run'",
    )  # fmt: skip
    FILE_SIGN_IN = (
        Level.ERROR, PIP_UV,
        "a listed file needs a sign-in, or leads to the page of a sign-in",
        ("make the files public, or serve them from the host of the index; for private "
         "repositories, use 'ghpypi serve' or 'ghpypi run'"),
    )  # fmt: skip
    FILE_UNAVAILABLE = (
        Level.ERROR, PIP_UV,
        "a listed file cannot be read",
        "check the host of the files, and verify again",
    )  # fmt: skip
    FILE_IS_PAGE = (
        Level.ERROR, PIP_UV,
        "the address of a file answers with an HTML page",
        "answer 404 for missing files, and check the link",
    )  # fmt: skip
    FILE_EMPTY = (
        Level.ERROR, PIP_UV,
        "a listed file is empty",
        "upload it again",
    )  # fmt: skip
    FILE_SIZE = (
        Level.WARNING, "uv, Poetry",
        "a file has another size than the page says; it may have been replaced",
        "rebuild the index, or restore the file",
    )  # fmt: skip
    FILE_HASH = (
        Level.ERROR, PIP_UV,
        "a file has another hash than the page says, so that it cannot be installed",
        "find out who replaced the file; restore it, or rebuild the index",
    )  # fmt: skip
    RANGES = (
        Level.NOTE, "uv, Poetry",
        "the host of the files ignores range requests, so that resolvers download whole wheels",
        "use a host that supports ranges, or offer core metadata",
    )  # fmt: skip
    FILE_UNUSABLE = (
        Level.ERROR, PIP_UV,
        "no installer can use a file: it is damaged, or METADATA is missing or unreadable",
        "build and upload it again as a new version",
    )  # fmt: skip
    WHEEL_CONTRADICTS = (
        Level.ERROR, "pip",
        "METADATA of a wheel has another name or version than its filename: pip refuses it",
        ("build it with that version instead of renaming it, or let "
         "'ghpypi upload --fix-local-version' rewrite it"),
    )  # fmt: skip
    WHEEL_DOUBTFUL = (
        Level.WARNING, PIP_UV,
        "installers disagree about a file, or ignore a part of its metadata",
        "build it again with a current build tool",
    )  # fmt: skip
    REQUIRES_PYTHON_DIFFERS = (
        Level.WARNING, PIP_UV,
        "requires-python on the page is not that in METADATA, so installers choose a wrong version",
        "rebuild the index",
    )  # fmt: skip
    REQUIRES_PYTHON_MISSING = (
        Level.NOTE, PIP_UV,
        ("a file has Requires-Python, but the page does not say so: installers download versions "
         "that they cannot use"),
        "write requires-python",
    )  # fmt: skip
    METADATA_MISSING = (
        Level.ERROR, PIP_UV,
        "the page offers a metadata file that does not exist: the installation fails",
        "upload it beside the file ('ghpypi backfill'), or do not offer it",
    )  # fmt: skip
    METADATA_HASH = (
        Level.ERROR, PIP_UV,
        "the metadata file has another hash than the page says: the installation fails",
        "replace it ('ghpypi backfill'), and rebuild the index",
    )  # fmt: skip
    METADATA_DIFFERS = (
        Level.ERROR, "pip",
        ("the metadata file is not METADATA of the wheel: pip stops the installation, or resolves "
         "wrong dependencies"),
        "replace it with the one in the wheel ('ghpypi backfill'), and rebuild the index",
    )  # fmt: skip
    SIGNATURE_MISSING = (
        Level.WARNING, "people",
        "the page says that a file has a signature, but there is none beside it",
        "upload the .asc file, or leave gpg-sig out",
    )  # fmt: skip
    PROVENANCE_MISSING = (
        Level.WARNING, "bots, people",
        "the provenance of a file does not exist",
        "publish it, or leave the link out",
    )  # fmt: skip
    PROVENANCE_INVALID = (
        Level.WARNING, "bots, people",
        "the provenance of a file is not a document of PEP 740",
        "publish an object with 'version': 1 and 'attestation_bundles'",
    )  # fmt: skip
    PROVENANCE_ABSENT = (
        Level.ERROR, "people",
        "a file has no provenance (checked with --require-provenance)",
        "publish it with provenance: 'ghpypi upload --attest' in the workflow that builds it",
    )  # fmt: skip
    PROVENANCE_REFUSED = (
        Level.ERROR, "people",
        ("the provenance of a file has no valid signature of an expected publisher (checked with "
         "--require-provenance)"),
        "do not install it before you know who published it; check --publisher",
    )  # fmt: skip
    VARIANTS_MISSING = (
        Level.ERROR, "uv",
        ("a version has variant wheels, but no NAME-VERSION-variants.json, so that no installer "
         "finds them (draft PEP 825)"),
        "list that file; 'ghpypi index' makes it",
    )  # fmt: skip
    VARIANTS_INVALID = (
        Level.ERROR, "uv",
        "NAME-VERSION-variants.json is not valid, or lacks the label of a wheel",
        "make it again of the variant.json of all wheels of the version",
    )  # fmt: skip
    INSTALL_FAILED = (
        Level.ERROR, PIP_UV,
        "a project cannot be installed",
        "see the output of the installer",
    )  # fmt: skip
