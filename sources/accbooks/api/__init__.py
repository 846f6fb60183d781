"""AccBooks' HTTP API: the client, its limits, and pages that have to agree with one another.

This package imports `endpoints` and the layers below it. It does not know about tables or what is due.
"""
