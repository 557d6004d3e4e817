"""A store and a site in memory, for `--dry-run` and tests; the contract tests cover both."""

from ghpypi.stores.memory.config_file import MemoryConfigFile
from ghpypi.stores.memory.site import MemorySite
from ghpypi.stores.memory.store import ANYTHING, UPLOADED_AT, MemoryStore

__all__ = ["ANYTHING", "UPLOADED_AT", "MemoryConfigFile", "MemorySite", "MemoryStore"]
