"""Decide what a load reads, and read it: windows of dates and reports, bookmarks, and the outcome.

This package imports `tables`, `api` and the layers below them. Only `resources` is above it.
"""
