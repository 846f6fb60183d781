"""Figures of the extraction, each with its bar, against the rate limit and against the plain way of doing it."""
