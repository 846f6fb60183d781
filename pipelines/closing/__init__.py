"""Closed periods: record what was closed, and reopen it.

A closing is a row of `closings`, with the balances and the postings of that moment. Models compare these with
the ledger of now.
"""
