"""AccBooks' HTTP API: the client, its limits, and pages that agree with one another.

It imports `endpoints` and what stands below; it knows neither tables nor what is read when.
"""
