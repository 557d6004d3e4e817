"""Index: what the stores hold becomes what the site offers.

    source.releases() ─take stock─► compare with the published catalog ─► changes
    changes ─read what is new─► catalog ─render─► site.publish (only if nobody else did meanwhile)

Only what is new is read, only what changed is rendered and written. Nothing changed, nothing is
written. Another run that published in between makes this one look again, so that the last state
holds everything.
"""

from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport, Overtaken

__all__ = ["IndexOptions", "IndexReport", "Overtaken", "build_index"]
