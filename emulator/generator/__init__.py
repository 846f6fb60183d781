"""Credible books of a UK limited company, the same for the same seed, size and date.

Each day is written from its own stream of random numbers and from what the days before left open, so the
books of tomorrow are those of today plus a day, as long as both are in one financial year.
"""

from accbooks_warehouse.emulator.generator.simulation import generate

__all__ = ["generate"]
