"""Upload: check, plan, then drafts filled, verified and published.

    distributions ─check─► store.releases() ─plan─► Plan ─draft, put, publish─► Outcome*

Nothing is sent before every check has passed. A release appears whole: it stays a draft until
each of its files and sidecars has arrived and was verified. Whatever goes wrong, the same call
again finds what has arrived and does the rest. Other processes may upload to the same release at
the same time: whichever publishes first decides which release it is, and the others add to it.
"""

from ghpypi.jobs.upload.delivery import UploadOptions
from ghpypi.jobs.upload.job import IndexReader, UploadReport, upload
from ghpypi.jobs.upload.publish import Publication, publish

__all__ = ["IndexReader", "Publication", "UploadOptions", "UploadReport", "publish", "upload"]
