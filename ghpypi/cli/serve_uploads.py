"""The options of `ghpypi serve` about uploads, and the parts of the server they ask for."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """What was said about uploads.

    Attributes:
        after: Seconds of quiet before a release is published.
        largest: Bytes of the largest file.
        folder: Where uploads are kept while they come in.
        trust: The rules of trusted publishing, as text.
        public_url: The address that people have for this server.
        issuer: Who signs for jobs; empty for the usual one of the GitHub.
    """

    after: float = QUIET_SECONDS
    largest: int = LARGEST
    folder: Path | None = None
    trust: tuple[str, ...] = ()
    public_url: str = ""
    issuer: str = ""

    def warnings(self) -> list[str]:
        """Say which rules of trusted publishing let more jobs publish than is needed."""
        found = [(text, Trust.parse(text, store="").looseness()) for text in self.trust]
        return [f"--trust '{text}' allows {', '.join(loose)}" for text, loose in found if loose]

    def parts(
        self, hosts: Hosts, store: str, secret: Secret | None, token: Secret | None = None
    ) -> "tuple[Callable[[Authorizer], RouteProvider], ...]":
        """Make the parts of the server that are about uploads.

        Args:
            hosts: Which GitHub.
            store: The store that rules mean if they name none.
            secret: Shared by replicas; `None` for a server that stands alone.
            token: The server's own, to look up the repositories of rules.

        Raises:
            UsageError: A rule cannot be read, or the server does not know its own name.
        """
        # Slow to import, and there only with the extra `serve`.
        from ghpypi.server.upload.handler import UploadHandler  # noqa: PLC0415
        from ghpypi.server.upload.identity_tokens import Issuer, issuer_of  # noqa: PLC0415
        from ghpypi.server.upload.repository_ids import RepositoryPins  # noqa: PLC0415
        from ghpypi.server.upload.service import UploadService, UploadServiceOptions  # noqa: PLC0415
        from ghpypi.server.upload.trusted_publishing import TrustedPublishing, UploadTokens  # noqa: PLC0415
        from ghpypi.stores.github.reader import repository_ids  # noqa: PLC0415

        upload_service = UploadService(
            UploadServiceOptions(after=self.after, max_file_size=self.largest, folder=self.folder)
        )
        rules = [Trust.parse(text, store=store) for text in self.trust]
        if not rules:
            return (lambda authorizer: UploadHandler(authorizer, upload_service),)
        audience = split_url(self.public_url).netloc
        if not audience:
            raise UsageError(
                "--trust needs --public-url, the address that people have for this server",
                hint="identity tokens are made for one server, such as "
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
    """Give `serve` the options about uploads, and their outcome as `uploads`."""

    @click.option(
        "--publish-after", metavar="SECONDS", type=click.FloatRange(min=0),
        default=QUIET_SECONDS, show_default=True,
        help="Publish a release on GitHub when nobody has uploaded to it for so long: an immutable "
        "one takes no file afterwards. This server shows its files at once.",
    )  # fmt: skip
    @click.option(
        "--max-upload-size", metavar="MIB", type=click.IntRange(min=1),
        default=LARGEST // MEBIBYTE, show_default=True,
        help="Maximum size of an uploaded file, in MiB.",
    )  # fmt: skip
    @click.option(
        "--upload-dir", type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="The folder for uploads until they are published. "
        "[default: the system's temporary folder]",
    )  # fmt: skip
    @click.option(
        "--trust", metavar="RULE", multiple=True,
        help=f"Let workflows publish without a secret: OWNER/REPO=PROJECT, or as closely as "
        f"{EXAMPLE}. Events of pull requests are refused. Written with the server's own token; "
        "can be repeated.",
    )  # fmt: skip
    @click.option(
        "--public-url", metavar="URL",
        help="The address that clients have for this server: identity tokens are made for it "
        "(--trust), and pages name provenance by it.",
    )  # fmt: skip
    @click.option(
        "--oidc-issuer", metavar="URL",
        help="The issuer of identity tokens. [default: that of the GitHub in use]",
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
