"""Buckets under the contract: in memory, in a folder, of moto's S3, and of Azurite."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import obstore.store

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.errors import TryLaterError
from ghpypi.stores.objects.client import BucketClient, Conditions
from ghpypi.stores.objects.config_file import BucketConfigFile
from ghpypi.stores.objects.keys import page_headers
from ghpypi.stores.objects.lease import LeaseLock
from ghpypi.stores.objects.releases import upload_key
from ghpypi.stores.objects.site import BucketSite
from ghpypi.stores.objects.store import BucketStore
from ghpypi.stores.objects.values import ObjectContent
from tests.support.azurite import ACCOUNT, KEY, Azurite
from tests.support.moto_server import KEYS, MotoServer


def bucket_in_memory() -> BucketClient:
    return BucketClient(name="gs://memory/p", store=obstore.store.MemoryStore(), root="p/")


class _FolderClient(BucketClient):
    """Knows what a bucket never answers: that a key continues below a file."""

    def read(self, key: str) -> ObjectContent | None:
        try:
            return super().read(key)
        except TryLaterError:
            return None


def bucket_in_folder(folder: Path) -> BucketClient:
    """A bucket whose objects have no attributes, and whose writes cannot depend on content."""
    return _FolderClient(
        name="az://folder",
        store=obstore.store.LocalStore(folder, mkdir=True),
        has_attributes=False,
        conditions=Conditions(update=False),
    )


def bucket_of(server: MotoServer) -> BucketClient:
    bucket = server.bucket()

    def opened(name: str, **config: Any) -> Any:
        return obstore.store.S3Store(
            name,
            access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True},
            **config,
        )

    return BucketClient(
        name=f"s3://{bucket}/some/prefix",
        store=opened(bucket, endpoint=server.url),
        root="some/prefix/",
        open_folder=lambda folder: opened(
            bucket,
            endpoint=f"{server.url}/{bucket}/{folder}",
            virtual_hosted_style_request=True,
            disable_bulk_delete=True,
        ),
    )


def container_of(server: Azurite) -> BucketClient:
    container = server.container()
    return BucketClient(
        name=f"az://{container}/some/prefix",
        store=obstore.store.AzureStore(
            container,
            account_name=ACCOUNT,
            account_key=KEY,
            endpoint=server.url,
            client_options={"allow_http": True},
        ),
        root="some/prefix/",
    )


class BucketStoreHarness:
    """A store in a bucket."""

    def __init__(self, client: BucketClient) -> None:
        self._client = client
        self._later = timedelta()

    def store(self) -> BucketStore:
        return BucketStore(self._client, now=lambda: datetime.now(UTC) + self._later)

    def leave_unfinished(self, release: StoredRelease, name: str) -> None:
        self._client.write(upload_key(f"files/{release.key}/{name}"), b"{}", {})

    def pass_time(self) -> None:
        self._later += timedelta(hours=1)

    def lose(self, asset: Asset) -> None:
        self._client.delete([asset.key])

    def lose_release(self, release: StoredRelease) -> None:
        self._client.delete([each.key for each in self._client.objects(f"files/{release.key}")])

    def fetch(self, asset: Asset) -> bytes | None:
        found = self._client.read(unquote(asset.url))
        return found and found.content


class BucketSiteHarness:
    """A site in a bucket."""

    def __init__(self, client: BucketClient) -> None:
        self._client = client

    def site(self) -> BucketSite:
        lock = LeaseLock(self._client, sleep=lambda _: time.sleep(0.01))
        return BucketSite(self._client, lock=lock)

    def place(self, path: str, content: bytes) -> None:
        self._client.write(path, content, page_headers(path))

    def pages(self) -> dict[str, bytes]:
        found = {path: self._client.read(path) for path in self.site().paths()}
        return {path: page.content for path, page in found.items() if page}

    def state(self) -> object:
        return {each.key: (each.tag, each.modified) for each in self._client.objects()}


class BucketConfigFileHarness:
    """A configuration in a bucket."""

    def __init__(self, client: BucketClient) -> None:
        self._client = client

    def file(self) -> BucketConfigFile:
        return BucketConfigFile(self._client)

    def place(self, content: bytes) -> None:
        self._client.write("ghpypi.toml", content, {})
