"""The setup steps of a store in a bucket: what needs no rights on the bucket itself."""

from collections.abc import Iterator

from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.initial_files import ClientSettings, config_text, private_settings
from ghpypi.ports import Finding, SetupRequest, SetupStep
from ghpypi.setup_steps import IndexStep
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import page_headers
from ghpypi.stores.objects.location import Location
from ghpypi.stores.objects.providers import PROVIDERS


class BucketStep:
    """Checks that the bucket exists and can be listed; it is created by its owner."""

    page = ""
    needs: tuple[str, ...] = ()

    def __init__(self, client: BucketClient, *, title: str = "bucket") -> None:
        self.title = title
        self._client = client

    def check(self) -> Finding:
        """List it."""
        self._client.names()
        return Finding()

    def apply(self) -> str:
        """Do nothing: the check has found it, or failed."""
        return ""


class BucketConfigStep:
    """Creates the configuration; an existing one is never changed."""

    title = CONFIG_FILE
    page = ""
    needs = ("bucket",)

    def __init__(self, client: BucketClient, text: str) -> None:
        self._client = client
        self._text = text

    def check(self) -> Finding:
        """Check whether it exists."""
        return Finding() if self._client.find(CONFIG_FILE) else Finding(missing="added")

    def apply(self) -> str:
        """Write it."""
        headers = page_headers(CONFIG_FILE)
        if self._client.create(CONFIG_FILE, self._text.encode(), headers):
            return ""
        return "another process has just written it"


class BucketSetup:
    """The setup of a store in a bucket.

    Args:
        location: The bucket and prefix.
        client: Requests to it.
        request: The options of `ghpypi init`.
    """

    private = True
    upload = ""

    def __init__(self, location: Location, client: BucketClient, request: SetupRequest) -> None:
        self.name = str(location)
        self._location = location
        self._client = client
        self._request = request

    @property
    def manual(self) -> tuple[tuple[str, str], ...]:
        """What the owner of the bucket sets: the permissions, and website hosting if it is public.

        Sources: "Policies and permissions in Amazon S3"; Google Cloud, "IAM roles for Cloud
        Storage"; "Azure built-in roles for Storage".
        """
        own = PROVIDERS[self._location.scheme].manual(self._location)
        return (*own, *self._request.site_manual)

    def steps(self) -> Iterator[SetupStep]:
        """Yield the steps for the bucket, the configuration and the index."""
        bucket = BucketStep(self._client)
        yield bucket
        yield BucketConfigStep(self._client, config_text(""))
        yield from self._request.site_steps
        yield IndexStep(
            needs=[step.title for step in (bucket, *self._request.site_steps)],
            exists=self._request.published,
            check=lambda: self._request.check(None),
            fill=lambda: self._request.fill(None),
        )

    @property
    def url(self) -> str:
        """The URL of its site, as far as the configuration has it."""
        return self._request.config.address("")

    @property
    def folder(self) -> str:
        """The folder of its main index on the site."""
        return self._request.config.index.paths.folder(MAIN_FOLDER)

    @property
    def clients(self) -> ClientSettings:
        """The settings for installers."""
        return private_settings(self.name)

    @property
    def serve(self) -> str:
        """The command that serves the index."""
        return f"ghpypi serve {self.name}"
