"""The options of `ghpypi serve` about uploads, and the components that they configure."""

import secrets
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ghpypi.cli.options import DurationType
from ghpypi.core.config.trust import EXAMPLE, Trust
from ghpypi.core.locator import Hosts
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.core.upload.legacy_form import LARGEST, QUIET_SECONDS
from ghpypi.errors import UsageError

if TYPE_CHECKING:
    from ghpypi.server.auth.authorizer import Authorizer
    from ghpypi.server.ports import RouteProvider

MEBIBYTE = 1 << 20


class Uploads(NamedTuple):
    """The values of the options about uploads.

    Attributes:
        after: Seconds without uploads before a release is published.
        largest: Maximum size of a file, in bytes.
        folder: The folder for unpublished uploads; `None` for the system's default.
        trust: The rules of trusted publishing, unparsed.
        public_url: The URL of this server for clients.
        issuer: The issuer of identity tokens; empty for that of the GitHub server.
    """

    after: float = QUIET_SECONDS
    largest: int = LARGEST
    folder: Path | None = None
    trust: tuple[str, ...] = ()
    public_url: str = ""
    issuer: str = ""

    def warnings(self) -> list[str]:
        """Return warnings about rules of trusted publishing that allow too many jobs."""
        found = [(text, Trust.parse(text, store="").looseness()) for text in self.trust]
        return [f"--trust '{text}' allows {', '.join(loose)}" for text, loose in found if loose]

    def parts(
        self, hosts: Hosts, store: str, secret: Secret | None, token: Secret | None = None
    ) -> "tuple[Callable[[Authorizer], RouteProvider], ...]":
        """Return factories of the components for uploads.

        Args:
            hosts: The GitHub server.
            store: The store of rules that specify none.
            secret: The secret shared by replicas; `None` for a single server.
            token: The server's own token, to look up the repositories of rules.

        Raises:
            UsageError: A rule is invalid, or `--public-url` is missing.
        """
        # Imported here because they are slow and need the extra `serve`.
        from ghpypi.server.upload.handler import UploadHandler  # noqa: PLC0415
        from ghpypi.server.upload.service import UploadService, UploadServiceOptions  # noqa: PLC0415

        upload_service = UploadService(
            UploadServiceOptions(after=self.after, max_file_size=self.largest, folder=self.folder)
        )
        rules = [Trust.parse(text, store=store) for text in self.trust]
        if not rules:
            return (lambda authorizer: UploadHandler(authorizer, upload_service),)

        from ghpypi.server.upload.identity_tokens import Issuer, issuer_of  # noqa: PLC0415
        from ghpypi.server.upload.repository_ids import RepositoryPins  # noqa: PLC0415
        from ghpypi.server.upload.trusted_publishing import TrustedPublishing, UploadTokens  # noqa: PLC0415
        from ghpypi.stores.github.reader import repository_ids  # noqa: PLC0415

        audience = split_url(self.public_url).netloc
        if not audience:
            raise UsageError(
                "--trust requires --public-url, because identity tokens are issued for one server",
                hint="set the URL that clients use, such as "
                "--public-url https://packages.example.com/",
            )
        upload_tokens = UploadTokens(secret or Secret(secrets.token_urlsafe(32)), audience)
        pins = RepositoryPins(lambda repository: repository_ids(hosts, repository, token))
        oidc = TrustedPublishing(
            Issuer(self.issuer or issuer_of(hosts), audience), rules, upload_tokens, pins
        )
        return (
            lambda authorizer: UploadHandler(authorizer, upload_service, upload_tokens),
            lambda _: oidc,
        )


def upload_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options about uploads to a command, passed as `uploads`."""

    @click.option(
        "--publish-after", metavar="DURATION", type=DurationType(),
        default=f"{QUIET_SECONDS:.0f}s", show_default=True,
        help="Publish a release on GitHub after this time without uploads to it: immutable "
        "releases accept no files later. Readers of this server see files at once.",
    )  # fmt: skip
    @click.option(
        "--max-upload-size", metavar="MIB", type=click.IntRange(min=1),
        default=LARGEST // MEBIBYTE, show_default=True,
        help="Maximum size of an uploaded file, in MiB.",
    )  # fmt: skip
    @click.option(
        "--upload-dir", metavar="DIR",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Folder for uploads until they are published. "
        "[default: the system's temporary folder]",
    )  # fmt: skip
    @click.option(
        "--trust", metavar="RULE", multiple=True,
        help=f"Allow workflows to publish without a secret: OWNER/REPO=PROJECT, or with more "
        f"conditions such as {EXAMPLE}. Pull request events are rejected. Requires a token of the "
        "server. Can be repeated.",
    )  # fmt: skip
    @click.option(
        "--public-url", metavar="URL",
        help="URL of this server for clients, used for identity tokens (--trust) and links to "
        "provenance.",
    )  # fmt: skip
    @click.option(
        "--oidc-issuer", metavar="URL",
        help="Issuer of identity tokens. [default: that of the GitHub server]",
    )  # fmt: skip
    @wraps(function)
    def command(*args: Any, **options: Any) -> None:
        uploads = Uploads(
            after=options.pop("publish_after"),
            largest=options.pop("max_upload_size") * MEBIBYTE,
            folder=options.pop("upload_dir"),
            trust=options.pop("trust"),
            public_url=options.pop("public_url") or "",
            issuer=(options.pop("oidc_issuer") or "").rstrip("/"),
        )
        function(*args, uploads=uploads, **options)

    return command
