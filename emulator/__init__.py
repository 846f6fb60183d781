"""A local stand-in for AccBooks: its own books, its own double entry, its own HTTP API.

It shares no code with the rest of the project, so that its Python ledger and the warehouse's SQL ledger are
two independent calculations from the same records.
"""
