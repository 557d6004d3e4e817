"""What the owner of a bucket sets with the tools of the cloud, as text to copy."""

import json

from ghpypi.stores.objects.location import Location

Steps = tuple[tuple[str, str], ...]
"""Titles and texts."""


def s3_manual(location: Location) -> Steps:
    """Return the policy of publishers, and what makes a bucket public."""
    bucket = f"arn:aws:s3:::{location.bucket}"
    objects = f"{bucket}/{location.prefix}/*" if location.prefix else f"{bucket}/*"
    listing: dict[str, object] = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": bucket,
    }
    if location.prefix:
        below = [location.prefix, f"{location.prefix}/*"]
        listing["Condition"] = {"StringLike": {"s3:prefix": below}}
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    writing = {"Effect": "Allow", "Action": actions, "Resource": objects}
    policy = {"Version": "2012-10-17", "Statement": [listing, writing]}
    return (
        ("Policy of publishers, to attach to their role:", json.dumps(policy, indent=2)),
        (
            "Readers need s3:GetObject only. To publish the index to everyone:",
            (
                f"allow s3:GetObject for principal * on {objects}\n"
                "website hosting: index document index.html, error document 404.html\n"
                "CloudFront: a function that appends index.html to addresses that end in a slash\n"
                "CORS: only if scripts of other sites read the index: GET from all origins"
            ),
        ),
    )


def gs_manual(location: Location) -> Steps:
    """Return the roles of publishers and readers."""
    add = f"gcloud storage buckets add-iam-policy-binding gs://{location.bucket}"
    return (
        (
            "Roles of publishers and readers:",
            (
                f"{add} --member=PUBLISHER --role=roles/storage.objectUser\n"
                f"{add} --member=READER --role=roles/storage.objectViewer"
            ),
        ),
    )


def az_manual(location: Location) -> Steps:
    """Return the roles of publishers and readers, and what Azure lacks."""
    return (
        (
            "Roles of publishers and readers:",
            (
                f"Storage Blob Data Contributor, on the container {location.bucket}\n"
                f"Storage Blob Data Reader, on the container {location.bucket}"
            ),
        ),
        (
            "Azure has no pages at simple/NAME/. For uv without a server, in ghpypi.toml:",
            '[index]\nfind-links = "links/{index}.html"',
        ),
    )
