"""Index: build the site from the releases of the stores, and publish it.

    source.releases() ─take stock─► compare with the published catalog ─► changes
    changes ─read new files─► catalog ─render─► site.publish (compare-and-swap)

Only new files are read, and only changed pages are rendered and written; without changes, nothing
is written. If another run has published in the meantime, this run starts over, so that the last
state includes all changes.
"""
