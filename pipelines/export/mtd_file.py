"""A VAT return as the JSON that HMRC's VAT (MTD) API takes. Nothing is submitted.

The fields are those of "Submit VAT return for period" in HMRC's VAT (MTD) API 1.0: boxes 1 to 5 in pounds and
pence, boxes 6 to 9 in whole pounds.
"""

from __future__ import annotations

import json
import re
from types import MappingProxyType

from accbooks_warehouse.pipelines.export.output_file import opened
from accbooks_warehouse.pipelines.queries.vat_return import VatReturn
from accbooks_warehouse.sources.accbooks import ConfigurationError

FIELDS = MappingProxyType(
    {
        1: "vatDueSales",
        2: "vatDueAcquisitions",
        3: "totalVatDue",
        4: "vatReclaimedCurrPeriod",
        5: "netVatDue",
        6: "totalValueSalesExVAT",
        7: "totalValuePurchasesExVAT",
        8: "totalValueGoodsSuppliedExVAT",
        9: "totalAcquisitionsExVAT",
    }
)
LAST_BOX_WITH_PENCE = 5
PERIOD_KEY = re.compile(r"[A-Za-z0-9#]{4}")


def checked_period_key(key: str | None) -> str:
    """Return HMRC's key of a period; raises ConfigurationError if it cannot be one."""
    if key is None or not PERIOD_KEY.fullmatch(key):
        problem = "There is no --period-key." if key is None else f"'{key}' cannot be a period key."
        raise ConfigurationError(
            f"{problem} Write the four characters that HMRC's list of your VAT obligations has for the "
            "period, like --period-key 18A1."
        )
    return key


def mtd_json(filed: VatReturn, period_key: str, *, finalised: bool) -> str:
    """Return the JSON of a VAT return; amounts are exact decimals, never floats."""
    lines = [f'"periodKey": {json.dumps(period_key)}']
    for box, name in FIELDS.items():
        places = 2 if box <= LAST_BOX_WITH_PENCE else 0
        lines.append(f'"{name}": {filed.filed[box]:.{places}f}')
    lines.append(f'"finalised": {json.dumps(finalised)}')
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def write_mtd(filed: VatReturn, period_key: str, place: str, *, finalised: bool) -> None:
    """Write a VAT return into a file, or to standard output; raises ExportError if that fails."""
    with opened(place, is_text=True) as file:
        file.write(mtd_json(filed, period_key, finalised=finalised).encode())
