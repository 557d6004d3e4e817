"""Attestations that `actions/attest` has stored at GitHub, by the digests of files.

GitHub answers with addresses of bundles, signed for minutes, at which they are compressed in the
raw format of Snappy; older GitHub Enterprise Servers have no such API.

Source: GitHub's documentation, "List attestations"; `gh attestation download`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ghpypi.core.names import Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.quantities import mebibytes
from ghpypi.errors import FailedError, NotFoundError
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.permissions import ATTESTATIONS
from ghpypi.stores.github.transfer import Transfer

_PAGE = 100
_LIMIT = 8 << 20
"""Maximum size of an uncompressed bundle in bytes; one is about 12 KB."""


class StoredBundles:
    """The attestations of a repository.

    Args:
        repository: `OWNER/REPO`.
        client: Lists them.
        transfer: Fetches bundles, without a token.
    """

    def __init__(self, repository: str, client: Client, transfer: Transfer) -> None:
        self._repository = repository
        self._client = client
        self._transfer = transfer

    def bundles(self, sha256: Sha256) -> Sequence[Any]:
        """Return the Sigstore bundles about a file; an empty list if there are none.

        Raises:
            NotAllowedError: The token may not read attestations.
            FailedError: A bundle cannot be read.
            TryLaterError: A rate limit or outage.
        """
        return [self._bundle(each) for each in self._listed(sha256)]

    def _listed(self, sha256: Sha256) -> Iterator[Any]:
        """List the attestations about a file, with the predicate of builds.

        A file with more than a hundred is none that a workflow made; they are cut off there.
        """
        request = ApiRequest(
            verb="GET",
            path=f"/repos/{self._repository}/attestations/sha256:{sha256}",
            query={"per_page": _PAGE, "predicate_type": "provenance"},
            needs=ATTESTATIONS,
        )
        try:
            yield from self._client.call(request).parsed(lambda data: list(data["attestations"]))
        except NotFoundError:
            return  # as if the list were empty

    def _bundle(self, listed: Any) -> Any:
        if bundle := listed.get("bundle"):
            return bundle
        try:
            content = self._transfer.read_signed(str(listed["bundle_url"]), _LIMIT)
            return parse_json(_uncompressed(content))
        except (ValueError, KeyError) as error:
            raise FailedError(
                f"an attestation of {self._repository} cannot be read: {type(error).__name__}"
            ) from error


def _uncompressed(content: bytes) -> bytes:
    """Uncompress a bundle, if it is compressed.

    Raises:
        ValueError: It is damaged, or too large.
    """
    if content[:1] == b"{":
        return content
    import cramjam  # noqa: PLC0415 - an extra of the package

    try:
        size = cramjam.snappy.decompress_raw_len(content)
        if size > _LIMIT:
            raise ValueError(f"it has more than {mebibytes(_LIMIT)}")
        return bytes(cramjam.snappy.decompress_raw(content))
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from error
