"""Rules for stored files, and what is beside them: metadata files, signatures, provenance."""

from collections.abc import Callable, Iterator, Mapping

from ghpypi.core.digest import digest_of
from ghpypi.core.distribution.examine import Examined
from ghpypi.core.distribution.rules import Rule
from ghpypi.core.metadata import Metadata
from ghpypi.core.names import Filename, Sha256, split_label
from ghpypi.core.parsing import parse_json, parse_specifiers
from ghpypi.core.quantities import count_of, number
from ghpypi.core.variant_metadata import InvalidVariantsError, parse_variants
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.page import ListedFile, ParsedPage
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.values import is_hash

_CHECKED = ("sha256", "sha512", "sha384", "md5")
_CONTRADICTIONS = frozenset({Rule.CONTRADICTION, Rule.LOCAL_VERSION})
_IGNORED = frozenset({Rule.METADATA_FIELD, Rule.REQUIRES_PYTHON, Rule.NO_PKG_INFO})
"""Issues that no installer has with a file of an index, or that are reported by another rule."""

Findings = Iterator[VerifyFinding]

ProvenanceFault = Callable[[bytes, Filename, Sha256], str]
"""Returns why the provenance of a file is not accepted; empty if it is."""


def answer_of_file(page: ParsedPage, file: ListedFile, fetched: Fetched) -> Findings:
    """Check the response to a request for a file."""
    where = f"{fetched.url if fetched.hops else file.address}: {fetched.reason}"
    if fetched.insecure or fetched.looping:
        rule = PageRule.REDIRECT_INSECURE if fetched.insecure else PageRule.REDIRECT_LOOP
        yield page.about(file, rule, fetched.insecure or file.address)
    elif fetched.asks_to_sign_in:
        yield page.about(file, FileRule.FILE_SIGN_IN, where)
    elif fetched.gone:
        yield page.about(file, FileRule.FILE_MISSING, where)
    elif not fetched.found or fetched.cut:
        yield page.about(file, FileRule.FILE_UNAVAILABLE, where)
    elif fetched.is_html:
        yield page.about(file, FileRule.FILE_IS_PAGE, file.address)
    elif fetched.length == 0:
        yield page.about(file, FileRule.FILE_EMPTY, file.address)
    else:
        yield from size_findings(page, file, fetched.length)


def size_findings(page: ParsedPage, file: ListedFile, actual: int | None) -> Findings:
    """Compare the size of a file with the one on the page."""
    listed = file.values.get("size")
    if isinstance(listed, int) and actual is not None and actual != listed:
        detail = f"{count_of(actual, 'byte')}, the page says {number(listed)}"
        yield page.about(file, FileRule.FILE_SIZE, detail)


def hash_findings(page: ParsedPage, file: ListedFile, algorithm: str, actual: str) -> Findings:
    """Compare the hash of a file with the one on the page."""
    listed = str(file.hashes[algorithm]).lower()
    if listed != actual:
        yield page.about(file, FileRule.FILE_HASH, f"{algorithm} {actual}, not {listed}")


def checked_algorithm(file: ListedFile) -> str:
    """Return the name of the hash that installers check; empty if there is no valid one."""
    valid = [name for name, value in file.hashes.items() if is_hash(name, value)]
    return next((name for name in _CHECKED if name in valid), "")


def examined_findings(page: ParsedPage, file: ListedFile, found: Examined) -> Findings:
    """Check the contents of a file, and compare its metadata with the page."""
    for issue in found.verdict.issues:
        if issue.rule in _CONTRADICTIONS:
            yield page.about(file, FileRule.WHEEL_CONTRADICTS, issue.text)
        elif issue.text in found.verdict.unusable:
            yield page.about(file, FileRule.FILE_UNUSABLE, issue.text)
        elif issue.rule not in _IGNORED:
            yield page.about(file, FileRule.WHEEL_DOUBTFUL, issue.text)
    if found.metadata:
        yield from _requires_python(page, file, found.metadata)


