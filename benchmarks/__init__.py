"""Figures of the extraction, each with its bar: against the rate limit, and the plain way of doing it."""
