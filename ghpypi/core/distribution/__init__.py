"""Validation of wheels and source distributions.

    file ─read, bounded─► Contents ─compare with the specifications─► Issue* ─► Verdict

`examine` reads a whole file, for uploads; `skim` reads as little as possible, for the index. Both
take an open file, and limit everything that a malicious archive can inflate.
"""
