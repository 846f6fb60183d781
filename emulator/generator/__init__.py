"""Generate realistic books of a UK limited company; the same seed, size and date give the same books.

Each day has its own stream of random numbers and continues with what earlier days left open. So tomorrow's
books are today's plus one day, as long as both days are in the same financial year.
"""

from accbooks_warehouse.emulator.generator.simulation import generate

__all__ = ["generate"]
