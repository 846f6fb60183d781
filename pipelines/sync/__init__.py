"""Reading, loading, comparing and healing: what a sync does with the books of each company.

It imports `queries`, `transform`, `configuration` and `destinations`, and the source, which does the
reading. It prints nothing: the result is a value, and progress is told to whoever asked for it.
"""
