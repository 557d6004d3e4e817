"""Installable: wait until published files can be installed.

    the run that rebuilds the index ─► the catalog that it publishes ─► the pages for installers

If the pages are not public, the stored pages are checked instead: `ghpypi serve` and `ghpypi run`
read them too.
"""

from ghpypi.jobs.installable.job import wait_until_installable
from ghpypi.jobs.installable.view import IndexView, WaitLimit

__all__ = ["IndexView", "WaitLimit", "wait_until_installable"]
