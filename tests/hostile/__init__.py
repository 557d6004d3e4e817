"""Hostile input through every interface: it affects its sender only.

| entrance | tests |
|---|---|
| upload (command, server) | `test_entrances` (archives, metadata, names), `test_names` (tags) |
| index | `test_entrances`, `test_values`, `test_links`, `test_names` (branches, folders) |
| serve | `test_requests`, `test_links`, `test_catalog_hosts`, `test_patterns` |
| upstream | `test_values` (pages, rows) |
| configuration | `test_patterns`, `test_names`, `test_values` (numbers, addresses) |
| templates | `test_templates` (sandbox, time, memory), `test_links` |

The files `test_fuzz*` try thousands of mutated and made-up inputs of each kind; see `fuzzing`.
"""
