"""Turn records into tables: Arrow schemas, quarantine, row hashes, and the merge of what was read.

This package imports `api` and the layers below it. It does not decide what is read.
"""
