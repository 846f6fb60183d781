"""What a load reads, and reading it: windows of dates, reports, what is known of the books, what happened.

It imports `tables`, `api` and what stands below; `resources` alone stands above it.
"""
