"""What makes a file a wheel or a source distribution that installers can use.

    file ─read, bounded─► Contents ─compare with the specifications─► Issue* ─► Verdict

`examine` reads a file to its end, for uploads; `skim` reads as little as possible, for the index.
Both are given an open file and limit everything that a hostile archive can inflate.
"""
