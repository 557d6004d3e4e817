"""Limits for reading archives.

A few kilobytes of archive can expand to gigabytes, so all output is counted while it is produced.
Each limit is far above the values of the largest published files.
"""

METADATA_LIMIT = 16 * 1024 * 1024
"""Maximum size of METADATA or PKG-INFO. Descriptions with embedded images have a few megabytes."""

TEXT_LIMIT = 1024 * 1024
"""Bytes of WHEEL, of entry_points.txt, and of the target of a link."""

JSON_LIMIT = 4 * 1024 * 1024
"""Bytes of the description of variants, which takes several times its size in memory."""

LISTING_LIMIT = 32 * 1024 * 1024
"""Bytes of everything that grows with the number of members: the central directory of a zip file,
the names of a tar file, RECORD. It is held in memory."""

MEMBERS_LIMIT = 200_000
"""Members of one archive; each takes about half a kilobyte of memory while it is checked."""

HEADER_LIMIT = 1024 * 1024
"""Bytes of the headers of one tar member: long names, extended (pax) headers, maps of sparse files.
`tarfile` reads each of them as a whole, whatever size it claims."""

GLOBAL_HEADERS_LIMIT = 1000
"""Fields of global pax headers; each following member gets a copy of all of them."""

RATIO_LIMIT = 50
"""Bytes of output for each byte of archive, beyond RATIO_FREE. PyPI's rule for wheels."""

RATIO_FREE = 64 * 1024 * 1024
"""Bytes of output that are allowed whatever the archive's size. PyPI's rule for wheels."""

SHOWN = 3
"""Maximum number of names in a message."""
