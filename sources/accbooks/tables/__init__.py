"""From records to tables: Arrow schemas, quarantine, hashes, and the merge that replaces what was read.

It imports `api` and what stands below; it decides nothing about what is read.
"""
