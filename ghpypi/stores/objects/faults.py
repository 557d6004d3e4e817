"""Errors of an object store in the words of users.

The messages of obstore contain addresses, and those of Azure may contain a signature. So nothing of
them is shown but the code of the error, and known causes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ghpypi.core.addresses import origin_of
from ghpypi.errors import (
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
    UsageError,
)
from ghpypi.stores.objects.providers import PROVIDERS, Provider

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
_INVALID = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurity"),
    *("AuthenticationFailed", "InvalidAuthenticationInfo"),
}
_EXPIRED = {"ExpiredToken", "TokenRefreshRequired"}
_WRONG_CLOCK = "RequestTimeTooSkewed"
_OTHER_REGION = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
}
_BARE_REDIRECT = "redirect without LOCATION"
"""What the library says of S3's 301 for a bucket of another region; its body is not kept."""

_REGION = re.compile(r"<Region>([a-z0-9-]{1,40})</Region>")
_PANIC = "pyo3_runtime"
"""The module of what the library raises where it has a bug; it is not an `Exception`."""

_FOREIGN = ("Got invalid", "Header missing", "Unable to extract metadata")
"""What the library says of a response with status 200 that cannot come from an object store."""

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
        UsageError: The bucket is in another region.
        FailedError: Something else.
    """
    try:
        yield
    except GhpypiError:
        raise
    except BaseException as error:
        # Files that are sent may raise errors too.
        if not _is_of_obstore(error):
            raise
        # Without its cause, whose text may contain a signature.
        raise _translated(error, place, action) from None


def lacks_bucket(error: Exception) -> bool:
    """Return whether an object was not found because its bucket was not."""
    found = _CODE.search(str(error))
    return bool(found and found[1] in _NO_BUCKET)


def foreign_answer(place: str, action: str, media_type: str = "") -> TryLaterError:
    """Return the error for a response with status 200 that cannot come from an object store.

    Args:
        place: The bucket and prefix.
        action: What was requested.
        media_type: That of the response, if it is known.
    """
    provider = PROVIDERS.get(place.partition(":")[0])
    variable, address = provider.custom_endpoint if provider else ("", "")
    content = f"content of type '{media_type}'" if media_type else "unexpected content"
    return TryLaterError(
        f"cannot {action} in {place}: {origin_of(address) or 'the endpoint'} responds with "
        f"{content}, which is not a response of an object store",
        hint=f"check {f'{variable}, and ' if variable else ''}whether a proxy, a firewall or a "
        "sign-in page of the network answers instead",
    )


def _is_of_obstore(error: BaseException) -> bool:
    module = type(error).__module__
    return module.startswith(("obstore", _PANIC)) or (
        isinstance(error, FileNotFoundError | NotImplementedError) and "Debug source" in str(error)
    )


def _translated(error: BaseException, place: str, action: str) -> GhpypiError:
    text = str(error)
    code = found[1] if (found := _CODE.search(text)) else ""
    status = found[1] if (found := _STATUS.search(text)) else ""
    reason = f": {code or f'status {status}'}" if code or status else ""
    what = f"cannot {action} in {place}"
    if unusable := _unusable(text, code, what, PROVIDERS.get(place.partition(":")[0])):
        return unusable
    if code in _NO_BUCKET or isinstance(error, FileNotFoundError):
        return _not_found(what, code)
    name = type(error).__name__
    if status in _DENIED or name in {"PermissionDeniedError", "UnauthenticatedError"}:
        return NotAllowedError(
            f"the credentials do not allow to {action} in {place}{reason}",
            hint="docs/how-to/buckets.md lists the permissions that are needed; without the one to "
            "list, an object that does not exist is forbidden too",
        )
    if status in _BUSY:
        return TryLaterError(f"{what} now{reason}")
    if status or type(error).__module__ == _PANIC:
        return FailedError(f"{what}{reason}")
    return _unanswered(text, place, action)


def _unusable(text: str, code: str, what: str, provider: Provider | None) -> GhpypiError | None:
    """Explain credentials and settings with which no request can succeed."""
    sign_in = provider.sign_in if provider else ""
    if any(part in text for part in _NO_CREDENTIALS):
        return NotAllowedError(f"{what}: no credentials were found", hint=sign_in)
    if code in _INVALID:
        return NotAllowedError(f"{what}: the credentials are invalid: {code}", hint=sign_in)
    if code in _EXPIRED:
        return NotAllowedError(f"{what}: the credentials have expired", hint=sign_in)
    if code == _WRONG_CLOCK:
        return NotAllowedError(
            f"{what}: the clock of this machine is wrong, so that no signature is valid",
            hint="set the clock, then run the same command again",
        )
    if code in _OTHER_REGION or _BARE_REDIRECT in text:
        region = found[1] if (found := _REGION.search(text)) else "that of the bucket"
        return UsageError(
            f"{what}: the bucket is in another region", hint=f"set AWS_REGION to {region}"
        )
    return None


def _not_found(what: str, code: str) -> NotFoundError:
    if code in _NO_BUCKET:
        return NotFoundError(
            f"{what}: the bucket does not exist",
            hint="create the bucket, and run 'ghpypi init' with it",
        )
    return NotFoundError(f"{what}: not found")


def _unanswered(text: str, place: str, action: str) -> GhpypiError:
    """Explain why a request had no response, or none of an object store."""
    if any(part in text for part in _FOREIGN):
        return foreign_answer(place, action)
    what, provider = f"cannot {action} in {place}", PROVIDERS.get(place.partition(":")[0])
    if _NO_HTTP in text:
        return NotAllowedError(
            f"{what}: its endpoint is plain http",
            hint="set AWS_ALLOW_HTTP=true (AZURE_ALLOW_HTTP, GOOGLE_ALLOW_HTTP) to allow it",
        )
    cause = next((said for part, said in _CAUSES.items() if part in text), "the request failed")
    variable = provider.custom_endpoint[0] if provider else ""
    return TryLaterError(
        f"{what}: {cause}",
        hint=f"check {f'{variable} and ' if variable else ''}the network, then run the same "
        "command again",
    )
