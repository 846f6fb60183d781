"""The questions to the warehouse, each asked in one module and answered with frozen dataclasses.

A module is a subject: balance_sheet, profit_and_loss, aged_debts, findings. Words that `output` and
`report` both say of a fact stand beside it. It imports `destinations` and what stands below, and no room
that prints or syncs.
"""
