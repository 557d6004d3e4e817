"""Wait until files that were just published can be installed.

    the run that rebuilds the index ─► the catalog it publishes ─► the pages that installers read

Where the pages are not public, the pages that are stored count: `ghpypi serve` and `ghpypi run`
read the same state.
"""

from ghpypi.jobs.installable.job import wait_until_installable
from ghpypi.jobs.installable.view import IndexView, Patience

__all__ = ["IndexView", "Patience", "wait_until_installable"]
