"""Queries to the warehouse, a module per subject; they return frozen dataclasses.

Subjects are, for example, balance_sheet, profit_and_loss, aged_debts and findings. Words that both `output`
and `report` print about a fact are in its module. This package imports `destinations` and the layers below
it, and nothing that prints or syncs.
"""
