"""A store and a site in a folder that any web server can serve as it is.

    ROOT/files/TAG/FILE     published files, sidecars beside them
    ROOT/.drafts/TAG/FILE   releases in the making; publishing one is a rename
    ROOT/.uploads/          files on their way into a release
    ROOT/simple/...         the site, and the rest of its tree

Whoever reads sees whole files only: each is written beside its place and renamed. Writers take
turns by a lock that ends with its process.
"""

from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore

__all__ = ["DirectorySite", "DirectoryStore"]
