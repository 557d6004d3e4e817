"""Upload: check and plan, then fill, verify and publish drafts.

    distributions ─check─► store.releases() ─plan─► Plan ─draft, put, publish─► Outcome*

Nothing is sent before all checks have passed. A release becomes public as a whole: it stays a draft
until all its files and metadata files are uploaded and verified. After a failure, another call
uploads what is missing. Several processes may upload to the same release concurrently: the first
one to publish determines the release, and the others add to it.
"""

from ghpypi.jobs.upload.delivery import UploadOptions
from ghpypi.jobs.upload.job import IndexReader, UploadReport, upload
from ghpypi.jobs.upload.publish import Publication, publish

__all__ = ["IndexReader", "Publication", "UploadOptions", "UploadReport", "publish", "upload"]
