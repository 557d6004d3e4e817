"""What differs between the object stores: Amazon S3, Google Cloud Storage, Azure Blob Storage."""

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ghpypi.core.names import quote_path
from ghpypi.stores.objects.aws_cli import profile_source
from ghpypi.stores.objects.location import Location
from ghpypi.stores.objects.manual_steps import az_manual, gs_manual, s3_manual

S3_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
"""Variables with the address of another product than Amazon's S3."""

TRUE = {"1", "true", "yes", "on"}

CredentialSource = Callable[[], Mapping[str, Any]]
"""Returns credentials in the form that obstore takes."""

Settings = Mapping[str, object]
"""Settings of a store of obstore, by its names."""


class Provider(NamedTuple):
    """One kind of object store.

    Attributes:
        store: The class of obstore.
        http: The variable that allows plain http.
        endpoints: The variables with the address of another product, the first set one counts.
        sign_in: What to do if no credentials are found.
        url: Returns the URL of a bucket and prefix, ending in `/`; empty if it is not known.
        manual: Returns what the owner of a bucket has to set: titles and texts.
        folder: Returns the name and the settings of a store whose empty path is the object at the
            key of a folder with a slash at its end; `None` if such keys cannot be written.
        is_certain: Tells whether writes can be conditional for certain.
        credentials: Returns what provides credentials that obstore does not find itself.
    """

    store: str
    http: str
    endpoints: tuple[str, ...]
    sign_in: str
    url: Callable[[Location], str]
    manual: Callable[[Location], tuple[tuple[str, str], ...]]
    folder: Callable[[Location, str], tuple[str, Settings]] | None = None
    is_certain: Callable[[], bool] = lambda: True
    credentials: Callable[[], CredentialSource | None] = lambda: None

    @property
    def allows_http(self) -> bool:
        """Whether the user allows plain http."""
        return os.environ.get(self.http, "").lower() in TRUE

    @property
    def custom_endpoint(self) -> tuple[str, str]:
        """The variable with the address of another product, and the address; empty if not set."""
        return _first_set(self.endpoints)


def _first_set(names: tuple[str, ...]) -> tuple[str, str]:
    return next(((name, os.environ[name]) for name in names if os.environ.get(name)), ("", ""))


def s3_address(bucket: str) -> str:
    """Return the address of a bucket of S3, without a slash at its end."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    custom = _first_set(S3_ENDPOINTS)[1].rstrip("/")
    virtual = os.environ.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in TRUE
    if custom and virtual:
        return custom  # its host has the name of the bucket
    return f"{custom or f'https://s3.{region}.amazonaws.com'}/{bucket}"


def _s3_url(location: Location) -> str:
    """Return the URL in path style, which uv signs: its host is that of the endpoint."""
    return _below(s3_address(location.bucket), location.prefix)


def _gs_url(location: Location) -> str:
    return _below(f"{_google()}/{location.bucket}", location.prefix)


def _az_url(location: Location) -> str:
    endpoint = os.environ.get("AZURE_STORAGE_ENDPOINT") or os.environ.get("AZURE_ENDPOINT") or ""
    account = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")
    if not endpoint and account:
        endpoint = f"https://{account}.blob.core.windows.net"
    return endpoint and _below(f"{endpoint.rstrip('/')}/{location.bucket}", location.prefix)


def _below(address: str, prefix: str) -> str:
    return f"{address}/{quote_path(prefix)}/" if prefix else f"{address}/"


def _google() -> str:
    return os.environ.get("GOOGLE_BASE_URL", "https://storage.googleapis.com").rstrip("/")


def _s3_folder(location: Location, folder: str) -> tuple[str, Settings]:
    return location.bucket, {
        "endpoint": f"{s3_address(location.bucket)}/{folder}",
        "aws_endpoint_url_s3": f"{s3_address(location.bucket)}/{folder}",
        "virtual_hosted_style_request": True,
        "disable_bulk_delete": True,  # that request would be sent to the folder
    }


def _gs_folder(location: Location, folder: str) -> tuple[str, Settings]:
    above, _, name = f"{location.bucket}/{folder}".rpartition("/")
    return name, {"base_url": f"{_google()}/{above}"}


PROVIDERS = {
    "s3": Provider(
        store="S3Store",
        http="AWS_ALLOW_HTTP",
        endpoints=S3_ENDPOINTS,
        sign_in="sign in with the AWS CLI, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        url=_s3_url,
        manual=s3_manual,
        folder=_s3_folder,
        is_certain=lambda: not _first_set(S3_ENDPOINTS)[1],
        credentials=profile_source,
    ),
    "gs": Provider(
        store="GCSStore",
        http="GOOGLE_ALLOW_HTTP",
        endpoints=("GOOGLE_BASE_URL",),
        sign_in="run 'gcloud auth application-default login', or set "
        "GOOGLE_APPLICATION_CREDENTIALS",
        url=_gs_url,
        manual=gs_manual,
        folder=_gs_folder,
    ),
    "az": Provider(
        store="AzureStore",
        http="AZURE_ALLOW_HTTP",
        endpoints=("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
        sign_in="set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or "
        "AZURE_USE_AZURE_CLI",
        url=_az_url,
        manual=az_manual,
    ),
}
"""The object stores, by the scheme of their locators."""
