"""A store and a site in a bucket of an object store: S3, Google Cloud Storage, Azure, and others.

    PREFIX/files/TAG/FILE        files and their metadata files
    PREFIX/files/TAG/.release    the state of a release: not empty while it is being filled
    PREFIX/simple/...            the site, with its other folders
    PREFIX/ghpypi.toml           the configuration

This is the layout of a directory store, so that a folder can be copied into a bucket, and a bucket
into a folder. Objects cannot be renamed, so a release is filled where it stays, and its state is
an object in the same folder: one request lists both. Writers use conditional requests, and index
runs hold a lock with a lease.

obstore is imported by `connection` alone, when a bucket is opened.
"""
