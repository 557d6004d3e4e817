"""Attestations of files (PEP 740) outside of the core: files on this machine, and certificates."""
