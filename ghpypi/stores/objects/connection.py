"""Opens buckets with obstore, which is imported nowhere else.

Credentials are found where the tools of the cloud find them: in the environment, in the metadata of
the machine, in files. They are never stored, and never part of messages.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from ghpypi.child_environment import secrets_found
from ghpypi.core.parsing import split_url
from ghpypi.core.secret_variables import CLOUD_SECRETS
from ghpypi.errors import UsageError
from ghpypi.stores.objects.location import Location
from ghpypi.stores.objects.providers import PROVIDERS, Provider, Settings

RETRY_SECONDS = 10.0
"""Time at least in which a failed request is repeated, in seconds."""

RETRY_LIMIT = 180.0
"""Time at most: signatures of a request are valid for some minutes, and it is not signed again."""


def library() -> Any:
    """Import obstore.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import obstore.store  # noqa: PLC0415 - slow to import, and not always installed
    except ImportError as error:
        raise UsageError(
            "stores in buckets require obstore",
            hint="run:  pip install 'ghpypi[objects]'",
        ) from error
    return obstore


def open_bucket(location: Location, max_wait: float) -> Any:
    """Open a bucket, without a request.

    Args:
        location: The bucket; its prefix is not used, because signed addresses ignore the prefix of
            a store of obstore.
        max_wait: Maximum time to wait for a remote that refuses, in seconds.

    Raises:
        UsageError: obstore is not installed, or a setting in the environment is invalid.
    """
    return _opened(location, location.bucket, {}, max_wait)


def open_folder(location: Location, folder: str, max_wait: float) -> Any:
    """Open a folder of a bucket as if it were a bucket.

    The object with the empty path is then the one whose key is that of the folder with a slash at
    its end, which paths of obstore cannot have. Each has connections of its own.

    Args:
        location: The bucket, of a provider that has such keys.
        folder: The key of the folder, without the slash.
        max_wait: Maximum time to wait, in seconds.
    """
    provider = PROVIDERS[location.scheme]
    assert provider.folder  # noqa: S101 - callers ask before
    name, settings = provider.folder(location, folder)
    return _opened(location, name, settings, max_wait)


@cache
def _credentials(provider: Provider) -> Mapping[str, object]:
    """Find credentials that obstore does not find; all stores of this process share them."""
    found = provider.credentials()
    return {"credential_provider": found} if found else {}


def _opened(location: Location, name: str, settings: Settings, max_wait: float) -> Any:
    provider = PROVIDERS[location.scheme]
    _check_endpoint(provider)
    # obstore reads other settings itself; these may have been removed from the environment.
    secrets = secrets_found(CLOUD_SECRETS[location.scheme])
    keys = {variable.lower(): value for variable, value in secrets.items()}
    wait = min(max(max_wait, RETRY_SECONDS), RETRY_LIMIT)
    try:
        return getattr(library().store, provider.store)(
            name,
            config={**keys, **settings},
            client_options={
                "allow_http": provider.allows_http,
                "connect_timeout": "10s",
                "read_timeout": "60s",
                "timeout": "2h",  # of a whole request, with the bytes of a large file
            },
            retry_config={"retry_timeout": timedelta(seconds=wait)},
            **_credentials(provider),
        )
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - each kind has errors of its own
        # Not the text of the error, which may contain a setting.
        raise UsageError(
            f"cannot open {location}: {type(error).__name__}",
            hint=f"{provider.sign_in}; check the environment variables of the cloud",
        ) from None


def _check_endpoint(provider: Provider) -> None:
    """Check the address of another product, which the library only finds invalid when it crashes.

    Raises:
        UsageError: It is not a URL. It is not part of the message, because it may have a password.
    """
    variable, address = provider.custom_endpoint
    parts = split_url(address)
    known = parts.scheme in {"https", "http"} and parts.hostname
    if variable and (not known or not address.isprintable() or " " in address):
        raise UsageError(
            f"{variable} is not a URL such as https://minio.example.com:9000",
            hint="correct it, or unset it to use the address of the provider",
        )
