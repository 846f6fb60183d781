"""The management pack as a workbook: the same figures as on the page, totals as formulas.

`sheet` writes cells, `statements` the statements, `lists` everything else. Each formula carries the figure of
the warehouse as its value, so that a reader that calculates nothing shows the same.
"""

from __future__ import annotations

from accbooks_warehouse.pipelines.report.workbook.pack import workbook

__all__ = ["workbook"]
