"""The JSON of a VAT return for HMRC."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from accbooks_warehouse.pipelines.export.mtd_file import checked_period_key, mtd_json
from accbooks_warehouse.pipelines.queries.vat_return import VatReturn
from accbooks_warehouse.sources.accbooks import ConfigurationError

FILED = ["290.00", "0.00", "290.00", "195.50", "94.50", "1151.00", "-300.00", "0.00", "0.00"]
RETURN = VatReturn(
    dt.date(2024, 1, 1),
    dt.date(2024, 3, 31),
    "finished",
    None,
    {box: Decimal(amount) for box, amount in enumerate(FILED, start=1)},
)


def test_a_return_has_the_fields_of_hmrcs_api_pence_in_five_boxes_and_pounds_in_the_rest() -> None:
    assert mtd_json(RETURN, "18A1", finalised=False) == (
        "{\n"
        '  "periodKey": "18A1",\n'
        '  "vatDueSales": 290.00,\n'
        '  "vatDueAcquisitions": 0.00,\n'
        '  "totalVatDue": 290.00,\n'
        '  "vatReclaimedCurrPeriod": 195.50,\n'
        '  "netVatDue": 94.50,\n'
        '  "totalValueSalesExVAT": 1151,\n'
        '  "totalValuePurchasesExVAT": -300,\n'
        '  "totalValueGoodsSuppliedExVAT": 0,\n'
        '  "totalAcquisitionsExVAT": 0,\n'
        '  "finalised": false\n'
        "}\n"
    )


def test_a_return_is_final_only_if_it_is_said() -> None:
    assert json.loads(mtd_json(RETURN, "#001", finalised=True))["finalised"] is True


@pytest.mark.parametrize("key", [None, "", "18A", "18A11", "18 1", '18"1'])
def test_what_cannot_be_a_period_key_is_refused(key: str | None) -> None:
    with pytest.raises(ConfigurationError, match="Write the four characters that HMRC's list"):
        checked_period_key(key)
