"""The pipeline as assets of an orchestrator, Dagster.

It runs the commands and no part of them itself. It may import every room but `cli`, and nothing imports it.
"""
