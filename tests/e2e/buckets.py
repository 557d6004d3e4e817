"""A private bucket of moto, which checks signatures and policies, with an index in it."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests

from tests.e2e.served import Ghpypi
from tests.support.moto_server import moto_server
from tests.support.waiting import HANG_SECONDS

REGION = "eu-central-1"
COPY = "packages/aa/x-1.0-py3-none-any.whl"
"""A file where a site has those of other stores."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket that only the user of the example may read.

    Attributes:
        index: A copy of what is in it.
        url: The address of the server.
        root: The path of the bucket and the prefix of the index.
        user: The keys of the user, as `aws configure export-credentials` writes them.
        role: The keys of a role that may do the same.
        folder: For the file with the keys, and what the server writes of requests.
    """

    index: Path
    url: str
    root: str
    user: dict[str, str]
    role: dict[str, str]
    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        """What is different in the example."""
        return {
            "https://acme-packages.s3.eu-central-1.amazonaws.com": self.url,
            '$s3_root ""': f"$s3_root {self.root}",
            "/etc/nginx/ghpypi/credentials.json": str(self._credentials),
        }

    @property
    def requests(self) -> str:
        """The log of the server."""
        return (self.folder / "log").read_text()

    @contextmanager
    def with_credentials(self, content: str) -> Iterator[None]:
        """Have other credentials for a while."""
        self._credentials.write_text(content)
        try:
            yield
        finally:
            self.place_credentials()

    def place_credentials(self) -> None:
        self._credentials.write_text(json.dumps(self.user))

    @property
    def _credentials(self) -> Path:
        return self.folder / "credentials.json"


@contextmanager
def private_bucket(files: Sequence[Path], policy: str, folder: Path) -> Iterator[Bucket]:
    """Publish files in a bucket, and close it for all others.

    Args:
        files: Wheels and sdists.
        policy: What the user may do: JSON, with the names of the example.
        folder: For what is written here.
    """
    with moto_server(folder / "log") as server:
        name = server.bucket()
        ghpypi = Ghpypi(home=folder, environment=server.environment)
        ghpypi.do("upload", *files, "--store", f"s3://{name}/some/prefix")
        place = f"{server.url}/{name}/some/prefix/{COPY}"
        _sent(requests.put(place, b"PK", headers=_headers("s3"), timeout=HANG_SECONDS))
        _download(f"{server.url}/{name}", "some/prefix/", folder / "index")
        allowed = policy.replace("acme-packages", name).replace("index/", "some/prefix/")
        user, role = _user(server.url, allowed), _role(server.url, allowed)
        # From now on all requests have to be signed.
        _sent(requests.post(f"{server.url}/moto-api/reset-auth", "0", timeout=HANG_SECONDS))
        bucket = Bucket(
            index=folder / "index",
            url=server.url,
            root=f"/{name}/some/prefix",
            user=user,
            role=role,
            folder=folder,
        )
        bucket.place_credentials()
        yield bucket


def _download(bucket: str, prefix: str, folder: Path) -> None:
    listed = requests.get(bucket, {"list-type": "2", "prefix": prefix}, timeout=HANG_SECONDS)
    for key in re.findall("<Key>([^<]+)</Key>", _sent(listed).text):
        if not key.endswith("/"):
            path = folder / key.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            place = f"{bucket}/{quote(key)}"
            found = requests.get(place, headers=_headers("s3"), timeout=HANG_SECONDS)
            path.write_bytes(_sent(found).content)


def _user(url: str, policy: str) -> dict[str, str]:
    """Create a user with a policy, and an access key."""
    _called(url, Action="CreateUser", UserName="nginx")
    name = {"UserName": "nginx", "PolicyName": "read"}
    _called(url, Action="PutUserPolicy", PolicyDocument=policy, **name)
    return _key(_called(url, Action="CreateAccessKey", UserName="nginx"))


def _role(url: str, policy: str) -> dict[str, str]:
    """Create a role with a policy, and take it."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = _called(url, Action="CreateRole", RoleName="nginx", AssumeRolePolicyDocument=trust)
    name = {"RoleName": "nginx", "PolicyName": "read"}
    _called(url, Action="PutRolePolicy", PolicyDocument=policy, **name)
    (arn,) = re.findall(r"<Arn>([^<]+)<", made)
    assumed = {"RoleArn": arn, "RoleSessionName": "nginx"}
    return _key(_called(url, "sts", Action="AssumeRole", **assumed))


def _key(text: str) -> dict[str, str]:
    names = "AccessKeyId|SecretAccessKey|SessionToken"
    return {"Version": "1", **dict(re.findall(rf"<({names})>([^<]+)<", text))}


def _called(url: str, service: str = "iam", **parameters: str) -> str:
    headers = _headers(service)
    return _sent(requests.post(url, parameters, headers=headers, timeout=HANG_SECONDS)).text


def _headers(service: str) -> dict[str, str]:
    """Look like a signed request, which is enough until signatures are checked."""
    scope = f"x/20260101/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=, Signature="}


def _sent(response: requests.Response) -> requests.Response:
    assert response.ok, response.text

    return response