def metadata_findings(
    page: ParsedPage, file: ListedFile, fetched: Fetched, inside: bytes | None
) -> Findings:
    """Check a metadata file that the page offers.

    Args:
        page: The page.
        file: The wheel on it.
        fetched: The response to the request for the metadata file.
        inside: METADATA of the wheel; `None` if it could not be read.
    """
    if not fetched.found:
        yield page.about(file, FileRule.METADATA_MISSING, f"{fetched.asked}: {fetched.reason}")
        return
    listed = file.metadata_hash
    if listed and listed != digest_of(fetched.body):
        yield page.about(file, FileRule.METADATA_HASH, fetched.asked)
    elif inside is not None and inside != fetched.body:
        yield page.about(file, FileRule.METADATA_DIFFERS, fetched.asked)


def signature_findings(page: ParsedPage, file: ListedFile, fetched: Fetched) -> Findings:
    """Check the signature that the page offers."""
    if not fetched.found:
        detail = f"{fetched.asked}: {fetched.reason}"
        yield page.about(file, FileRule.SIGNATURE_MISSING, detail)


def provenance_findings(page: ParsedPage, file: ListedFile, fetched: Fetched) -> Findings:
    """Check the provenance that the page offers (PEP 740)."""
    if not fetched.found:
        detail = f"{fetched.asked}: {fetched.reason}"
        yield page.about(file, FileRule.PROVENANCE_MISSING, detail)
        return
    try:
        document = parse_json(fetched.body)
    except ValueError as error:
        yield page.about(file, FileRule.PROVENANCE_INVALID, str(error)[:200])
        return
    valid = isinstance(document, Mapping) and document.get("version") == 1
    if not valid or not isinstance(document.get("attestation_bundles"), list):
        yield page.about(file, FileRule.PROVENANCE_INVALID, fetched.asked)


def signer_findings(
    page: ParsedPage, file: ListedFile, fetched: Fetched | None, fault: ProvenanceFault
) -> Findings:
    """Check who signed the provenance of a file.

    Args:
        page: The page.
        file: The file.
        fetched: Its provenance; `None` if the page offers none that may be fetched.
        fault: Returns why provenance is not accepted.
    """
    if file.parsed is None or file.parsed.kind == "variants":
        return
    if fetched is None:
        yield page.about(file, FileRule.PROVENANCE_ABSENT)
    elif not file.sha256:
        yield page.about(file, FileRule.PROVENANCE_REFUSED, "the page has no SHA-256 of the file")
    elif fetched.found and (reason := fault(fetched.body, file.parsed, Sha256(file.sha256))):
        yield page.about(file, FileRule.PROVENANCE_REFUSED, reason[:200])


def variants_findings(page: ParsedPage, file: ListedFile, fetched: Fetched) -> Findings:
    """Check the file that describes the variant wheels of a version."""
    try:
        document = parse_variants(fetched.body)
    except InvalidVariantsError as error:
        yield page.about(file, FileRule.VARIANTS_INVALID, str(error)[:200])
        return
    version = file.parsed.version if file.parsed else None
    wheels = [each for each in page.files if each.parsed and each.parsed.version == version]
    labels = {split_label(each.name)[1] for each in wheels if each.name.endswith(".whl")}
    if missing := sorted(labels - {""} - document["variants"].keys()):
        yield page.about(file, FileRule.VARIANTS_INVALID, f"it lacks '{missing[0]}'")


def _requires_python(page: ParsedPage, file: ListedFile, metadata: Metadata) -> Findings:
    inside, listed = metadata.valid_requires_python or "", file.values.get("requires-python") or ""
    if inside and not listed:
        yield page.about(file, FileRule.REQUIRES_PYTHON_MISSING, inside[:80])
    elif listed and isinstance(listed, str) and _differ(inside, listed):
        detail = f"{listed[:80]} on the page, {inside[:80] or 'nothing'} in METADATA"
        yield page.about(file, FileRule.REQUIRES_PYTHON_DIFFERS, detail)


def _differ(one: str, other: str) -> bool:
    """Return whether two specifiers differ, apart from order and white space."""
    try:
        return parse_specifiers(one) != parse_specifiers(other)
    except ValueError:
        return False  # reported as invalid
