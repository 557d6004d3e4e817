"""Errors of an object store in the words of users.

The messages of obstore contain addresses, and those of Azure may contain a signature. So nothing of
them is shown but the code of the error, and known causes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ghpypi.errors import FailedError, GhpypiError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.stores.objects.providers import PROVIDERS

_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_NO_BUCKET = {"NoSuchBucket", "ContainerNotFound"}
_NO_CREDENTIALS = (
    "169.254.",
    "fd00:ec2::254",
    "metadata.google",
    "MissingAccount",
    "the AWS CLI has no credentials",
)
"""What messages contain if no credentials were found before the metadata of the machine is asked,
which only machines of the cloud have."""

_NO_HTTP = "BadScheme"
_CAUSES = {
    "Connection refused": "the connection was refused",
    "dns error": "its host name was not found",
    "certificate": "its certificate is not trusted",
    "timed out": "no response in time",
    "TimedOut": "no response in time",
}
_BUSY = {"408", "429", "500", "502", "503", "504"}
_DENIED = {"401", "403"}


@contextmanager
def object_faults(place: str, action: str) -> Iterator[None]:
    """Translate the errors of requests to an object store.

    Args:
        place: The bucket and prefix, for messages.
        action: What is done, such as "read catalog.jsonl".

    Raises:
        NotAllowedError: There are no credentials, or they do not allow it.
        NotFoundError: The bucket or the object does not exist.
        TryLaterError: The object store cannot be reached, or is overloaded.
        FailedError: Something else.
    """
    try:
        yield
    except GhpypiError:
        raise
    except Exception as error:
        # Files that are sent may raise errors too.
        if not _is_of_obstore(error):
            raise
        # Without its cause, whose text may contain a signature.
        raise _translated(error, place, action) from None


def lacks_bucket(error: Exception) -> bool:
    """Return whether an object was not found because its bucket was not."""
    found = _CODE.search(str(error))
    return bool(found and found[1] in _NO_BUCKET)


def _is_of_obstore(error: Exception) -> bool:
    module = type(error).__module__
    return module.startswith("obstore") or (
        isinstance(error, FileNotFoundError | NotImplementedError) and "Debug source" in str(error)
    )


def _translated(error: Exception, place: str, action: str) -> GhpypiError:
    text = str(error)
    code = found[1] if (found := _CODE.search(text)) else ""
    status = found[1] if (found := _STATUS.search(text)) else ""
    reason = f": {code or f'status {status}'}" if code or status else ""
    what = f"cannot {action} in {place}"
    if any(part in text for part in _NO_CREDENTIALS):
        provider = PROVIDERS.get(place.partition(":")[0])
        hint = provider.sign_in if provider else ""
        return NotAllowedError(f"{what}: no credentials were found", hint=hint)
    if code in _NO_BUCKET or isinstance(error, FileNotFoundError):
        return _not_found(what, code)
    name = type(error).__name__
    if status in _DENIED or name in {"PermissionDeniedError", "UnauthenticatedError"}:
        return NotAllowedError(
            f"the credentials do not allow to {action} in {place}{reason}",
            hint="docs/how-to/buckets.md lists the permissions that are needed",
        )
    if status in _BUSY:
        return TryLaterError(f"{what} now{reason}")
    return FailedError(f"{what}{reason}") if status else _unsent(text, what)


def _not_found(what: str, code: str) -> NotFoundError:
    if code in _NO_BUCKET:
        return NotFoundError(
            f"{what}: the bucket does not exist",
            hint="create the bucket, and run 'ghpypi init' with it",
        )
    return NotFoundError(f"{what}: not found")


def _unsent(text: str, what: str) -> GhpypiError:
    """Explain why a request had no response."""
    if _NO_HTTP in text:
        return NotAllowedError(
            f"{what}: its endpoint is plain http",
            hint="set AWS_ALLOW_HTTP=true (AZURE_ALLOW_HTTP, GOOGLE_ALLOW_HTTP) to allow it",
        )
    cause = next((said for part, said in _CAUSES.items() if part in text), "the request failed")
    return TryLaterError(f"{what}: {cause}")
