"""The backend of stores in buckets."""

from collections.abc import Sequence
from functools import cached_property

from ghpypi.core.config.config import Config
from ghpypi.core.locator import Locator
from ghpypi.core.model import OWN
from ghpypi.core.names import Filename
from ghpypi.core.upload.rules import Rules
from ghpypi.ports import (
    AccessPolicy,
    Backend,
    Capabilities,
    IndexedFiles,
    SetupRequest,
    SiteSetup,
    StoreAccess,
)
from ghpypi.stores.objects.client import BucketClient, Conditions
from ghpypi.stores.objects.config_file import BucketConfigFile
from ghpypi.stores.objects.connection import open_bucket, open_folder
from ghpypi.stores.objects.location import Location
from ghpypi.stores.objects.providers import PROVIDERS
from ghpypi.stores.objects.reader import BucketReader
from ghpypi.stores.objects.setup import BucketSetup, BucketStep
from ghpypi.stores.objects.site import BucketSite
from ghpypi.stores.objects.store import RULES, BucketStore


class BucketBackend(Backend):
    """A store in a bucket; nothing is imported or requested before a part of it is used.

    Args:
        locator: The bucket and prefix.
        access: Settings for opening stores.

    Raises:
        UsageError: The locator is not a bucket with a prefix.
    """

    capabilities = Capabilities(
        access=AccessPolicy.PASSWORDS, has_urls=True, copies_files=True, takes_sites=True
    )

    def __init__(self, locator: Locator, access: StoreAccess) -> None:
        self.locator = locator
        self.location = Location.of(locator)
        self.access = access

    @staticmethod
    def identity(locator: Locator, host: str) -> str:
        """Return the bucket and prefix, without slashes at the end."""
        del host
        return str(Location.of(locator))

    @property
    def key(self) -> str:
        """The bucket and prefix."""
        return str(self.location)

    @property
    def short_name(self) -> str:
        """The last part of the prefix, or the bucket."""
        return (self.location.prefix or self.location.bucket).rpartition("/")[2].lower()

    @property
    def rules(self) -> Rules:
        """The limits of its files."""
        return RULES

    @cached_property
    def client(self) -> BucketClient:
        """Requests to the bucket.

        Raises:
            UsageError: obstore is not installed, or a setting in the environment is invalid.
        """
        location, max_wait = self.location, self.access.max_wait
        provider = PROVIDERS[location.scheme]
        return BucketClient(
            name=str(location),
            store=open_bucket(location, max_wait),
            root=f"{location.prefix}/" if location.prefix else "",
            open_folder=(
                (lambda folder: open_folder(location, folder, max_wait))
                if provider.folder
                else None
            ),
            conditions=Conditions(checked=provider.is_certain()),
        )

    def store(self, filenames: Sequence[Filename] = ()) -> BucketStore:
        """Return the store for uploads."""
        del filenames
        return BucketStore(self.client)

    def indexed_files(self, config: Config) -> IndexedFiles:
        """Return its own releases: a bucket has no others."""
        del config
        return IndexedFiles(source=self.store())

    def site(self, config: Config, *, writing: bool = False) -> BucketSite:
        """Return the site in the same bucket."""
        del writing
        return BucketSite(self.client.below(config.site.folder))

    def origin(self, config: Config) -> str:
        """A constant, so that the files can be moved."""
        del config
        return OWN

    def config_file(self) -> BucketConfigFile:
        """Return the configuration file in the bucket."""
        return BucketConfigFile(self.client)

    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes] | None:
        """Read the objects of a folder below the prefix."""
        client = self.client.below(f"{folder.strip('/')}/")
        _, names = client.names()
        wanted = [name for name in names if name.endswith(suffixes)]
        found = {name: client.read(name) for name in wanted}
        return {name: each.content for name, each in found.items() if each} if names else None

    def reader(self) -> BucketReader:
        """Return the reader for a server."""
        return BucketReader(self.client, lambda config: self.site_store(config).site(config))

    def files_url(self) -> str:
        """Return the URL of the bucket and prefix, as the clients of the cloud request it."""
        return PROVIDERS[self.location.scheme].url(self.location)

    def site_setup(self) -> SiteSetup:
        """Return the step that checks the bucket, and its permissions."""
        manual = PROVIDERS[self.location.scheme].manual(self.location)
        return SiteSetup(step=BucketStep(self.client, title="site"), manual=manual)

    def setup(self, request: SetupRequest) -> BucketSetup:
        """Return its setup for `ghpypi init`."""
        return BucketSetup(self.location, self.client, request)
