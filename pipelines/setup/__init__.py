"""The configuration that a user writes down: asking for it, checking the key, and writing the files.

It imports `configuration`, `destinations`, `output` and the source, to try what was given before it is
kept. It asks a warehouse nothing of the books.
"""
