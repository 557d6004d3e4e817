"""A store and a site in a folder that any web server can serve.

    ROOT/files/TAG/FILE     published files and their metadata files
    ROOT/.drafts/TAG/FILE   draft releases; publishing is a rename
    ROOT/.uploads/          uploads in progress
    ROOT/simple/...         the site, with its other folders

Readers see complete files only: each is written to a temporary file and renamed. Writers use a file
lock, which is released when their process ends.
"""
