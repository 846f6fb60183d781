"""Read, load, compare and heal the books of each company.

This package imports `queries`, `transform`, `configuration`, `destinations` and the source. It prints
nothing: it returns the result as a value and reports progress through the callbacks it is given.
"""
